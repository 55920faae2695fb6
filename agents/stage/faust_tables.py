"""The base of our Faust tables: the changelog holds all their state, and a batch can wait for their writes."""
# ruff: noqa: FBT001, FBT002 — Faust's signatures

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import faust
from faust.stores.base import Store
from faust.tables import TableManager
from faust.tables.recovery import RebalanceAgain, Recovery

from agents.kafka.appending import Outgoing, open_batch
from pipeline.topics.traceparent import TRACEPARENT

if TYPE_CHECKING:
    from collections import Counter

    from faust.types import TP, AppT


class SteadyRecovery(Recovery):
    """Starts a recovery again whenever a rebalance comes within one; its offsets are those of other partitions then.

    Faust looks for a rebalance while it waits for a step, but not right after: then it sought the offset None of a
    partition that it had just been given, and the worker ended.
    """

    def _give_way(self) -> None:
        if self.signal_recovery_start.is_set():
            raise RebalanceAgain

    async def _wait(self, coro: Any, timeout: Any = None) -> None:  # noqa: ASYNC109 — Faust's signature
        try:
            self._give_way()
        except RebalanceAgain:
            coro.close()
            raise
        await super()._wait(coro, timeout)
        self._give_way()

    async def _build_offsets(self, consumer: Any, tps: set[TP], destination: Counter[TP], title: str) -> None:
        for tp in tps:  # a record that was on its way during the rebalance moves the offset of a partition read anew
            persisted = self.tp_to_table[tp].persisted_offset(tp)
            if persisted is not None:
                destination[tp] = persisted
        await super()._build_offsets(consumer, tps, destination, title)

    async def _seek_offsets(self, consumer: Any, tps: set[TP], offsets: Counter[TP], title: str) -> None:
        self._give_way()  # `_wait` runs this as a task, which starts a moment later
        await super()._seek_offsets(consumer, tps, offsets, title)

    async def on_recovery_completed(self, generation_id: int = 0) -> None:
        """Open the tables, unless a rebalance has come; Faust looks for one only afterwards."""
        self._give_way()
        if self.app.consumer_generation_id != generation_id:
            raise RebalanceAgain
        await super().on_recovery_completed(generation_id)


class PromptTables(TableManager):
    """Registers its tables at once: Faust waits a second first, which our apps do not need."""

    async def on_start(self) -> None:
        """Register the tables and start their recovery."""
        await self._update_channels()
        await self.recovery.start()

    @property
    def recovery(self) -> Recovery:
        """The service that reads changelogs back."""
        if self._recovery is None:
            self._recovery = SteadyRecovery(self.app, self, beacon=self.beacon, loop=self.loop)
        return self._recovery


class ChangelogStore(Store[bytes, bytes]):
    """A store that keeps nothing on disk."""

    async def backup_partition(
        self,
        tp: TP | int,
        flush: bool = True,
        purge: bool = False,
        keep: int = 1,
    ) -> None:
        """Do nothing: the changelog is the backup."""

    def restore_backup(self, tp: TP | int, latest: bool = True, backup_id: int = 0) -> None:
        """Do nothing: the changelog is the backup."""

    def reset_state(self) -> None:
        """Do nothing: no state is on disk."""

    def set_persisted_offset(self, tp: TP, offset: int) -> None:
        """Do nothing: `persisted_offset` of the subclass knows the offset."""


class Arrival(asyncio.Future[Any]):
    """Done when the broker has a record. Faust asks it for the partition, as `message.partition`."""

    message: Any = None


@dataclass(frozen=True, slots=True)
class _Place:
    partition: int


class Line:
    """Sends records through a Faust app's producer, one after another in the order in which they are given.

    Faust's own way makes nine objects and two tasks for each record, which took as long as a third of a verdict.
    """

    def __init__(self, app: AppT) -> None:
        self._app = app
        self._waiting: deque[tuple[asyncio.Future[Any], dict[str, Any]]] = deque()
        self._task: asyncio.Task[None] | None = None

    def put(self, **record: Any) -> Arrival:
        """Take a record; the result is done when the broker has it, or has the error that kept it from there."""
        arrived = Arrival(loop=asyncio.get_running_loop())
        arrived.message = _Place(record["partition"])
        if not self._waiting and self._append(arrived, **record):
            return arrived
        self._waiting.append((arrived, record))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._send())
        return arrived

    def _append(
        self, arrived: Arrival, *, topic: str, key: bytes, value: bytes | None, partition: int, headers: Any
    ) -> bool:
        """Put a record into the producer's open batch, if there is one with room."""
        producer = getattr(self._app.producer, "_producer", None)  # aiokafka's; Faust has no other way to it
        if producer is None:
            return False
        batch = open_batch(producer, topic, Outgoing(key, value, partition))
        if batch is None:
            return False
        return batch.append(key, value, None, headers=headers or [], _create_future=lambda: arrived) is not None

    async def _send(self) -> None:
        while self._waiting:
            arrived, record = self._waiting[0]
            try:
                sent = await self._app.producer.send(timestamp=None, **record)
            except BaseException as error:
                self._fail(error)
                if not isinstance(error, Exception):
                    raise
                return
            self._waiting.popleft()
            asyncio.ensure_future(sent).add_done_callback(partial(_pass_on, arrived))

    def _fail(self, error: BaseException) -> None:
        """Fail all records that were not sent: the ones behind a failed record must not overtake it."""
        while self._waiting:
            arrived, _ = self._waiting.popleft()
            if not arrived.done():
                arrived.set_exception(error)


def _pass_on(arrived: asyncio.Future[Any], sent: asyncio.Future[Any]) -> None:
    if arrived.done():
        return
    if sent.cancelled():
        arrived.cancel()
    elif (error := sent.exception()) is not None:
        arrived.set_exception(error)
    else:
        arrived.set_result(sent.result())


class AwaitedTable(faust.Table[bytes, bytes]):
    """A table of raw bytes that keeps the future of its last changelog record."""

    sent: Any = None
    _line: Line | None = None

    def send_changelog(
        self,
        partition: int | None,
        key: Any,
        value: Any,
        key_serializer: Any = None,  # noqa: ARG002 — keys and values are bytes
        value_serializer: Any = None,  # noqa: ARG002
        *,
        traceparent: bytes | None = None,
    ) -> Any:
        """Send a changelog record and keep its future in `sent`, so that a batch can wait for it.

        Faust drops the future, and its `flush` ignores failures. To send a `traceparent`, call this method:
        `table[key] = value` cannot carry one.
        """
        if self._line is None:
            self._line = Line(self.app)
        self.sent = self._line.put(
            topic=self.changelog_topic.get_topic_name(),
            key=key,
            value=value,
            partition=self.partition_for_key(key) if partition is None else partition,
            headers=None if traceparent is None else [(TRACEPARENT, traceparent)],
        )
        return self.sent
