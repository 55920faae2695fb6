"""How often a host is asked: one request after another, with a rest between them.

Every request takes its turn here, whatever it is for: a page, a redirect, robots.txt.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType

MOST_IDLE = 20_000  # hosts that are remembered although nothing waits for them
CLOCK_SECONDS = 0.001  # a timer may end that much early
USUAL_SECONDS = 0.5  # that a request is thought to take before the first one


@dataclass(slots=True)
class Host:
    """A host as it was met: all times in seconds of the loop's clock."""

    name: str
    delay: float  # between two requests
    parallel: int
    next_at: float = 0.0  # no request before
    rests_until: float = 0.0  # it failed, or asked for rest
    failures: int = 0  # on end
    seconds: float = USUAL_SECONDS  # that a request takes, of late
    turns: asyncio.Semaphore = field(init=False)
    waiting: int = 0  # for a turn, or in it

    def __post_init__(self) -> None:
        self.turns = asyncio.Semaphore(self.parallel)

    @property
    def spacing(self) -> float:
        """The seconds from one request to the next, as things are."""
        return max(self.delay, self.seconds / self.parallel)


class Turn:
    """One request's turn.

    With one request at a time the rest is counted from the end of the answer: counted from its begin, two could arrive
    closer together than they were sent.
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
    """All hosts that were met of late."""

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
        """Take a Crawl-delay into account, counted from now; never for less than our own pace."""
        host = self[name]
        host.delay = max(self._delay, delay)
        if delay > 0:
            host.next_at = max(host.next_at, asyncio.get_running_loop().time() + host.delay)
            host.turns = host.turns if host.parallel == 1 else asyncio.Semaphore(1)
            host.parallel = 1

    def turn(self, name: str) -> Turn:
        """Give the context in which the host may be asked: it waits for that, and lasts as long as the answer takes."""
        return Turn(self[name])

    def _forget(self) -> None:
        now = asyncio.get_running_loop().time()
        self._known = {
            name: host
            for name, host in self._known.items()
            if host.waiting or max(host.next_at, host.rests_until) > now or host.failures
        }
