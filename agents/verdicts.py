"""The verdicts in Faust: a table whose changelog is the topic `verdicts`, and a store of ledgers.

What follows from verdicts is `pipeline/ledger.py`'s; here they are written, read back and buried.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import structlog
from aiokafka import TopicPartition
from faust.types import TP

from agents.changelog import read_back
from agents.delivery import StageError, die
from agents.faust_stage import raw_topic
from agents.tables import AwaitedTable, ChangelogStore
from pipeline.ledger import DAY, DisorderError, Ledger
from pipeline.topics import DOCUMENTS, VERDICTS, group_of
from pipeline.verdict import Verdict, place_of, verdict_key
from pipeline.wire import Malformed, decode, encode

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence

    import faust
    from aiokafka import AIOKafkaConsumer

    from agents.kafka import Connection
    from agents.snapshots import Snapshots

STAGE = "dedupe"
NEVER = 1 << 62  # an offset that no log reaches
TOMBSTONES = 400  # after a batch of 200 documents: what has piled up is worked off, too
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
    resting: bool = True  # nobody reads it in a thread
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
        return self.alone and self.resting and not self.unsent and not self.ledger.ahead

    def is_due(self) -> bool:
        """Say whether enough was judged since the last snapshot, or a day has passed by the documents' time."""
        enough = max(SNAPSHOT_VERDICTS, (self.ledger.passed - self.ledger.start) // SNAPSHOT_SHARE)
        return self.ledger.passed - self.saved >= enough or (self.ledger.ages.time or 0.0) - self.saved_at >= DAY


class LedgerStore(ChangelogStore):
    """A Faust store that keeps verdicts as ledgers, one per partition; a partition is open once it was read back."""

    def __post_init__(self) -> None:
        self.open: dict[int, Opened] = {}
        self.rested: dict[int, Opened] = {}  # of partitions that stay with us over a rebalance
        self.generation = 0
        self.read = 0  # records, since the start
        self.recover: Callable[[int, Opened | None], Awaitable[Opened]] | None = None

    def __getitem__(self, key: bytes) -> bytes:
        partition, offset = place_of(key)
        return encode(self.open[partition].ledger.verdicts[offset])

    def __setitem__(self, key: bytes, value: bytes) -> None:
        """Nothing to do: the ledger that made the verdict holds it already."""

    def __delitem__(self, key: bytes) -> None:
        """Nothing to do: the ledger knows what it has buried."""

    def __iter__(self) -> Iterator[bytes]:
        return iter([verdict.key for one in self.open.values() for verdict in one.ledger.verdicts.values()])

    def __len__(self) -> int:
        return sum(len(one.ledger.verdicts) for one in self.open.values())

    def _clear(self) -> None:
        self.open.clear()

    def apply_changelog_batch(
        self, batch: Iterable[Any], to_key: Callable[[Any], Any], to_value: Callable[[Any], Any]
    ) -> None:
        """Nothing to do: we read the changelog ourselves, when Faust thinks that it is recovered."""

    def persisted_offset(self, tp: TP) -> int | None:
        """Say that we hold all there is, so that Faust recovers nothing."""
        return NEVER

    async def on_rebalance(
        self, assigned: set[TP], revoked: set[TP], newly_assigned: set[TP], generation_id: int = 0
    ) -> None:
        """Close the ledgers: another worker may decide from now on, and what it has written is read back first."""
        stays = {tp.partition for tp in assigned if tp.topic == self._changelog}
        self.generation += 1
        self.rested = {number: one for number, one in self.open.items() if number in stays and one.is_whole}
        self.open.clear()

    async def on_recovery_completed(self, active_tps: set[TP], standby_tps: set[TP]) -> None:
        """Open the ledgers of the partitions that are ours.

        Faust forgets what is raised here, and the partition would stay closed for good: so it ends the process.
        """
        generation, rested = self.generation, self.rested
        assert self.recover is not None  # noqa: S101 — set before the app starts
        try:
            for partition in sorted(tp.partition for tp in active_tps if tp.topic == self._changelog):
                opened = await self.recover(partition, rested.pop(partition, None))
                if self.generation != generation:  # there was another rebalance meanwhile
                    return
                self.open[partition] = opened
        except BaseException as error:  # noqa: BLE001
            die(STAGE, error)

    @property
    def _changelog(self) -> str:
        return str(self.table.changelog_topic.get_topic_name())


class VerdictTable(AwaitedTable):
    """A table of verdicts, each written to the partition of its document."""

    def _new_store(self) -> LedgerStore:
        return LedgerStore("memory://", self.app, self, table_name=self.name, loop=self.loop)

    def partition_for_key(self, key: bytes) -> int:
        """Return the document's own partition: by the key's hash another worker would recover the claims."""
        return place_of(key)[0]


class FaustVerdicts:
    """The verdicts of the stage `dedupe`, in a Faust table; `window` in seconds, without `snapshots` none are kept."""

    def __init__(
        self, app: faust.App, prefix: str, connection: Connection, *, window: float, snapshots: Snapshots | None
    ) -> None:
        changelog = raw_topic(app, prefix, VERDICTS, internal=True, acks=False, maxsize=131_072)
        self.table = VerdictTable(
            app,
            name=VERDICTS.name,
            key_type=bytes,
            value_type=bytes,
            partitions=VERDICTS.partitions,
            changelog_topic=changelog,
        )
        self._app, self._connection, self._window, self._snapshots = app, connection, window, snapshots
        self._source, self._changelog = prefix + DOCUMENTS.name, prefix + VERDICTS.name
        self._group = group_of(prefix, STAGE)
        app.conf.recovery_consistency_check = False  # NEVER is beyond the changelog's end
        app.tables.add(self.table)
        self.store.recover = self._recover

    @property
    def store(self) -> LedgerStore:
        """The store behind the table."""
        store = self.table.data
        if not isinstance(store, LedgerStore):
            raise TypeError(f"the table has a {type(store).__name__}")
        return store

    def ledger(self, partition: int) -> Ledger | None:
        """Return the ledger of a partition, None while it is not ours or not read back."""
        opened = self.store.open.get(partition)
        return opened.ledger if opened else None

    def record(self, verdict: Verdict) -> Awaitable[object]:
        """Write a verdict to the changelog."""
        self.table[verdict.key] = encode(verdict)
        return self._follow(verdict.document_partition, self.table.sent)

    def _follow(self, partition: int, sent: Any) -> Awaitable[object]:
        opened = self.store.open.get(partition)
        if opened is not None:
            opened.write(sent)
        found: Awaitable[object] = sent
        return found

    async def keep_up(self) -> None:
        """After a batch: bury the next verdicts that have expired, and take a snapshot where one is due."""
        for partition, opened in list(self.store.open.items()):
            consumer: Any = self._app.consumer
            committed = consumer._committed_offset[TP(self._source, partition)] or 0  # noqa: SLF001
            opened.ledger.release(committed - 1)
            await self._bury(opened)
            if opened.is_due():
                await self._renew(opened)
                await self.save(opened)

    async def save_all(self) -> None:
        """Take a snapshot of every partition that has gone on since its last one."""
        for opened in list(self.store.open.values()):
            if opened.saved < opened.ledger.passed:
                await self.save(opened)

    async def save(self, opened: Opened) -> None:
        """Take a snapshot, in a thread while nothing is judged: the consumer's heartbeats go on in theirs."""
        opened.saved, opened.saved_at = opened.ledger.passed, opened.ledger.ages.time or 0.0
        if self._snapshots and opened.is_whole:
            opened.resting = False
            try:
                size = await asyncio.to_thread(self._snapshots.write, opened.ledger, opened.offset)
            finally:
                opened.resting = True
            log.debug("snapshot", partition=opened.ledger.partition, offset=opened.offset, bytes=size)

    async def _bury(self, opened: Opened) -> None:
        """Write tombstones; one that is lost is written again, one that comes twice changes nothing."""
        partition, expired = opened.ledger.partition, opened.ledger.expired(TOMBSTONES)
        sent = [
            self._follow(
                partition,
                self.table.send_changelog(partition, verdict_key(partition, offset), None, value_serializer="raw"),
            )
            for offset in expired
        ]
        await asyncio.gather(*sent)
        opened.ledger.bury(expired.stop)

    async def _renew(self, opened: Opened) -> None:
        """Ask where the log of documents begins by now, and read what others have written into our changelog."""
        partition = opened.ledger.partition
        offsets = await self._app.consumer.earliest_offsets(TP(self._source, partition))
        opened.ledger.first = max(opened.ledger.first, next(iter(offsets.values()), 0))
        if not opened.alone and not opened.unsent:
            async with self._connection.consumer(name=STAGE) as consumer:
                take = partial(self._meet, opened.ledger)
                last = await read_back(consumer, self._changelog_tp(partition), opened.offset + 1, take)
            if last is not None:
                opened.offset, opened.alone = last, True

    def _meet(self, ledger: Ledger, records: Sequence[Any]) -> None:
        """Compare what a zombie has written with what we have; the first verdict on a document is the one."""
        for record in records:
            verdict = _verdict_of(record)
            if verdict is not None and not ledger.meet(verdict):
                raise StageError(
                    f"{VERDICTS.name}/{record.partition} offset {record.offset} is another verdict on document "
                    f"{verdict.document_offset} than ours: two versions at work? All are read again"
                )

    def _changelog_tp(self, partition: int) -> TopicPartition:
        return TopicPartition(self._changelog, partition)

    async def _recover(self, partition: int, rested: Opened | None) -> Opened:
        """Read a partition back: what was written since it rested or since its snapshot, or everything."""
        async with self._connection.consumer(name=STAGE, group_id=self._group) as consumer:
            begun = "memory" if rested else "snapshot"
            known = rested or await self._saved(partition)
            opened = known and await self._read(consumer, known)
            if known and opened is None and self._snapshots:
                self._snapshots.refuse(partition, f"it stands for offset {known.offset}, the changelog ends before")
            if opened is None:
                begun, opened = "changelog", await self._read(consumer, Opened(Ledger(partition), -1))
        assert opened is not None  # noqa: S101 — a log has no end before its begin
        log.info("verdicts read", partition=partition, begun=begun, upto=opened.offset, judged=opened.ledger.passed)
        return opened

    async def _saved(self, partition: int) -> Opened | None:
        found = await asyncio.to_thread(self._snapshots.read, partition) if self._snapshots else None
        if found is None:
            return None
        ledger, offset = found
        return Opened(ledger, offset, saved=ledger.passed, saved_at=ledger.ages.time or 0.0)

    async def _read(self, consumer: AIOKafkaConsumer, known: Opened) -> Opened | None:
        """Read what the changelog holds beyond what is known, and open the ledger; None where it ends before."""
        ledger, partition = known.ledger, known.ledger.partition
        documents = TopicPartition(self._source, partition)
        first = (await consumer.beginning_offsets([documents]))[documents]
        committed = await consumer.committed(documents) or 0
        ledger.claims.window = self._window
        ledger.first, ledger.committed = first, max(ledger.committed, committed - 1)
        try:
            take = partial(self._take, ledger)
            last = await read_back(consumer, self._changelog_tp(partition), known.offset + 1, take)
        except DisorderError as error:
            log.warning("verdicts out of order: all are read into memory", partition=partition, why=str(error))
            return await self._read(consumer, Opened(Ledger(partition, patience=NEVER), -1))
        if last is None:
            return None
        ledger.open_at(first)
        if first > ledger.passed:
            raise StageError(
                f"{DOCUMENTS.name}/{partition} begins at offset {first}, but its verdicts end at {ledger.passed}: "
                f"{first - ledger.passed} documents fell out of the log before they were judged"
            )
        return Opened(ledger, last, saved=known.saved, saved_at=known.saved_at)

    def _take(self, ledger: Ledger, records: Sequence[Any]) -> None:
        for record in records:
            verdict = _verdict_of(record)
            if verdict is None:
                ledger.forget(place_of(record.key)[1])
            else:
                ledger.remember(verdict)
        self.store.read += len(records)


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
