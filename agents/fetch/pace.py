"""Limit the request rate of each host: requests follow one another with a delay between them.

Every request waits for its turn here: pages, redirects and robots.txt. The delay is `Settings.fetch_pace`
(CHISTOVIK_FETCH_PACE, 1 s), or the longest Crawl-delay of the host's sites (scheme and port), if longer: at most
60 s (pipeline/url/robots.py). After a failure of the host it rests (pipeline/url/patience.py).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pipeline.url.patience import rest_of_host

if TYPE_CHECKING:
    from types import TracebackType

    from agents.fetch.answer import Failed

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
    rests_until: float = 0.0  # set after failures, or when the host asks to wait
    failures: int = 0  # of the host, consecutive; requests that were sent together count once
    failed_at: float = 0.0
    problem: str = ""  # the last failure
    answered: datetime | None = None  # when it last answered a request for a page
    delays: dict[str, float] = field(default_factory=dict)  # site → its Crawl-delay
    seconds: float = USUAL_SECONDS  # moving average of the duration of a request
    turns: asyncio.Semaphore = field(init=False)
    waiting: int = 0  # requests that wait for a turn or have one

    def __post_init__(self) -> None:
        self.turns = asyncio.Semaphore(self.parallel)

    @property
    def spacing(self) -> float:
        """The present number of seconds from one request to the next."""
        return max(self.delay, self.seconds / self.parallel)

    @property
    def rest(self) -> float:
        """The seconds until its rest ends; 0.0 if it does not rest."""
        return max(0.0, self.rests_until - asyncio.get_running_loop().time())


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
    """The recently used hosts, by name.

    `backoff` is the base of a host's rest in seconds. Without it no host rests: the caller has its own schedule.
    """

    def __init__(self, *, delay: float, parallel: int, backoff: float | None = None) -> None:
        self._delay, self._parallel, self.backoff = delay, parallel, backoff
        self._known: dict[str, Host] = {}

    def __getitem__(self, name: str) -> Host:
        host = self._known.get(name)
        if host is None:
            if len(self._known) > MOST_IDLE:
                self._forget()
            host = self._known[name] = Host(name, self._delay, self._parallel)
        return host

    def slow_down(self, name: str, delay: float, *, site: str) -> None:
        """Apply the Crawl-delay of a site from now on, in seconds; 0.0 if it asks for none.

        The delay never becomes shorter than our own, or than that of another site of the host.
        """
        host = self[name]
        if delay > 0:
            host.delays[site] = delay
        else:
            host.delays.pop(site, None)
        host.delay = max(self._delay, *host.delays.values(), 0.0)
        if delay > 0:
            host.next_at = max(host.next_at, asyncio.get_running_loop().time() + host.delay)
            host.turns = host.turns if host.parallel == 1 else asyncio.Semaphore(1)
            host.parallel = 1

    def answered(self, name: str) -> None:
        """Note that a host answered a request for a page."""
        host = self[name]
        host.failures, host.answered = 0, datetime.now(UTC)

    def failed(self, name: str, failure: Failed, *, began: float) -> None:
        """Note a failure of a host, and let the host rest. `began` is when its request began, by the loop's clock."""
        if self.backoff is None:
            return
        host, now = self[name], asyncio.get_running_loop().time()
        if began > host.failed_at:
            host.failures += 1
        host.failed_at, host.problem = now, failure.problem
        rest = rest_of_host(
            host.failures, is_busy=failure.is_busy, asked=failure.wait, base=self.backoff, name=host.name
        )
        host.rests_until = max(host.rests_until, now + rest)

    def turn(self, name: str) -> Turn:
        """Return the context of one request. It waits for the host's turn and ends with the answer."""
        return Turn(self[name])

    def _forget(self) -> None:
        now = asyncio.get_running_loop().time()
        self._known = {
            name: host
            for name, host in self._known.items()
            if host.waiting or max(host.next_at, host.rests_until) > now or host.failures or host.delays
        }
