"""Send one request in its host's turn; response.py reads the answer.

This module follows no redirect and requests no robots.txt.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aiohttp
from yarl import URL

from agents.fetch.answer import Failed, Refused
from agents.fetch.guard import BlockedError, UnknownHostError
from agents.fetch.lenient import MOST_FIELDS, LenientConnector
from agents.fetch.response import read_response
from pipeline.page.unpacking import ACCEPTED, TooMuchError, UnpackingError
from pipeline.records.reason import Reason
from pipeline.url.heads import LARGEST

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from agents.fetch.answer import Answer
    from agents.fetch.guard import Guard, Resolver
    from agents.fetch.pace import Hosts
    from agents.fetch.response import Redirect
    from agents.observe.metrics import Metrics

SMALL_BODY = 256 << 10  # bytes; nine pages in ten are smaller
LARGE_BODIES = 8  # larger bodies in memory at the same time
CONNECT_SECONDS, IDLE_SECONDS = 10.0, 20.0
PAGES = "text/html,application/xhtml+xml,text/plain;q=0.8,*/*;q=0.1"


@dataclass(frozen=True, slots=True)
class Hop:
    """The URL of a request, its host, and the URLs that redirected to it."""

    url: str
    host: str
    passed: tuple[str, ...] = ()
    cookie: str = ""  # the Cookie header, from answers of these URLs
    sent: tuple[str, ...] = ()  # the Cookie header of each of these URLs

    def refused(self, reason: Reason, detail: str) -> Refused:
        """Return a refusal of this URL."""
        return Refused(url=self.url, reason=reason, detail=detail, redirects=self.passed)

    def failed(self, problem: str, **more: Any) -> Failed:
        """Return a failure of this URL. `more` says whose failure it is, and how long to wait."""
        return Failed(url=self.url, problem=problem, host=self.host, redirects=self.passed, **more)

    def unasked(self, problem: str, wait: float) -> Failed:
        """Return the failure of a hop that cannot be requested at present. After a redirect, the URL itself was."""
        return self.failed(problem, of_host=True, wait=wait, asked=bool(self.passed))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The limits and headers of a request."""

    accept: str = PAGES
    pages: bool = True  # refuse answers that are no pages
    refresh: bool = True  # follow redirects that a page makes by itself
    short: bool = False  # take what came of a body that breaks off
    largest: int = 8 << 20  # bytes, unpacked
    cut: bool = False  # truncate a longer body instead of refusing it
    packed: bool = False  # keep the body compressed; it is unpacked too, to check that it is valid
    raw: bool = False  # keep the body as it was sent, without a check
    etag: str | None = None
    last_modified: str | None = None
    freshness: bool = False  # also return how long the answer stays fresh


class Lease:
    """The right to hold a body in memory. Small bodies are free; only a few large ones fit at a time."""

    def __init__(self, large: asyncio.Semaphore) -> None:
        self._large = large
        self._held = False

    async def hold(self, size: int) -> None:
        """Wait until a body of `size` bytes may be held."""
        if size > SMALL_BODY and not self._held:
            await self._large.acquire()
            self._held = True

    def give_back(self) -> None:
        """Release the right, because the body is no longer in memory."""
        if self._held:
            self._large.release()
            self._held = False


class HttpClient:
    """Sends each request in its host's turn, and keeps connections open until it is closed."""

    def __init__(
        self,
        *,
        user_agent: str,
        guard: Guard,
        resolver: Resolver,
        hosts: Hosts,
        timeout: float,
        parallel: int,
        languages: str,
        metrics: Metrics,
    ) -> None:
        self._hosts, self._metrics = hosts, metrics
        headers = {"User-Agent": user_agent, "Accept": PAGES, "Accept-Encoding": ACCEPTED}
        self._session = aiohttp.ClientSession(
            connector=LenientConnector(
                resolver=resolver,
                socket_factory=guard.socket_for,
                limit=parallel + LARGE_BODIES,
                ttl_dns_cache=60,
                keepalive_timeout=15,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,  # no proxy and no .netrc of the user
            auto_decompress=False,  # pipeline/page/unpacking.py limits the size
            timeout=aiohttp.ClientTimeout(
                total=timeout,
                sock_connect=min(CONNECT_SECONDS, timeout),
                sock_read=min(IDLE_SECONDS, timeout),
            ),
            headers=headers | ({"Accept-Language": languages} if languages else {}),
            max_line_size=LARGEST,
            max_field_size=LARGEST,
            max_headers=MOST_FIELDS,
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()

    async def ask(self, hop: Hop, wanted: Wanted, lease: Lease) -> Answer | Redirect:
        """Send one request, unless its host rests; a failure of the host makes it rest.

        Raises BlockedError for a forbidden address, UnknownHostError for an unknown host name.
        """
        async with self._hosts.turn(hop.host) as host:
            if host.rests_until and (rest := host.rest) > 0:
                return hop.unasked(f"{hop.host} is not asked at present: {host.problem}", rest)
            began = asyncio.get_running_loop().time()
            try:
                answer = await self._answer(hop, wanted, lease)
            except (aiohttp.ClientError, OSError, ValueError) as error:
                answer = _without_answer(hop, error)
            if isinstance(answer, Failed) and answer.of_host:
                self._hosts.failed(hop.host, answer, began=began)
            return answer

    async def _answer(self, hop: Hop, wanted: Wanted, lease: Lease) -> Answer | Redirect:
        began, status = time.perf_counter(), "none"
        try:
            response = await self._request(hop, wanted)
            status = f"{response.status // 100}xx"
            try:
                return await read_response(hop, response, wanted, lease)
            finally:
                self._metrics.response_bytes.inc(response.content.total_bytes)
                response.release()
                await response.wait_for_close()
        finally:
            self._metrics.requests[status].inc()
            self._metrics.request_seconds.observe(time.perf_counter() - began)

    def _request(self, hop: Hop, wanted: Wanted) -> Awaitable[aiohttp.ClientResponse]:
        headers = {} if wanted.accept is PAGES else {"Accept": wanted.accept}
        if wanted.etag:
            headers["If-None-Match"] = wanted.etag
        if wanted.last_modified:
            headers["If-Modified-Since"] = wanted.last_modified
        if hop.cookie:
            headers["Cookie"] = hop.cookie
        return self._session.get(URL(hop.url, encoded=True), headers=headers or None, allow_redirects=False)


def _without_answer(hop: Hop, error: Exception) -> Refused | Failed:
    """Return what an error means; raise our own error if it is the cause."""
    if isinstance(error, aiohttp.ClientConnectorError):
        if (own := _cause(error)) is not None:
            raise own from None
        return hop.failed(_in_words(error), of_host=True)
    if isinstance(error, TooMuchError):
        return hop.refused(Reason.TOO_LARGE, f"{error} (CHISTOVIK_MAX_PAGE_BYTES)")
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return hop.failed("nobody answers", of_host=True)
    if isinstance(error, TimeoutError):
        return hop.failed("answering took too long", of_host=True)
    return hop.failed(_in_words(error))  # UnpackingError is a ValueError


def _cause(error: aiohttp.ClientConnectorError) -> BlockedError | UnknownHostError | None:
    """Return our own error from the causes of an aiohttp error, or None."""
    one: BaseException | None = error.os_error
    while one is not None:
        if isinstance(one, (BlockedError, UnknownHostError)):
            return one
        one = one.__cause__ or one.__context__
    return None


def _in_words(error: Exception) -> str:
    kind = "" if isinstance(error, UnpackingError) else f"{type(error).__name__}: "
    return f"{kind}{error}"[:300]
