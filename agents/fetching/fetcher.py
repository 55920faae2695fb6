"""One URL fetched, with its redirects: robots asked, addresses guarded, everything bounded.

What becomes of the answer (a page, another try) is not said here.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self
from urllib.parse import urljoin, urlsplit

import aiohttp
from yarl import URL

from agents.fetching.guard import BlockedError, Guard, Resolver, UnknownHostError, guard_of, hosts_of
from agents.fetching.pace import Hosts
from agents.settings import SettingsError
from pipeline.answers import BUSY, content_type, meaning_of, retry_after
from pipeline.page import Reason
from pipeline.robots import LARGEST, Robots, Standing, product_token, robots_of
from pipeline.unpacking import ACCEPTED, TooMuchError, Unpacker, UnpackingError
from pipeline.urls import hop_url, host_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractAsyncContextManager
    from types import TracebackType

    from agents.settings import Settings

MOST_REDIRECTS = 5
ROBOTS_SECONDS = 24 * 3600.0  # RFC 9309, section 2.4
UNREACHABLE_SECONDS = 5.0  # then it is asked anew: how long its host rests is not said here
MOST_ROBOTS = 20_000
SMALL_BODY = 256 << 10  # bytes; nine pages in ten are smaller
LARGE_BODIES = 8  # larger ones at a time
CONNECT_SECONDS, IDLE_SECONDS = 10.0, 20.0
PAGES = "text/html,application/xhtml+xml,text/plain;q=0.8,*/*;q=0.1"
PAGE_TYPES = frozenset({"", "text/html", "application/xhtml+xml", "text/plain"})
LONGEST_VALIDATOR = 1000  # characters
LONGEST_URL = 8192
_CONTACT = re.compile(r"https?://[^\s/]+\.|[^\s@]+@[^\s@]+\.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A body, with what was said of it."""

    url: str  # where it came from, after all redirects
    at: datetime
    media_type: str
    charset: str | None
    body: bytes
    redirects: tuple[str, ...] = ()  # the URLs on the way, the first one included; () where there was none
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """There will be no body, and this is why."""

    url: str
    reason: Reason
    detail: str
    redirects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """It went wrong, and may go well another time."""

    url: str
    problem: str
    wait: float | None = None  # seconds that the host asked for
    of_host: bool = False  # all URLs of the host would fare the same
    host: str = ""  # which one: after a redirect another than asked
    redirects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Redirect:
    location: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is asked for."""

    accept: str = PAGES
    media_types: frozenset[str] | None = PAGE_TYPES  # None: any
    largest: int = 8 << 20  # bytes, unpacked
    cut: bool = False  # what is longer is cut there, and not refused
    etag: str | None = None
    last_modified: str | None = None


class Lease:
    """The right to hold a body in memory: any small one, but only a few large ones at a time."""

    def __init__(self, large: asyncio.Semaphore) -> None:
        self._large = large
        self._held = False

    async def hold(self, size: int) -> None:
        """Wait until so many bytes may be held."""
        if size > SMALL_BODY and not self._held:
            await self._large.acquire()
            self._held = True

    def give_back(self) -> None:
        """Say that the body is held no more."""
        if self._held:
            self._large.release()
            self._held = False


@dataclass(slots=True)
class _Known:
    robots: Robots
    until: float


class Fetcher:
    """Fetches; `async with`, because it keeps connections."""

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
    ) -> None:
        self.hosts, self.guard = hosts, guard
        self.large = asyncio.Semaphore(LARGE_BODIES)
        self._agent, self._token = user_agent, product_token(user_agent)
        self._timeout, self._parallel, self._languages = timeout, parallel, languages
        self._resolver = Resolver(guard, known_hosts or {})
        self._robots: dict[str, _Known] = {}
        self._asking: dict[str, asyncio.Task[Robots]] = {}
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                resolver=self._resolver,
                socket_factory=self.guard.socket_for,
                limit=self._parallel + LARGE_BODIES,
                ttl_dns_cache=60,
                keepalive_timeout=15,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,  # no proxy and no .netrc of whoever started us
            auto_decompress=False,  # pipeline/unpacking.py is bounded
            timeout=aiohttp.ClientTimeout(
                total=None,
                sock_connect=min(CONNECT_SECONDS, self._timeout),
                sock_read=min(IDLE_SECONDS, self._timeout),
            ),
            headers={"User-Agent": self._agent, "Accept": PAGES, "Accept-Encoding": ACCEPTED}
            | ({"Accept-Language": self._languages} if self._languages else {}),
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._asking.values():
            task.cancel()
        await asyncio.gather(*self._asking.values(), return_exceptions=True)
        if self._session is not None:
            await self._session.close()
        await self._resolver.close()

    async def get(
        self, url: str, wanted: Wanted | None = None, *, lease: Lease | None = None
    ) -> Fetched | Refused | Failed:
        """Fetch a URL (in canonical form), following its redirects; never raises for what a server does.

        The body counts as held until the `lease` is given back; without one it does not count.
        """
        wanted, lease = wanted or Wanted(), lease or Lease(asyncio.Semaphore(1))
        passed: list[str] = []
        current = url
        while True:
            answer = await self._hop(current, wanted, lease, tuple(passed))
            if not isinstance(answer, _Redirect):
                return answer
            passed.append(current)
            target = hop_url(current, answer.location)
            if target is None or len(target) > LONGEST_URL:
                shown = answer.location[:200]
                return self._refused(current, Reason.NOT_FETCHABLE, f"redirected to {shown!r}", passed[:-1])
            if target in passed or len(passed) > MOST_REDIRECTS:
                why = "a loop" if target in passed else f"more than {MOST_REDIRECTS}"
                return self._refused(current, Reason.TOO_MANY_REDIRECTS, f"{why}; the next is {target}", passed[:-1])
            if (why_not := self.guard.why_not(urljoin(current, answer.location.strip()))) is not None:
                return self._refused(target, why_not[0], f"redirected there: {why_not[1]}", passed)
            current = target

    async def _hop(
        self, url: str, wanted: Wanted, lease: Lease, passed: tuple[str, ...]
    ) -> Fetched | Refused | Failed | _Redirect:
        if (why_not := self.guard.why_not(url)) is not None:
            return self._refused(url, *why_not, passed)
        host = host_of(url)
        try:
            robots = await self.robots(url)
        except (BlockedError, UnknownHostError) as error:
            return self._refused(url, _reason_of(error), str(error), passed)
        if robots.standing is Standing.UNREACHABLE:
            return Failed(url=url, problem=robots.problem, of_host=True, host=host, redirects=passed)
        if not robots.allows(url):
            return self._refused(url, Reason.ROBOTS, f"robots.txt disallows it for {self._token}", passed)
        return await self._ask(url, wanted, lease, passed)

    def _refused(self, url: str, reason: Reason, detail: str, passed: tuple[str, ...] | list[str]) -> Refused:
        return Refused(url=url, reason=reason, detail=detail, redirects=tuple(passed))

    async def robots(self, url: str) -> Robots:
        """Return the rules of a URL's site, at most a day old; BlockedError and UnknownHostError as of any URL."""
        parts = urlsplit(url)
        site = f"{parts.scheme}://{parts.netloc}"
        now = asyncio.get_running_loop().time()
        known = self._robots.get(site)
        if known is not None and known.until > now:
            return known.robots
        if site not in self._asking:
            task = self._asking[site] = asyncio.create_task(self._asked_robots(site), name=f"robots {site}")
            task.add_done_callback(lambda _: self._asking.pop(site, None))
        return await asyncio.shield(self._asking[site])

    async def _asked_robots(self, site: str) -> Robots:
        robots = await self._read_robots(f"{site}/robots.txt")
        seconds = UNREACHABLE_SECONDS if robots.standing is Standing.UNREACHABLE else ROBOTS_SECONDS
        if len(self._robots) >= MOST_ROBOTS:
            del self._robots[next(iter(self._robots))]
        self._robots.pop(site, None)
        self._robots[site] = _Known(robots, asyncio.get_running_loop().time() + seconds)
        self.hosts.slow_down(host_of(site), robots.delay)
        return robots

    async def _read_robots(self, url: str) -> Robots:
        wanted = Wanted(accept="text/plain,*/*;q=0.5", media_types=None, largest=LARGEST, cut=True)
        lease = Lease(self.large)
        try:
            for _ in range(MOST_REDIRECTS + 1):
                if self.guard.why_not(url) is not None:
                    break
                answer = await self._ask(url, wanted, lease, (), raise_blocked=True)
                if isinstance(answer, Fetched):
                    return robots_of(200, answer.body, agent=self._token)
                if isinstance(answer, Failed):
                    problem = answer.problem.removeprefix("robots.txt: ")
                    return Robots(Standing.UNREACHABLE, self._token, problem=f"robots.txt: {problem}")
                if isinstance(answer, Refused):
                    break
                target = hop_url(url, answer.location)
                if target is None:
                    break
                url = target
        finally:
            lease.give_back()
        return Robots(Standing.NONE, self._token)

    async def _ask(
        self, url: str, wanted: Wanted, lease: Lease, passed: tuple[str, ...], *, raise_blocked: bool = False
    ) -> Fetched | Refused | Failed | _Redirect:
        """Send one request, when it is its host's turn."""
        host = host_of(url)
        try:
            async with (
                self.hosts.turn(host),
                asyncio.timeout(self._timeout),
                self._request(url, wanted) as response,
            ):
                return await self._read(url, response, wanted, lease, passed)
        except aiohttp.ClientConnectorError as error:
            own = _cause(error)
            if own is None:
                return Failed(url=url, problem=_said(error), of_host=True, host=host, redirects=passed)
            if raise_blocked:
                raise own from None
            return self._refused(url, _reason_of(own), str(own), passed)
        except TooMuchError as error:
            return self._refused(url, Reason.TOO_LARGE, f"{error} (CHISTOVIK_MAX_PAGE_BYTES)", passed)
        except UnpackingError as error:
            return Failed(url=url, problem=str(error), host=host, redirects=passed)
        except TimeoutError as error:
            stage = "connecting" if isinstance(error, aiohttp.ConnectionTimeoutError) else "answering"
            of_host = stage == "connecting"
            problem = f"{stage} took too long" if not of_host else "nobody answers"
            return Failed(url=url, problem=problem, of_host=of_host, host=host, redirects=passed)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return Failed(url=url, problem=_said(error), host=host, redirects=passed)

    def _request(self, url: str, wanted: Wanted) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        assert self._session is not None  # noqa: S101 — made by `async with`
        headers = {} if wanted.accept is PAGES else {"Accept": wanted.accept}
        if wanted.etag:
            headers["If-None-Match"] = wanted.etag
        if wanted.last_modified:
            headers["If-Modified-Since"] = wanted.last_modified
        return self._session.get(URL(url, encoded=True), headers=headers or None, allow_redirects=False)

    async def _read(
        self, url: str, response: aiohttp.ClientResponse, wanted: Wanted, lease: Lease, passed: tuple[str, ...]
    ) -> Fetched | Refused | Failed | _Redirect:
        meaning = meaning_of(response.status)
        said = f"HTTP {response.status}"
        if meaning == "redirect":
            if location := response.headers.get("Location"):
                return _Redirect(location)
            return self._refused(url, Reason.REFUSED, f"{said} without a Location", passed)
        if meaning == "again":
            wait = retry_after(response.headers.get("Retry-After"), datetime.now(UTC))
            busy = response.status in BUSY
            return Failed(
                url=url, problem=said, wait=wait, of_host=busy and wait is not None, host=host_of(url), redirects=passed
            )
        if isinstance(meaning, Reason):
            return self._refused(url, meaning, said, passed)
        kind = content_type(response.headers.get("Content-Type"))
        if wanted.media_types is not None and kind.media_type not in wanted.media_types:
            return self._refused(url, Reason.MEDIA_TYPE, kind.media_type, passed)
        at = datetime.now(UTC)
        body = await _body(response, wanted, lease)
        return Fetched(
            url=url,
            at=at,
            media_type=kind.media_type,
            charset=kind.charset,
            body=body,
            redirects=passed,
            etag=_validator(response, "ETag"),
            last_modified=_validator(response, "Last-Modified"),
        )


async def _body(response: aiohttp.ClientResponse, wanted: Wanted, lease: Lease) -> bytes:
    """Read a body to its end or its limit."""
    claimed = response.content_length or 0
    unpacker = Unpacker(response.headers.get("Content-Encoding", ""), wanted.largest)
    if claimed > wanted.largest and not wanted.cut:
        raise TooMuchError(f"{claimed} bytes; the limit is {wanted.largest}")
    pieces: list[bytes] = []
    size = 0
    try:
        async for packed in response.content.iter_any():
            for piece in unpacker.take(packed):
                pieces.append(piece)
                size += len(piece)
            await lease.hold(size)
        unpacker.end()
    except TooMuchError:
        if not wanted.cut:
            raise
    return b"".join(pieces)[: wanted.largest]


def _validator(response: aiohttp.ClientResponse, name: str) -> str | None:
    value = response.headers.get(name)
    return value if value and len(value) <= LONGEST_VALIDATOR and value.isprintable() else None


def _reason_of(error: OSError) -> Reason:
    return Reason.BLOCKED_ADDRESS if isinstance(error, BlockedError) else Reason.UNKNOWN_HOST


def _cause(error: aiohttp.ClientConnectorError) -> BlockedError | UnknownHostError | None:
    """Find our own error in what aiohttp made of it."""
    one: BaseException | None = error.os_error
    while one is not None:
        if isinstance(one, (BlockedError, UnknownHostError)):
            return one
        one = one.__cause__ or one.__context__
    return None


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:300]


def fetcher_of(settings: Settings) -> Fetcher:
    """Make the fetcher that the settings ask for; SettingsError where they do not say who we are."""
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
        hosts=Hosts(delay=settings.fetch_pace, parallel=settings.fetch_host_parallel),
        known_hosts=hosts_of(settings.fetch_hosts),
        timeout=settings.fetch_timeout,
        parallel=settings.fetch_parallel,
        languages=settings.fetch_languages,
    )
