"""What counts as the same article, and what does not, by the verdicts on copies and bulletins of our own writing."""

import random
from dataclasses import replace

import pytest

from pipeline.records.document import Document
from pipeline.records.fields import digest
from pipeline.records.verdict import Changes, Decision, Evidence, Kinship, Verdict
from pipeline.text.figures import Compared
from pipeline.verdict.claims import ClaimIndex
from pipeline.verdict.decide import Decider
from pipeline.verdict.nearness import Likeness, is_same
from tests.bench.bulletins import BACKGROUND, bulletins
from tests.bench.perturbed import cut, edited, retyped, with_menu
from tests.support.documents import document, fingerprinted

FERRY = """Паром «Верный» снова ходит между берегами: после ремонта судно прошло освидетельствование и вышло в первый рейс.
Пассажиров утром было немного, зато машин набралась целая очередь — водители ждали открытия переправы ещё с ночи.
Капитан Степан Лукин рассказал, что двигатель перебрали полностью, а палубу застелили заново сосновой доской.
Жители заречных деревень всю зиму добирались до больницы в объезд, через старый мост, и дорога занимала полдня.
Теперь путь сократился до сорока минут. В администрации обещают, что расписание не изменится до ледостава.
Билеты по-прежнему продают на берегу, в деревянной будке у причала; школьников и пенсионеров перевозят бесплатно.
Весной рядом с причалом поставят навес и скамейки, чтобы люди могли укрыться от дождя, пока ждут отправления.
Директор переправы добавил, что осенью судно ждёт ещё один осмотр, но работать оно будет без перерывов.
"""
ORCHARD = """The orchard behind the old school has been given back to the village after a decade behind a locked gate.
Volunteers cleared the brambles in the autumn and found that most of the apple trees had survived the neglect.
A retired gardener, Nora Fenwick, has labelled the varieties, some of which are no longer sold by any nursery.
Children from the primary school will look after the beehives, and the honey is to be sold at the summer fair.
The parish council has paid for a new fence, but it says that the gate will stay open from dawn until dusk.
Neighbours who had feared noise and litter admit that the place has become a quiet meeting point for everyone.
A bench has been set under the largest tree in memory of the teacher who planted it almost a century ago.
"""
PARAGRAPH = (
    "Накануне в соседнем районе открыли выставку рыболовных снастей, которую собирали всем миром целых три года."
)
STORIES = (FERRY, ORCHARD)
KINDS = {
    "retyped": retyped,
    "menu": with_menu,
    "cut to 85": cut(0.85),
    "cut to 70": cut(0.7),
    "cut to half": cut(0.5),
    "paragraph added": lambda text, _: f"{text}{PARAGRAPH}\n",
    "a few words edited": edited(0.03),
    "yo and dashes": lambda text, _: text.replace("ё", "е").replace("—", "-").replace("«", "“"),
    "soft hyphens": lambda text, _: text.replace("ст", "с\u00adт"),
    "Latin letters": lambda text, _: text.replace("о", "o", 40).replace("а", "a", 40),
}


def page(path: str, text: str, offset: int, *, minute: int = 0) -> Document:
    return fingerprinted(document(path, text, offset, minute=minute))


def judged(*documents: Document, window: float = 30 * 86_400.0, times: tuple[float, ...] = ()) -> list[Verdict]:
    claims = ClaimIndex(window)
    verdicts = []
    for offset, one in enumerate(documents):
        at = times[offset] if times else 1000.0 + offset
        verdict = Decider(claims).decide(one, partition=0, offset=offset, timestamp=at)
        claims.learn(verdict)
        verdicts.append(verdict)
    return verdicts


@pytest.mark.parametrize("story", STORIES, ids=["ru", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_copy_that_was_changed_on_its_way_is_a_duplicate_of_the_first(kind: str, story: str) -> None:
    copy = KINDS[kind](story, random.Random(7))
    first, second = judged(page("a", story, 0), page("b", copy, 1))
    assert (second.decision, second.article_id) == (Decision.DUPLICATE, first.article_id)
    first, second = judged(page("b", copy, 0), page("a", story, 1))
    assert (second.decision, second.article_id) == (Decision.DUPLICATE, first.article_id)


@pytest.mark.parametrize("story", STORIES, ids=["ru", "en"])
def test_a_text_of_which_a_third_is_other_words_is_another_article(story: str) -> None:
    verdicts = judged(page("a", story, 0), page("b", edited(0.35)(story, random.Random(3)), 1))
    assert [verdict.decision for verdict in verdicts] == [Decision.CREATED] * 2


def test_another_article_with_the_same_background_is_another_article() -> None:
    lines = FERRY.splitlines()
    later = [PARAGRAPH, *ORCHARD.splitlines()[:5], *lines[3:6]]
    verdicts = judged(page("a", FERRY, 0), page("b", "\n".join(later), 1))
    assert [verdict.decision for verdict in verdicts] == [Decision.CREATED] * 2


def test_the_evidence_says_which_text_is_in_which() -> None:
    first, second = judged(page("a", FERRY, 0), page("b", cut(0.7)(FERRY, random.Random(1)), 1))
    assert second.evidence is not None
    assert (second.kinship, second.evidence.contained) == (Kinship.NEAR, "page")
    assert second.evidence.bands > 2
    assert abs(second.evidence.jaccard - 0.7) < 0.15
    assert second.evidence.containment > 0.85
    assert second.similarity == second.evidence.jaccard
    _, second = judged(page("b", cut(0.7)(FERRY, random.Random(1)), 0), page("a", FERRY, 1))
    assert second.evidence is not None
    assert second.evidence.contained == "article"
    assert first.evidence is None


def test_an_exact_copy_has_the_similarity_one_and_needs_no_evidence() -> None:
    _, second = judged(page("a", FERRY, 0), page("b", FERRY.upper(), 1))
    assert (second.kinship, second.similarity, second.evidence) == (Kinship.EXACT, 1.0, None)


DAILY = [(one.template, long) for long in (False, True) for one in bulletins(random.Random(11), 1, long=long)]


@pytest.mark.parametrize(("template", "long"), DAILY)
def test_bulletins_of_different_days_are_different_articles(template: str, long: bool) -> None:
    issues = {one.text for one in bulletins(random.Random(11), 5, long=long) if one.template == template}
    verdicts = judged(*(page(str(n), text, n) for n, text in enumerate(sorted(issues))))
    assert [verdict.decision for verdict in verdicts] == [Decision.CREATED] * 5


@pytest.mark.parametrize("kind", ["retyped", "menu", "cut to 85"])
def test_copies_of_a_bulletin_are_duplicates_of_their_own_day(kind: str) -> None:
    issues = [one for one in bulletins(random.Random(5), 4) if one.template == "rates-ru"]
    copies = [KINDS[kind](one.text, random.Random(2)) for one in issues]
    verdicts = judged(*(page(str(n), text, n) for n, text in enumerate([*(one.text for one in issues), *copies])))
    assert [verdict.article_id for verdict in verdicts[4:]] == [verdict.article_id for verdict in verdicts[:4]]


MONTHLY = {
    "ru": ("Инфляция в области за {} ускорилась. Сильнее всего подорожали овощи и услуги связи.", "март апрель январь"),
    "uk": ("За {} в області подорожчали овочі та послуги, повідомили у відомстві.", "березень квітень лютий"),
    "pl": ("Ceny żywności w {} znów wzrosły. Najbardziej podrożały warzywa oraz usługi.", "marcu kwietniu maju"),
    "en": ("Prices of food in {} went up again. Vegetables and postal services rose most.", "March April May"),
}


@pytest.mark.parametrize("lang", MONTHLY)
def test_bulletins_of_two_months_are_two_articles_and_copies_of_one_are_one(lang: str) -> None:
    line, months = MONTHLY[lang]
    issues = [f"{line.format(month)} {BACKGROUND[lang]}" for month in months.split()]
    copies = [KINDS[kind](text, random.Random(3)) for text in issues for kind in ("retyped", "menu", "cut to 85")]
    verdicts = judged(*(page(str(n), text, n) for n, text in enumerate([*issues, *copies])))
    assert [verdict.decision for verdict in verdicts[:3]] == [Decision.CREATED] * 3
    assert [verdict.article_id for verdict in verdicts[3:]] == [verdicts[n // 3].article_id for n in range(9)]


def test_a_bulletin_whose_only_figure_changed_is_another_article() -> None:
    text = f"Уровень воды в реке у Сосновки утром составил {{}} сантиметра. {BACKGROUND['ru']}"
    verdicts = judged(page("a", text.format(312), 0), page("b", text.format(318), 1))
    assert [verdict.decision for verdict in verdicts] == [Decision.CREATED] * 2


def test_one_corrected_figure_among_several_makes_no_other_article() -> None:
    text = FERRY + "В первый день перевезли 412 человек и 96 машин, во второй {} человек, а в третий 377 человек."
    _, second = judged(page("a", text.format(388), 0), page("b", text.format(398), 1))
    assert second.kinship is Kinship.NEAR


def test_a_short_text_is_a_near_copy_only_when_nothing_in_it_says_another_thing() -> None:
    flash = "Жителей Сосновки просят не выходить на лёд реки: он стал тонким, а в двух местах появились промоины у берега {}"
    one = flash.format("возле лодочной станции и причала")
    other = flash.format("возле лодочной станции и причала.\nФото автора")
    assert judged(page("a", one, 0), page("b", other, 1))[1].decision is Decision.DUPLICATE
    later = one.replace("Сосновки", "Ольховки")
    assert judged(page("a", one, 0), page("b", later, 1))[1].decision is Decision.CREATED


def test_a_teaser_is_not_the_article_that_begins_with_it() -> None:
    teaser = "\n".join(FERRY.splitlines()[:2])
    long = FERRY + ORCHARD
    assert [v.decision for v in judged(page("a", teaser, 0), page("b", long, 1))] == [Decision.CREATED] * 2


def test_a_copy_of_a_copy_points_at_the_article() -> None:
    draw = random.Random(4)
    one = edited(0.04)(FERRY, draw)
    two = edited(0.04)(one, draw)
    verdicts = judged(page("a", FERRY, 0), page("b", one, 1), page("c", two, 2))
    assert [verdict.article_id for verdict in verdicts] == [verdicts[0].article_id] * 3


def test_copies_of_copies_do_not_drift_away_from_the_article() -> None:
    draw = random.Random(9)
    text, texts = FERRY, [FERRY]
    for _ in range(30):
        text = edited(0.05)(text, draw)
        texts.append(text)
    verdicts = judged(*(page(str(n), one, n) for n, one in enumerate(texts)))
    of_first = [n for n, verdict in enumerate(verdicts) if verdict.article_id == verdicts[0].article_id]
    assert 1 < len(of_first) < 20
    assert len({verdict.article_id for verdict in verdicts}) > 2


def test_a_page_with_two_articles_does_not_make_one_a_copy_of_the_other() -> None:
    first, both, other = judged(page("a", FERRY, 0), page("b", FERRY + ORCHARD, 1), page("c", ORCHARD, 2))
    assert both.article_id == first.article_id
    assert other.decision is Decision.CREATED


def test_the_first_page_of_a_cluster_is_the_article_whatever_comes_later() -> None:
    excerpt = cut(0.7)(FERRY, random.Random(1))
    verdicts = judged(page("b", excerpt, 0), page("a", FERRY, 1), page("c", f"{FERRY}{PARAGRAPH}", 2))
    assert [verdict.decision for verdict in verdicts] == [Decision.CREATED, Decision.DUPLICATE, Decision.DUPLICATE]
    assert {verdict.article_id for verdict in verdicts} == {verdicts[0].article_id}


def test_a_changed_text_at_its_own_url_is_an_update_however_near_it_is() -> None:
    longer = f"{FERRY}{PARAGRAPH}"
    first, second = judged(page("a", FERRY, 0), page("a", longer, 1, minute=5))
    assert (second.decision, second.article_id, second.revision) == (Decision.UPDATED, first.article_id, 2)
    words = len(FERRY.split()), len(longer.split())
    assert second.changes is not None
    assert (second.changes.words_before, second.changes.words_after) == words
    assert second.changes.similarity is not None
    assert 0.75 < second.changes.similarity < 1


def test_an_update_of_a_text_too_short_for_a_fingerprint_has_no_similarity() -> None:
    _, second = judged(page("a", "Мост закрыт.", 0), page("a", "Мост открыт.", 1, minute=1))
    assert second.changes == Changes(words_before=2, words_after=2, similarity=None)


def test_a_copy_of_a_later_revision_is_a_duplicate_of_the_article() -> None:
    later = edited(0.3)(FERRY, random.Random(2))
    verdicts = judged(
        page("a", FERRY, 0), page("a", later, 1, minute=1), page("b", edited(0.03)(later, random.Random(1)), 2)
    )
    assert (verdicts[2].kinship, verdicts[2].article_id, verdicts[2].revision) == (
        Kinship.NEAR,
        verdicts[0].article_id,
        2,
    )


DAY = 86_400.0


def test_a_copy_after_the_window_is_an_article_of_its_own() -> None:
    pages = page("a", FERRY, 0), page("b", cut(0.8)(FERRY, random.Random(1)), 1)
    assert judged(*pages, times=(0.0, 30 * DAY))[1].decision is Decision.DUPLICATE
    assert judged(*pages, times=(0.0, 30 * DAY + 1))[1].decision is Decision.CREATED


def test_an_update_begins_the_window_of_its_article_anew() -> None:
    verdicts = judged(
        page("a", FERRY, 0),
        page("a", FERRY + PARAGRAPH, 1, minute=1),
        page("a", FERRY + PARAGRAPH + ORCHARD, 2, minute=2),
        times=(0.0, 20 * DAY, 45 * DAY),
    )
    assert [verdict.revision for verdict in verdicts] == [1, 2, 3]


def test_a_page_that_is_fetched_every_week_is_never_new_again() -> None:
    again = [
        replace(one, provenance=replace(one.provenance, offset=n)) for n in range(12) for one in [page("a", FERRY, 0)]
    ]
    changed = page("a", ORCHARD, 12, minute=9)
    verdicts = judged(*again, changed, times=tuple(week * 7 * DAY for week in range(13)))
    assert {verdict.kinship for verdict in verdicts[1:12]} == {Kinship.REDELIVERED}
    assert (verdicts[12].decision, verdicts[12].revision) == (Decision.UPDATED, 2)


def test_time_does_not_go_back() -> None:
    verdicts = judged(
        page("a", FERRY, 0), page("b", ORCHARD, 1), page("c", FERRY + PARAGRAPH, 2), times=(0.0, 40 * DAY, 10 * DAY)
    )
    assert [verdict.timestamp for verdict in verdicts] == [0.0, 40 * DAY, 40 * DAY]
    assert verdicts[2].decision is Decision.CREATED


def test_a_horizon_that_is_given_decides_what_is_compared() -> None:
    claims = ClaimIndex()
    first = Decider(claims).decide(page("a", FERRY, 0), partition=0, offset=0, timestamp=100.0)
    claims.learn(first)
    copy = page("b", FERRY, 1)
    seen = Decider(claims).decide(copy, partition=0, offset=1, timestamp=200.0, horizon=100.0)
    unseen = Decider(claims).decide(copy, partition=0, offset=1, timestamp=200.0, horizon=101.0)
    assert (seen.decision, unseen.decision) == (Decision.DUPLICATE, Decision.CREATED)
    assert (unseen.timestamp, unseen.horizon) == (200.0, 101.0)


def test_a_verdict_without_timestamp_counts_from_the_first_that_has_one() -> None:
    claims = ClaimIndex()
    claims.learn(Decider(claims).decide(page("a", FERRY, 0), partition=0, offset=0))
    claims.learn(Decider(claims).decide(page("b", ORCHARD, 1), partition=0, offset=1, timestamp=1000 * DAY))
    copy = page("c", FERRY + PARAGRAPH, 2)
    assert Decider(claims).decide(copy, partition=0, offset=2, timestamp=1029 * DAY).decision is Decision.DUPLICATE
    assert Decider(claims).decide(copy, partition=0, offset=2, timestamp=1031 * DAY).decision is Decision.CREATED


def test_an_old_verdict_without_any_of_the_new_fields_still_claims_page_and_text() -> None:
    claims = ClaimIndex()
    first = document("a", FERRY, 0)
    old = Verdict(
        document_partition=0,
        document_offset=0,
        decision=Decision.CREATED,
        page_id=first.provenance.page_id,
        page_partition=0,
        page_offset=0,
        article_id=digest(b"old"),
        revision=1,
        text_hash=first.text_hash,
        fetched_at=1.0,
    )
    claims.learn(old)
    exact = Decider(claims).decide(page("b", FERRY, 1), partition=0, offset=1, timestamp=5.0)
    assert (exact.kinship, exact.article_id, exact.words) == (Kinship.EXACT, digest(b"old"), None)


@pytest.mark.parametrize(
    ("jaccard", "containment", "figures", "same"),
    [
        (0.8, 0.9, Compared(5, 0), True),
        (0.8, 0.9, Compared(0, 3), False),
        (0.8, 0.9, Compared(5, 2), True),
        (0.2, 0.3, Compared(0, 0), False),
        (0.95, 0.97, Compared(0, 1), False),
        (0.8, 0.9, Compared(0, 1), True),
        (0.3, 0.9, Compared(2, 0), True),
        (0.1, 1.0, Compared(0, 0), False),
    ],
)
def test_the_rule_weighs_words_and_figures(jaccard: float, containment: float, figures: Compared, same: bool) -> None:
    like = Likeness(jaccard, containment, 250, 260, figures, Compared(0, 0))
    assert is_same(like) is same


def test_evidence_is_within_its_bounds() -> None:
    draw = random.Random(0)
    pages = [page(str(n), edited(0.05)(FERRY, draw), n) for n in range(20)]
    found = [verdict.evidence for verdict in judged(*pages) if verdict.evidence is not None]
    assert found
    for one in found:
        assert isinstance(one, Evidence)
        assert 0 < one.bands <= 44
        assert 0 <= one.jaccard <= one.containment <= 1
