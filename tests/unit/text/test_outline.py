"""The outline of a text: which passages its signature is of, and which speak of the headline."""

import numpy as np
import pytest

from pipeline.records.document import Document
from pipeline.records.fields import Outlined
from pipeline.records.wire import adapter
from pipeline.text.fingerprint import fingerprint_of, sketches_of
from pipeline.text.outline import OUTLINE_BYTES, ZONES, Outline, read_outline

HEADLINE = "Паром вернулся на переправу"
NEWS = "Паром снова ходит между берегами: утром на переправе собралась очередь. Билеты продают в будке у причала."
NOTICE = "Редакция просит читателей сообщать о найденных опечатках. Мы отвечаем на каждое письмо в течение трёх дней."


def outline(body: str, headline: str | None = HEADLINE, host: str = "sosny.example") -> Outline:
    packed = sketches_of(body, headline=headline, host=host)[1]
    assert packed is not None
    assert len(packed) == OUTLINE_BYTES
    found = read_outline(packed)
    assert found is not None
    assert found.packed() == packed
    return found


def test_zones_are_numbered_in_the_order_of_the_text() -> None:
    zones = outline(f"{NEWS}\n{NOTICE}").of_bins()
    assert set(zones.tolist()) == set(range(int(zones.max()) + 1))
    assert zones.max() < ZONES
    long = outline("\n".join(f"{NEWS} {number}" for number in range(90)))
    assert long.of_bins().max() < ZONES


def test_passages_tell_which_words_of_the_headline_they_have() -> None:
    found = outline(f"{NEWS}\n{NOTICE}")
    assert found.stems == 3
    assert found.topics[0]
    last = int(found.of_bins().max())
    assert not found.topics[last]


def test_a_headline_on_top_of_the_text_tells_nothing_and_ends_before_the_name_of_the_site() -> None:
    repeated = outline(f"{HEADLINE}\n{NOTICE}", f"{HEADLINE} - Сосновские вести")
    assert repeated.stems == 3
    assert not any(repeated.topics)


@pytest.mark.parametrize("headline", [None, "", "—"])
def test_without_a_headline_there_is_no_topic(headline: str | None) -> None:
    found = outline(NEWS, headline)
    assert found.stems == 0
    assert not any(found.topics)


def test_leads_are_the_same_whatever_stands_around_the_news() -> None:
    assert outline(f"{NEWS}\n{NOTICE}").leads == outline(f"{NOTICE} {NOTICE}\n{NEWS}").leads


def test_hosts_are_told_apart_without_www() -> None:
    assert outline(NEWS, host="www.sosny.example").host == outline(NEWS).host != outline(NEWS, host="a.example").host
    assert outline(NEWS, host="").host == 0


def test_a_short_text_has_neither_fingerprint_nor_outline() -> None:
    assert sketches_of("Снег выпал.", headline=None, host="") == (None, None)


def test_the_fingerprint_is_the_same_with_an_outline() -> None:
    assert sketches_of(NEWS, headline=HEADLINE, host="a.example")[0] == fingerprint_of(NEWS)


def test_an_outline_of_another_release_counts_as_missing() -> None:
    packed = outline(NEWS).packed()
    assert read_outline(bytes([9]) + packed[1:]) is None
    assert read_outline(packed + b"?") is None
    reader = adapter(Outlined)
    assert reader.validate_json(b'"AAAA"') is None
    assert reader.validate_json(b"null") is None
    assert Document.__dataclass_fields__["outline"].default is None


def test_bins_have_the_zone_of_their_own_words() -> None:
    one, both = outline(NEWS).of_bins(), outline(f"{NEWS}\n{NOTICE}").of_bins()
    assert np.isin(one, both).all()


@pytest.mark.parametrize(
    ("headline", "news", "notice"),
    [
        ("老码头改成灯塔博物馆", "临江县的老码头星期六改成灯塔博物馆，第一天来了三百人。", "本报欢迎读者提供线索，来信请寄编辑部，电话每天开通。"),
        ("古い灯台が図書館になる", "岬の古い灯台が来年の春に図書館になる。町が二千冊を買う。", "本紙の記事を無断で転載することを禁じます。お問い合わせは編集局へ。"),
    ],
)  # fmt: skip
def test_pairs_of_characters_are_the_words_of_a_headline_without_spaces(headline: str, news: str, notice: str) -> None:
    for body in (f"{notice}\n{news}", f"{headline}\n{notice}\n{news}"):
        found = outline(body, headline)
        assert found.stems >= 6
        told = [topics.bit_count() for topics in found.topics]
        last = int(found.of_bins().max())
        assert max(told) >= 4
        assert sum(told[last - 1 : last + 1]) >= 4
        assert not told[0]
