"""Ledgers read back from their changelog or from disk, and kept as snapshots: what `agents/dedupe/verdicts.py` opens.

What follows from verdicts is `pipeline/verdict/ledger.py`'s.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import structlog
from aiokafka import TopicPartition

from agents.dedupe.changelog import read_back
from agents.errors import StageError
from agents.observe.metrics import Metrics
from pipeline.records.verdict import Verdict, place_of
from pipeline.records.wire import Malformed, decode
from pipeline.topics import DOCUMENTS, VERDICTS
from pipeline.verdict.ledger import DAY, DisorderError, Ledger

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aiokafka import AIOKafkaConsumer

    from agents.dedupe.snapshots import Snapshots
    from agents.kafka import Connection

EVERY = 1 << 62  # verdicts: no order is asked of them
SNAPSHOT_VERDICTS = 20_000
SNAPSHOT_SHARE = 10  # or so much of the verdicts in the window, a tenth: writing all of them is worth as much
log = structlog.get_logger("chistovik")


@dataclass(slots=True)
class Opened:
    """A ledger that judges, and how far the changelog is known to hold it and nothing else."""

    ledger: Ledger
    offset: int  # of the changelog: what it holds up to here is in the ledger
    unsent: int = 0
    alone: bool = True  # nobody else has written to the partition since `offset`
    busy: bool = False  # somebody reads it, perhaps in a thread
    saved: int = 0  # documents passed at the last snapshot
    saved_at: float = 0.0  # the documents' time then

    def write(self, sent: Any) -> None:
        """Follow a record on its way."""
        self.unsent += 1
        sent.add_done_callback(self._written)

    def _written(self, sent: Any) -> None:
        self.unsent -= 1
        if sent.cancelled() or sent.exception() is not None or sent.result().offset != self.offset + 1:
            self.alone = False
        elif self.alone:
            self.offset += 1

    @property
    def is_whole(self) -> bool:
        """Whether the ledger is what the changelog holds up to `offset`, no more and no less."""
        return self.alone and not self.unsent and not self.ledger.ahead

    @property
    def may_rest(self) -> bool:
        """Whether it can be opened again, after what was written meanwhile is read."""
        return self.is_whole and not self.busy

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Keep a ledger from being opened again meanwhile."""
        self.busy = True
        try:
            yield
        finally:
            self.busy = False

    def is_due(self) -> bool:
        """Say whether enough was judged since the last snapshot, or a day has passed by the documents' time."""
        enough = max(SNAPSHOT_VERDICTS, (self.ledger.passed - self.ledger.start) // SNAPSHOT_SHARE)
        return self.ledger.passed - self.saved >= enough or (self.ledger.ages.time or 0.0) - self.saved_at >= DAY


@dataclass
class Ledgers:
    """Where ledgers come from and where they are kept; `window` in seconds, without `snapshots` none are."""

    connection: Connection
    prefix: str
    group: str
    window: float
    snapshots: Snapshots | None
    metrics: Metrics = field(default_factory=Metrics)
    read: int = 0  # records of the changelog, since the start

    async def recover(self, partition: int, rested: Opened | None) -> Opened:
        """Read a partition back: what was written since it rested or since its snapshot, or everything."""
        clock, read = time.perf_counter(), self.read
        async with self.connection.asker(name="changelog", group_id=self.group) as consumer:
            begun = "memory" if rested else "snapshot"
            known = rested or await self._saved(partition)
            opened = known and await self._read(consumer, known)
            if known and opened is None and self.snapshots:
                self.snapshots.refuse(partition, f"it stands for offset {known.offset}, the changelog ends before")
            if opened is None:
                begun, opened = "changelog", await self._read(consumer, Opened(Ledger(partition), -1))
        assert opened is not None  # noqa: S101 — a log has no end before its begin
        seconds = time.perf_counter() - clock
        self.metrics.recovery_seconds[begun].observe(seconds)
        self.metrics.recovered.inc(self.read - read)
        log.info(
            "verdicts read",
            stage="dedupe",
            partition=partition,
            begun=begun,
            upto=opened.offset,
            judged=opened.ledger.passed,
            seconds=round(seconds, 3),
        )
        return opened

    async def _saved(self, partition: int) -> Opened | None:
        found = await asyncio.to_thread(self.snapshots.read, partition) if self.snapshots else None
        if found is None:
            return None
        ledger, offset = found
        return Opened(ledger, offset, saved=ledger.passed, saved_at=ledger.ages.time or 0.0)

    async def _read(self, consumer: AIOKafkaConsumer, known: Opened) -> Opened | None:
        """Read what the changelog holds beyond what is known, and open the ledger; None where it ends before."""
        ledger, partition = known.ledger, known.ledger.partition
        documents = TopicPartition(self.prefix + DOCUMENTS.name, partition)
        first = (await consumer.beginning_offsets([documents]))[documents]
        committed = await consumer.committed(documents) or 0
        ledger.claims.window = self.window
        ledger.first, ledger.committed = first, max(ledger.committed, committed - 1)
        try:
            take = partial(self._take, ledger)
            last = await read_back(consumer, self._changelog(partition), known.offset + 1, take)
        except DisorderError as error:
            log.warning("verdicts out of order: all are read into memory", partition=partition, why=str(error))
            return await self._read(consumer, Opened(Ledger(partition, patience=EVERY), -1))
        if last is None:
            return None
        ledger.open_at(first)
        if first > ledger.passed:
            raise StageError(
                f"{DOCUMENTS.name}/{partition} begins at offset {first}, but its verdicts end at {ledger.passed}: "
                f"{first - ledger.passed} documents fell out of the log before they were judged"
            )
        if committed > ledger.passed:
            raise StageError(self._lost(partition, ledger.passed, committed))
        return Opened(ledger, last, saved=known.saved, saved_at=known.saved_at)

    def _lost(self, partition: int, judged: int, committed: int) -> str:
        """Say what to do where verdicts are gone that were there: judged again, in order, they come out the same."""
        topic = f"{self.prefix}{DOCUMENTS.name}:{partition}"
        return (
            f"{VERDICTS.name}/{partition} holds verdicts on {judged} documents, but group {self.group} has committed "
            f"{committed}: the others are lost. To have them judged again: kafka-consumer-groups --reset-offsets "
            f"--to-offset {judged} --execute --group {self.group} --topic {topic}"
        )

    def _take(self, ledger: Ledger, records: Sequence[Any]) -> None:
        for record in records:
            verdict = _verdict_of(record)
            if verdict is None:
                ledger.forget(place_of(record.key)[1])
            else:
                ledger.remember(verdict)
        self.read += len(records)

    async def renew(self, opened: Opened) -> None:
        """Read what others have written into our changelog: what they repeat is in the ledger, so it stands for all."""
        if opened.alone or opened.unsent:
            return
        changelog, take = self._changelog(opened.ledger.partition), partial(_meet, opened.ledger)
        async with self.connection.asker(name="changelog") as consumer:
            last = await read_back(consumer, changelog, opened.offset + 1, take)
        if last is not None:
            opened.offset, opened.alone = last, True

    async def save(self, opened: Opened) -> None:
        """Take a snapshot, in a thread while nothing is judged: the consumer's heartbeats go on in theirs."""
        opened.saved, opened.saved_at = opened.ledger.passed, opened.ledger.ages.time or 0.0
        if self.snapshots and opened.is_whole:
            clock = time.perf_counter()
            size = await asyncio.to_thread(self.snapshots.write, opened.ledger, opened.offset)
            self.metrics.snapshot_seconds.observe(time.perf_counter() - clock)
            self.metrics.snapshot_bytes.inc(size)
            log.debug("snapshot", partition=opened.ledger.partition, offset=opened.offset, bytes=size)

    def _changelog(self, partition: int) -> TopicPartition:
        return TopicPartition(self.prefix + VERDICTS.name, partition)


def _meet(ledger: Ledger, records: Sequence[Any]) -> None:
    """Compare what a zombie has written with what we have; the first verdict on a document is the one."""
    for record in records:
        verdict = _verdict_of(record)
        if verdict is not None and not ledger.meet(verdict):
            raise StageError(
                f"{VERDICTS.name}/{record.partition} offset {record.offset} is another verdict on document "
                f"{verdict.document_offset} than ours: two versions at work? All are read again"
            )


def _verdict_of(record: Any) -> Verdict | None:
    """Read a record of the changelog, None for a tombstone; one that cannot be read would change later verdicts."""
    where = f"{VERDICTS.name}/{record.partition} offset {record.offset}"
    try:
        partition, _ = place_of(record.key or b"")
    except ValueError:
        raise StageError(f"{where} is no verdict: its key {record.key!r:.80} is no place of a document") from None
    if partition != record.partition:
        raise StageError(f"{where} is no verdict of its partition: its key is {record.key!r:.80}")
    if record.value is None:
        return None
    verdict: Verdict | Malformed = decode(Verdict, record.value)
    if isinstance(verdict, Malformed):
        raise StageError(f"{where} is no verdict: {verdict.error}")
    if verdict.key != record.key:
        raise StageError(f"{where} is no verdict of its key {record.key!r:.80}: it is on {verdict.key!r:.80}")
    return verdict
