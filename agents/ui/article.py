"""Reads one article with its raw page, and explains which parts of the page were kept or removed.

The page is read at its offset in `pages` and checked by its id. To explain it, a separate process cleans it again,
so that a page that takes too long can be stopped.
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
    from agents.ui.live import LiveState
    from pipeline.article.newest import Glance
    from pipeline.document.explain.explain import Explanation
    from pipeline.records.document import Provenance
    from pipeline.records.profile import Profile

EXPLAINING_SECONDS = 20.0  # a user waits for it
READING_SECONDS = 10.0
CACHED = 24  # explanations; users often go back to the previous page
SAMPLE = 4  # newest pages of a host that are searched for its repeated lines
REVISIONS = 20
GONE = "the raw page is no longer in Kafka, which keeps pages for 7 days"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredArticle:
    """An article with its place in the topic and the time of its event."""

    article: Article
    place: str  # topic/partition/offset, without the prefix
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RawPage:
    """A raw page with its `explanation`. If it cannot be explained: its `text`, if it is known, and the `problem`."""

    explanation: Explanation | None = None
    text: str | None = None
    problem: str = ""


@dataclass(slots=True)
class ArticleReader:
    """Reads single records and explains pages. The consumer and the process are started when first needed."""

    connection: Connection
    settings: Settings
    _reader: Any = None
    _cleaners: Cleaners | None = None
    _reading: asyncio.Lock = field(default_factory=asyncio.Lock)
    _explaining: asyncio.Lock = field(default_factory=asyncio.Lock)
    _cache: OrderedDict[tuple[object, ...], RawPage] = field(default_factory=OrderedDict)

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
        """Read the record at an offset; None if it is not there."""
        async with self._reading:
            if self._reader is None:
                reader = self.connection.consumer(
                    name="ui",
                    isolation_level="read_committed",
                    auto_offset_reset="earliest",
                    fetch_max_bytes=1 << 20,
                    fetch_max_wait_ms=50,  # the previous fetch may still be waiting; it delays this one
                )
                async with answering(self.connection):
                    await reader.start()
                self._reader = reader
            tp = TopicPartition(self.settings.prefix + topic, partition)
            return await record_at(self.connection, self._reader, tp, offset, seconds=READING_SECONDS)

    async def article(self, partition: int, offset: int) -> StoredArticle | None:
        """Read the article at an offset; None if there is none."""
        record = await self.record(ARTICLES.name, partition, offset)
        article = None if record is None else decode(Article, record.value)
        if not isinstance(article, Article):
            return None
        return StoredArticle(article=article, place=f"{ARTICLES.name}/{partition}/{offset}", at=recorded_at(record))

    async def copies(self, stored: StoredArticle, live: LiveState) -> Copies:
        """Collect an article's revisions and duplicates from the newest events."""
        copies = Copies(question_of(stored.article.page_id), stored.article.article_id)
        copies.add_article(stored.article, place=stored.place, at=stored.at)
        revisions = [one for one in live.newest.shelves[ARTICLES.name].glances if one.article_id == copies.article_id]
        for glance in [one for one in revisions if one.place != stored.place][-REVISIONS:]:
            other = await self.article(glance.partition, glance.offset)
            if other is not None:
                copies.add_article(other.article, place=other.place, at=other.at)
        for glance in live.newest.shelves["duplicates"].glances:
            if glance.article_id == copies.article_id and glance.duplicate is not None:
                copies.add_duplicate(glance.duplicate, place=glance.place, at=glance.at)
        return copies

    async def raw_page(self, provenance: Provenance, profile: Profile | None) -> RawPage:
        """Read the raw page of an event, and explain how it was cleaned."""
        if provenance.topic != PAGES.name:
            return RawPage(problem=f"the event comes from a record of `{provenance.topic}`, not from a page")
        version = profile.version if profile else None
        key = (provenance.partition, provenance.offset, provenance.page_id, version)
        if key in self._cache:
            self._cache.move_to_end(key)
            return self._cache[key]
        page = await self._page(provenance)
        if isinstance(page, str):
            return RawPage(problem=page)
        explanation = await self._explain(page, profile)
        if isinstance(explanation, str):
            return RawPage(text=text_of(page), problem=f"the page cannot be explained: {explanation}")
        self._cache[key] = raw_page = RawPage(explanation=explanation)
        if len(self._cache) > CACHED:
            self._cache.popitem(last=False)
        return raw_page

    async def repeated_lines(self, glances: list[Glance], profile: Profile) -> tuple[list[Repeated], int]:
        """Find the lines of a host's profile in its newest pages. Return them with the number of pages read."""
        pages = []
        for glance in glances[:SAMPLE]:
            explanation = (await self.raw_page(glance.provenance, None)).explanation
            if explanation and explanation.lesson and isinstance(explanation.cleaned, Document):
                pages.append((explanation.cleaned, explanation.lesson))
        return repeated_lines(profile, pages), len(pages)

    async def _page(self, provenance: Provenance) -> Page | str:
        record = await self.record(PAGES.name, provenance.partition, provenance.offset)
        if record is None:
            return GONE
        page = read_page(record.value, self.settings.max_page_bytes)
        if isinstance(page, Malformed):
            return f"the record in `pages` cannot be read: {page.error}"
        if page_id(page) != provenance.page_id:
            return f"{GONE}; another page has its offset"
        return page

    async def _explain(self, page: Page, profile: Profile | None) -> Explanation | str:
        async with self._explaining:  # one process: a second request waits here, so its time limit starts later
            if self._cleaners is None:
                cleaners = Cleaners(
                    processes=1,
                    page_timeout=EXPLAINING_SECONDS,
                    max_page_bytes=self.settings.max_page_bytes,
                    max_record_bytes=LARGE,
                    extractor=self.settings.extractor,
                    obey=self.settings.obeyed,
                    accept=self.settings.accepted,
                )
                self._cleaners = await asyncio.to_thread(cleaners.__enter__)
            return await self._cleaners.explain_one(page, most=3, profile=profile)


def profile_of(live: LiveState, provenance: Provenance, url: str) -> Profile:
    """Return the current profile of an event's host."""
    return live.profile(profile_key(provenance.partition, host_of(url)))
