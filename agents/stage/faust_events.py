"""Batches of Faust's events: what a stream has delivered, without waiting for more.

Faust's `take_events` acknowledges in a `finally`, even when it is cancelled. Its `noack_take` looks for events every
few milliseconds or waits as long for a batch to fill, and calls ten functions for each event.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

BATCH_BYTES = 4 << 20  # of the values in a batch; a batch is never smaller than one record


async def taken(stream: Any, most: int, size: int = BATCH_BYTES) -> AsyncIterator[list[Any]]:
    """Yield the delivered events of a stream, at most so many and about `size` bytes at once, until the stream stops.

    Events that were delivered before a rebalance are dropped and not acknowledged: the partition's next owner gets
    them again, from the committed offset.
    """
    await stream.maybe_start()
    queue = stream.channel.queue
    while not stream.should_stop:
        events, left = [], size
        try:
            got = await stream.wait(queue.get())
            if got.stopped:
                return
            event = got.result
            while True:
                if _is_current(stream.app, event.message):
                    events.append(event)
                    left -= len(event.message.value or b"")
                if queue.empty() or len(events) == most or left <= 0:
                    break
                event = queue.get_nowait()
        except StopAsyncIteration:  # Faust throws it into the queue of a stream that stops
            return
        if events:
            yield events


def _is_current(app: Any, message: Any) -> bool:
    """Return whether a record is of the current assignment; then count it as unfinished, as Faust's streams do."""
    if not app.flow_control.is_active() or message.generation_id != app.consumer_generation_id:
        return False
    if not message.tracked:
        message.tracked = True
        app.consumer.track_message(message)
    return True
