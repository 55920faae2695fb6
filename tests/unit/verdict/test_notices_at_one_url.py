"""Standing notices where an article is known at a page's URL: the news tells whether the page is this article."""

import random
from collections.abc import Callable
from dataclasses import replace
from typing import get_args

import pytest

from pipeline.records.document import Document
from pipeline.records.identity import IdentityReason
from pipeline.records.verdict import Decision, Kinship, Verdict
from tests.bench.notices import NOTICES, News, Outlet, Place, news_of, printed
from tests.bench.standing import document_of
from tests.chaos.workload import Workload, kind_of
from tests.support.documents import document, fingerprinted, judged

LANGS = ("ru", "uk", "en")
HOST = "only.example"
Edit = Callable[[random.Random, News], News]


def a_page(news: News, outlet: Outlet, number: int, *, at: str = "", named: str = "") -> Document:
    """Print news at a path of the outlet, its number by default; it may name another path as its canonical URL."""
    url = f"https://{HOST}/{at or number}"
    one = document_of(printed(news, number, outlet), number)
    return replace(one, url=url, canonical_url=f"https://{HOST}/{named}" if named else url)


def others(draw: random.Random, lang: str, outlet: Outlet, count: int = 3) -> list[Document]:
    """Print other news of the outlet, which show what its notices are."""
    return [a_page(news_of(draw, lang, 1), outlet, number) for number in range(count)]


def last_of(lang: str, place: Place, seed: int, edit: Edit, **where: str) -> tuple[Verdict, Verdict]:
    """Return the verdicts on a page at the path `x`, and on what another page shows, at `x` too by default."""
    draw = random.Random(f"{lang} {place} {seed}")
    outlet = Outlet(HOST, NOTICES[lang][:3], place)
    earlier, news = others(draw, lang, outlet), news_of(draw, lang, 1)
    first = a_page(news, outlet, 100, at="x")
    second = a_page(edit(draw, news), outlet, 101, **{"at": "x"} | where)
    verdicts = judged(*earlier, first, second)
    assert verdicts[-2].decision is Decision.CREATED
    return verdicts[-2], verdicts[-1]


def another(draw: random.Random, news: News) -> News:
    return news_of(draw, news.lang, 1)


def longer(draw: random.Random, news: News) -> News:
    return replace(news, paragraphs=(*news.paragraphs, *another(draw, news).paragraphs))


def corrected(draw: random.Random, news: News) -> News:
    words = news.paragraphs[0].split()
    words[draw.randrange(len(words))] = "9999"
    return replace(news, paragraphs=(" ".join(words),))


def longer_under_another_headline(draw: random.Random, news: News) -> News:
    return replace(longer(draw, news), headline=another(draw, news).headline)


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("place", get_args(Place))
def test_other_news_at_the_same_url_is_an_article_of_its_own(lang: str, place: Place) -> None:
    for seed in range(6):
        first, second = last_of(lang, place, seed, another)
        assert (second.decision, second.article_id != first.article_id) == (Decision.CREATED, True)


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("place", get_args(Place))
def test_other_news_that_names_the_url_is_an_article_of_its_own(lang: str, place: Place) -> None:
    for seed in range(6):
        _, second = last_of(lang, place, seed, another, at="y", named="x")
        assert second.decision is Decision.CREATED
        assert second.identity is not None
        assert second.identity.reason is IdentityReason.OTHER_TEXT


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("place", get_args(Place))
@pytest.mark.parametrize("edit", [longer, corrected, longer_under_another_headline])
def test_a_revision_stays_a_revision(lang: str, place: Place, edit: Edit) -> None:
    for seed in range(6):
        first, second = last_of(lang, place, seed, edit)
        assert (second.decision, second.article_id, second.revision) == (Decision.UPDATED, first.article_id, 2)


@pytest.mark.parametrize("lang", LANGS)
def test_a_copy_that_names_the_url_is_a_copy(lang: str) -> None:
    for seed in range(6):
        _, second = last_of(lang, "below", seed, lambda _, news: news, at="y", named="x")
        assert second.decision is Decision.DUPLICATE


@pytest.mark.parametrize("lang", LANGS)
def test_a_teaser_above_all_notices_does_not_replace_its_article(lang: str) -> None:
    """The notices make the teaser half as long as the article, or longer."""
    for seed in range(6):
        draw = random.Random(f"{lang} {seed}")
        outlet = Outlet(HOST, NOTICES[lang][:3], "below")
        short = news_of(draw, lang, 1)
        whole = replace(short, paragraphs=(*short.paragraphs, *news_of(draw, lang, 2).paragraphs))
        pages = [a_page(news, outlet, number, at="x") for number, news in enumerate((whole, short), 100)]
        assert pages[1].word_count > pages[0].word_count * 0.49
        last = judged(*others(draw, lang, outlet), *pages)[-1]
        assert last.decision in {Decision.DUPLICATE, Decision.SUPERSEDED}
        assert last.identity is not None
        assert last.identity.reason is IdentityReason.POORER


@pytest.mark.parametrize("lang", LANGS)
def test_notices_without_news_do_not_replace_an_article_and_an_article_replaces_them(lang: str) -> None:
    """No other page has all of the notices."""
    for seed in range(6):
        draw, notices = random.Random(f"{lang} {seed}"), NOTICES[lang][:3]
        pairs = [Outlet(HOST, (notices[n % 3], notices[(n + 1) % 3]), "below") for n in range(6)]
        earlier = [a_page(news_of(draw, lang, 1), outlet, number) for number, outlet in enumerate(pairs)]
        news, outlet = news_of(draw, lang, 1), Outlet(HOST, notices, "below")
        hollow = replace(news, paragraphs=())
        pages = [a_page(one, outlet, number, at="x") for number, one in enumerate((news, hollow), 100)]
        last = judged(*earlier, *pages)[-1]
        assert (last.decision, last.kinship) == (Decision.DUPLICATE, Kinship.NEAR)
        assert judged(*earlier, *reversed(pages))[-1].decision is Decision.UPDATED


@pytest.mark.parametrize("lang", LANGS)
def test_the_second_page_of_an_outlet_seldom_replaces_the_first_at_its_url(lang: str) -> None:
    """No other page shows what the notices are; only the headlines tell."""
    replaced = 0
    for seed in range(12):
        draw = random.Random(f"{lang} {seed}")
        outlet = Outlet(HOST, NOTICES[lang][:3], "below")
        pages = [a_page(news_of(draw, lang, 1), outlet, number, at="x") for number in range(2)]
        replaced += judged(*pages)[-1].decision is not Decision.CREATED
    assert replaced <= 1


def test_a_line_below_a_text_of_common_words_is_a_revision() -> None:
    """All texts are filled in from one form: what is left of two states of one of them is an error of the estimates."""
    made = Workload.of(2000, random.Random(1))
    english = [(group, *page) for group, page in zip(made.group, made.pages, strict=True) if group % 3 == 1]
    log = [
        fingerprinted(replace(document(f"{group}", text, 0, minute=offset), url=url, canonical_url=url))
        for offset, (group, url, text) in enumerate(english)
    ]
    decisions: dict[int, list[Decision]] = {}
    for (group, *_), verdict in zip(english, judged(*log), strict=True):
        decisions.setdefault(group, []).append(verdict.decision)
    states = [found for group, found in decisions.items() if kind_of(group) == "update"]

    assert len(states) > 60
    assert {tuple(found) for found in states} == {(Decision.CREATED, Decision.UPDATED)}
