"""Show the status of the watches, read from the topic `watches`."""

from __future__ import annotations

from contextlib import aclosing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from agents.subscribe import subscribe
from agents.watch.states import States
from pipeline.records.wire import rfc3339
from pipeline.topics import WATCHES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from agents.kafka import Connection
    from pipeline.listing.watchlist import Watch
    from pipeline.records.watched import Watched

HEAD = ("watched", "state", "polls", "every", "last", "next")


async def status(connection: Connection, prefix: str, watches: Sequence[Watch]) -> list[tuple[str, ...]]:
    """Return a row for every part of the watches, in order. The parts of a watch are indented under it."""
    states = States()
    events = subscribe(connection, prefix + WATCHES.name, from_beginning=True, follow=False)
    async with aclosing(events):
        async for event in events:
            states.take(event)
    now = datetime.now(UTC)
    return [row for watch in watches for row in _rows(watch, states, now)]


def _rows(watch: Watch, states: States, now: datetime) -> Iterator[tuple[str, ...]]:
    for url in states.parts(watch):
        name = url if url == watch.url else f"  {url}"
        state = states.get(watch, url)
        yield (name, "not polled yet", "0", "-", "-", "-") if state is None else (name, *_facts(state, now))


def _facts(state: Watched, now: datetime) -> tuple[str, ...]:
    said = f"failed {state.failures} times: {state.problem}" if state.problem else "ok"
    due = rfc3339(state.next_at.replace(microsecond=0)) if state.next_at > now else "now"
    return said, str(state.polls), _span(state.interval), rfc3339(state.at.replace(microsecond=0)), due


def _span(seconds: float) -> str:
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds >= size:
            return f"{seconds / size:.1f}".removesuffix(".0") + unit
    return f"{seconds:.0f}s"
