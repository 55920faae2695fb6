"""An article with everything that repeats it, and the question that led there: a page's URL or a piece of an id.

Where events are read is the shell's business (`agents/reports/duplicates.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from pipeline.article.evidence import what_changed, why_repeats
from pipeline.records.article import Article, Duplicate
from pipeline.records.url import web_url
from pipeline.records.verdict import Changes, Evidence, Kinship
from pipeline.records.wire import rfc3339

_ID = re.compile(r"[0-9a-f]{1,32}")
WHOLE_ID = 32  # digits
LONGEST_BEGIN = 120  # characters of the text of an article without a headline


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked for: a URL in whatever spelling, the id of a page or an article, or what one begins with."""

    text: str
    start: str | None  # of an id
    canonical: str | None  # of a URL of the web

    def names_url(self, *urls: str | None) -> bool:
        """Say whether one of these is the URL that is asked for."""
        if self.text in urls:
            return True
        return self.canonical is not None and any(url and web_url(url) == self.canonical for url in urls)

    def names_id(self, name: str) -> bool:
        """Say whether this is the id that is asked for."""
        return self.start is not None and name.startswith(self.start)

    @property
    def article_id(self) -> str | None:
        """The id, where it is a whole one: of an article, or of a page."""
        return self.start if self.start is not None and len(self.start) == WHOLE_ID else None


def question_of(text: str) -> Question:
    """Read what a user asks for; pages may be fed with any name as their URL, so there is nothing that is neither."""
    text = text.strip()
    start = text.lower() if _ID.fullmatch(text.lower()) else None
    return Question(text, start, web_url(text))


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An event of an article without its text: a revision of it, or a page that repeats it."""

    event: Literal["created", "updated", "duplicate"]
    kind: Kinship | None = None  # of a duplicate, similarity and evidence likewise
    asked: bool  # it is of the page that was asked for
    article_id: str
    page_id: str
    url: str
    fetched_at: datetime | None
    published_at: datetime  # when the event's record was made
    revision: int | None = None  # of a revision, word_count and changes likewise
    word_count: int | None = None
    changes: Changes | None = None
    similarity: float | None = None
    evidence: Evidence | None = None
    why: str  # in words
    place: str  # "<topic>/<partition>/<offset>", the topic without its prefix

    @property
    def at(self) -> datetime:
        """When its page was fetched; where that is not known, when the event was made."""
        return self.fetched_at or self.published_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """An article and what repeats it, in sum."""

    event: Literal["article"] = "article"
    article_id: str
    is_kept: bool  # False where its events are gone and only pages are left that repeat it
    asked: str  # in words, what was asked for is
    headline: str | None  # where there is none, how the text begins
    url: str | None  # of the newest revision, all from here on likewise
    canonical_url: str | None
    in_language: str | None
    revision: int | None
    word_count: int | None
    revisions: int  # that are kept, in `articles`
    exact: int  # pages, or the same page as often as it came, near and redelivered likewise
    near: int
    redelivered: int


@dataclass(slots=True)
class Unreadable:
    """Records that are no events."""

    count: int = 0
    first: str = ""  # its place

    def add(self, place: str) -> None:
        """Count one."""
        self.count += 1
        self.first = self.first or place

    def __str__(self) -> str:
        if self.count == 1:
            return f"{self.first} cannot be read"
        return f"{self.count:,} records cannot be read, the first is {self.first}"


@dataclass(slots=True)
class Copies:
    """The events of one article, as they are found: all of them, without their texts."""

    question: Question
    article_id: str
    revisions: list[Entry] = field(default_factory=list)
    repeats: list[Entry] = field(default_factory=list)
    unreadable: Unreadable = field(default_factory=Unreadable)  # of the article's own records
    _newest: Article | None = None
    _newest_at: datetime | None = None

    @property
    def found(self) -> bool:
        """Say whether there is any event."""
        return bool(self.revisions or self.repeats)

    def add_article(self, article: Article, *, place: str, at: datetime) -> None:
        """Take a revision in."""
        if self._newest_at is None or at >= self._newest_at:  # not by revision: an article that the window has passed
            self._newest, self._newest_at = article, at  # may be created anew
        asked = self.question.names_id(article.page_id)
        self.revisions.append(
            Entry(
                event=article.event,
                asked=asked or self.question.names_url(article.url, article.canonical_url),
                article_id=article.article_id,
                page_id=article.page_id,
                url=article.url,
                fetched_at=article.provenance.fetched_at,
                published_at=at,
                revision=article.revision,
                word_count=article.word_count,
                changes=article.changes,
                why="no page before it had this text or nearly the same"
                if article.event == "created"
                else what_changed(article.changes),
                place=place,
            )
        )

    def add_duplicate(self, duplicate: Duplicate, *, place: str, at: datetime) -> None:
        """Take in a page that repeats the article."""
        self.repeats.append(
            Entry(
                event="duplicate",
                kind=duplicate.kind,
                asked=self.question.names_id(duplicate.page_id) or self.question.names_url(duplicate.url),
                article_id=duplicate.article_id,
                page_id=duplicate.page_id,
                url=duplicate.url,
                fetched_at=duplicate.provenance.fetched_at,
                published_at=at,
                similarity=duplicate.similarity,
                evidence=duplicate.evidence,
                why=why_repeats(duplicate.kind, duplicate.evidence),
                place=place,
            )
        )

    def head(self) -> Head:
        """Sum it up."""
        newest = self._newest
        kinds = [entry.kind for entry in self.repeats]
        return Head(
            article_id=self.article_id,
            is_kept=newest is not None,
            asked=self._asked(),
            headline=(newest.headline or _begin(newest.article_body)) if newest else None,
            url=newest.url if newest else None,
            canonical_url=newest.canonical_url if newest else None,
            in_language=newest.in_language if newest else None,
            revision=newest.revision if newest else None,
            word_count=newest.word_count if newest else None,
            revisions=len(self.revisions),
            exact=kinds.count(Kinship.EXACT),
            near=kinds.count(Kinship.NEAR),
            redelivered=kinds.count(Kinship.REDELIVERED),
        )

    def _asked(self) -> str:
        """Say what was asked for: the article, a copy of it, or both where the page has changed meanwhile."""
        kinds = {entry.kind for entry in self.repeats if entry.asked}
        is_article = self.question.names_id(self.article_id) or any(entry.asked for entry in self.revisions)
        said = ["the article itself"] if is_article else []
        said += [f"{words} of the article" for kind, words in _COPY.items() if kind in kinds]
        again = sum(entry.asked and entry.kind is Kinship.REDELIVERED for entry in self.repeats)
        fed = [f"fed again {again} time{'s' if again != 1 else ''}"] if again else []
        return ", ".join([" and ".join(said) or "a page of the article", *fed])


_COPY = {Kinship.EXACT: "an exact copy", Kinship.NEAR: "a near copy"}


def in_time(entries: Iterable[Entry], *, most: int) -> list[Entry]:
    """Choose so many entries and order them by time.

    Those of the page that is asked for come first, above all the one that says why it repeats the article; then the
    newest.
    """
    by_time = sorted(entries, key=_time)
    chosen = sorted(by_time, key=lambda entry: (entry.asked, entry.asked and entry.kind is not Kinship.REDELIVERED))
    return sorted(chosen[-most:], key=_time)


@dataclass(frozen=True, slots=True)
class Row:
    """A page that repeats an article, as a list shows it: the same page fed again and again is one row."""

    entry: Entry  # the newest
    times: int = 1
    since: datetime | None = None  # of several, the first

    @property
    def why(self) -> str:
        """Why it is a duplicate, in words."""
        if self.since is None or self.times == 1:
            return self.entry.why
        return f"{self.entry.why}; {self.times:,} times since {minute(self.since)}"


def rows_of(entries: Iterable[Entry]) -> list[Row]:
    """Put together what is the same page fed again."""
    rows: dict[str, Row] = {}
    for entry in sorted(entries, key=_time):
        if entry.kind is not Kinship.REDELIVERED:
            rows[entry.place] = Row(entry)
        elif (known := rows.get(entry.page_id)) is not None:
            rows[entry.page_id] = Row(entry, known.times + 1, known.since)
        else:
            rows[entry.page_id] = Row(entry, since=entry.at)
    return list(rows.values())


def chosen_rows(rows: Sequence[Row], *, most: int) -> list[Row]:
    """Choose so many rows, as `in_time` chooses entries."""
    chosen = {entry.place for entry in in_time((row.entry for row in rows), most=most)}
    return sorted((row for row in rows if row.entry.place in chosen), key=lambda row: _time(row.entry))


def minute(at: datetime) -> str:
    """Write a time as people read it, in UTC and to the minute."""
    return rfc3339(at)[:16].replace("T", " ")


def _time(entry: Entry) -> tuple[datetime, datetime, str, int]:
    topic_and_partition, _, offset = entry.place.rpartition("/")
    return (entry.at, entry.published_at, topic_and_partition, int(offset))


def _begin(body: str) -> str:
    """Give the first line of a text, or how that begins."""
    return body.split("\n", 1)[0][:LONGEST_BEGIN]
