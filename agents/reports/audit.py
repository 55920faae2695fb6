"""Reading for the audit: has every page exactly one outcome, and every URL one, at one moment in the topics' life.

`audit` defines the moment and argues why no healthy page can look missing. `pipeline/reports/audit.py` keeps the books.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiokafka import TopicPartition

from agents.kafka import answering
from agents.kafka.log import STALLED_SECONDS, Span, kept_spans, read_spans, spans_since
from agents.kafka.topics import check_topics, topic_states
from pipeline.records.wire import Malformed
from pipeline.reports.audit import Ledger, Place, document_origin, origin_place, outcome_place, value_place
from pipeline.topics import ARTICLES, DAY_MS, DOCUMENTS, OUTCOMES, PAGES, URLS, URLS_LATER, group_of
from pipeline.topics.offsets import Mark, mark_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiokafka import AIOKafkaConsumer

    from agents.kafka import Connection
    from pipeline.reports.audit import PartitionAudit

FETCH_BYTES = 8 << 20  # of one broker's answer: what is in memory at a time
SKEW_MS = 3_600_000  # between the clocks of feed and publish


@dataclass(slots=True)
class Findings:
    """What the audit found."""

    partitions: list[PartitionAudit] = field(default_factory=list)
    urls: list[PartitionAudit] = field(default_factory=list)
    outcomes: int = 0  # records that were read
    strange: int = 0  # of these, the ones that do not say whose outcome they are
    strange_at: str = ""  # the first of them

    @property
    def whole(self) -> bool:
        """Say whether no page is missing, twice, or gone, and no URL missing or gone.

        A URL may have more than one outcome: that of a page and that of its replay from the dead letters.
        """
        return all(one.whole for one in self.partitions) and not any(one.lost for one in self.urls)

    @property
    def in_flight(self) -> int:
        """How many pages and URLs have no outcome yet and need none."""
        return sum(one.in_flight for one in (*self.partitions, *self.urls))


async def audit(connection: Connection, prefix: str, *, progress: Callable[[int, int], None]) -> Findings:
    """Compare `pages` with the four outcome topics; `progress` gets (records passed, records to pass).

    The order of the questions makes it right while workers run: the end of `pages`, what clean has committed, what
    publish has committed, and only then the ends of outcomes and documents. So a page that clean has committed has its
    document below the end of `documents`. Either that is behind publish's offset, and the outcome below the end of its
    topic, or it is in front of it, and the page in flight. A page with neither is missing. (dedupe need not be asked:
    what it has not judged is not published.) The ends are high watermarks, and all up to there is read committed.

    Before all that: the end of `urls`, and what fetch has committed of it and of `urls-later`. So a URL that fetch has
    committed has its page below the end of `pages`, or waits in `urls-later` unfinished. What is true of that page is
    said above; the outcome names the URL's place, too.

    `articles` is compacted, but no record within 7 days, as long as `pages` are kept: the outcomes of younger pages
    are all there, and older ones that Kafka has not deleted yet are not looked at.
    """
    await check_topics(connection, prefix)
    counts = {state.topic.name: state.partitions or 0 for state in await topic_states(connection, prefix)}
    settings: dict[str, Any] = {"name": "audit", "auto_offset_reset": "earliest", "fetch_max_bytes": FETCH_BYTES}
    async with (
        answering(connection),
        connection.asker(**settings) as asker,
        connection.asker(**settings, isolation_level="read_committed") as reader,
    ):
        books = _Books(connection, prefix, counts, asker)
        await books.open_urls()
        await books.open()
        outcomes = await books.outcome_spans()
        documents = await books.document_spans()
        how: dict[str, Any] = {"patience": STALLED_SECONDS, "what_then": "Run the audit again when publish is well"}
        await read_spans(reader, outcomes, books.take_outcome, progress, **how)
        await read_spans(asker, documents, books.take_document, progress, **how)
        await read_spans(asker, books.waiting_spans(), books.take_waiting, progress, **how)
    books.findings.partitions = [ledger.close() for _, ledger in sorted(books.ledgers.items())]
    books.findings.urls = [ledger.close() for _, ledger in sorted(books.urls.items())]
    return books.findings


class _Books:
    """The ledgers of all partitions, and where to read for them."""

    def __init__(self, connection: Connection, prefix: str, counts: dict[str, int], asker: AIOKafkaConsumer) -> None:
        self._connection, self._prefix, self._counts, self._asker = connection, prefix, counts, asker
        self._topics = {prefix + name: name for name in OUTCOMES}
        self._published: dict[TopicPartition, int | None] = {}
        self._horizon = int(time.time() * 1000) - ARTICLES.compaction_lag_days * DAY_MS
        self._since: int | None = None  # Unix time in ms; None: outcomes of all times may count
        self.ledgers: dict[int, Ledger] = {}
        self.urls: dict[int, Ledger] = {}
        self._marks: dict[TopicPartition, Mark] = {}  # of `urls-later`: what fetch has finished there
        self._waiting: dict[TopicPartition, Span] = {}  # where a page or a URL that waits may be
        self.findings = Findings()

    async def open_urls(self) -> None:
        """Open a ledger a partition of `urls`; before anything else is asked, see `audit`."""
        urls, later = self._partitions(URLS.name), self._partitions(URLS_LATER.name)
        begins, ends = await self._asker.beginning_offsets(urls), await self._asker.end_offsets(urls)
        young = await self._asker.offsets_for_times(dict.fromkeys(urls, self._horizon))
        committed = await self._marks_of("fetch", [*urls, *later])
        for tp in urls:
            mark = committed.get(tp)
            self.urls[tp.partition] = Ledger(
                tp.partition,
                kept=(begins[tp], ends[tp]),
                cleaned=mark.offset if mark else None,
                young=young[tp].offset if young[tp] else ends[tp],
            )
        self._marks = {tp: committed.get(tp, Mark(0)) for tp in later}
        begins, ends = await self._asker.beginning_offsets(later), await self._asker.end_offsets(later)
        self._waiting = {tp: (max(begins[tp], self._marks[tp].offset), ends[tp]) for tp in later}

    def waiting_spans(self) -> dict[TopicPartition, Span]:
        """Say where URLs may be that have no document: waiting for a fetch, or for clean."""
        return self._waiting if any(ledger.end > ledger.begin for ledger in self.urls.values()) else {}

    def take_waiting(self, tp: TopicPartition, record: Any) -> None:
        """Enter a URL that waits, or a page that is not cleaned."""
        mark = self._marks.get(tp)
        place = origin_place(record.headers)
        if place is not None and place.partition in self.urls and (mark is None or record.offset not in mark.finished):
            self.urls[place.partition].expect(place.offset)

    async def open(self) -> None:
        """Open a ledger a partition; the order of the questions matters, see `audit`."""
        pages = self._partitions(PAGES.name)
        begins, ends = await self._asker.beginning_offsets(pages), await self._asker.end_offsets(pages)
        young = await self._asker.offsets_for_times(dict.fromkeys(pages, self._horizon))
        cleaned = await self._committed("clean", pages)
        self._published = await self._committed("publish", self._partitions(DOCUMENTS.name))
        lost = False
        for tp in pages:
            committed, begin, end = cleaned[tp], begins[tp], ends[tp]
            lost |= begin > (committed or 0)
            self._waiting[tp] = (max(begin, committed or 0), end)
            self.ledgers[tp.partition] = Ledger(
                tp.partition, kept=(begin, end), cleaned=committed, young=young[tp].offset if young[tp] else end
            )
        # What fell out of the log may have outcomes of any age
        self._since = None if lost else self._horizon - SKEW_MS

    async def outcome_spans(self) -> dict[TopicPartition, Span]:
        """Say what of the outcomes is to be read: what can belong to a page that is looked at."""
        tps = [tp for name in OUTCOMES for tp in self._partitions(name)]
        if self._since is None:
            return await kept_spans(self._asker, tps)
        return await spans_since(self._asker, tps, self._since)

    async def document_spans(self) -> dict[TopicPartition, Span]:
        """Say what of the documents is to be read: what is not published."""
        tps = self._partitions(DOCUMENTS.name)
        begins, ends = await self._asker.beginning_offsets(tps), await self._asker.end_offsets(tps)
        return {tp: (max(begins[tp], self._published[tp] or 0), ends[tp]) for tp in tps}

    def take_outcome(self, tp: TopicPartition, record: Any) -> None:
        """Enter an outcome."""
        self.findings.outcomes += 1
        place = outcome_place(record.headers, record.value)
        if isinstance(place, Place) and place.partition in self.ledgers:
            self.ledgers[place.partition].resolve(place.offset, self._topics[tp.topic])
            origin = origin_place(record.headers)
            if origin is not None and origin.partition in self.urls:
                self.urls[origin.partition].resolve(origin.offset, self._topics[tp.topic])
        elif place is not None:
            why = place.error if isinstance(place, Malformed) else f"no partition {place.partition} of {PAGES.name}"
            self.findings.strange_at = self.findings.strange_at or f"{tp.topic}/{tp.partition}/{record.offset}: {why}"
            self.findings.strange += 1

    def take_document(self, tp: TopicPartition, record: Any) -> None:  # noqa: ARG002 — as take_outcome
        """Enter a document that is not published; a broken one names no page, its outcome neither."""
        place = value_place(record.value)
        if isinstance(place, Place) and place.partition in self.ledgers:
            self.ledgers[place.partition].expect(place.offset)
            origin = document_origin(record.value)
            if origin is not None and origin.partition in self.urls:
                self.urls[origin.partition].expect(origin.offset)

    def _partitions(self, name: str) -> list[TopicPartition]:
        return [TopicPartition(self._prefix + name, number) for number in range(self._counts[name])]

    async def _committed(self, stage: str, tps: list[TopicPartition]) -> dict[TopicPartition, int | None]:
        marks = await self._marks_of(stage, tps)
        return {tp: marks[tp].offset if tp in marks else None for tp in tps}

    async def _marks_of(self, stage: str, tps: list[TopicPartition]) -> dict[TopicPartition, Mark]:
        async with self._connection.admin() as admin:
            found = await admin.list_consumer_group_offsets(group_of(self._prefix, stage), partitions=tps)
        return {
            tp: mark_of(found[tp].offset, found[tp].metadata or "")
            for tp in tps
            if tp in found and found[tp].offset >= 0
        }
