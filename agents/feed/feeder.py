"""Send pages and URLs to the broker as fast as it confirms them; unconfirmed data is bounded."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from agents.feed.other_topic import Copied
from agents.feed.page_files import Input
from agents.feed.send import feed_page, feed_target, record_of
from agents.kafka.outbox import confirmed
from pipeline.records.wire import encode
from pipeline.topics import PAGES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from agents.feed.page_files import Place
    from agents.feed.url_lists import UrlInput
    from agents.kafka.outbox import Outbox
    from agents.observe.tracing import Traces

UNCONFIRMED = 500  # records sent before their confirmations are awaited
UNCONFIRMED_BYTES = 32 << 20  # likewise: a slow broker slows the feeder instead of filling its memory


@dataclass(slots=True, kw_only=True)
class Feeder:
    """Feeds pages and URLs. `confirmed` gets the positions of the rows that the broker has, in order."""

    outbox: Outbox
    traces: Traces | None = None
    confirmed: Callable[[list[Place]], None] = lambda _places: None
    pages: int = 0
    urls: int = 0
    _waiting: list[Awaitable[Any]] = field(default_factory=list)
    _places: list[Place] = field(default_factory=list)
    _size: int = 0

    async def add(self, item: Input | UrlInput | Copied) -> None:
        """Send a page or a URL; wait if too much is unconfirmed."""
        if isinstance(item, Copied):
            value = item.value
            self._waiting.append(await self.outbox.send(PAGES.name, key=item.key, value=value, headers=item.headers))
            self.pages += 1
        elif isinstance(item, Input):
            value = record_of(item.page, value=item.value)
            sent = feed_page(item.page, self.outbox, value=value, body=item.body, traces=self.traces)
            self._waiting.append(await sent)
            self.pages += 1
        else:
            value = encode(item.target)
            self._waiting.append(await feed_target(item.target, self.outbox, value=value, traces=self.traces))
            self.urls += 1
        if not isinstance(item, Copied) and item.place is not None:
            self._places.append(item.place)
        self._size += len(value)
        if len(self._waiting) >= UNCONFIRMED or self._size >= UNCONFIRMED_BYTES:
            await self.flush()

    async def flush(self) -> None:
        """Wait until the broker has everything that was added. Raises if it refuses a record or stays silent."""
        waiting, self._waiting = self._waiting, []
        places, self._places = self._places, []
        self._size = 0
        await confirmed(waiting)
        if places:
            self.confirmed(places)
