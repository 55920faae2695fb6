"""The verdicts in Faust: a table whose changelog is the topic `verdicts`, and a store of ledgers.

`pipeline/verdict/ledger.py` derives state from verdicts; `agents/dedupe/ledgers.py` reads verdicts back.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from faust.types import TP

from agents.stage.ending import die
from agents.stage.faust_app import raw_topic
from agents.stage.faust_tables import AwaitedTable, ChangelogStore
from pipeline.records.verdict import place_of, verdict_key
from pipeline.records.wire import encode_sparse
from pipeline.topics import DOCUMENTS, VERDICTS
from pipeline.topics.traceparent import read as read_context

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator

    import faust

    from agents.dedupe.ledgers import Ledgers, OpenLedger
    from pipeline.records.verdict import Verdict
    from pipeline.verdict.ledger import Ledger

STAGE = "dedupe"
NEVER = 1 << 62  # an offset that no log reaches
TOMBSTONES = 400  # at most, after a batch of 200 documents: more than one per document, so that a backlog shrinks


class LedgerStore(ChangelogStore):
    """A Faust store that keeps verdicts in ledgers, one per partition. A partition is open after it was read back."""

    def __post_init__(self) -> None:
        self.open: dict[int, OpenLedger] = {}
        self.rested: dict[int, OpenLedger] = {}  # ledgers of partitions that stay with us over a rebalance
        self.generation = 0
        self.recover: Callable[[int, OpenLedger | None], Awaitable[OpenLedger]] | None = None

    def __getitem__(self, key: bytes) -> bytes:
        partition, offset = place_of(key)
        return encode_sparse(self.open[partition].ledger.verdicts[offset])

    def __setitem__(self, key: bytes, value: bytes) -> None:
        """Do nothing: the ledger that made the verdict holds it already."""

    def __delitem__(self, key: bytes) -> None:
        """Do nothing: the ledger knows which verdicts have tombstones."""

    def __iter__(self) -> Iterator[bytes]:
        return iter([verdict.key for opened in self.open.values() for verdict in opened.ledger.verdicts.values()])

    def __len__(self) -> int:
        return sum(len(opened.ledger.verdicts) for opened in self.open.values())

    def _clear(self) -> None:
        self.open.clear()

    def apply_changelog_batch(
        self, batch: Iterable[Any], to_key: Callable[[Any], Any], to_value: Callable[[Any], Any]
    ) -> None:
        """Do nothing: we read the changelog ourselves, after Faust considers the table recovered."""

    def persisted_offset(self, tp: TP) -> int | None:
        """Return an offset beyond the end of the changelog, so that Faust recovers nothing."""
        return NEVER

    async def on_rebalance(
        self, assigned: set[TP], revoked: set[TP], newly_assigned: set[TP], generation_id: int = 0
    ) -> None:
        """Close all ledgers: another worker may decide from now on, so its verdicts must be read back first."""
        stays = {tp.partition for tp in assigned if tp.topic == self._changelog}
        self.generation += 1
        self.rested = {number: opened for number, opened in self.open.items() if number in stays and opened.may_rest}
        self.open.clear()

    async def on_recovery_completed(self, active_tps: set[TP], standby_tps: set[TP]) -> None:
        """Open the ledgers of our partitions.

        Faust swallows exceptions that are raised here, and the partition would stay closed. Any error therefore ends
        the process.
        """
        generation, rested = self.generation, self.rested
        assert self.recover is not None  # noqa: S101 — set before the app starts
        try:
            for partition in sorted(tp.partition for tp in active_tps if tp.topic == self._changelog):
                opened = await self.recover(partition, rested.pop(partition, None))
                if self.generation != generation:  # another rebalance has happened meanwhile
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
        """Return the document's partition. With a hash of the key, another worker would recover the claims."""
        return place_of(key)[0]


class FaustVerdicts:
    """The verdicts of the stage `dedupe`, in a Faust table."""

    def __init__(self, app: faust.App, ledgers: Ledgers) -> None:
        changelog = raw_topic(app, ledgers.prefix, VERDICTS, internal=True, acks=False, maxsize=131_072)
        self.table = VerdictTable(
            app,
            name=VERDICTS.name,
            key_type=bytes,
            value_type=bytes,
            partitions=VERDICTS.partitions,
            changelog_topic=changelog,
        )
        self._app, self._ledgers, self._source = app, ledgers, ledgers.prefix + DOCUMENTS.name
        app.conf.recovery_consistency_check = False  # it would fail, because NEVER is beyond the changelog's end
        app.tables.add(self.table)
        self.store.recover = ledgers.recover

    @property
    def store(self) -> LedgerStore:
        """The store behind the table."""
        store = self.table.data
        if not isinstance(store, LedgerStore):
            raise TypeError(f"the table has a {type(store).__name__}")
        return store

    def ledger(self, partition: int) -> Ledger | None:
        """Return the ledger of a partition; None while it is not ours or not read back yet."""
        opened = self.store.open.get(partition)
        return opened.ledger if opened else None

    def record(self, verdict: Verdict, traceparent: bytes | None = None) -> Awaitable[object]:
        """Write a verdict to the changelog.

        The trace header is added only if the trace is sampled, because verdicts are stored for a long time.
        """
        context = read_context(traceparent)
        sent: Awaitable[object] = self.table.send_changelog(
            self.table.partition_for_key(verdict.key),
            verdict.key,
            encode_sparse(verdict),
            traceparent=traceparent if context and context.is_sampled else None,
        )
        opened = self.store.open.get(verdict.document_partition)
        if opened is not None:
            opened.write(sent)
        return sent

    def sizes(self) -> dict[str, float]:
        """Return the sizes of the open ledgers, by metric name."""
        ledgers = [opened.ledger for opened in self.store.open.values()]
        return {
            "chistovik_dedupe_partitions": len(ledgers),
            "chistovik_dedupe_claims": sum(len(ledger.claims) for ledger in ledgers),
            "chistovik_dedupe_verdicts": sum(len(ledger.verdicts) + len(ledger.ahead) for ledger in ledgers),
            "chistovik_dedupe_ledger_bytes": sum(ledger.claims.size for ledger in ledgers),
            "chistovik_dedupe_segment_bytes": sum(ledger.claims.sealed.mapped for ledger in ledgers),
        }

    async def keep_up(self) -> None:
        """After a batch, write tombstones for the next expired verdicts, and save the snapshots that are due."""
        for partition, opened in list(self.store.open.items()):
            consumer: Any = self._app.consumer
            committed = consumer._committed_offset[TP(self._source, partition)] or 0  # noqa: SLF001
            opened.ledger.release(committed - 1)
            with opened.in_use():
                await self._bury(opened)
                if opened.is_due():
                    begins = await consumer.earliest_offsets(TP(self._source, partition))
                    opened.ledger.first = max(opened.ledger.first, next(iter(begins.values()), 0))
                    await self._ledgers.renew(opened)
                    await self._ledgers.save(opened)

    async def save_all(self) -> None:
        """Save a snapshot of every partition with new verdicts since its last snapshot."""
        for opened in list(self.store.open.values()):
            if opened.saved < opened.ledger.passed:
                with opened.in_use():
                    await self._ledgers.save(opened)

    async def _bury(self, opened: OpenLedger) -> None:
        """Write tombstones for expired verdicts. A lost tombstone is written again; a second one changes nothing."""
        partition, expired = opened.ledger.partition, opened.ledger.expired(TOMBSTONES)
        sent = []
        for offset in expired:
            key = verdict_key(partition, offset)
            sent.append(self.table.send_changelog(partition, key, None, value_serializer="raw"))
            opened.write(sent[-1])
        await asyncio.gather(*sent)
        opened.ledger.bury(expired.stop)
