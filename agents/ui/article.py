"""Reading one article with its raw page, and why each piece of that was kept or removed.

The page is read by its place in `pages`, checked by its id, and cleaned once more in a process that may be killed.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiokafka import TopicPartition

from agents.clean.pool import Cleaners
from agents.clean.profiles import profile_key
from agents.kafka import answering
from agents.kafka.log import record_at, recorded_at
from pipeline.article.copies import Copies, question_of
from pipeline.page.packed import read_page
from pipeline.records.article import Article
from pipeline.records.document import Document
from pipeline.records.page import Page, page_id
from pipeline.records.url import host_of
from pipeline.records.wire import Malformed, decode
from pipeline.reports.dead_letters import text_of
from pipeline.reports.hosts import Repeated, repeated_lines
from pipeline.topics import ARTICLES, LARGE, PAGES

if TYPE_CHECKING:
    from datetime import datetime
    from types import TracebackType
    from typing import Self

    from agents.kafka import Connection
    from agents.settings import Settings
    from agents.ui.live import Live
    from pipeline.article.newest import Glance
    from pipeline.document.explain.explain import Explanation
    from pipeline.records.document import Provenance
    from pipeline.records.profile import Profile

EXPLAINING_SECONDS = 20.0  # somebody waits for it
READING_SECONDS = 10.0
KEPT = 24  # explanations: the next click is often the one before
SAMPLE = 4  # pages of a host in which its repeated lines are looked for
REVISIONS = 20
GONE = "Kafka does not hold the raw page any more: pages are kept for 7 days"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """An article as it lies in its topic."""

    article: Article
    place: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """A raw page beside what was made of it: `explanation`, or the `text` where there is none, or `problem`."""

    explanation: Explanation | None = None
    text: str | None = None
    problem: str = ""


@dataclass(slots=True)
class ReadingRoom:
    """One reader of single records, and one process that explains; both come with the first who needs them."""

    connection: Connection
    settings: Settings
    _reader: Any = None
    _cleaners: Cleaners | None = None
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _explaining: asyncio.Lock = field(default_factory=asyncio.Lock)
    _sights: OrderedDict[tuple[object, ...], Sight] = field(default_factory=OrderedDict)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._reader is not None:
            await self._reader.stop()
        if self._cleaners is not None:
            await asyncio.to_thread(self._cleaners.__exit__, None, None, None)

    async def record(self, topic: str, partition: int, offset: int) -> Any:
        """Read a record by its place; None where it is not there."""
        async with self._turn:
            if self._reader is None:
                reader = self.connection.consumer(
                    name="ui",
                    isolation_level="read_committed",
                    auto_offset_reset="earliest",
                    fetch_max_bytes=1 << 20,
                    fetch_max_wait_ms=50,  # a fetch for the record before is waited for
                )
                async with answering(self.connection):
                    await reader.start()
                self._reader = reader
            tp = TopicPartition(self.settings.prefix + topic, partition)
            return await record_at(self.connection, self._reader, tp, offset, seconds=READING_SECONDS)

    async def article(self, partition: int, offset: int) -> Filed | None:
        """Read an article; None where there is none at that place."""
        record = await self.record(ARTICLES.name, partition, offset)
        article = None if record is None else decode(Article, record.value)
        if not isinstance(article, Article):
            return None
        return Filed(article=article, place=f"{ARTICLES.name}/{partition}/{offset}", at=recorded_at(record))

    async def copies(self, filed: Filed, live: Live) -> Copies:
        """Put an article together with its revisions and all that repeats it, as far as the shelves go back."""
        copies = Copies(question_of(filed.article.page_id), filed.article.article_id)
        copies.add_article(filed.article, place=filed.place, at=filed.at)
        ours = [one for one in live.newest.shelves[ARTICLES.name].glances if one.article_id == copies.article_id]
        for glance in [one for one in ours if one.place != filed.place][-REVISIONS:]:
            other = await self.article(glance.partition, glance.offset)
            if other is not None:
                copies.add_article(other.article, place=other.place, at=other.at)
        for glance in live.newest.shelves["duplicates"].glances:
            if glance.article_id == copies.article_id and glance.duplicate is not None:
                copies.add_duplicate(glance.duplicate, place=glance.place, at=glance.at)
        return copies

    async def sight(self, provenance: Provenance, profile: Profile | None) -> Sight:
        """Read the raw page that an event comes from, and explain what was made of it."""
        if provenance.topic != PAGES.name:
            return Sight(problem=f"it comes from a record of {provenance.topic}, not from a page")
        version = profile.version if profile else None
        key = (provenance.partition, provenance.offset, provenance.page_id, version)
        if key in self._sights:
            self._sights.move_to_end(key)
            return self._sights[key]
        page = await self._page(provenance)
        if isinstance(page, str):
            return Sight(problem=page)
        explanation = await self._explain(page, profile)
        if isinstance(explanation, str):
            return Sight(text=text_of(page), problem=f"it cannot be explained: {explanation}")
        self._sights[key] = sight = Sight(explanation=explanation)
        if len(self._sights) > KEPT:
            self._sights.popitem(last=False)
        return sight

    async def repeats(self, glances: list[Glance], profile: Profile) -> tuple[list[Repeated], int]:
        """Find the lines that a host repeats, in its newest pages; say also in how many that was."""
        pages = []
        for glance in glances[:SAMPLE]:
            sight = await self.sight(glance.provenance, None)
            explanation = sight.explanation
            if explanation and explanation.lesson and isinstance(explanation.cleaned, Document):
                pages.append((explanation.cleaned, explanation.lesson))
        return repeated_lines(profile, pages), len(pages)

    async def _page(self, provenance: Provenance) -> Page | str:
        record = await self.record(PAGES.name, provenance.partition, provenance.offset)
        if record is None:
            return GONE
        page = read_page(record.value, self.settings.max_page_bytes)
        if isinstance(page, Malformed):
            return f"its record in `pages` cannot be read: {page.error}"
        if page_id(page) != provenance.page_id:
            return f"{GONE}, and another one has its place"
        return page

    async def _explain(self, page: Page, profile: Profile | None) -> Explanation | str:
        async with self._explaining:  # one process; who comes second waits here and not in its queue
            if self._cleaners is None:
                cleaners = Cleaners(
                    processes=1,
                    page_timeout=EXPLAINING_SECONDS,
                    max_page_bytes=self.settings.max_page_bytes,
                    max_record_bytes=LARGE,
                    extractor=self.settings.extractor,
                )
                self._cleaners = await asyncio.to_thread(cleaners.__enter__)
            return await self._cleaners.explain_one(page, most=3, profile=profile)


def profile_of(live: Live, provenance: Provenance, url: str) -> Profile:
    """Give what is known of an event's host now."""
    return live.profile(profile_key(provenance.partition, host_of(url)))
