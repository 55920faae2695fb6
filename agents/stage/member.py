"""The base of stages that read their topics without Faust: group membership, partitions and loops."""

from __future__ import annotations

import asyncio
import time
from abc import abstractmethod
from typing import TYPE_CHECKING, Any

import structlog
from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.coordinator.assignors.range import RangePartitionAssignor

from agents.kafka import answering
from agents.kafka.connection import EMBEDDED_FETCH_MS
from agents.kafka.places import end_of
from agents.observe.telemetry import Telemetry
from agents.stage.ending import die, guarded
from pipeline.topics import group_of

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable

    from aiokafka import AIOKafkaConsumer

    from agents.kafka import Connection
    from agents.observe.backlog import Backlog
    from agents.settings import Settings
    from agents.stage.progress import Progress

FETCH_MS = 100  # the longest wait of the broker for records
ASSIGNED_SECONDS = 90.0  # the longest time that start() waits for partitions
log = structlog.get_logger("chistovik")


class Loops:
    """The concurrent tasks of a stage; an error in any of them ends the process."""

    def __init__(self, stage: str) -> None:
        self.problem: str | None = None  # the error that ended a part
        self.tasks: list[asyncio.Task[None]] = []
        self._stage = stage

    def begin(self, **parts: Coroutine[Any, Any, None]) -> None:
        """Start all parts; they run until `stop`."""
        self.tasks = [self.run(name, part) for name, part in parts.items()]

    def run(self, name: str, part: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Start a part that ends by itself; return its task."""
        return asyncio.create_task(guarded(self._stage, part, self._note), name=f"{self._stage} {name}")

    async def stop(self, *, cancel: bool = True) -> None:
        """Wait for the parts to end; `cancel` cancels them first."""
        for task in self.tasks if cancel else ():
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def ended(self) -> None:
        """Wait until one of the parts has ended."""
        if self.tasks:
            await asyncio.wait(self.tasks, return_when=asyncio.FIRST_COMPLETED)

    def _note(self, problem: str) -> None:
        self.problem = problem


class GroupStage(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka is untyped here
    """A stage that is a member of a consumer group and reads its topics without Faust.

    A subclass provides `open` and `close` for its partitions, both called with `_turn` held, and its `loops`. An error
    in `open` or in a loop ends the process. aiokafka would log an error of `open` and continue; and a stage must not
    continue without one of its loops.
    """

    name: str
    reset = "none"  # auto_offset_reset for partitions without a committed offset; "none": the stage seeks by itself
    cancels_loops = True  # False: the loops end by themselves once `_stopping` is set, and stop() waits for them

    def __init__(
        self,
        settings: Settings,
        connection: Connection,
        topics: Iterable[str],  # without their prefix; log lines name the first
        *,
        progress: Progress,
        telemetry: Telemetry | None = None,
    ) -> None:
        self._settings, self._connection = settings, connection
        self._telemetry = telemetry or Telemetry()
        self._topics = {settings.prefix + topic: topic for topic in topics}
        self._turn = asyncio.Lock()  # held by code that must not overlap with a rebalance
        self._stopping, self._assigned = asyncio.Event(), asyncio.Event()
        self._member: AIOKafkaConsumer | None = None
        self._loops = Loops(self.name)
        self._progress = progress

    # — for a subclass to provide —

    @abstractmethod
    async def open(self, partitions: list[int]) -> None:
        """Take over the assigned partitions; all previous ones have been closed."""

    @abstractmethod
    async def close(self) -> None:
        """Finish or abandon the current work and release all partitions."""

    @abstractmethod
    def loops(self) -> dict[str, Coroutine[Any, Any, None]]:
        """Return the coroutines that run until the stage stops, by name."""

    @abstractmethod
    def pace(self) -> tuple[int, int]:
        """Return the number of waiting records, and a number that changes whenever a record is finished."""

    @abstractmethod
    def backlog(self) -> list[Backlog]:
        """Return the unfinished records, by topic and partition."""

    @abstractmethod
    def sizes(self) -> dict[str, float]:
        """Return the current gauges of the stage, by their names in `backlog.SIZES`."""

    # — shared by all stages —

    async def start(self) -> None:
        """Join the group and wait for partitions, at most ASSIGNED_SECONDS; BrokerError if no broker answers."""
        session = int(self._settings.session_timeout * 1000)
        self._member = self._connection.consumer(
            name=self.name,
            group_id=group_of(self._settings.prefix, self.name),
            auto_offset_reset=self.reset,
            partition_assignment_strategy=[RangePartitionAssignor],  # the same partitions of each of its topics
            session_timeout_ms=session,
            heartbeat_interval_ms=session // 3,
            fetch_max_wait_ms=EMBEDDED_FETCH_MS if self._connection.embedded else FETCH_MS,
        )
        async with answering(self._connection, probing=True):
            await self._member.start()
        self._member.subscribe(list(self._topics), listener=self)
        self._loops.begin(**self.loops())
        waiting = asyncio.create_task(self._assigned.wait())
        await asyncio.wait([waiting, *self._loops.tasks], timeout=ASSIGNED_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()

    async def stop(self) -> None:
        """Take no more records, finish the current work if that is quick, leave the group."""
        self._stopping.set()
        await self._loops.stop(cancel=self.cancels_loops)
        async with self._turn:
            await self.close()
        if self._member is not None:
            await self._member.stop()

    async def ended(self) -> None:
        """Wait until the stage ends by itself."""
        await self._loops.ended()

    def problem(self) -> str | None:
        """Return what is wrong with the stage; None while it is healthy."""
        if self._loops.problem or not self._assigned.is_set():
            return self._loops.problem or "starting"
        lag, finished = self.pace()
        return self._progress.problem(lag=lag, finished=finished, now=time.monotonic())

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:  # noqa: ARG002
        """Close all partitions; the ones that we keep are assigned again."""
        async with self._turn:
            await self.close()

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Open the newly assigned partitions."""
        partitions = sorted({tp.partition for tp in assigned})
        try:
            async with self._turn:
                await self.open(partitions)
        except BaseException as error:  # noqa: BLE001 — aiokafka would log it and continue without them
            die(self.name, error)
        self._assigned.set()
        self._telemetry.metrics.rebalances[self.name].inc()
        first = next(iter(self._topics.values()))
        log.info("partitions assigned", stage=self.name, topic=first, partitions=partitions)

    # — the consumer —

    @property
    def _consumer(self) -> AIOKafkaConsumer:
        assert self._member is not None  # noqa: S101 — start() makes it before any loop or listener runs
        return self._member

    def _tp(self, topic: str, partition: int) -> TopicPartition:
        return TopicPartition(self._settings.prefix + topic, partition)

    def _seek(self, topic: str, partition: int, offset: int) -> None:
        self._consumer.seek(self._tp(topic, partition), offset)

    def _end(self, topic: str, partition: int) -> int | None:
        """Return the high watermark of a log as of the last fetch; None before the first one, or if it is not ours."""
        return end_of(self._member, self._tp(topic, partition)) if self._member else None
