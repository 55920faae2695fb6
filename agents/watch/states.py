"""Keep the newest state of each watched URL, read from the begin of the topic `watches`."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import structlog

from pipeline.listing.novelty import keys_of
from pipeline.records.target import target_id
from pipeline.records.watched import Watched, partition_of, state_key
from pipeline.records.wire import Malformed, decode, encode
from pipeline.topics import WATCHES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agents.kafka.outbox import Outbox
    from pipeline.listing.watchlist import Watch

DEEPEST = 4  # a site names an index, which names an index, which names sitemaps
MOST_PARTS = 200  # URLs of one watch
_id = lru_cache(maxsize=100_000)(target_id)  # every watch is looked up every second
log = structlog.get_logger("chistovik")


@dataclass(slots=True)
class States:
    """The newest state of each part of each watch, with its offset."""

    _known: dict[tuple[str, str], tuple[int, Watched]] = field(default_factory=dict)
    _keys: dict[tuple[str, str], frozenset[bytes]] = field(default_factory=dict)

    def take(self, record: Any) -> None:
        """Apply a record of the topic. An older record than the known one, as after a rebalance, changes nothing."""
        state = decode(Watched, record.value)
        if isinstance(state, Malformed):
            log.warning("unreadable watch state", partition=record.partition, offset=record.offset, why=state.error)
            return
        self.note(state, record.offset)

    def note(self, state: Watched, offset: int) -> None:
        """Keep a state that was written at this offset of its partition."""
        name = _name(state.watch, state.url)
        if name in self._known and self._known[name][0] >= offset:
            return
        if name not in self._known or self._known[name][1].seen != state.seen:
            self._keys[name] = frozenset(keys_of(state.seen))
        self._known[name] = (offset, state)

    def get(self, watch: Watch, url: str) -> Watched | None:
        """Return the state of a URL of a watch, or None."""
        known = self._known.get(_name(watch.url, url))
        return known[1] if known else None

    def parts(self, watch: Watch) -> Iterator[str]:
        """Yield the polled URLs of a watch once each: its own, and those that it leads to."""
        seen = {_id(watch.url)}
        waiting = deque([(watch.url, 1)])
        while waiting and len(seen) <= MOST_PARTS:
            url, depth = waiting.popleft()
            yield url
            state = self.get(watch, url)
            for one in state.found if state and depth < DEEPEST else ():
                if (name := _id(one)) not in seen:
                    seen.add(name)
                    waiting.append((one, depth + 1))

    def seen_elsewhere(self, watch: Watch, url: str) -> list[frozenset[bytes]]:
        """Return the entries of the other parts of a watch: a site's feed and its sitemap name the same pages."""
        return [self._keys.get(_name(watch.url, other), frozenset()) for other in self.parts(watch) if other != url]


def _name(watch: str, url: str) -> tuple[str, str]:
    """Return the name of a state. Spellings may differ: earlier versions wrote the canonical form."""
    return _id(watch), _id(url)


async def write_state(state: Watched, outbox: Outbox, *, partitions: int) -> int:
    """Write a state. Return its offset when Kafka has acknowledged it."""
    sent = await outbox.send(
        WATCHES.name,
        key=state_key(state.watch, state.url),
        value=encode(state),
        partition=partition_of(state.watch, partitions),
    )
    return int((await sent).offset)
