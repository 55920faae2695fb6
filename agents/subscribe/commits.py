"""The offsets that a group may commit, and the commits, which run in the background."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiokafka import AIOKafkaConsumer, TopicPartition


class Commits:
    """The positions of a reader, each one offset after the last event that counts.

    - `done`: events that the reader has acknowledged;
    - `hand`: events that the reader holds and has not acknowledged;
    - `committed`: the positions that Kafka has.

    `seconds` and `events` set how often a background commit runs. `automatic` is False when the reader commits by
    hand, or when there is no group.
    """

    def __init__(self, *, automatic: bool, seconds: float, events: int) -> None:
        self.done: dict[TopicPartition, int] = {}
        self.hand: dict[TopicPartition, int] = {}
        self.committed: dict[TopicPartition, int] = {}
        self.failure: BaseException | None = None  # raised by a background commit
        self._automatic, self._seconds, self._events = automatic, seconds, events
        self._finished = 0  # events since the last commit
        self._at = time.monotonic()
        self._task: asyncio.Task[None] | None = None
        self._consumer: AIOKafkaConsumer = None

    def use(self, consumer: AIOKafkaConsumer) -> None:
        """Commit with this consumer."""
        self._consumer = consumer

    def finish(self, tp: TopicPartition, position: int) -> None:
        """Record one acknowledged event."""
        self.done[tp] = position
        self._finished += 1
        if self._finished >= self._events:
            self._soon()

    def finish_all(self, positions: Mapping[TopicPartition, int], events: int = 0) -> None:
        """Record several acknowledged events at once."""
        self.done.update(positions)
        self._finished += events
        if self._finished >= self._events:
            self._soon()

    def if_due(self, now: float) -> None:
        """Start a background commit if the last one is at least `seconds` old."""
        if now - self._at >= self._seconds and self.done.items() - self.committed.items():
            self._soon()

    async def last(self) -> None:
        """Commit all acknowledged events before the partitions are given away."""
        if self._automatic:
            await self._wait_for_running()
            await self._commit(self.done)

    async def now(self, positions: Mapping[TopicPartition, int]) -> None:
        """Commit these positions, by default those of all delivered events, which then count as acknowledged."""
        wanted = dict(positions) or self.done | self.hand
        await self._wait_for_running()
        await self._commit(wanted)
        for tp, position in wanted.items():
            self.done[tp] = max(position, self.done.get(tp, 0))

    def _soon(self) -> None:
        self._finished, self._at = 0, time.monotonic()
        if self._automatic and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._commit(dict(self.done)), name="commit")

    async def _wait_for_running(self) -> None:
        """Wait until the running commit has ended, with or without success."""
        if self._task is not None:
            await asyncio.wait([self._task])

    async def _commit(self, positions: Mapping[TopicPartition, int]) -> None:
        """Commit the positions that changed, of partitions that are still ours.

        A partition that another reader has got meanwhile is skipped: its events are delivered again there.
        """
        ours = self._consumer.assignment()
        new = {tp: at for tp, at in positions.items() if tp in ours and self.committed.get(tp) != at}
        if not new:
            return
        try:
            await self._consumer.commit(new)
        except (CommitFailedError, IllegalStateError):
            return
        except KafkaError as error:
            self.failure = error
            raise
        self.committed.update(new)
