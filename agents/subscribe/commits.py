"""What of a group's partitions is done and may be committed, and the commits, which run beside the reading."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiokafka import AIOKafkaConsumer, TopicPartition


class Commits:
    """The positions of a reader: behind what it has done, behind what it holds, and what Kafka was told.

    `seconds` and `events` say how often is committed in the background; `automatic` is off where only the reader says
    what is committed, or where there is no group.
    """

    def __init__(self, *, automatic: bool, seconds: float, events: int) -> None:
        self.done: dict[TopicPartition, int] = {}
        self.hand: dict[TopicPartition, int] = {}
        self.committed: dict[TopicPartition, int] = {}
        self.failure: BaseException | None = None  # of a commit in the background
        self._automatic, self._seconds, self._events = automatic, seconds, events
        self._finished = 0  # events since the last commit
        self._at = time.monotonic()
        self._task: asyncio.Task[None] | None = None
        self._consumer: AIOKafkaConsumer = None

    def use(self, consumer: AIOKafkaConsumer) -> None:
        """Commit with this consumer."""
        self._consumer = consumer

    def finish(self, tp: TopicPartition, position: int) -> None:
        """Note that an event is done."""
        self.done[tp] = position
        self._finished += 1
        if self._finished >= self._events:
            self._soon()

    def finish_all(self, positions: Mapping[TopicPartition, int], events: int = 0) -> None:
        """Note that so many events are done."""
        self.done.update(positions)
        self._finished += events
        if self._finished >= self._events:
            self._soon()

    def if_due(self, now: float) -> None:
        """Begin a commit where the last one is long enough ago."""
        if now - self._at >= self._seconds and self.done.items() - self.committed.items():
            self._soon()

    async def last(self) -> None:
        """Commit all that is done, before the partitions go."""
        if self._automatic:
            await self._settled()
            await self._commit(self.done)

    async def now(self, positions: Mapping[TopicPartition, int]) -> None:
        """Commit these positions, or by default all that was handed out; they are done by that."""
        wanted = dict(positions) or self.done | self.hand
        await self._settled()
        await self._commit(wanted)
        for tp, position in wanted.items():
            self.done[tp] = max(position, self.done.get(tp, 0))

    def _soon(self) -> None:
        self._finished, self._at = 0, time.monotonic()
        if self._automatic and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._commit(dict(self.done)), name="commit")

    async def _settled(self) -> None:
        """Wait for the commit that is under way, whatever becomes of it."""
        if self._task is not None:
            await asyncio.wait([self._task])

    async def _commit(self, positions: Mapping[TopicPartition, int]) -> None:
        """Commit what is news to Kafka; what is another reader's by now comes again there."""
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
