"""The stages that read their topics without Faust: how one joins its group, opens its partitions and runs its loops."""

from __future__ import annotations

import asyncio
import time
from abc import abstractmethod
from typing import TYPE_CHECKING, Any

import structlog
from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.coordinator.assignors.range import RangePartitionAssignor

from agents.kafka import answering
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

ASSIGNED_SECONDS = 90.0  # that a group may take to hand out its partitions
log = structlog.get_logger("chistovik")


class Loops:
    """What a stage does side by side until it is stopped: where one part raises the process ends."""

    def __init__(self, stage: str) -> None:
        self.problem: str | None = None  # what a part ended with
        self.tasks: list[asyncio.Task[None]] = []
        self._stage = stage

    def begin(self, **parts: Coroutine[Any, Any, None]) -> None:
        """Run all parts from now on."""
        self.tasks = [self.run(name, part) for name, part in parts.items()]

    def run(self, name: str, part: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run a part that ends by itself."""
        return asyncio.create_task(guarded(self._stage, part, self._note), name=f"{self._stage} {name}")

    async def stop(self, *, cancel: bool = True) -> None:
        """Wait for the end of what was begun, which is cancelled unless it ends by itself."""
        for task in self.tasks if cancel else ():
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def ended(self) -> None:
        """Return when a part that was begun has ended."""
        if self.tasks:
            await asyncio.wait(self.tasks, return_when=asyncio.FIRST_COMPLETED)

    def _note(self, problem: str) -> None:
        self.problem = problem


class GroupStage(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka is untyped here
    """A stage that is a member of a consumer group and reads its topics without Faust.

    A subclass opens and closes its partitions, both with `_turn` held, and names its loops. An error in opening or in
    a loop ends the process: aiokafka would log the first and go on, and with a loop missing a stage must not go on.
    """

    name: str
    reset = "none"  # where to read a partition without a committed offset from; none: the stage seeks by itself
    cancels_loops = True  # False: once `_stopping` is set they end by themselves, and stop() waits for them

    def __init__(
        self,
        settings: Settings,
        connection: Connection,
        topics: Iterable[str],  # without their prefix; the first is the one that the log names
        *,
        progress: Progress,
        telemetry: Telemetry | None = None,
    ) -> None:
        self._settings, self._connection = settings, connection
        self._telemetry = telemetry or Telemetry()
        self._topics = {settings.prefix + topic: topic for topic in topics}
        self._turn = asyncio.Lock()  # held by whatever must not overlap with a change of partitions
        self._stopping, self._assigned = asyncio.Event(), asyncio.Event()
        self._member: AIOKafkaConsumer | None = None
        self._loops = Loops(self.name)
        self._progress = progress

    # — what a stage says of itself —

    @abstractmethod
    async def open(self, partitions: list[int]) -> None:
        """Take over the partitions that were assigned, after all that were ours before were closed."""

    @abstractmethod
    async def close(self) -> None:
        """Finish or give up the work in hand, and hold no partition any more."""

    @abstractmethod
    def loops(self) -> dict[str, Coroutine[Any, Any, None]]:
        """Make the loops that run until the stage is stopped, by name."""

    @abstractmethod
    def pace(self) -> tuple[int, int]:
        """Return how much waits, and a figure that moves whenever something is finished."""

    @abstractmethod
    def backlog(self) -> list[Backlog]:
        """Return the records that wait, by topic and partition."""

    @abstractmethod
    def sizes(self) -> dict[str, float]:
        """Return figures of the stage as they are now, by the names in `backlog.SIZES`."""

    # — what is the same for all —

    async def start(self) -> None:
        """Join the group; return when partitions were assigned. BrokerError where no broker answers."""
        session = int(self._settings.session_timeout * 1000)
        self._member = self._connection.consumer(
            name=self.name,
            group_id=group_of(self._settings.prefix, self.name),
            auto_offset_reset=self.reset,
            partition_assignment_strategy=[RangePartitionAssignor],  # the same partitions of each of its topics
            session_timeout_ms=session,
            heartbeat_interval_ms=session // 3,
            fetch_max_wait_ms=100,
        )
        async with answering(self._connection):
            await self._member.start()
        self._member.subscribe(list(self._topics), listener=self)
        self._loops.begin(**self.loops())
        waiting = asyncio.create_task(self._assigned.wait())
        await asyncio.wait([waiting, *self._loops.tasks], timeout=ASSIGNED_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()

    async def stop(self) -> None:
        """Take nothing more, finish the work in hand if it does not take long, leave the group."""
        self._stopping.set()
        await self._loops.stop(cancel=self.cancels_loops)
        async with self._turn:
            await self.close()
        if self._member is not None:
            await self._member.stop()

    async def ended(self) -> None:
        """Return when the stage has come to an end by itself."""
        await self._loops.ended()

    def problem(self) -> str | None:
        """Return what is wrong with the stage, None while it is well."""
        if self._loops.problem or not self._assigned.is_set():
            return self._loops.problem or "starting"
        lag, finished = self.pace()
        return self._progress.problem(lag=lag, finished=finished, now=time.monotonic())

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:  # noqa: ARG002
        """Close all partitions: those that stay ours are assigned once more."""
        async with self._turn:
            await self.close()

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Open the partitions that are ours from now on."""
        partitions = sorted({tp.partition for tp in assigned})
        try:
            async with self._turn:
                await self.open(partitions)
        except BaseException as error:  # noqa: BLE001 — aiokafka would log it and go on without the partitions
            die(self.name, error)
        self._assigned.set()
        self._telemetry.metrics.rebalances[self.name].inc()
        first = next(iter(self._topics.values()))
        log.info("partitions assigned", stage=self.name, topic=first, partitions=partitions)

    # — the consumer —

    @property
    def _consumer(self) -> AIOKafkaConsumer:
        assert self._member is not None  # noqa: S101 — start() made it, and only then a loop or a listener runs
        return self._member

    def _tp(self, topic: str, partition: int) -> TopicPartition:
        return TopicPartition(self._settings.prefix + topic, partition)

    def _seek(self, topic: str, partition: int, offset: int) -> None:
        self._consumer.seek(self._tp(topic, partition), offset)

    def _end(self, topic: str, partition: int) -> int | None:
        """Return the end of a log as the last fetch saw it; None where none has."""
        end: int | None = self._member.highwater(self._tp(topic, partition)) if self._member else None
        return end
