"""Which article a page is: texts decide, whatever the page says about itself, and no wall replaces an article."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from pipeline.article.outcome import outcome_of
from pipeline.document.clean import clean
from pipeline.records.article import Article, Discarded
from pipeline.records.document import Document
from pipeline.records.identity import Identity, IdentityReason
from pipeline.records.page import Page
from pipeline.records.verdict import Decision, Kinship, Verdict
from pipeline.text.fingerprint import fingerprint_of
from pipeline.verdict.claims import ClaimIndex
from pipeline.verdict.decide import Decider
from pipeline.verdict.known import article_id
from tests.support.documents import AT, document, naming

MILL = """Die Wassermühle von Altbach mahlt wieder Getreide, zum ersten Mal seit neunundzwanzig Jahren und vor vielen Gästen.
Der Müller Konrad Felber hat das Mühlrad mit zwei Lehrlingen aus Eichenholz nachgebaut, nach einer Zeichnung von 1887.
Das Mehl wird in Säcken zu fünf Kilo verkauft, und der Bäcker am Markt hat bereits vierzig davon für sein Brot bestellt.
Die Gemeinde zahlte ein Drittel der Kosten, der Rest kam von Spendern aus dem Tal und von einer Stiftung in der Hauptstadt.
Im Sommer soll neben dem Bach ein Lehrpfad entstehen, auf dem Schulklassen die alten Schleusen selbst bedienen dürfen."""
BUS = """Od poniedziałku autobus linii dwunastej będzie jeździł przez nowe osiedle za rzeką, o co mieszkańcy prosili od lat.
Pierwszy kurs odjedzie o piątej dwadzieścia z pętli przy szpitalu, ostatni wróci tam tuż przed północą, także w niedziele.
Kierowca Marek Zięba mówi, że najtrudniejszy będzie zakręt przy szkole, gdzie rano parkują samochody rodziców i dostawców.
Miasto kupiło trzy krótsze pojazdy na prąd, które ładują się podczas postoju, więc na trasie nie będzie słychać silnika.
Bilety zostają bez zmian, a w pierwszym tygodniu wszyscy pasażerowie nowej trasy pojadą za darmo, zapowiada zarząd."""
COMET = """Nad gminą widać w tych dniach słabą kometę, którą uczniowie odkryli na zdjęciach zrobionych zwykłym aparatem ze statywu.
Nauczycielka fizyki Hanna Wrona wysłała zdjęcia do obserwatorium, a odpowiedź przyszła już następnego dnia wieczorem.
Obiekt okrąża słońce raz na cztery tysiące lat i w maju zbliży się do niego najbardziej, potem zniknie na dobre.
Szkoła zaprasza na dach w każdy pogodny czwartek, trzeba tylko zabrać ciepłe ubranie i latarkę z czerwonym szkłem.
Nazwa komety będzie pochodzić od miejscowości, a nie od odkrywców, bo zdjęcie powstało podczas szkolnych zajęć."""
WALL = (
    "Before you read on, we ask for your consent. We and our partners store information on your device and use it for "
    "advertising, for measuring our audience and for improving our products. You can refuse or change your choice."
)
SIGN_IN = "Please sign in. Enter your e-mail address and password to go on, or create an account if you have none yet."
FLASH = "Die Wassermühle von Altbach mahlt wieder Getreide. Mehr dazu in Kürze."


def first(text: str, lines: int) -> str:
    return "\n".join(text.split("\n")[:lines])


def page(path: str, text: str, *, named: str = "", minute: int = 0, markup: str = "") -> Document:
    """Make a page at a path, which may name another as its canonical URL; its offset is set by `judged`."""
    one = naming(document(path, text, 0, minute=minute, markup=markup), named)
    return replace(one, fingerprint=fingerprint_of(text))


def judged(*pages: Document, claims: ClaimIndex | None = None, days: float = 0.0) -> list[Verdict]:
    """Decide on pages in turn, each fetched after the one before, with so many days in between."""
    claims = ClaimIndex() if claims is None else claims
    verdicts = []
    for number, one in enumerate(pages, len(claims)):
        placed = replace(one, provenance=replace(one.provenance, offset=number))
        at = 1e6 + number * days * 86_400
        verdicts.append(Decider(claims).decide(placed, partition=0, offset=number, timestamp=at))
        claims.learn(verdicts[-1])
    return verdicts


def in_short(verdicts: list[Verdict]) -> list[str]:
    return [str(verdict.kinship or verdict.decision) for verdict in verdicts]


def reasons(verdicts: list[Verdict]) -> list[str | None]:
    return [verdict.identity.reason.value if verdict.identity else None for verdict in verdicts]


# -- the canonical URL


@pytest.mark.parametrize("named", ["all", "news/", "2019/hello-world"])
def test_articles_that_name_one_url_are_articles_of_their_own(named: str) -> None:
    verdicts = judged(*(page(f"n/{n}", text, named=named) for n, text in enumerate([MILL, BUS, COMET])))
    assert in_short(verdicts) == ["created"] * 3
    assert len({verdict.article_id for verdict in verdicts}) == 3
    assert reasons(verdicts) == [None, "other-text", "other-text"]


@pytest.mark.parametrize(
    "href",
    [
        "https://sosny.example/news/",
        "/",
        "{{url}}",
        "undefined",
        "sosny.example/n",
        "https://agentur.example/7",
        "/2019/a",
    ],
)
def test_html_pages_of_one_template_are_articles_of_their_own(href: str) -> None:
    pages = []
    for number, text in enumerate([MILL, BUS, COMET]):
        lines = "".join(f"<p>{line}</p>" for line in text.split("\n"))
        title = " ".join(text.split()[:5])
        html = f'<title>{title}</title><link rel="canonical" href="{href}"><article><h1>{title}</h1>{lines}</article>'
        url = f"https://sosny.example/news/{number}"
        raw = Page(url=url, fetched_at=AT, media_type="text/html", body=html)
        cleaned = clean(raw, topic="pages", partition=0, offset=number)
        assert isinstance(cleaned, Document)
        pages.append(cleaned)
    verdicts = judged(*pages)
    assert in_short(verdicts) == ["created"] * 3
    assert len({verdict.article_id for verdict in verdicts}) == 3
    events = [outcome_of(one, verdict) for one, verdict in zip(pages, verdicts, strict=True)]
    assert all(isinstance(event, Article) and event.identity for event in events)


def test_a_url_that_was_named_wrongly_is_not_believed_again() -> None:
    """The first article leaves the window; the next one with this canonical URL must not get its id."""
    texts = [MILL, BUS, COMET]
    verdicts = judged(*(page(f"n/{n}", text, named="all") for n, text in enumerate(texts)), days=20)
    assert len({verdict.article_id for verdict in verdicts}) == 3
    assert reasons(verdicts)[2] == "other-text"


def test_an_edited_article_stays_itself_whatever_it_names() -> None:
    pages = [page(f"n/{n}", text, named="all") for n, text in enumerate([MILL, BUS])]
    later = [page(f"n/{n}", f"{text}\nFortsetzung folgt.", named="all") for n, text in enumerate([MILL, BUS])]
    verdicts = judged(*pages, *later)
    assert in_short(verdicts[2:]) == ["updated"] * 2
    assert [verdict.article_id for verdict in verdicts[2:]] == [verdict.article_id for verdict in verdicts[:2]]
    assert reasons(verdicts[2:]) == ["other-text"] * 2


def test_the_page_that_was_named_wrongly_is_an_article_too() -> None:
    verdicts = judged(page("n/1", MILL, named="all"), page("all", BUS), page("all", f"{BUS}\nTo wszystko."))
    assert in_short(verdicts) == ["created", "created", "updated"]
    assert verdicts[0].article_id != verdicts[1].article_id == verdicts[2].article_id


def test_the_pages_of_one_article_do_not_overwrite_its_first_page() -> None:
    verdicts = judged(
        page("a", first(MILL, 3)), page("a?page=2", BUS, named="a"), page("a", f"{first(MILL, 3)}\nMehr morgen.")
    )
    assert in_short(verdicts) == ["created", "created", "updated"]
    assert verdicts[2].article_id == verdicts[0].article_id


@pytest.mark.parametrize("text", [MILL, first(MILL, 4), f"{MILL}\nLesen Sie auch unsere Seite.", first(MILL, 1)])
def test_another_form_of_a_page_is_its_copy(text: str) -> None:
    verdicts = judged(page("a", MILL), page("amp/a", text, named="a"))
    assert verdicts[1].decision is Decision.DUPLICATE
    assert verdicts[1].article_id == verdicts[0].article_id


def test_a_page_and_its_other_form_do_not_take_turns() -> None:
    main, amp = page("a", MILL), page("amp/a", first(MILL, 4), named="a")
    again = [
        replace(page("a", MILL, markup="2"), canonical_url=main.canonical_url),
        page("amp/a", first(MILL, 4), named="a", markup="2"),
    ]
    verdicts = judged(amp, main, *reversed(again), *again)
    assert in_short(verdicts) == ["created", "updated", "exact", "exact", "redelivered", "redelivered"]


def test_a_flash_under_another_url_grows_into_its_article() -> None:
    verdicts = judged(page("a?from=push", first(MILL, 1), named="a"), page("a?from=rss", MILL, named="a"))
    assert in_short(verdicts) == ["created", "updated"]


def test_a_bulletin_that_names_the_days_before_is_its_own() -> None:
    def rates(dollar: str, euro: str) -> str:
        return (
            f"Die Zentralbank hat die Kurse für morgen festgesetzt: Der Dollar kostet {dollar} Kronen, der Euro kostet "
            f"{euro} Kronen. Der Handel verlief ruhig, sagten Händler an der Börse, und große Aufträge gab es nicht. "
            "Die nächste Sitzung des Rates der Zentralbank findet wie geplant am Ende des Monats in der Hauptstadt statt."
        )

    verdicts = judged(page("d/1", rates("21,40", "23,10"), named="d"), page("d/2", rates("22,75", "24,60"), named="d"))
    assert in_short(verdicts) == ["created", "created"]


def test_a_syndicated_text_is_a_copy_whatever_it_names() -> None:
    there = replace(
        page("a", MILL, markup="there"), url="https://agentur.example/7", canonical_url="https://agentur.example/7"
    )
    assert in_short(judged(there, page("a", MILL), page("b", BUS)))[1:] == ["exact", "created"]


def test_a_page_whose_canonical_url_changes_is_the_same_article() -> None:
    verdicts = judged(page("a", MILL), page("a", f"{MILL}\nMehr morgen.", named="2026/a"))
    assert in_short(verdicts) == ["created", "updated"]
    assert verdicts[1].article_id == verdicts[0].article_id


def test_the_id_of_an_article_comes_from_its_canonical_url() -> None:
    one = page("amp/a", MILL, named="a")
    assert judged(one)[0].article_id == article_id(one) == article_id(page("a", BUS))


def old(verdict: Verdict) -> Verdict:
    """Return a verdict as releases before `identity` wrote it."""
    return replace(verdict, source_key=None, url_key=None, identity=None)


def test_an_article_of_an_earlier_release_keeps_its_id() -> None:
    for before, after in [
        (page("n/1", MILL, named="news"), page("n/1", f"{MILL}\nMehr morgen.", named="news")),
        (page("news/1", MILL, named="news"), in_section(page("news/1", f"{MILL}\nMehr morgen."))),
    ]:
        claims = ClaimIndex()
        [created] = judged(before)
        claims.learn(old(created))
        [updated] = judged(after, claims=claims)
        assert (updated.decision, updated.article_id) == (Decision.UPDATED, created.article_id)


def in_section(one: Document) -> Document:
    url = "https://sosny.example/news"
    return replace(one, identity=Identity(canonical_url=url, believed="url", reason=IdentityReason.SECTION))


def test_another_article_does_not_update_one_of_an_earlier_release() -> None:
    claims = ClaimIndex()
    [created] = judged(page("n/1", MILL, named="news"))
    claims.learn(old(created))
    [other] = judged(page("n/2", BUS, named="news"), claims=claims)
    assert (other.decision, other.article_id) == (Decision.CREATED, article_id(page("n/2", BUS)))


# -- a later fetch of one URL


@pytest.mark.parametrize("text", [WALL, SIGN_IN, "Die Wassermühle von Altbach mahlt wieder", "Fehler 500"])
def test_a_wall_does_not_replace_an_article(text: str) -> None:
    pages = page("a", MILL), page("a", text), page("a", MILL, markup="again"), page("a", f"{MILL}\nMehr morgen.")
    verdicts = judged(*pages)
    assert in_short(verdicts) == ["created", "superseded", "exact", "updated"]
    assert (verdicts[3].article_id, verdicts[3].revision) == (verdicts[0].article_id, 2)
    assert reasons(verdicts)[1] == "poorer"
    outcome = outcome_of(pages[1], verdicts[1])
    assert isinstance(outcome, Discarded)
    assert (outcome.reason, outcome.identity) == ("not-a-revision", verdicts[1].identity)
    assert verdicts[0].article_id is not None
    assert verdicts[0].article_id in outcome.detail


@pytest.mark.parametrize("lines", [1, 2, 3])
def test_a_teaser_or_a_truncated_page_is_a_copy_of_its_article(lines: int) -> None:
    verdicts = judged(page("a", MILL), page("a", first(MILL, lines)), page("a", f"{MILL}\nMehr morgen."))
    assert in_short(verdicts) == ["created", "near", "updated"]
    assert reasons(verdicts)[1] == "poorer"
    assert verdicts[1].evidence is not None
    assert verdicts[1].evidence.contained == "page"


def test_a_wall_keeps_its_article_in_the_window() -> None:
    verdicts = judged(page("a", MILL), *(page("a", WALL, markup=str(n)) for n in range(5)), days=20)
    assert in_short(verdicts) == ["created"] + ["superseded"] * 5


def test_a_wall_that_came_first_does_not_keep_the_article_out() -> None:
    wall, later = f"{WALL}\n{SIGN_IN}", f"{MILL}\nMehr morgen."
    verdicts = judged(page("a", wall), page("a", MILL), page("a", wall, markup="2"), page("a", later))
    assert [verdicts[n].decision for n in (1, 3)] == [Decision.CREATED, Decision.UPDATED]
    assert verdicts[1].article_id == verdicts[3].article_id
    assert verdicts[2].decision is Decision.DUPLICATE
    assert verdicts[1].identity == Identity(
        believed="text", reason=IdentityReason.OTHER_TEXT, article_id=verdicts[0].article_id
    )


def test_a_wall_in_place_of_a_copy_is_no_article() -> None:
    verdicts = judged(page("a", MILL), page("b", MILL), page("b", WALL))
    assert in_short(verdicts) == ["created", "exact", "superseded"]


@pytest.mark.parametrize("longer", [MILL, f"{FLASH}\n{BUS}"])
def test_a_flash_grows_into_its_article(longer: str) -> None:
    verdicts = judged(page("a", FLASH), page("a", longer), page("a", FLASH, markup="late"))
    assert in_short(verdicts) == ["created", "updated", "exact"]


def test_a_live_report_grows_and_drops_its_oldest_lines() -> None:
    lines = f"{MILL}\n{BUS}\n{COMET}".split("\n")
    windows = [lines[max(0, end - 6) : end][::-1] for end in (2, 4, 6, 8, 11, 14)]
    verdicts = judged(*(page("live", "\n".join(window)) for window in windows))
    assert in_short(verdicts) == ["created"] + ["updated"] * 5


@pytest.mark.parametrize(
    "text",
    [
        MILL.replace("vierzig", "fünfzig"),
        first(MILL, 4),
        f"{first(MILL, 3)}\n{first(BUS, 2)}",
        MILL.replace("und", "sowie").replace("die", "jene").replace("der", "jener").replace("wieder", "erneut"),
    ],
)
def test_an_edited_text_is_the_next_revision(text: str) -> None:
    verdicts = judged(page("a", MILL), page("a", text))
    assert (verdicts[1].decision, verdicts[1].revision) == (Decision.UPDATED, 2)


def test_another_story_under_a_url_is_an_article_of_its_own() -> None:
    pages = page("a", MILL), page("a", BUS), page("a", f"{BUS}\nTo wszystko."), page("a", f"{MILL}\nMehr morgen.")
    verdicts = judged(*pages)
    assert in_short(verdicts) == ["created", "created", "updated", "updated"]
    assert verdicts[0].article_id == verdicts[3].article_id != verdicts[1].article_id == verdicts[2].article_id
    event = outcome_of(pages[1], verdicts[1])
    assert isinstance(event, Article)
    assert event.canonical_url == pages[1].url
    assert event.identity == verdicts[1].identity


@pytest.mark.parametrize(("before", "after"), [(FLASH, BUS), (MILL, WALL), ("Kurz.", "Inne."), (MILL, BUS)])
def test_a_url_that_shows_the_newest_article_has_many(before: str, after: str) -> None:
    verdicts = judged(page("newest", before, named="a/1"), page("newest", after, named="a/2"))
    assert in_short(verdicts) == ["created", "created"]
    assert verdicts[1].article_id == article_id(page("a/2", after))


def test_a_front_page_is_one_page_whatever_it_shows() -> None:
    front = "https://sosny.example/"
    pages = [replace(page(f"{n}", text), url=front, canonical_url=front) for n, text in enumerate([MILL, BUS])]
    assert in_short(judged(*pages)) == ["created", "updated"]


def test_the_next_text_of_another_story_is_found_even_if_a_copy_came_between() -> None:
    verdicts = judged(page("c", COMET), page("a", MILL), page("a", BUS), page("a", COMET), page("a", f"{BUS}\nKoniec."))
    assert in_short(verdicts) == ["created", "created", "created", "exact", "updated"]
    assert verdicts[4].article_id == verdicts[2].article_id


def test_an_older_fetch_is_superseded() -> None:
    verdicts = judged(page("a", f"{MILL}\nMehr morgen.", minute=5), page("a", MILL, minute=1))
    assert in_short(verdicts) == ["created", "superseded"]
    assert verdicts[1].identity is None


def test_replayed_pages_get_the_same_verdicts_from_any_dump() -> None:
    pages = [
        page("a", MILL),
        page("a", WALL),
        page("b", BUS, named="a"),
        page("a", COMET),
        page("a", f"{COMET}\nKoniec."),
    ]
    expected = judged(*pages)
    for cut in range(len(pages)):
        claims = ClaimIndex()
        judged(*pages[:cut], claims=claims)
        assert judged(*pages[cut:], claims=ClaimIndex.load(claims.dump())) == expected[cut:]


def test_texts_of_these_tests_share_nothing() -> None:
    for one, other in pairwise([MILL, BUS, COMET, WALL, SIGN_IN]):
        assert not set(one.split("\n")) & set(other.split("\n"))
    assert Kinship.NEAR not in in_short(judged(page("a", MILL), page("b", BUS), page("c", COMET), page("d", WALL)))
