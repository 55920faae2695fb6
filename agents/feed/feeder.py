"""Pages and URLs into the broker, as fast as it confirms them: what is on its way is bounded, what it has is told."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from agents.feed.other_topic import Copied
from agents.feed.page_files import Input
from agents.feed.send import feed_page, feed_target, record_of
from pipeline.records.wire import encode
from pipeline.topics import PAGES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from agents.feed.page_files import Place
    from agents.feed.url_lists import UrlInput
    from agents.kafka.outbox import Outbox
    from agents.observe.tracing import Traces

UNCONFIRMED = 500  # records handed over before their confirmations are awaited
UNCONFIRMED_BYTES = 32 << 20  # likewise: a slow broker slows the feeder instead of filling its memory


@dataclass(slots=True, kw_only=True)
class Feeder:
    """Feeds what it is given; `confirmed` gets the places of the rows that the broker has, in order."""

    outbox: Outbox
    traces: Traces | None = None
    confirmed: Callable[[list[Place]], None] = lambda _places: None
    pages: int = 0
    urls: int = 0
    _waiting: list[Awaitable[Any]] = field(default_factory=list)
    _places: list[Place] = field(default_factory=list)
    _size: int = 0

    async def add(self, one: Input | UrlInput | Copied) -> None:
        """Hand a page or a URL over; waits where too much is on its way."""
        if isinstance(one, Copied):
            value = one.value
            self._waiting.append(await self.outbox.send(PAGES.name, key=one.key, value=value, headers=one.headers))
            self.pages += 1
        elif isinstance(one, Input):
            value = record_of(one.page)
            self._waiting.append(await feed_page(one.page, self.outbox, value=value, traces=self.traces))
            self.pages += 1
        else:
            value = encode(one.target)
            self._waiting.append(await feed_target(one.target, self.outbox, value=value, traces=self.traces))
            self.urls += 1
        if not isinstance(one, Copied) and one.place is not None:
            self._places.append(one.place)
        self._size += len(value)
        if len(self._waiting) >= UNCONFIRMED or self._size >= UNCONFIRMED_BYTES:
            await self.flush()

    async def flush(self) -> None:
        """Return when the broker has all that was added; raises where it will not."""
        waiting, self._waiting = self._waiting, []
        places, self._places = self._places, []
        self._size = 0
        await asyncio.gather(*waiting)
        if places:
            self.confirmed(places)
