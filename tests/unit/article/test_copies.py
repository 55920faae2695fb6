"""An article with everything that repeats it: what is asked for, what is counted, chosen and shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from agents.cli.show.copies import show
from pipeline.article.copies import Copies, chosen_rows, in_time, minute, question_of, rows_of
from pipeline.records.article import Article, Duplicate
from pipeline.records.document import Cleaning, Provenance
from pipeline.records.verdict import Changes, Evidence, Kinship
from tests.support.documents import AT, SNOW

ARTICLE_ID, URL = "3f9a" * 8, "https://sosny.example/snow"
LATER = AT + timedelta(hours=1)  # when events are published


def source(minute_: int, page: str) -> Provenance:
    at = AT + timedelta(minutes=minute_)
    return Provenance(page_id=page, topic="pages", partition=0, offset=minute_, fetched_at=at)


def revision(number: int, minute_: int, **more: Any) -> Article:
    usual = Article(
        event="created" if number == 1 else "updated",
        article_id=ARTICLE_ID,
        revision=number,
        page_id=f"{number:032x}",
        url=URL,
        headline=f"Снег, часть {number}",
        article_body=SNOW,
        word_count=10,
        in_language="ru",
        canonical_url=URL,
        changes=Changes(words_before=9, words_after=10, similarity=0.9) if number > 1 else None,
        cleaning=Cleaning(kept_lines=1, kept_characters=len(SNOW)),
        provenance=source(minute_, f"{number:032x}"),
    )
    return replace(usual, **more)


def repeat(kind: Kinship, path: str, minute_: int, page: str | None = None) -> Duplicate:
    page = page or f"{0xB000 + minute_:032x}"
    evidence = Evidence(bands=14, jaccard=0.45, containment=0.82, contained="page", agreeing=9)
    return Duplicate(
        kind=kind,
        article_id=ARTICLE_ID,
        page_id=page,
        url=f"https://copy.example/{path}",
        similarity=0.45 if kind is Kinship.NEAR else 1.0,
        evidence=evidence if kind is Kinship.NEAR else None,
        provenance=source(minute_, page),
    )


def copies(asked: str, *events: Article | Duplicate) -> Copies:
    found = Copies(question_of(asked), ARTICLE_ID)
    for number, event in enumerate(events):
        at = LATER + timedelta(seconds=number)
        if isinstance(event, Article):
            found.add_article(event, place=f"articles/1/{number}", at=at)
        else:
            found.add_duplicate(event, place=f"duplicates/1/{number}", at=at)
    return found


@pytest.mark.parametrize("asked", ["3f9a", " 3F9A3f9a\n", ARTICLE_ID])
def test_hexadecimal_digits_are_what_an_id_begins_with(asked: str):
    question = question_of(asked)

    assert question.names_id(ARTICLE_ID)
    assert not question.names_id("4" + ARTICLE_ID[1:])
    assert not question.names_url(URL, None)
    assert (question.article_id is None) is (len(asked.strip()) < 32)


@pytest.mark.parametrize("asked", [URL, "HTTPS://SOSNY.example:443/a/../snow?utm_source=x#top"])
def test_a_url_is_named_in_any_spelling(asked: str):
    question = question_of(asked)

    assert question.names_url(URL)
    assert question.names_url("https://other.example/", URL)
    assert not question.names_url("https://sosny.example/", None)
    assert not question.names_id(ARTICLE_ID)


@pytest.mark.parametrize("name", ["file:page.txt", "page 17", "beef"])
def test_a_page_that_was_fed_under_any_name_is_found_by_it(name: str):
    assert question_of(name).names_url(name)
    assert not question_of(name).names_url(name + "x")


@pytest.mark.parametrize(
    ("asked", "is_what"),
    [
        ("3f9a", "the article itself"),
        (URL, "the article itself"),
        ("https://copy.example/near", "a near copy of the article"),
        ("https://copy.example/both", "an exact copy of the article and a near copy of the article"),
        ("https://copy.example/again", "a page of the article, fed again 1 time"),
        ("https://copy.example/twice", "an exact copy of the article, fed again 2 times"),
    ],
)
def test_what_is_asked_for_is_said_in_words(asked: str, is_what: str):
    found = copies(
        asked,
        revision(1, 0),
        repeat(Kinship.NEAR, "near", 1),
        repeat(Kinship.EXACT, "both", 2),
        repeat(Kinship.NEAR, "both", 3),
        repeat(Kinship.REDELIVERED, "again", 4),
        repeat(Kinship.EXACT, "twice", 5, page="c" * 32),
        repeat(Kinship.REDELIVERED, "twice", 6, page="c" * 32),
        repeat(Kinship.REDELIVERED, "twice", 7, page="c" * 32),
    )

    assert found.head().asked == is_what
    assert (found.head().exact, found.head().near, found.head().redelivered) == (2, 2, 3)


def test_the_article_is_its_newest_event_even_where_it_was_created_anew():
    found = copies(URL, revision(1, 0), revision(2, 5), revision(1, 9, headline="Снег, заново"))

    assert (found.head().headline, found.head().revision, found.head().revisions) == ("Снег, заново", 1, 3)


def test_an_article_without_a_headline_is_named_by_its_text():
    assert copies(URL, revision(1, 0, headline=None)).head().headline == SNOW[:120]


def test_of_that_text_only_the_first_line_names_it():
    two_lines = revision(1, 0, headline=None, article_body="Снег выпал ночью.\nДороги чистят.")
    assert copies(URL, two_lines).head().headline == "Снег выпал ночью."


def test_an_article_whose_events_are_gone_is_known_by_what_repeats_it():
    head = copies("3f9a", repeat(Kinship.EXACT, "a", 1)).head()

    assert (head.is_kept, head.headline, head.exact) == (False, None, 1)


def test_the_page_that_is_asked_for_is_chosen_first_then_the_newest():
    repeats = [repeat(Kinship.EXACT, "other", number) for number in range(100)]
    asked = [repeat(Kinship.NEAR, "asked", 200, page="c" * 32)]
    asked += [repeat(Kinship.REDELIVERED, "asked", 210 + number, page="c" * 32) for number in range(3)]
    later = [repeat(Kinship.EXACT, "other", 300 + number) for number in range(10)]
    entries = copies("https://copy.example/asked", *reversed([*repeats, *asked, *later])).repeats

    def chosen(most: int) -> list[int]:
        return [entry.at.minute + 60 * (entry.at.hour - AT.hour) - AT.minute for entry in in_time(entries, most=most)]

    assert chosen(1) == [200]
    assert chosen(2) == [200, 212]
    assert chosen(6) == [200, 210, 211, 212, 308, 309]
    assert len(chosen(1000)) == 114
    assert chosen(1000) == sorted(chosen(1000))


def test_deliveries_of_one_page_are_one_row_and_copies_are_rows_of_their_own():
    events = [repeat(Kinship.REDELIVERED, "again", number, page="c" * 32) for number in (3, 1, 2)]
    events += [repeat(Kinship.EXACT, "copy", 4), repeat(Kinship.EXACT, "copy", 5)]
    rows = rows_of(copies(URL, *events).repeats)

    assert [(row.entry.kind, row.times) for row in rows] == [("redelivered", 3), ("exact", 1), ("exact", 1)]
    assert rows[0].why == "the same page, fed again; 3 times since 2026-03-02 09:31"
    assert rows[1].why == "the same words"
    assert [row.entry.at.minute for row in chosen_rows(rows, most=2)] == [34, 35]


def test_a_page_without_a_time_of_its_own_stands_where_its_event_was_made():
    known, unknown = repeat(Kinship.EXACT, "known", 1), repeat(Kinship.EXACT, "unknown", 2)
    unknown = replace(unknown, provenance=replace(unknown.provenance, fetched_at=None))

    first, second = in_time(copies(URL, unknown, known).repeats, most=9)

    assert (first.url, second.at) == (known.url, LATER)


def test_times_are_utc_to_the_minute_as_far_as_there_are_any():
    assert minute(datetime(2026, 3, 2, 12, 30, 59, tzinfo=timezone(timedelta(hours=3)))) == "2026-03-02 09:30"
    assert minute(datetime(1, 1, 1, 1, tzinfo=timezone(timedelta(hours=3)))) == "0001-01-01 01:00"
    assert minute(datetime(9999, 12, 31, 23, 59, tzinfo=UTC)) == "9999-12-31 23:59"


def shown(found: Copies, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], limit: int) -> list[str]:
    monkeypatch.setenv("COLUMNS", "80")
    show(found, limit)
    said = capsys.readouterr().out
    assert all(len(line) <= 80 or "https://" in line for line in said.splitlines())
    return [line.rstrip() for line in said.splitlines()]


def test_a_terminal_shows_article_revisions_and_repeats_with_the_page_asked_for_marked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    found = copies("https://copy.example/part", revision(2, 5), repeat(Kinship.NEAR, "part", 6))

    assert shown(found, monkeypatch, capsys, 50) == [
        "Снег, часть 2",
        f"article    {ARTICLE_ID}",
        f"URL        {URL}",
        "text       10 words, ru",
        "you named  a near copy of the article",
        "",
        "  fetched (UTC)     event         revision  URL",
        f"  2026-03-02 09:35  updated              2  {URL}",
        "      another text at the same URL: 10 words, 9 before; 0.90 similar · page",
        "      000000000000",
        "revision 1 is no longer in Kafka",
        "",
        "1 duplicate: 1 near",
        "  fetched (UTC)     kind        similarity  URL",
        "→ 2026-03-02 09:36  near              0.45  https://copy.example/part",
        "      0.82 of the shorter text is shared, the page is part of the article; 14 of",
        "      47 bands agree; 9 figures and names agree, none differs · page",
        "      000000000000",
    ]


def test_a_terminal_says_how_many_more_there_are_and_obeys_no_page(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    hostile = "https://copy.example/\x1b[2J\u202e[bold]" + "д" * 500
    found = copies(
        URL,
        *(revision(number, number, headline="\x1b]0;x\x07[red]Снег\ud800") for number in range(1, 9)),
        *(replace(repeat(Kinship.EXACT, "", number), url=hostile) for number in range(300)),
    )

    lines = shown(found, monkeypatch, capsys, 3)

    assert "and 5 more (--limit shows more)" in lines
    assert lines[-1] == "and 297 more (--limit shows more)"
    assert "300 duplicates: 300 exact" in lines
    assert lines[0] == "�]0;x�[red]Снег�"
    assert "\x1b" not in "".join(lines)
    assert any("�[2J�[bold]ддд" in line for line in lines)


def test_a_terminal_says_when_nothing_repeats_an_article(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    assert shown(copies(URL, revision(1, 0)), monkeypatch, capsys, 50)[-1] == "no duplicates"
