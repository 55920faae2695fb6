"""Fetch one URL and follow its redirects; robots.txt and the address guard apply to every hop.

Time, size and number of redirects are bounded. What happens with the answer (a page, a retry) is decided in work.py.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urljoin

from agents.errors import SettingsError
from agents.fetch.answer import Answer, Failed, Fetched, Refused
from agents.fetch.cookies import ChainCookies
from agents.fetch.guard import BlockedError, Guard, Resolver, UnknownHostError, guard_of, hosts_of
from agents.fetch.pace import Hosts
from agents.fetch.request import LARGE_BODIES, Hop, HttpClient, Lease, Wanted
from agents.fetch.response import Redirect
from agents.observe.metrics import Metrics
from pipeline.page.codings import unpack_best_effort
from pipeline.records.reason import Reason
from pipeline.records.url import host_of, tidy
from pipeline.url.patience import rest_of_host
from pipeline.url.request import hop_url, request_url, without_trackers
from pipeline.url.robots import LARGEST, Robots, RobotsStatus, product_token, robots_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from agents.settings import Settings

__all__ = ["Failed", "Fetched", "Fetcher", "Lease", "Refused", "Wanted", "fetcher_of"]

MOST_REDIRECTS = 5
ROBOTS_SECONDS = 24 * 3600.0  # RFC 9309, section 2.4
UNREACHABLE_SECONDS = 5.0  # until robots.txt is requested again, where hosts do not rest
MOST_ROBOTS = 20_000
LONGEST_URL = 8192
ROBOTS = Wanted(
    accept="text/plain,*/*;q=0.5", pages=False, refresh=False, short=True, largest=LARGEST, cut=True, raw=True
)
_CONTACT = re.compile(r"https?://[^\s/]+\.|[^\s@]+@[^\s@]+\.")


@dataclass(slots=True)
class _Known:
    robots: Robots
    until: float  # by the loop's clock
    failures: int = 0  # consecutive


class Fetcher:
    """Fetches URLs; use it with `async with`, because it keeps connections open."""

    _client: HttpClient  # made by `async with`

    def __init__(
        self,
        *,
        user_agent: str,
        guard: Guard,
        hosts: Hosts,
        known_hosts: Mapping[str, tuple[str, ...]] | None = None,
        timeout: float = 60.0,
        parallel: int = 256,
        languages: str = "",
        metrics: Metrics | None = None,
    ) -> None:
        self.hosts, self.guard = hosts, guard
        self.large = asyncio.Semaphore(LARGE_BODIES)
        self._token = product_token(user_agent)
        self._resolver = Resolver(guard, known_hosts or {})
        self._how: dict[str, Any] = {
            "user_agent": user_agent,
            "timeout": timeout,
            "parallel": parallel,
            "languages": languages,
            "metrics": metrics or Metrics(),
        }
        self._robots: dict[str, _Known] = {}
        self._asking: dict[str, asyncio.Task[Robots]] = {}

    async def __aenter__(self) -> Self:
        self._client = HttpClient(guard=self.guard, resolver=self._resolver, hosts=self.hosts, **self._how)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asking = list(self._asking.values())
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
        await self._client.close()
        await self._resolver.close()

    async def get(self, url: str, wanted: Wanted | None = None, *, lease: Lease | None = None) -> Answer:
        """Fetch a URL as it is given and follow its redirects; never raise for a server's behavior.

        A large body occupies one of the LARGE_BODIES slots until the caller gives back the `lease`. Without a lease no
        slot is used.
        """
        wanted, lease = wanted or Wanted(), lease or Lease(asyncio.Semaphore(1))
        asked = request_url(url)
        if asked is None:
            return Refused(url=url, reason=Reason.NOT_FETCHABLE, detail="not an http(s) URL")
        hop, cookies = Hop(asked, host_of(asked)), ChainCookies()
        while True:
            try:
                answer = await self._at(hop, wanted, lease)
            except (BlockedError, UnknownHostError) as error:
                return hop.refused(_reason_of(error), str(error))
            if not isinstance(answer, Redirect):
                return answer
            cookies.remember(hop.url, answer.set_cookie)
            following = self._next(hop, answer.location, cookies)
            if isinstance(following, Refused):
                return following
            hop = following

    async def _at(self, hop: Hop, wanted: Wanted, lease: Lease) -> Answer | Redirect:
        if (why_not := self.guard.why_not(hop.url)) is not None:
            return hop.refused(*why_not)
        if hop.passed and (rest := self.hosts[hop.host].rest) > 0:
            return hop.unasked(f"{hop.url} is not asked at present: {self.hosts[hop.host].problem}", rest)
        robots = self._rules_of(hop.url) or await self.robots(hop.url)
        if robots.status is RobotsStatus.UNREACHABLE:
            return hop.unasked(robots.problem, self._unreachable_until(hop.url))
        if not robots.allows(hop.url):
            bare = without_trackers(hop.url)  # many sites forbid URLs with trackers, but link to themselves with them
            if bare not in {hop.url, *hop.passed} and robots.allows(bare):
                return Redirect(bare)
            return hop.refused(Reason.ROBOTS, f"robots.txt disallows it for {self._token}")
        answer = await self._client.ask(hop, wanted, lease)
        if not (isinstance(answer, Failed) and answer.of_host):
            self.hosts.answered(hop.host)
        return answer

    def _next(self, hop: Hop, location: str, cookies: ChainCookies) -> Hop | Refused:
        """Return the next hop of a redirect; Refused if it is no URL, loops, is one too many, or is blocked."""
        target, passed = hop_url(hop.url, location), (*hop.passed, hop.url)
        if target is None or len(target) > LONGEST_URL:
            return hop.refused(Reason.NOT_FETCHABLE, f"redirected to {location[:200]!r}")
        cookie, sent = cookies.header_for(target), (*hop.sent, hop.cookie)
        is_loop = (target, cookie) in zip(passed, sent, strict=True)
        if is_loop or len(passed) > MOST_REDIRECTS:
            why = "a loop" if is_loop else f"more than {MOST_REDIRECTS}"
            return hop.refused(Reason.TOO_MANY_REDIRECTS, f"{why}; the next is {target}")
        following = Hop(target, host_of(target), passed, cookie, sent)
        if (why_not := self.guard.why_not(urljoin(hop.url, tidy(location)))) is not None:
            return following.refused(why_not[0], f"redirected there: {why_not[1]}")
        return following

    def _rules_of(self, url: str) -> Robots | None:
        """Return the cached rules of a URL's site; None if they are unknown or expired."""
        known = self._robots.get(_site(url))
        return known.robots if known is not None and known.until > asyncio.get_running_loop().time() else None

    def _unreachable_until(self, url: str) -> float:
        """Return the seconds until the robots.txt of a URL's site may be requested again."""
        known = self._robots.get(_site(url))
        return max(0.0, known.until - asyncio.get_running_loop().time()) if known is not None else 0.0

    async def robots(self, url: str) -> Robots:
        """Return the rules of a URL's site, at most a day old.

        Raises BlockedError or UnknownHostError if the host must not or cannot be reached.
        """
        site = _site(url)
        if (known := self._rules_of(url)) is not None:
            return known
        if site not in self._asking:
            task = self._asking[site] = asyncio.create_task(self._asked_robots(site), name=f"robots {site}")
            task.add_done_callback(lambda done: self._asked(site, done))
        return await asyncio.shield(self._asking[site])

    async def _asked_robots(self, site: str) -> Robots:
        robots = await self._read_robots(f"{site}/robots.txt")
        before, failures, seconds = self._robots.pop(site, None), 0, ROBOTS_SECONDS
        if robots.status is RobotsStatus.UNREACHABLE:
            failures = before.failures + 1 if before else 1
            seconds = self._unreachable_for(site, failures, robots)
        else:
            self.hosts.slow_down(host_of(site), robots.delay, site=site)
        if len(self._robots) >= MOST_ROBOTS:
            oldest = next(iter(self._robots))
            del self._robots[oldest]
            self.hosts.slow_down(host_of(oldest), 0.0, site=oldest)
        self._robots[site] = _Known(robots, asyncio.get_running_loop().time() + seconds, failures)
        return robots

    def _unreachable_for(self, site: str, failures: int, robots: Robots) -> float:
        """Return the seconds until robots.txt is requested again. Meanwhile no URL of the site is requested."""
        if self.hosts.backoff is None:
            return UNREACHABLE_SECONDS
        return rest_of_host(
            failures, is_busy=robots.wait is None, asked=robots.wait, base=self.hosts.backoff, name=site
        )

    def _asked(self, site: str, task: asyncio.Task[Robots]) -> None:
        self._asking.pop(site, None)
        if not task.cancelled():
            task.exception()  # waiters receive it; without waiters asyncio would log it

    async def _read_robots(self, url: str) -> Robots:
        lease, hop = Lease(self.large), Hop(url, host_of(url))
        try:
            for _ in range(MOST_REDIRECTS + 1):
                if self.guard.why_not(hop.url) is not None:
                    break
                answer = await self._client.ask(hop, ROBOTS, lease)
                if isinstance(answer, Fetched):
                    body = unpack_best_effort(answer.body, answer.coding, LARGEST)
                    return robots_of(200, body, agent=self._token)
                if isinstance(answer, Failed):
                    return self._unreachable(answer.problem, wait=answer.wait)
                target = hop_url(hop.url, answer.location) if isinstance(answer, Redirect) else None
                if target is None:
                    break
                hop = Hop(target, host_of(target), (*hop.passed, hop.url))
        except (BlockedError, UnknownHostError) as error:
            if not hop.passed:
                raise
            return self._unreachable(f"redirected to {hop.url}: {error}")
        finally:
            lease.give_back()
        return Robots(RobotsStatus.NONE, self._token)

    def _unreachable(self, problem: str, *, wait: float | None = None) -> Robots:
        return Robots(RobotsStatus.UNREACHABLE, self._token, problem=f"robots.txt: {problem}", wait=wait)


def _site(url: str) -> str:
    """Return the scheme, host and port of a URL that is requested."""
    end = url.find("/", 8)
    return url if end < 0 else url[:end]


def _reason_of(error: OSError) -> Reason:
    return Reason.BLOCKED_ADDRESS if isinstance(error, BlockedError) else Reason.UNKNOWN_HOST


def fetcher_of(settings: Settings, metrics: Metrics | None = None, *, backoff: float | None = None) -> Fetcher:
    """Return a fetcher for the settings; SettingsError if CHISTOVIK_USER_AGENT names no bot and contact.

    With a `backoff` in seconds, failing hosts rest.
    """
    agent = settings.user_agent
    if not _CONTACT.search(agent) or not product_token(agent).replace("-", "").replace("_", "").isalnum():
        raise SettingsError(
            f"CHISTOVIK_USER_AGENT={agent!r}: to fetch, name yourself and where you can be reached, such as "
            f"MyBot/1.0 (+https://example.org/bot) or MyBot/1.0 (bot@example.org)"
        )
    if not agent.isascii() or not agent.isprintable():
        raise SettingsError(f"CHISTOVIK_USER_AGENT={agent!r}: expected printable ASCII")
    return Fetcher(
        user_agent=agent,
        guard=guard_of(settings),
        hosts=Hosts(delay=settings.fetch_pace, parallel=settings.fetch_host_parallel, backoff=backoff),
        known_hosts=hosts_of(settings.fetch_hosts),
        timeout=settings.fetch_timeout,
        parallel=settings.fetch_parallel,
        languages=settings.fetch_languages,
        metrics=metrics,
    )
