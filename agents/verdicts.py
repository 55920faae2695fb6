"""The verdicts in Faust: a table whose changelog is the topic `verdicts`, and a store of ledgers.

What follows from verdicts is `pipeline/dedupe.py`'s; here they are only written, read back and dropped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from faust.types import TP

from agents.delivery import StageError, die
from agents.faust_stage import raw_topic
from agents.tables import AwaitedTable, ChangelogStore
from pipeline.ledger import Ledger
from pipeline.topics import DOCUMENTS, VERDICTS
from pipeline.verdict import Verdict, place_of
from pipeline.wire import Malformed, decode, encode

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator

    import faust


class LedgerStore(ChangelogStore):
    """A Faust store that keeps verdicts as ledgers, one per partition; a partition is open once it is recovered."""

    def __post_init__(self) -> None:
        self.recovering: dict[int, Ledger] = {}
        self.open: dict[int, Ledger] = {}
        self.first_offset: Callable[[int], Awaitable[int]] | None = None

    def __getitem__(self, key: bytes) -> bytes:
        partition, offset = place_of(key)
        return encode(self._ledger(partition).verdicts[offset])

    def __setitem__(self, key: bytes, value: bytes) -> None:
        """Nothing to do: the ledger that made the verdict holds it already."""

    def __delitem__(self, key: bytes) -> None:
        partition, offset = place_of(key)
        self._ledger(partition).forget(offset)

    def __iter__(self) -> Iterator[bytes]:
        return iter(verdict.key for ledger in self.open.values() for verdict in ledger.verdicts.values())

    def __len__(self) -> int:
        return sum(len(ledger.verdicts) for ledger in self.open.values())

    def _clear(self) -> None:
        self.recovering.clear()
        self.open.clear()

    def _ledger(self, partition: int) -> Ledger:
        found = self.open.get(partition) or self.recovering.get(partition)
        return found or self.recovering.setdefault(partition, Ledger(partition))

    def apply_changelog_batch(
        self, batch: Iterable[Any], to_key: Callable[[Any], Any], to_value: Callable[[Any], Any]
    ) -> None:
        """Take over what the changelog holds; a verdict that cannot be read would change later ones, so it ends us.

        Faust would log what is raised here as a warning and go on reading: so it ends the process.
        """
        try:
            for event in batch:
                self._take_over(event.message)
        except BaseException as error:  # noqa: BLE001
            die("dedupe", error)

    def _take_over(self, message: Any) -> None:
        where = f"{VERDICTS.name}/{message.partition} offset {message.offset}"
        try:
            partition, offset = place_of(message.key or b"")
        except ValueError:
            raise StageError(f"{where} is no verdict: its key {message.key!r:.80} is no place of a document") from None
        if partition != message.partition:
            raise StageError(f"{where} is no verdict of its partition: its key is {message.key!r:.80}")
        ledger = self._ledger(partition)
        if message.value is None:
            ledger.forget(offset)
            return
        verdict: Verdict | Malformed = decode(Verdict, message.value)
        if isinstance(verdict, Malformed):
            raise StageError(f"{where} is no verdict: {verdict.error}")
        if verdict.key != message.key:
            raise StageError(f"{where} is no verdict of its key {message.key!r:.80}: it is on {verdict.key!r:.80}")
        ledger.remember(verdict)

    def persisted_offset(self, tp: TP) -> int | None:
        """Say that nothing is on disk: recovery reads the changelog from its start.

        With None Faust keeps the offset that it had recovered a partition to, and a partition that stays with a worker
        over a rebalance got only what came after it: its ledger could not be opened.
        """
        return -1

    async def on_rebalance(
        self, assigned: set[TP], revoked: set[TP], newly_assigned: set[TP], generation_id: int = 0
    ) -> None:
        """Close the ledgers: another worker may decide from now on; recovery reads all verdicts back."""
        self._clear()

    async def on_recovery_completed(self, active_tps: set[TP], standby_tps: set[TP]) -> None:
        """Open the ledgers of the partitions that are ours.

        Faust forgets what is raised here, and the partition would stay closed for good: so it ends the process.
        """
        try:
            for tp in active_tps:
                if tp.topic == self.table.changelog_topic.get_topic_name():
                    await self._open(tp.partition)
        except BaseException as error:  # noqa: BLE001
            die("dedupe", error)

    async def _open(self, partition: int) -> None:
        ledger = self.recovering.pop(partition, None) or Ledger(partition)
        first = await self.first_offset(partition) if self.first_offset else 0
        ledger.open_at(first)
        if first > ledger.passed:
            raise StageError(
                f"{DOCUMENTS.name}/{partition} begins at offset {first}, but its verdicts end at {ledger.passed}: "
                f"{first - ledger.passed} documents fell out of the log before they were judged"
            )
        self.open[partition] = ledger


class VerdictTable(AwaitedTable):
    """A table of verdicts, each written to the partition of its document."""

    def _new_store(self) -> LedgerStore:
        return LedgerStore("memory://", self.app, self, table_name=self.name, loop=self.loop)

    def partition_for_key(self, key: bytes) -> int:
        """Return the document's own partition: by the key's hash another worker would recover the claims."""
        return place_of(key)[0]


class FaustVerdicts:
    """The verdicts of the stage `dedupe`, in a Faust table."""

    def __init__(self, app: faust.App, prefix: str) -> None:
        changelog = raw_topic(app, prefix, VERDICTS, internal=True, acks=False, maxsize=131_072)
        self.table = VerdictTable(
            app,
            name=VERDICTS.name,
            key_type=bytes,
            value_type=bytes,
            partitions=VERDICTS.partitions,
            changelog_topic=changelog,
        )
        self._app, self._source = app, prefix + DOCUMENTS.name
        app.tables.add(self.table)

    @property
    def store(self) -> LedgerStore:
        """The store behind the table."""
        store = self.table.data
        if not isinstance(store, LedgerStore):
            raise TypeError(f"the table has a {type(store).__name__}")
        store.first_offset = self._first_offset
        return store

    def ledger(self, partition: int) -> Ledger | None:
        """Return the ledger of a partition, None while it is not ours or not recovered."""
        return self.store.open.get(partition)

    def record(self, verdict: Verdict) -> Awaitable[object]:
        """Write a verdict to the changelog."""
        self.table[verdict.key] = encode(verdict)
        sent: Awaitable[object] = self.table.sent
        return sent

    async def _first_offset(self, partition: int) -> int:
        offsets = await self._app.consumer.earliest_offsets(TP(self._source, partition))
        return next(iter(offsets.values()), 0)
