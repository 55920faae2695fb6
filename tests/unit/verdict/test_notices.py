"""Standing notices: what many articles share is no evidence that two of them are the same."""

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import get_args

import pytest

from pipeline.records.document import Document
from pipeline.records.verdict import Decision, Kinship, Verdict
from pipeline.records.wire import decode, encode_sparse
from pipeline.verdict.claims import ClaimIndex
from pipeline.verdict.decide import Decider
from pipeline.verdict.ledger import DAY, Ledger
from tests.bench.notices import NOTICES, Order, Outlet, Place, Printed, news_of, outlets_of, pages_of, printed
from tests.bench.standing import document_of, found

PROOF = ("ru", "uk", "en")
OTHERS = sorted(NOTICES.keys() - set(PROOF))


def printed_news(
    lang: str, count: int, *, place: Place = "below", order: Order = "after", seed: int = 7
) -> list[Printed]:
    draw = random.Random(f"{lang} {place} {seed}")
    news = [news_of(draw, lang) for _ in range(count)]
    return pages_of(draw, news, outlets_of(draw, lang, place=place), order=order)


def judged(documents: Sequence[Document], claims: ClaimIndex | None = None, first: int = 0) -> list[Verdict]:
    claims, verdicts = ClaimIndex() if claims is None else claims, []
    for offset, document in enumerate(documents, first):
        verdict = Decider(claims).decide(document, partition=0, offset=offset, timestamp=float(offset))
        claims.learn(verdict)
        verdicts.append(verdict)
    return verdicts


@pytest.mark.parametrize("lang", PROOF)
def test_of_200_short_news_below_notices_none_is_merged_and_every_copy_is_found(lang: str) -> None:
    pages = printed_news(lang, 200)
    assert len({page.host for page in pages[:200]}) == 8
    one = found(pages)
    assert (one.merged, one.missed) == ((), ())


@pytest.mark.parametrize("lang", [*PROOF, *OTHERS])
@pytest.mark.parametrize("place", get_args(Place))
def test_news_are_kept_apart_and_copies_found_wherever_the_notices_stand(lang: str, place: Place) -> None:
    one = found(printed_news(lang, 30, place=place, order="mixed"))
    assert one.merged == ()
    assert len(one.missed) <= 2


@pytest.mark.parametrize("lang", PROOF)
@pytest.mark.parametrize("repeated", [True, False], ids=["headline in the text", "headline apart"])
def test_copies_are_found_before_any_notice_is_known(lang: str, repeated: bool) -> None:
    one = found(printed_news(lang, 25, order="at once"), repeated=repeated)
    assert (one.merged, len(one.missed)) == ((), 0)


@pytest.mark.parametrize("lang", sorted(NOTICES))
@pytest.mark.parametrize("place", get_args(Place))
@pytest.mark.parametrize("count", [1, 2, 3])
def test_the_second_page_of_an_outlet_is_no_copy_of_the_first(lang: str, place: Place, count: int) -> None:
    for seed in range(8):
        draw = random.Random(f"{lang} {seed}")
        outlet = Outlet("only.example", tuple(draw.sample(NOTICES[lang], count)), place)
        pages = [printed(news_of(draw, lang, 1), number, outlet) for number in range(2)]
        assert found(pages).merged == ()


def test_notices_of_one_agency_merge_no_news_of_its_outlets() -> None:
    draw = random.Random(3)
    outlets = [Outlet(f"{number}.example", NOTICES["ru"][:2], "above") for number in range(8)]
    pages = [printed(news_of(draw, "ru", 1), number, outlets[number % 8]) for number in range(40)]
    assert found(pages).merged == ()


@pytest.mark.parametrize("lang", PROOF)
def test_a_notice_with_the_date_of_the_day_is_a_notice(lang: str) -> None:
    draw = random.Random(5)
    outlet = outlets_of(draw, lang, at_least=2)[0]
    pages = [
        printed(news_of(draw, lang, 1), day, outlet, stamp=f"{day + 1}.03.2026 № {900 + day}") for day in range(25)
    ]
    assert found(pages).merged == ()


def test_a_page_without_headline_and_with_the_notices_below_is_no_copy() -> None:
    draw = random.Random(11)
    outlet = Outlet("only.example", NOTICES["uk"][:3], "below")
    pages = [printed(news_of(draw, "uk", 1), number, outlet) for number in range(25)]
    assert found(pages, headline=False, repeated=False).merged == ()


def test_a_copy_in_another_outlet_says_which_article_it_repeats() -> None:
    draw = random.Random(2)
    news = news_of(draw, "en", 1)
    one, other = (Outlet(f"{name}.example", (NOTICES["en"][n],), "below") for n, name in enumerate("ab"))
    first, second = judged([document_of(printed(news, 0, outlet), n) for n, outlet in enumerate((one, other))])
    assert (second.decision, second.kinship, second.article_id) == (
        Decision.DUPLICATE,
        Kinship.NEAR,
        first.article_id,
    )


def test_decisions_are_the_same_after_the_claims_were_read_back() -> None:
    documents = [document_of(page, offset) for offset, page in enumerate(printed_news("uk", 20, order="mixed"))]
    expected = judged(documents)
    for middle in (3, 30):
        read_back = ClaimIndex()
        for verdict in expected[:middle]:
            again = decode(Verdict, encode_sparse(verdict))
            assert again == verdict
            read_back.learn(again)
        loaded = ClaimIndex.load(read_back.dump())
        assert judged(documents[middle:], read_back, middle) == expected[middle:]
        assert judged(documents[middle:], loaded, middle) == expected[middle:]
        assert loaded.dump() == read_back.dump()


@pytest.mark.parametrize(("lang", "seed"), [("ru", 0), ("uk", 0), ("en", 1)])
@pytest.mark.parametrize("kept", [1, 4096], ids=["forgotten", "still in memory"])
def test_witnesses_that_left_the_window_do_not_count(
    lang: str, seed: int, kept: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two news without a headline below the same notices are told apart by what other articles have."""
    monkeypatch.setattr("pipeline.verdict.claims.COMPACTED_FROM", kept)
    draw = random.Random(f"{lang}{seed}")
    notices = NOTICES[lang][:3]
    pair = [printed(news_of(draw, lang, 1), n, Outlet(f"{n}.example", notices, "above")) for n in range(6)][:2]
    others = [printed(news_of(draw, lang, 3), n, Outlet(f"{n}.example", (notices[n % 3],), "below")) for n in range(6)]
    log = [document_of(page, n) for n, page in enumerate(others)]
    log += [document_of(page, n, headline=False, repeated=False) for n, page in enumerate(pair, len(log))]

    def kinship(later: float) -> Kinship | None:
        ledger, last = Ledger(0, claims=ClaimIndex(7 * DAY)), None
        for offset, document in enumerate(log):
            last = ledger.judge(document, offset, timestamp=later if offset >= len(others) else 0.0)
        assert last is not None
        assert (len(ledger.claims) == len(pair)) is (kept == 1 and later > 7 * DAY)
        return last.kinship

    assert kinship(7 * DAY) is None
    assert kinship(7 * DAY + 1) is Kinship.NEAR
    assert judged(log[len(others) :])[-1].kinship is Kinship.NEAR


def test_a_document_without_an_outline_is_decided_by_its_words_alone() -> None:
    documents = [document_of(page, offset) for offset, page in enumerate(printed_news("en", 15))]
    old = [replace(document, outline=None) for document in documents]
    assert all(verdict.outline is None for verdict in judged(old))
    copies = [document_of(page, offset) for offset, page in enumerate(printed_news("en", 15, order="at once")[:2])]
    other = [document_of(page, offset) for offset, page in enumerate(printed_news("ru", 15, order="mixed")[:2])]
    assert [verdict.kinship for verdict in judged(other)] == [None, None]
    for first, second in (copies, other):  # words alone take the notices of the second pair for their news
        older, newer = replace(first, outline=None), replace(second, outline=None)
        for pair in ((older, newer), (older, second), (first, newer)):
            assert judged(pair)[1].kinship is Kinship.NEAR


CORRECTED = {
    "en": "The ferry company {} carried {} passengers in July, said director Maud Hale. In June it had carried 1,872, "
    "and in May 1,455 people crossed the bay. The new ship Aurora makes nine trips a day, the old ship Petrel makes "
    "four. A ticket costs 7 euros, or 5 for residents of Northport. Hale expects that 40 cabins will be added before "
    "the winter. The harbour of Northport has been dredged to a depth of 8 metres, so that larger ships can come in "
    "at low tide as well. Mayor Ilse Brandt called the summer the best for twelve years. Shopkeepers near the quay "
    "report that visitors stay longer, and the two hotels on the hill were full on every weekend. The company will "
    "decide in autumn whether a second ship is ordered. Its owners had sold a share to the region of Westmark two "
    "years ago, when fuel was dear and the old ship had to be repaired. Critics on the island would rather have a "
    "bridge, but the region says that it would cost far too much and would spoil the view.",
    "ru": "Компания «Паром» перевезла {} пассажиров в июле, сообщил директор Егор {}. В июне их было 1872, а в мае через "
    "залив переправились 1455 человек. Новое судно Аврора делает девять рейсов в день, старое судно Буревестник "
    "делает четыре. Билет стоит 70 рублей, для жителей Северного порта действует цена 50 рублей. По словам директора, "
    "до зимы добавят 40 кают. Дно гавани углубили до 8 метров, поэтому большие суда заходят и во время отлива. Мэр "
    "Инга Брандт назвала лето лучшим за двенадцать лет. Владельцы лавок у причала говорят, что гости задерживаются "
    "дольше, а обе гостиницы на холме по выходным были заполнены целиком. Осенью компания решит, заказывать ли второе "
    "судно. Два года назад владельцы продали долю Западному краю, когда топливо подорожало, а старое судно пришлось "
    "чинить. Противники перевозчика на острове хотели бы получить мост, но в крае отвечают, что он обойдётся слишком "
    "дорого и испортит вид на залив. Решение о будущем переправы примут только после выборов, обещают чиновники края.",
}


@pytest.mark.parametrize(
    ("lang", "one", "other"),
    [("en", ("Skiff", "2,140"), ("Skiff", "2,410")), ("ru", ("2140", "Чалый"), ("2410", "Чалый"))],
)
def test_prose_in_which_one_figure_was_corrected_is_the_same_story(
    lang: str, one: tuple[str, str], other: tuple[str, str]
) -> None:
    pages = [
        Printed(n, f"{n}.example", lang, "Ferry", (CORRECTED[lang].format(*facts),), 0)
        for n, facts in enumerate((one, other))
    ]
    assert judged([document_of(page, n) for n, page in enumerate(pages)])[1].kinship is Kinship.NEAR


FILLED_IN = {
    "ru": (
        ("Жители {} останутся без света {}, пока энергетики меняют опору. Работы {} и закончатся к обеду. На время "
        "отключения у клуба поставят передвижной генератор, где можно зарядить телефон. Энергетики просят выключить "
        "приборы из розеток и не подходить к проводам, лежащим на земле. О неполадках сообщают дежурному по телефону."),
        (("нижней слободы", "во вторник", "переносили дважды из-за ветра"), ("верхней улицы", "в субботу", "нужны после ледяного дождя"), ("посёлка лесников", "завтра", "проводят по весеннему плану")),
    ),
    "uk": (
        ("Мешканці {} залишаться без світла {}, поки енергетики міняють опору. Роботи {} і завершаться до обіду. На час "
        "вимкнення біля клубу поставлять пересувний генератор, де можна зарядити телефон. Енергетики просять вимкнути "
        "прилади з розеток і не підходити до дротів, що лежать на землі. Про негаразди повідомляють черговому телефоном."),
        (("нижньої слободи", "у вівторок", "переносили двічі через вітер"), ("верхньої вулиці", "у суботу", "потрібні після крижаного дощу"), ("селища лісників", "завтра", "проводять за весняним планом")),
    ),
    "pl": (
        ("Mieszkańcy {} nie będą mieli prądu {}, gdy energetycy wymienią słup. Prace {} i skończą się do południa. Na czas "
        "przerwy przy świetlicy stanie przenośny agregat, przy którym można naładować telefon. Energetycy proszą o "
        "wyłączenie urządzeń z gniazdek i niepodchodzenie do przewodów leżących na ziemi. Usterki przyjmuje dyżurny."),
        (("dolnej osady", "we wtorek", "przekładano dwa razy z powodu wiatru"), ("górnej ulicy", "w sobotę", "są potrzebne po marznącym deszczu"), ("leśnego osiedla", "jutro", "wykonuje się według wiosennego planu")),
    ),
    "de": (
        ("Die Bewohner {} haben {} keinen Strom, weil ein Mast getauscht wird. Die Arbeiten {} und enden gegen Mittag. "
        "Solange der Strom fehlt, steht am Gemeindehaus ein Generator bereit, an dem man das Telefon laden kann. Die "
        "Netzleute bitten darum, alle Geräte auszustecken und nicht an Leitungen zu treten, die am Boden liegen."),
        (("der unteren Siedlung", "am Dienstag", "wurden wegen des Windes zweimal verschoben"), ("der oberen Gasse", "am Samstag", "sind nach dem Eisregen nötig"), ("des Forsthofs", "morgen früh", "gehören zum Plan für das Frühjahr")),
    ),
}  # fmt: skip


@pytest.mark.parametrize("lang", sorted(FILLED_IN))
def test_reports_of_one_template_are_articles_of_their_own(lang: str) -> None:
    template, days = FILLED_IN[lang]
    pages = [Printed(n, "net.example", lang, "Netz", (template.format(*day),), 0) for n, day in enumerate(days)]
    verdicts = judged([document_of(page, n) for n, page in enumerate(pages)])
    assert [verdict.decision for verdict in verdicts] == [Decision.CREATED] * 3
