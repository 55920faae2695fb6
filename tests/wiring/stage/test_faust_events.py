"""A batch is what has been delivered: nothing waits for more, and nothing of an earlier assignment is in it."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from mode.utils.queues import FlowControlEvent, ThrowableQueue

from agents.stage.faust_events import taken

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator


class Stream:
    """A stream of Faust's, with what the batches need of it."""

    def __init__(self) -> None:
        self.queue: Any = ThrowableQueue(flow_control=FlowControlEvent(initially_suspended=False))
        self.channel = SimpleNamespace(queue=self.queue)
        self.should_stop, self.stopped = False, asyncio.Event()
        self.counted: list[int] = []
        self.active = True
        self.app = SimpleNamespace(
            consumer_generation_id=1,
            flow_control=SimpleNamespace(is_active=lambda: self.active),
            consumer=SimpleNamespace(track_message=lambda message: self.counted.append(message.offset)),
        )

    async def maybe_start(self) -> bool:
        return False

    async def wait(self, coroutine: Any) -> Any:
        got, end = asyncio.ensure_future(coroutine), asyncio.ensure_future(self.stopped.wait())
        await asyncio.wait([got, end], return_when=asyncio.FIRST_COMPLETED)
        end.cancel()
        if got.done():
            return SimpleNamespace(result=got.result(), stopped=False)
        got.cancel()
        return SimpleNamespace(result=None, stopped=True)

    def put(self, *offsets: int, size: int = 10, generation: int = 1) -> None:
        for offset in offsets:
            message = SimpleNamespace(offset=offset, value=b"x" * size, generation_id=generation, tracked=False)
            self.queue.put_nowait(SimpleNamespace(message=message))

    async def next(self, batches: AsyncGenerator[list[Any]]) -> list[int]:
        return [event.message.offset for event in await anext(batches)]


async def test_a_batch_is_what_is_there_and_a_single_record_does_not_wait() -> None:
    stream = Stream()
    batches: Any = taken(stream, 100)
    waiting = asyncio.create_task(stream.next(batches))
    await asyncio.sleep(0)
    stream.put(1)
    assert await waiting == [1]
    stream.put(2, 3, 4)
    assert await stream.next(batches) == [2, 3, 4]
    assert stream.counted == [1, 2, 3, 4]


async def test_a_batch_is_bounded_in_records_and_in_bytes() -> None:
    stream = Stream()
    stream.put(*range(5))
    stream.put(*range(5, 9), size=600)
    batches: Any = taken(stream, 5, 1000)
    assert await stream.next(batches) == [0, 1, 2, 3, 4]
    assert await stream.next(batches) == [5, 6]  # the one that passes the limit is the last
    assert await stream.next(batches) == [7, 8]


async def test_records_of_an_earlier_assignment_are_dropped_and_not_counted() -> None:
    stream = Stream()
    stream.put(1, 2, generation=0)
    stream.put(3)
    batches: Any = taken(stream, 100)
    assert await stream.next(batches) == [3]
    stream.put(4, generation=0)
    waiting = asyncio.create_task(stream.next(batches))
    await asyncio.sleep(0.01)
    assert not waiting.done()  # a batch without a record is none
    stream.put(5)
    assert await waiting == [5]
    assert stream.counted == [3, 5]


async def test_nothing_is_taken_while_a_rebalance_is_under_way() -> None:
    stream = Stream()
    stream.active = False
    stream.put(1)
    batches: Any = taken(stream, 100)
    waiting = asyncio.create_task(stream.next(batches))
    await asyncio.sleep(0.01)
    assert not waiting.done()
    stream.active = True
    stream.put(2)
    assert await waiting == [2]


async def test_batches_end_when_the_stream_stops() -> None:
    stream = Stream()
    ended = asyncio.create_task(anext(taken(stream, 100), None))  # type: ignore[arg-type]
    await asyncio.sleep(0)
    stream.stopped.set()
    assert await ended is None


async def test_batches_end_without_an_error_when_faust_throws_its_end_into_the_queue() -> None:
    """An async generator that raises StopAsyncIteration is a RuntimeError: each stop logged "Crashed"."""
    stream = Stream()
    ended = asyncio.create_task(anext(taken(stream, 100), None))  # type: ignore[arg-type]
    await asyncio.sleep(0)
    await stream.queue.throw(StopAsyncIteration())
    assert await ended is None

    stream = Stream()
    stream.put(1)
    stream.queue._errors.append(StopAsyncIteration())  # thrown while a batch was under way
    assert await anext(taken(stream, 100), None) is None  # type: ignore[arg-type]
