"""Write the result of an input record, and finish the input when the broker has acknowledged the result."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from agents.observe.telemetry import Finished, Telemetry
from agents.stage.ending import guarded
from pipeline.topics import PAGES
from pipeline.topics.headers import header
from pipeline.topics.traceparent import TRACEPARENT

if TYPE_CHECKING:
    from collections.abc import Awaitable, Coroutine

    from agents.fetch.messages import Record
    from agents.fetch.owned import OwnedPartition
    from agents.kafka.outbox import Outbox

STAGE = "fetch"
MOST_SETTLING = 1000  # records that are finished without a fetch, at the same time


class Settler:
    """Runs the tasks that finish records, and counts those in progress."""

    def __init__(self, outbox: Outbox, *, pages_partitions: int, telemetry: Telemetry | None = None) -> None:
        self.settled = 0
        self.telemetry = telemetry or Telemetry()
        self._outbox, self._pages_partitions = outbox, pages_partitions
        self._room = asyncio.Semaphore(MOST_SETTLING)
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def under_way(self) -> int:
        """The number of records in progress."""
        return len(self._tasks)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Start a task that finishes a record. An error in it ends the process."""
        task = asyncio.create_task(guarded(STAGE, work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def leave(self, seconds: float) -> None:
        """Wait up to `seconds` for the tasks in progress, and cancel the others. Their records stay unfinished."""
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def settle_soon(self, owned: OwnedPartition, topic: str, offset: int, record: Record) -> None:
        """Finish a record in a task, without waiting for the broker. Waits only while `MOST_SETTLING` tasks run."""
        await self.spawn_soon(self.write(owned, topic, offset, record))

    async def spawn_soon(self, work: Coroutine[Any, Any, None]) -> None:
        """Start a task that finishes a record, as soon as fewer than `MOST_SETTLING` of them run."""
        try:
            await self._room.acquire()
        except BaseException:
            work.close()
            raise

        async def settle() -> None:
            try:
                await work
            finally:
                self._room.release()

        self.spawn(settle())

    async def write(
        self, owned: OwnedPartition, topic: str, offset: int, record: Record, *, finish: bool = True
    ) -> None:
        """Write the result of an input record, and finish the input when the broker has acknowledged the result."""
        if owned.closed:  # another worker may own it now
            return
        began = time.time()
        owned.note_sending(topic, offset)
        metadata = await (await self.send(owned, record))
        if metadata is not None:
            owned.note_sent(record.topic, metadata.offset)
        self.telemetry.tell(
            Finished(
                stage=STAGE,
                result=record.result,
                place=f"{topic}/{owned.partition}/{offset}",
                url=record.url,
                error=record.error,
                began=record.began or began,
                own=header(record.headers, TRACEPARENT),
                parent=record.parent,
            )
        )
        if finish:
            self.finish(owned, topic, offset)

    async def send(self, owned: OwnedPartition, record: Record) -> Awaitable[Any]:
        """Send a record into the partition of its URL. The result is done when the broker has acknowledged it."""
        partition = owned.partition % self._pages_partitions if record.topic == PAGES.name else owned.partition
        return await self._outbox.send(
            record.topic, key=record.key, value=record.value, partition=partition, headers=record.headers
        )

    def finish(self, owned: OwnedPartition, topic: str, offset: int) -> None:
        """Note that an input record is finished."""
        owned.note_finished(topic, offset)
        self.settled += 1
