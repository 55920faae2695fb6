"""The queue of URLs that wait for their host, and the choice of the next one.

Each host has its own queue, so a slow host does not delay others. The queues are in memory only: their URLs are still
unfinished in `urls`.
"""

from __future__ import annotations

import asyncio
import heapq
import random
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from agents.fetch.pace import Hosts
    from pipeline.records.target import Target

WORTH_WAITING = 300.0  # seconds of work for one host that are kept in memory
FEWEST, MOST = 100, 20_000  # bounds for the URLs in a host's queue
REST_IN_MEMORY = 30.0  # seconds; the URLs of a host that rests longer do not stay in memory
BEHIND = 300  # so many later URLs of its host come before a URL that has failed, for each failure


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A URL to fetch, and the record that it came from."""

    topic: str  # `urls` or `urls-later`
    partition: int
    offset: int
    target: Target
    url: str  # as it is requested
    name: str  # the URL's id, the same for all its spellings
    host: str
    origin: str  # place of the URL's record in `urls`
    attempt: int
    not_before: datetime | None = None
    problem: str = ""  # of its previous attempt
    unanswered_since: datetime | None = None  # since when its host has not answered
    traceparent: bytes | None = None

    @property
    def place(self) -> str:
        """Topic, partition and offset of the record, separated by slashes."""
        return f"{self.topic}/{self.partition}/{self.offset}"


class Frontier:
    """One priority queue of URLs for each host."""

    def __init__(self, hosts: Hosts, *, longest_rest: float = REST_IN_MEMORY) -> None:
        self._hosts, self._longest_rest = hosts, longest_rest
        self._queues: dict[str, list[tuple[int, int, int, Item]]] = {}  # (rank, place in the queue, number, item)
        self._running: dict[str, int] = {}
        self._parked: list[tuple[float, int, Item]] = []  # (due time, number, item) of URLs that must wait
        self._ready: list[tuple[float, int, str]] = []  # (time of the next request, number, host)
        self._listed: set[str] = set()
        self._numbers = count()
        self._changed = asyncio.Event()
        self.waiting = 0

    @property
    def hosts_waiting(self) -> int:
        """The number of hosts with a queue."""
        return len(self._queues)

    def push(self, item: Item, *, due: float) -> None:
        """Add a URL; `due` is a time of the loop's clock, 0.0 for now."""
        self.waiting += 1
        if due > asyncio.get_running_loop().time():
            heapq.heappush(self._parked, (due, next(self._numbers), item))
        else:
            self._queue(item)
        self._changed.set()

    def room_for(self, name: str) -> bool:
        """Return whether a host's queue has room: it holds less than WORTH_WAITING seconds of work."""
        most = int(WORTH_WAITING / max(self._hosts[name].spacing, 0.001))
        return len(self._queues.get(name, ())) < min(max(most, FEWEST), MOST)

    def rests(self, name: str) -> bool:
        """Return whether a host rests so long that its URLs do not stay in memory."""
        return self._hosts[name].rest > self._longest_rest

    async def next(self) -> Item:
        """Wait for a host that may be requested; return its URL of highest priority. The caller must call `done`.

        A URL that is due and whose host `rests` is returned too: it must not be requested.
        """
        clock = asyncio.get_running_loop().time
        while True:
            now = clock()
            while self._parked and self._parked[0][0] <= now:
                due = heapq.heappop(self._parked)[2]
                if self.rests(due.host):
                    return self._taken(due)
                self._queue(due)
            if (item := self._pop(now)) is not None:
                return item
            next_at = min((heap[0][0] for heap in (self._ready, self._parked) if heap), default=None)
            self._changed.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(None if next_at is None else max(0.0, next_at - now)):
                    await self._changed.wait()

    def done(self, name: str) -> None:
        """Note that the fetch of a host's URL has ended."""
        left = self._running.get(name, 1) - 1
        if left:
            self._running[name] = left
        else:
            self._running.pop(name, None)
        if self._queues.get(name):
            self._list(name)
            self._changed.set()

    def shuffle(self, name: str) -> None:
        """Put the queued URLs of a host into a random order, within their priority.

        URLs that were submitted together often fail together, such as those of one section. In a random order a
        failing section cannot stand in front of all others.
        """
        items = self.drain(name)
        random.shuffle(items)
        for item in items:
            self.waiting += 1
            self._queue(item)

    def drain(self, name: str) -> list[Item]:
        """Remove and return the queued URLs of a host, in order of priority."""
        queue = self._queues.pop(name, [])
        self.waiting -= len(queue)
        return [item for *_, item in sorted(queue)]

    def drop(self, is_dropped: Callable[[Item], bool]) -> None:
        """Remove the URLs for which `is_dropped` is true."""
        for name in list(self._queues):
            kept = [entry for entry in self._queues[name] if not is_dropped(entry[-1])]
            heapq.heapify(kept)
            if kept:
                self._queues[name] = kept
            else:
                del self._queues[name]
        self._parked = [entry for entry in self._parked if not is_dropped(entry[2])]
        heapq.heapify(self._parked)
        self.waiting = len(self._parked) + sum(map(len, self._queues.values()))

    def _queue(self, item: Item) -> None:
        number = next(self._numbers)
        entry = (-item.target.priority, number + BEHIND * (item.attempt - 1), number, item)
        heapq.heappush(self._queues.setdefault(item.host, []), entry)
        self._list(item.host)

    def _list(self, name: str) -> None:
        host = self._hosts[name]
        if name not in self._listed and self._running.get(name, 0) < host.parallel:
            self._listed.add(name)
            heapq.heappush(self._ready, (max(host.next_at, host.rests_until), next(self._numbers), name))

    def _pop(self, now: float) -> Item | None:
        while self._ready and self._ready[0][0] <= now:
            name = heapq.heappop(self._ready)[2]
            self._listed.discard(name)
            queue, host = self._queues.get(name), self._hosts[name]
            if not queue:
                self._queues.pop(name, None)
                continue
            if max(host.next_at, host.rests_until) > now:
                self._list(name)
                continue
            item = heapq.heappop(queue)[-1]
            if not queue:
                del self._queues[name]
            self._taken(item)
            if queue:
                self._list(name)
            return item
        return None

    def _taken(self, item: Item) -> Item:
        self._running[item.host] = self._running.get(item.host, 0) + 1
        self.waiting -= 1
        return item
