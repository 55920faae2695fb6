"""Reads the topics for the audit, which checks that every page has exactly one outcome and every URL at least one.

`audit` explains the order of its reads, and why a healthy page cannot look missing. The counting is in
`pipeline/reports/audit.py`.
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
from pipeline.reports.audit import OutcomeLedger, Place, document_origin, origin_place, outcome_place, value_place
from pipeline.topics import ARTICLES, DAY_MS, DOCUMENTS, OUTCOMES, PAGES, URLS, URLS_LATER, group_of
from pipeline.topics.offsets import Mark, mark_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiokafka import AIOKafkaConsumer

    from agents.kafka import Connection
    from pipeline.reports.audit import PartitionAudit

FETCH_BYTES = 8 << 20  # per fetch response: the records that are in memory at a time
SKEW_MS = 3_600_000  # allowed clock skew between feed and publish
BOUNDED_SKEW_MS = 600_000  # the same for an audit that is bounded
SHORTEST_SECONDS = 60.0  # of a bounded audit


@dataclass(frozen=True, slots=True)
class Bound:
    """The limits of an audit that is repeated: how far it looks back, how many records it reads, how many bytes ahead.

    If there are more records, it looks back less far.
    """

    seconds: float
    records: int
    fetch_bytes: int = 1 << 18  # per partition


@dataclass(slots=True)
class Findings:
    """The result of an audit."""

    partitions: list[PartitionAudit] = field(default_factory=list)
    urls: list[PartitionAudit] = field(default_factory=list)
    outcomes: int = 0  # outcome records that were read
    strange: int = 0  # outcome records that do not name a page of `pages`
    strange_at: str = ""  # the first of them, with the reason
    seconds: float = 0.0  # how far back the audited pages go
    waiting: int = 0  # records that wait for a stage, if they were too many to read: then nothing else is known

    @property
    def whole(self) -> bool:
        """Whether no page is missing, published twice or deleted too early, and no URL is missing or deleted too early.

        A URL may have more than one outcome: one of a page, and one of its replay from the dead letters.
        """
        return all(pages.whole for pages in self.partitions) and not any(urls.lost for urls in self.urls)

    @property
    def in_flight(self) -> int:
        """The number of pages and URLs that have no outcome yet and are still being processed."""
        return sum(partition.in_flight for partition in (*self.partitions, *self.urls))


async def audit(
    connection: Connection, prefix: str, *, progress: Callable[[int, int], None], bound: Bound | None = None
) -> Findings:
    """Compare `pages` with the four outcome topics; `progress` is called with (records read, records to read).

    A `bound` limits it to the newest pages.

    The order of the reads makes the audit correct while workers run:

    1. the end of `urls`, and fetch's committed offsets in `urls` and `urls-later`
    2. the end of `pages`, and clean's committed offsets
    3. publish's committed offsets
    4. the ends of the outcome topics and of `documents`

    A URL that fetch has committed therefore has its page below the end of `pages`, or it waits in `urls-later`. A page
    that clean has committed has its document below the end of `documents`. If publish has committed that document, the
    outcome is below the end of its topic; if not, the page is in flight. A page with neither is missing. The offsets of
    dedupe are not needed, because a document without a verdict is not published. An outcome names the place of its URL
    too. The ends are high watermarks, and records up to there are read committed.

    `articles` is compacted, but records stay for at least 7 days, which is as long as `pages` are kept. The outcomes of
    younger pages are therefore complete. Older pages that Kafka has not deleted yet are ignored.
    """
    await check_topics(connection, prefix)
    counts = {state.topic.name: state.partitions or 0 for state in await topic_states(connection, prefix)}
    settings: dict[str, Any] = {"name": "audit", "auto_offset_reset": "earliest", "fetch_max_bytes": FETCH_BYTES}
    if bound is not None:
        settings["max_partition_fetch_bytes"] = bound.fetch_bytes
    async with (
        answering(connection),
        connection.asker(**settings) as asker,
        connection.asker(**settings, isolation_level="read_committed") as reader,
    ):
        books = _Books(connection, prefix, counts, asker)
        if bound is not None:
            await books.look_back(bound)
        await books.open_urls()
        await books.open()
        outcomes = await books.outcome_spans()
        documents = await books.document_spans()
        waiting = sum(end - start for start, end in (documents | books.waiting_spans()).values())
        if bound is not None and waiting > bound.records:
            books.findings.waiting = waiting
            return books.findings
        how: dict[str, Any] = {"patience": STALLED_SECONDS, "what_then": "Run the audit again when publish is healthy"}
        await read_spans(reader, outcomes, books.take_outcome, progress, **how)
        await read_spans(asker, documents, books.take_document, progress, **how)
        await read_spans(asker, books.waiting_spans(), books.take_waiting, progress, **how)
    books.findings.partitions = [ledger.close() for _, ledger in sorted(books.ledgers.items())]
    books.findings.urls = [ledger.close() for _, ledger in sorted(books.urls.items())]
    return books.findings


class _Books:
    """The ledgers of all partitions, and the spans of the topics that fill them."""

    def __init__(self, connection: Connection, prefix: str, counts: dict[str, int], asker: AIOKafkaConsumer) -> None:
        self._connection, self._prefix, self._counts, self._asker = connection, prefix, counts, asker
        self._topics = {prefix + name: name for name in OUTCOMES}
        self._published: dict[TopicPartition, int | None] = {}
        self._horizon = int(time.time() * 1000) - ARTICLES.compaction_lag_days * DAY_MS
        self._since: int | None = None  # Unix time in ms; None if outcomes of any age may count
        self._bound: Bound | None = None
        self.ledgers: dict[int, OutcomeLedger] = {}
        self.urls: dict[int, OutcomeLedger] = {}
        self._marks: dict[TopicPartition, Mark] = {}  # records of `urls-later` that fetch has finished
        self._waiting: dict[TopicPartition, Span] = {}  # spans that may hold waiting pages or URLs
        self.findings = Findings()

    async def look_back(self, bound: Bound) -> None:
        """Limit the audit to pages that are so young that their outcomes are no more records than the bound allows."""
        self._bound, seconds, now = bound, bound.seconds, int(time.time() * 1000)
        tps = [tp for name in OUTCOMES for tp in self._partitions(name)]
        while seconds > SHORTEST_SECONDS:
            spans = await spans_since(self._asker, tps, now - int(seconds * 1000) - BOUNDED_SKEW_MS)
            if sum(end - start for start, end in spans.values()) <= bound.records:
                break
            seconds = max(seconds / 2, SHORTEST_SECONDS)
        self._horizon = max(self._horizon, now - int(seconds * 1000))
        self.findings.seconds = seconds

    async def open_urls(self) -> None:
        """Open a ledger for each partition of `urls`. This must come before any other read, see `audit`."""
        urls, later = self._partitions(URLS.name), self._partitions(URLS_LATER.name)
        begins, ends = await self._asker.beginning_offsets(urls), await self._asker.end_offsets(urls)
        young = await self._asker.offsets_for_times(dict.fromkeys(urls, self._horizon))
        committed = await self._marks_of("fetch", [*urls, *later])
        for tp in urls:
            mark = committed.get(tp)
            self.urls[tp.partition] = OutcomeLedger(
                tp.partition,
                kept=(begins[tp], ends[tp]),
                cleaned=mark.offset if mark else None,
                young=young[tp].offset if young[tp] else ends[tp],
            )
        self._marks = {tp: committed.get(tp, Mark(0)) for tp in later}
        begins, ends = await self._asker.beginning_offsets(later), await self._asker.end_offsets(later)
        self._waiting = {tp: (max(begins[tp], self._marks[tp].offset), ends[tp]) for tp in later}

    def waiting_spans(self) -> dict[TopicPartition, Span]:
        """Return the spans that may hold URLs without a document: they wait for fetch or for clean."""
        return self._waiting if any(ledger.end > ledger.begin for ledger in self.urls.values()) else {}

    def take_waiting(self, tp: TopicPartition, record: Any) -> None:
        """Count a URL that waits, or a page that is not cleaned yet."""
        mark = self._marks.get(tp)
        place = origin_place(record.headers)
        if place is not None and place.partition in self.urls and (mark is None or record.offset not in mark.finished):
            self.urls[place.partition].expect(place.offset)

    async def open(self) -> None:
        """Open a ledger for each partition of `pages`; the order of the reads matters, see `audit`."""
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
            self.ledgers[tp.partition] = OutcomeLedger(
                tp.partition, kept=(begin, end), cleaned=committed, young=young[tp].offset if young[tp] else end
            )
        # Pages that retention has deleted may have outcomes of any age; a bounded audit does not look for them.
        if self._bound is not None:
            self._since = self._horizon - BOUNDED_SKEW_MS
        else:
            self._since = None if lost else self._horizon - SKEW_MS

    async def outcome_spans(self) -> dict[TopicPartition, Span]:
        """Return the spans of the outcome topics that may belong to an audited page."""
        tps = [tp for name in OUTCOMES for tp in self._partitions(name)]
        if self._since is None:
            return await kept_spans(self._asker, tps)
        return await spans_since(self._asker, tps, self._since)

    async def document_spans(self) -> dict[TopicPartition, Span]:
        """Return the spans of `documents` that are not published yet."""
        tps = self._partitions(DOCUMENTS.name)
        begins, ends = await self._asker.beginning_offsets(tps), await self._asker.end_offsets(tps)
        return {tp: (max(begins[tp], self._published[tp] or 0), ends[tp]) for tp in tps}

    def take_outcome(self, tp: TopicPartition, record: Any) -> None:
        """Count an outcome."""
        self.findings.outcomes += 1
        place = outcome_place(record.headers, record.value)
        if isinstance(place, Place) and place.partition in self.ledgers:
            self.ledgers[place.partition].resolve(place.offset, self._topics[tp.topic])
            origin = origin_place(record.headers)
            if origin is not None and origin.partition in self.urls:
                self.urls[origin.partition].resolve(origin.offset, self._topics[tp.topic])
        elif place is not None:
            why = place.error if isinstance(place, Malformed) else f"{PAGES.name} has no partition {place.partition}"
            self.findings.strange_at = self.findings.strange_at or f"{tp.topic}/{tp.partition}/{record.offset}: {why}"
            self.findings.strange += 1

    def take_document(self, tp: TopicPartition, record: Any) -> None:  # noqa: ARG002 — as take_outcome
        """Count a document that is not published yet. A broken one names no page, and neither does its outcome."""
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
            committed = await admin.list_consumer_group_offsets(group_of(self._prefix, stage), partitions=tps)
        return {
            tp: mark_of(committed[tp].offset, committed[tp].metadata or "")
            for tp in tps
            if tp in committed and committed[tp].offset >= 0
        }
