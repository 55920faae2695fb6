"""Reading the outcomes: an async iterator over committed events, on top of `Subscription`."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from agents.subscribe.event import Event, EventError
from agents.subscribe.replays import Replays
from agents.subscribe.subscription import Subscription

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from agents.kafka import Connection

__all__ = ["Event", "EventError", "Replays", "Subscription", "subscribe"]


async def subscribe(
    connection: Connection,
    *topics: str,
    group: str | None = None,
    from_beginning: bool = False,
    follow: bool = True,
    timeout: float | None = None,  # noqa: ASYNC109 — of silence, not of the call
    already: Replays | None = None,
) -> AsyncGenerator[Event, None]:
    """Yield the events of outcome topics (their full names), committed transactions only.

    A `group` shares the partitions among its members and goes on where it stopped, a new one at the beginning. An event
    is done when the next one is asked for; what is done is committed every second, or every 1,000 events, before a
    rebalance and at the end, so after an error or a kill the last events come again (at least once). `already` drops
    those that the reader has. Without a group, reading begins at the beginning, or with `follow` at the end. Without
    `follow` it ends at what is there now; `timeout` seconds of silence end it too.

    A loop that is left by `break` or an error is ended by `contextlib.aclosing`, or when the iterator is collected.
    `Subscription` does the same in an `async with`, and has batches and commits by hand.
    """
    subscription = Subscription(
        connection,
        topics,
        group=group,
        from_beginning=from_beginning,
        follow=follow,
        timeout=timeout,
        already=already,
    )
    async with subscription, aclosing(subscription.events()) as events:
        async for event in events:
            yield event
