"""The verdicts in Faust: a table whose changelog is the topic `verdicts`, and a store of ledgers.

What follows from verdicts is `pipeline/verdict/ledger.py`'s; what is read back is `agents/dedupe/ledgers.py`'s.
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

    from agents.dedupe.ledgers import Ledgers, Opened
    from pipeline.records.verdict import Verdict
    from pipeline.verdict.ledger import Ledger

STAGE = "dedupe"
NEVER = 1 << 62  # an offset that no log reaches
TOMBSTONES = 400  # after a batch of 200 documents: what has piled up is worked off, too


class LedgerStore(ChangelogStore):
    """A Faust store that keeps verdicts as ledgers, one per partition; a partition is open once it was read back."""

    def __post_init__(self) -> None:
        self.open: dict[int, Opened] = {}
        self.rested: dict[int, Opened] = {}  # of partitions that stay with us over a rebalance
        self.generation = 0
        self.recover: Callable[[int, Opened | None], Awaitable[Opened]] | None = None

    def __getitem__(self, key: bytes) -> bytes:
        partition, offset = place_of(key)
        return encode_sparse(self.open[partition].ledger.verdicts[offset])

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
        self.rested = {number: one for number, one in self.open.items() if number in stays and one.may_rest}
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
        app.conf.recovery_consistency_check = False  # NEVER is beyond the changelog's end
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
        """Return the ledger of a partition, None while it is not ours or not read back."""
        opened = self.store.open.get(partition)
        return opened.ledger if opened else None

    def record(self, verdict: Verdict, traceparent: bytes | None = None) -> Awaitable[object]:
        """Write a verdict to the changelog, with a header where its trace is recorded: it is kept for long."""
        found = read_context(traceparent)
        sent: Awaitable[object] = self.table.send_changelog(
            self.table.partition_for_key(verdict.key),
            verdict.key,
            encode_sparse(verdict),  # the store needs none: the ledger that made the verdict holds it already
            traceparent=traceparent if found and found.is_sampled else None,
        )
        opened = self.store.open.get(verdict.document_partition)
        if opened is not None:
            opened.write(sent)
        return sent

    def sizes(self) -> dict[str, float]:
        """Count what the ledgers that are open hold."""
        ledgers = [opened.ledger for opened in self.store.open.values()]
        return {
            "chistovik_dedupe_partitions": len(ledgers),
            "chistovik_dedupe_claims": sum(len(one.claims) for one in ledgers),
            "chistovik_dedupe_verdicts": sum(len(one.verdicts) + len(one.ahead) for one in ledgers),
            "chistovik_dedupe_ledger_bytes": sum(one.claims.size for one in ledgers),
        }

    async def keep_up(self) -> None:
        """After a batch: bury the next verdicts that have expired, and take a snapshot where one is due."""
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
        """Take a snapshot of every partition that has gone on since its last one."""
        for opened in list(self.store.open.values()):
            if opened.saved < opened.ledger.passed:
                with opened.in_use():
                    await self._ledgers.save(opened)

    async def _bury(self, opened: Opened) -> None:
        """Write tombstones; one that is lost is written again, one that comes twice changes nothing."""
        partition, expired = opened.ledger.partition, opened.ledger.expired(TOMBSTONES)
        sent = []
        for offset in expired:
            key = verdict_key(partition, offset)
            sent.append(self.table.send_changelog(partition, key, None, value_serializer="raw"))
            opened.write(sent[-1])
        await asyncio.gather(*sent)
        opened.ledger.bury(expired.stop)
