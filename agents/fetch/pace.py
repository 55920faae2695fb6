"""Limit the request rate of each host: requests follow one another with a delay between them.

Every request waits for its turn here: pages, redirects and robots.txt. The delay is `Settings.fetch_pace`
(CHISTOVIK_FETCH_PACE, 1 s), or the Crawl-delay of the site up to `LONGEST_DELAY` (pipeline/url/robots.py), if longer.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType

MOST_IDLE = 20_000  # known hosts; above this number, idle ones are forgotten
CLOCK_SECONDS = 0.001  # a timer may fire early by this much
USUAL_SECONDS = 0.5  # assumed duration of a request before the first one is measured


@dataclass(slots=True)
class Host:
    """The pace and the recent behavior of a host. All times are seconds of the event loop's clock."""

    name: str
    delay: float  # seconds between two requests
    parallel: int
    next_at: float = 0.0  # no request before this time
    rests_until: float = 0.0  # set after a failure, or when the host asks to wait
    failures: int = 0  # consecutive
    seconds: float = USUAL_SECONDS  # moving average of the duration of a request
    turns: asyncio.Semaphore = field(init=False)
    waiting: int = 0  # requests that wait for a turn or have one

    def __post_init__(self) -> None:
        self.turns = asyncio.Semaphore(self.parallel)

    @property
    def spacing(self) -> float:
        """The present number of seconds from one request to the next."""
        return max(self.delay, self.seconds / self.parallel)


class Turn:
    """One request's turn.

    With one request at a time, the delay starts at the end of the answer. If it started at the request, two requests
    could arrive closer together than they were sent.
    """

    __slots__ = ("_begin", "_host", "_loop", "_turns")

    def __init__(self, host: Host) -> None:
        self._host, self._turns, self._begin = host, host.turns, 0.0
        self._loop = asyncio.get_running_loop()

    async def __aenter__(self) -> Host:
        host = self._host
        host.waiting += 1
        try:
            await self._turns.acquire()
        except BaseException:
            host.waiting -= 1
            raise
        now = self._loop.time()
        self._begin = max(now, host.next_at)
        host.next_at = self._begin + host.delay
        if self._begin > now:
            try:
                await asyncio.sleep(self._begin - now + CLOCK_SECONDS)
            except BaseException:
                self._leave()
                raise
        return host

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        host, end = self._host, self._loop.time()
        host.seconds += 0.2 * (end - self._begin - host.seconds)
        if host.parallel == 1:
            host.next_at = max(host.next_at, end + host.delay)
        self._leave()

    def _leave(self) -> None:
        self._turns.release()
        self._host.waiting -= 1


class Hosts:
    """The recently used hosts, by name."""

    def __init__(self, *, delay: float, parallel: int) -> None:
        self._delay, self._parallel = delay, parallel
        self._known: dict[str, Host] = {}

    def __getitem__(self, name: str) -> Host:
        host = self._known.get(name)
        if host is None:
            if len(self._known) > MOST_IDLE:
                self._forget()
            host = self._known[name] = Host(name, self._delay, self._parallel)
        return host

    def slow_down(self, name: str, delay: float) -> None:
        """Apply a Crawl-delay from now on, in seconds. The delay never becomes shorter than our own."""
        host = self[name]
        host.delay = max(self._delay, delay)
        if delay > 0:
            host.next_at = max(host.next_at, asyncio.get_running_loop().time() + host.delay)
            host.turns = host.turns if host.parallel == 1 else asyncio.Semaphore(1)
            host.parallel = 1

    def turn(self, name: str) -> Turn:
        """Return the context of one request. It waits for the host's turn and ends with the answer."""
        return Turn(self[name])

    def _forget(self) -> None:
        now = asyncio.get_running_loop().time()
        self._known = {
            name: host
            for name, host in self._known.items()
            if host.waiting or max(host.next_at, host.rests_until) > now or host.failures
        }
