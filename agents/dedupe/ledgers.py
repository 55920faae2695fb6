"""Recovers ledgers from the changelog or from snapshots on disk, and saves snapshots.

`agents/dedupe/verdicts.py` opens and uses the ledgers; `pipeline/verdict/ledger.py` derives their state.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import structlog
from aiokafka import TopicPartition

from agents.dedupe.changelog import read_back
from agents.errors import StageError
from agents.kafka.connection import answering
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

EVERY = 1 << 62  # a patience without limit: the verdicts may come in any order
SNAPSHOT_VERDICTS = 20_000  # new verdicts that make a snapshot due
SNAPSHOT_SHARE = 4  # or a quarter of the claims in memory, if that is more: a snapshot writes all of them
log = structlog.get_logger("chistovik")


@dataclass(slots=True)
class OpenLedger:
    """An open ledger that can judge, and the changelog offset up to which both are known to agree.

    - `alone`: no other worker has written to the partition since `offset`
    - `busy`: the ledger is being read, perhaps in a thread, and must not be reused after a rebalance
    """

    ledger: Ledger
    offset: int  # the ledger contains all changelog records up to and including this offset
    unsent: int = 0  # records that the broker has not confirmed
    alone: bool = True
    busy: bool = False
    saved: int = 0  # `ledger.passed` at the last snapshot
    saved_at: float = 0.0  # time of the newest document at the last snapshot

    def write(self, sent: Any) -> None:
        """Track a record that was sent to the changelog until the broker confirms it."""
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
        """Whether the ledger contains exactly the changelog up to `offset`, no more and no less."""
        return self.alone and not self.unsent and not self.ledger.ahead

    @property
    def may_rest(self) -> bool:
        """Whether the ledger can be reused after a rebalance, once newer changelog records are read."""
        return self.is_whole and not self.busy

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Mark the ledger as busy, so that it is not reused meanwhile."""
        self.busy = True
        try:
            yield
        finally:
            self.busy = False

    def is_due(self) -> bool:
        """Return whether a snapshot is due: enough new verdicts, or a day of the documents' time since the last one."""
        enough = max(SNAPSHOT_VERDICTS, len(self.ledger.claims.recent) // SNAPSHOT_SHARE)
        return self.ledger.passed - self.saved >= enough or (self.ledger.ages.time or 0.0) - self.saved_at >= DAY


@dataclass
class Ledgers:
    """Recovers and saves ledgers. `window` is in seconds; if `snapshots` is None, no snapshots are read or saved."""

    connection: Connection
    prefix: str
    group: str
    window: float
    snapshots: Snapshots | None
    metrics: Metrics = field(default_factory=Metrics)
    read: int = 0  # changelog records that were read since the start

    async def recover(self, partition: int, rested: OpenLedger | None) -> OpenLedger:
        """Read a partition back: records since the ledger rested, or since its snapshot, or the whole changelog.

        BrokerError if no broker answers or if it refuses us, as after a change of the password.
        """
        clock, read = time.perf_counter(), self.read
        consumer = self.connection.asker(name="changelog", group_id=self.group)
        async with answering(self.connection, probing=True), AsyncExitStack() as cleanup:
            cleanup.push_async_callback(consumer.stop)  # also if it does not start, or aiokafka warns
            await consumer.start()
            begun = "memory" if rested else "snapshot"
            earlier = rested or await self._saved(partition)
            opened = earlier and await self._read(consumer, earlier)
            if earlier and opened is None and self.snapshots:
                self.snapshots.refuse(partition, f"it covers offset {earlier.offset}, the changelog ends before that")
            if opened is None:
                begun, opened = "changelog", await self._read(consumer, OpenLedger(Ledger(partition), -1))
        assert opened is not None  # noqa: S101 — a log cannot end before its first offset
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

    async def _saved(self, partition: int) -> OpenLedger | None:
        snapshot = await asyncio.to_thread(self.snapshots.read, partition) if self.snapshots else None
        if snapshot is None:
            return None
        ledger, offset = snapshot
        return OpenLedger(ledger, offset, saved=ledger.passed, saved_at=ledger.ages.time or 0.0)

    async def _read(self, consumer: AIOKafkaConsumer, earlier: OpenLedger) -> OpenLedger | None:
        """Read the changelog after the known offset and open the ledger; None if the changelog ends before that."""
        ledger, partition = earlier.ledger, earlier.ledger.partition
        documents = TopicPartition(self.prefix + DOCUMENTS.name, partition)
        first = (await consumer.beginning_offsets([documents]))[documents]
        committed = await consumer.committed(documents) or 0
        ledger.claims.window = self.window
        ledger.first, ledger.committed = first, max(ledger.committed, committed - 1)
        try:
            take = partial(self._take, ledger)
            last = await read_back(consumer, self._changelog(partition), earlier.offset + 1, take)
        except DisorderError as error:
            log.warning("verdicts out of order: all are read into memory", partition=partition, why=str(error))
            return await self._read(consumer, OpenLedger(Ledger(partition, patience=EVERY), -1))
        if last is None:
            return None
        ledger.open_at(first)
        if first > ledger.passed:
            raise StageError(
                f"{DOCUMENTS.name}/{partition} begins at offset {first}, but its verdicts end at {ledger.passed}: "
                f"retention deleted {first - ledger.passed} documents before they were judged"
            )
        if committed > ledger.passed:
            raise StageError(self._lost(partition, ledger.passed, committed))
        return OpenLedger(ledger, last, saved=earlier.saved, saved_at=earlier.saved_at)

    def _lost(self, partition: int, judged: int, committed: int) -> str:
        """Return what to do if verdicts are lost: judging the documents again, in order, gives the same verdicts."""
        topic = f"{self.prefix}{DOCUMENTS.name}:{partition}"
        return (
            f"{VERDICTS.name}/{partition} holds verdicts on {judged} documents, but group {self.group} has committed "
            f"{committed}: the others are lost. To judge those documents again: kafka-consumer-groups --reset-offsets "
            f"--to-offset {judged} --execute --group {self.group} --topic {topic}"
        )

    async def _take(self, ledger: Ledger, records: Sequence[Any]) -> None:
        for record in records:
            verdict = _verdict_of(record)
            if verdict is None:
                ledger.forget(place_of(record.key)[1])
            else:
                ledger.remember(verdict)
        self.read += len(records)
        if self.snapshots and ledger.claims.is_full:  # all claims of a window may need more memory than there is
            await asyncio.to_thread(self.snapshots.seal, ledger)

    async def renew(self, opened: OpenLedger) -> None:
        """Read what other workers wrote to our changelog. They only repeat our verdicts, so the ledger covers them."""
        if opened.alone or opened.unsent:
            return
        changelog, take = self._changelog(opened.ledger.partition), partial(_accept, opened.ledger)
        async with self.connection.asker(name="changelog") as consumer:
            last = await read_back(consumer, changelog, opened.offset + 1, take)
        if last is not None:
            opened.offset, opened.alone = last, True

    async def save(self, opened: OpenLedger) -> None:
        """Save a snapshot in a thread, while nothing is judged; the consumer's heartbeats continue."""
        opened.saved, opened.saved_at = opened.ledger.passed, opened.ledger.ages.time or 0.0
        if self.snapshots and opened.is_whole:
            clock = time.perf_counter()
            size = await asyncio.to_thread(self.snapshots.write, opened.ledger, opened.offset)
            self.metrics.snapshot_seconds.observe(time.perf_counter() - clock)
            self.metrics.snapshot_bytes.inc(size)
            log.debug("snapshot", partition=opened.ledger.partition, offset=opened.offset, bytes=size)

    def _changelog(self, partition: int) -> TopicPartition:
        return TopicPartition(self.prefix + VERDICTS.name, partition)


async def _accept(ledger: Ledger, records: Sequence[Any]) -> None:
    """Compare verdicts that a zombie wrote with ours; StageError if they differ. The first one on a document counts."""
    for record in records:
        verdict = _verdict_of(record)
        if verdict is not None and not ledger.accept(verdict):
            raise StageError(
                f"{VERDICTS.name}/{record.partition} offset {record.offset} is another verdict on document "
                f"{verdict.document_offset} than ours: two versions at work? Stop all dedupe workers, then start one "
                f"version; it reads all verdicts again"
            )


def _verdict_of(record: Any) -> Verdict | None:
    """Read a record of the changelog; None for a tombstone.

    StageError if it cannot be read, because a skipped verdict would change later ones.
    """
    where = f"{VERDICTS.name}/{record.partition} offset {record.offset}"
    try:
        partition, _ = place_of(record.key or b"")
    except ValueError:
        raise StageError(
            f"{where} is not a verdict: its key {record.key!r:.80} is not the place of a document"
        ) from None
    if partition != record.partition:
        raise StageError(f"{where} is not a verdict of its partition: its key is {record.key!r:.80}")
    if record.value is None:
        return None
    verdict: Verdict | Malformed = decode(Verdict, record.value)
    if isinstance(verdict, Malformed):
        raise StageError(f"{where} is not a verdict: {verdict.error}")
    if verdict.key != record.key:
        raise StageError(f"{where} is not a verdict of its key {record.key!r:.80}: it is on {verdict.key!r:.80}")
    return verdict
