"""An article with all pages that repeat it, and the question for it: a page's URL or the start of an id.

`agents/reports/duplicates.py` reads the events.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from pipeline.article.evidence import what_changed, what_was_believed, why_repeats
from pipeline.records.article import Article, Duplicate
from pipeline.records.identity import Identity
from pipeline.records.url import web_url
from pipeline.records.verdict import Changes, Evidence, Kinship
from pipeline.records.wire import rfc3339

_ID = re.compile(r"[0-9a-f]{1,32}")
WHOLE_ID = 32  # hexadecimal digits
LONGEST_BEGIN = 120  # characters of the text that stand in for a missing headline


@dataclass(frozen=True, slots=True)
class Question:
    """A question for an article: a URL in any spelling, or the id of a page or an article, or the start of one."""

    text: str
    start: str | None  # the start of an id; None if the text cannot be one
    canonical: str | None  # the canonical URL; None if the text is not a web URL

    def names_url(self, *urls: str | None) -> bool:
        """Return whether the question names one of these URLs."""
        if self.text in urls:
            return True
        return self.canonical is not None and any(url and web_url(url) == self.canonical for url in urls)

    def names_id(self, name: str) -> bool:
        """Return whether the question names this id."""
        return self.start is not None and name.startswith(self.start)

    @property
    def article_id(self) -> str | None:
        """The id of an article or a page, if the question is a whole id; else None."""
        return self.start if self.start is not None and len(self.start) == WHOLE_ID else None


def question_of(text: str) -> Question:
    """Read a user's question. Any text is valid, because pages may be fed with any name as their URL."""
    text = text.strip()
    start = text.lower() if _ID.fullmatch(text.lower()) else None
    return Question(text, start, web_url(text))


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleEntry:
    """An event of an article without its text: a revision, or a page that repeats the article."""

    event: Literal["created", "updated", "duplicate"]
    kind: Kinship | None = None  # for duplicates only, like similarity and evidence
    asked: bool  # whether the event is about the page in the question
    article_id: str
    page_id: str
    url: str
    fetched_at: datetime | None
    published_at: datetime  # timestamp of the event's record
    revision: int | None = None  # for revisions only, like word_count and changes
    word_count: int | None = None
    changes: Changes | None = None
    similarity: float | None = None
    evidence: Evidence | None = None
    why: str  # the reason, in words
    place: str  # "<topic>/<partition>/<offset>", the topic without its prefix

    @property
    def at(self) -> datetime:
        """When the page was fetched; if that is unknown, when the event was published."""
        return self.fetched_at or self.published_at


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleSummary:
    """The summary of an article and the pages that repeat it."""

    event: Literal["article"] = "article"
    article_id: str
    is_kept: bool  # False if its revisions are gone from `articles` and only duplicates are left
    asked: str  # how the page in the question relates to the article, in words
    headline: str | None  # or the first line of the text; this and the next five fields are of the newest revision
    url: str | None
    canonical_url: str | None
    in_language: str | None
    revision: int | None
    word_count: int | None
    revisions: int  # number of revisions in `articles`
    exact: int  # number of events; a page that came several times counts each time
    near: int
    redelivered: int


@dataclass(slots=True)
class Unreadable:
    """The number of records that cannot be read as events, and the first of them."""

    count: int = 0
    first: str = ""  # the place of the first

    def add(self, place: str) -> None:
        """Count a record."""
        self.count += 1
        self.first = self.first or place

    def __str__(self) -> str:
        if self.count == 1:
            return f"{self.first} cannot be read"
        return f"{self.count:,} records cannot be read, the first is {self.first}"


@dataclass(slots=True)
class Copies:
    """All events of one article, without their texts, in the order in which they were read."""

    question: Question
    article_id: str
    revisions: list[ArticleEntry] = field(default_factory=list)
    repeats: list[ArticleEntry] = field(default_factory=list)
    unreadable: Unreadable = field(default_factory=Unreadable)  # records with this article's key
    _newest: Article | None = None
    _newest_at: datetime | None = None

    @property
    def found(self) -> bool:
        """Whether there is any event."""
        return bool(self.revisions or self.repeats)

    def add_article(self, article: Article, *, place: str, at: datetime) -> None:
        """Add a revision."""
        # By time, not by revision: an article that has left the window may be created again with revision 1.
        if self._newest_at is None or at >= self._newest_at:
            self._newest, self._newest_at = article, at
        asked = self.question.names_id(article.page_id)
        self.revisions.append(
            ArticleEntry(
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
                why=_why(
                    "no page before it had this text or nearly the same"
                    if article.event == "created"
                    else what_changed(article.changes),
                    article.identity,
                ),
                place=place,
            )
        )

    def add_duplicate(self, duplicate: Duplicate, *, place: str, at: datetime) -> None:
        """Add a page that repeats the article."""
        self.repeats.append(
            ArticleEntry(
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
                why=_why(why_repeats(duplicate.kind, duplicate.evidence), duplicate.identity),
                place=place,
            )
        )

    def head(self) -> ArticleSummary:
        """Return the summary."""
        newest = self._newest
        kinds = [entry.kind for entry in self.repeats]
        return ArticleSummary(
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
        """Return how the page in the question relates to the article: the article, a copy, or both if it changed."""
        kinds = {entry.kind for entry in self.repeats if entry.asked}
        is_article = self.question.names_id(self.article_id) or any(entry.asked for entry in self.revisions)
        relations = ["the article itself"] if is_article else []
        relations += [f"{words} of the article" for kind, words in _COPY.items() if kind in kinds]
        again = sum(entry.asked and entry.kind is Kinship.REDELIVERED for entry in self.repeats)
        fed = [f"fed again {again} time{'s' if again != 1 else ''}"] if again else []
        return ", ".join([" and ".join(relations) or "a page of the article", *fed])


_COPY = {Kinship.EXACT: "an exact copy", Kinship.NEAR: "a near copy"}


def _why(why: str, identity: Identity | None) -> str:
    return why if identity is None else f"{why}; {what_was_believed(identity)}"


def in_time(entries: Iterable[ArticleEntry], *, most: int) -> list[ArticleEntry]:
    """Choose at most `most` entries, and return them in order of time.

    Entries of the page in the question are chosen first, before all the entry with the reason why it repeats the
    article. The newest entries follow.
    """
    by_time = sorted(entries, key=_time)
    chosen = sorted(by_time, key=lambda entry: (entry.asked, entry.asked and entry.kind is not Kinship.REDELIVERED))
    return sorted(chosen[-most:], key=_time)


@dataclass(frozen=True, slots=True)
class DuplicateRow:
    """A page that repeats an article, as a row of a list. A page that was fed several times is one row."""

    entry: ArticleEntry  # the newest event of the page
    times: int = 1
    since: datetime | None = None  # time of the first delivery, if there are several

    @property
    def why(self) -> str:
        """The reason why it is a duplicate, in words."""
        if self.since is None or self.times == 1:
            return self.entry.why
        return f"{self.entry.why}; {self.times:,} times since {minute(self.since)}"


def rows_of(entries: Iterable[ArticleEntry]) -> list[DuplicateRow]:
    """Return entries as rows; all repeated deliveries of one page become one row."""
    rows: dict[str, DuplicateRow] = {}
    for entry in sorted(entries, key=_time):
        if entry.kind is not Kinship.REDELIVERED:
            rows[entry.place] = DuplicateRow(entry)
        elif (known := rows.get(entry.page_id)) is not None:
            rows[entry.page_id] = DuplicateRow(entry, known.times + 1, known.since)
        else:
            rows[entry.page_id] = DuplicateRow(entry, since=entry.at)
    return list(rows.values())


def chosen_rows(rows: Sequence[DuplicateRow], *, most: int) -> list[DuplicateRow]:
    """Choose at most `most` rows, as `in_time` chooses entries."""
    chosen = {entry.place for entry in in_time((row.entry for row in rows), most=most)}
    return sorted((row for row in rows if row.entry.place in chosen), key=lambda row: _time(row.entry))


def minute(at: datetime) -> str:
    """Write a time for people, in UTC and to the minute."""
    return rfc3339(at)[:16].replace("T", " ")


def _time(entry: ArticleEntry) -> tuple[datetime, datetime, str, int]:
    topic_and_partition, _, offset = entry.place.rpartition("/")
    return (entry.at, entry.published_at, topic_and_partition, int(offset))


def _begin(body: str) -> str:
    """Return the first line of a text, cut to LONGEST_BEGIN characters."""
    return body.split("\n", 1)[0][:LONGEST_BEGIN]
