"""Read outcomes: an async iterator over committed events, built on `Subscription`."""

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
    timeout: float | None = None,  # noqa: ASYNC109 — how long to wait for new events, not for the call
    already: Replays | None = None,
) -> AsyncGenerator[Event, None]:
    """Yield the events of outcome topics (full names), from committed transactions only.

    - `group`: the members of a group share the partitions. A group continues where it stopped; a new group starts at
      the beginning. Without a group, reading starts at the beginning, or with `follow` at the end.
    - `follow`: keep waiting for new events. Without it, reading ends at the last event that exists at the start.
    - `timeout`: stop after this many seconds without an event.
    - `already`: drop events that the reader already has (`Replays`).

    Asking for the next event acknowledges the previous one. Acknowledged events are committed every second or every
    1,000 events, before a rebalance and at the end. After an error or a crash the last events are delivered again (at
    least once).

    After `break` or an error, `contextlib.aclosing` closes the loop at once, otherwise garbage collection does.
    `Subscription` does the same in an `async with`; it also has batches and commits by hand.
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
