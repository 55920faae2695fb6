"""A stage as a member of a consumer group that it reads by itself, without Faust: how it joins and what it runs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from aiokafka.coordinator.assignors.range import RangePartitionAssignor

from agents.kafka import answering
from agents.stage.ending import guarded
from pipeline.topics import group_of

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable

    from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener

    from agents.kafka import Connection
    from agents.settings import Settings

ASSIGNED_SECONDS = 90.0  # that a group may take to hand out its partitions


def member_of(settings: Settings, connection: Connection, stage: str, *, reset: str = "none") -> AIOKafkaConsumer:
    """Make a stage's consumer: it is given the same partitions of each of its topics."""
    return connection.consumer(
        name=stage,
        group_id=group_of(settings.prefix, stage),
        auto_offset_reset=reset,
        partition_assignment_strategy=[RangePartitionAssignor],
        session_timeout_ms=int(settings.session_timeout * 1000),
        heartbeat_interval_ms=int(settings.session_timeout * 1000 / 3),
        fetch_max_wait_ms=100,
    )


async def join(
    consumer: AIOKafkaConsumer, connection: Connection, topics: Iterable[str], listener: ConsumerRebalanceListener
) -> None:
    """Subscribe to topics, by their whole names; BrokerError where nobody answers."""
    async with answering(connection):
        await consumer.start()
    consumer.subscribe(list(topics), listener=listener)


async def until_assigned(assigned: asyncio.Event, tasks: Iterable[asyncio.Task[None]]) -> None:
    """Wait for partitions, unless one of the tasks ends first."""
    waiting = asyncio.create_task(assigned.wait())
    await asyncio.wait([waiting, *tasks], timeout=ASSIGNED_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()


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

    async def stop(self) -> None:
        """Cancel what was begun, and wait for it."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def ended(self) -> None:
        """Return when a part that was begun has ended."""
        if self.tasks:
            await asyncio.wait(self.tasks, return_when=asyncio.FIRST_COMPLETED)

    def _note(self, problem: str) -> None:
        self.problem = problem
