"""Send one request in its host's turn, read the answer within limits, and classify it.

This module follows no redirect and requests no robots.txt.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import aiohttp
from yarl import URL

from agents.fetch.answer import Failed, Fetched, Refused
from agents.fetch.guard import BlockedError, UnknownHostError
from pipeline.page.unpacking import ACCEPTED, TooMuchError, Unpacker, UnpackingError
from pipeline.records.reason import Reason
from pipeline.url.answers import BUSY, content_type, fresh_for, meaning_of, retry_after

if TYPE_CHECKING:
    import asyncio
    from contextlib import AbstractAsyncContextManager

    from agents.fetch.answer import Answer
    from agents.fetch.guard import Guard, Resolver
    from agents.fetch.pace import Hosts
    from agents.observe.metrics import Metrics

SMALL_BODY = 256 << 10  # bytes; nine pages in ten are smaller
LARGE_BODIES = 8  # larger bodies in memory at the same time
CONNECT_SECONDS, IDLE_SECONDS = 10.0, 20.0
PAGES = "text/html,application/xhtml+xml,text/plain;q=0.8,*/*;q=0.1"
PAGE_TYPES = frozenset({"", "text/html", "application/xhtml+xml", "text/plain"})
LONGEST_VALIDATOR = 1000  # characters
MOST_TAGS = 20  # headers X-Robots-Tag of a page


@dataclass(frozen=True, slots=True)
class Redirect:
    """A redirect to another URL."""

    location: str


@dataclass(frozen=True, slots=True)
class Hop:
    """The URL of a request, its host, and the URLs that redirected to it."""

    url: str
    host: str
    passed: tuple[str, ...] = ()

    def refused(self, reason: Reason, detail: str) -> Refused:
        """Return a refusal of this URL."""
        return Refused(url=self.url, reason=reason, detail=detail, redirects=self.passed)

    def failed(self, problem: str, *, of_host: bool = False, wait: float | None = None) -> Failed:
        """Return a failure of this URL. `of_host` marks a failure of its whole host."""
        return Failed(url=self.url, problem=problem, of_host=of_host, wait=wait, host=self.host, redirects=self.passed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The limits and headers of a request."""

    accept: str = PAGES
    media_types: frozenset[str] | None = PAGE_TYPES  # None: any
    largest: int = 8 << 20  # bytes, unpacked
    cut: bool = False  # truncate a longer body instead of refusing it
    packed: bool = False  # keep the body compressed; it is unpacked too, to check that it is valid
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
            connector=aiohttp.TCPConnector(
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
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()

    async def ask(self, hop: Hop, wanted: Wanted, lease: Lease) -> Answer | Redirect:
        """Send one request. Raises BlockedError for a forbidden address, UnknownHostError for an unknown host name."""
        try:
            async with self._hosts.turn(hop.host):
                return await self._answer(hop, wanted, lease)
        except aiohttp.ClientConnectorError as error:
            if (own := _cause(error)) is not None:
                raise own from None
            return hop.failed(_in_words(error), of_host=True)
        except TooMuchError as error:
            return hop.refused(Reason.TOO_LARGE, f"{error} (CHISTOVIK_MAX_PAGE_BYTES)")
        except aiohttp.ConnectionTimeoutError:
            return hop.failed("nobody answers", of_host=True)
        except TimeoutError:
            return hop.failed("answering took too long")
        except (aiohttp.ClientError, OSError, ValueError) as error:  # UnpackingError is a ValueError
            return hop.failed(_in_words(error))

    async def _answer(self, hop: Hop, wanted: Wanted, lease: Lease) -> Answer | Redirect:
        began, status = time.perf_counter(), "none"
        try:
            async with self._request(hop.url, wanted) as response:
                status = f"{response.status // 100}xx"
                try:
                    return await _read(hop, response, wanted, lease)
                finally:
                    self._metrics.response_bytes.inc(response.content.total_bytes)
        finally:
            self._metrics.requests[status].inc()
            self._metrics.request_seconds.observe(time.perf_counter() - began)

    def _request(self, url: str, wanted: Wanted) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        headers = {} if wanted.accept is PAGES else {"Accept": wanted.accept}
        if wanted.etag:
            headers["If-None-Match"] = wanted.etag
        if wanted.last_modified:
            headers["If-Modified-Since"] = wanted.last_modified
        return self._session.get(URL(url, encoded=True), headers=headers or None, allow_redirects=False)


async def _read(hop: Hop, response: aiohttp.ClientResponse, wanted: Wanted, lease: Lease) -> Answer | Redirect:
    meaning, said = meaning_of(response.status), f"HTTP {response.status}"
    if meaning == "redirect":
        location = response.headers.get("Location")
        return Redirect(location) if location else hop.refused(Reason.REFUSED, f"{said} without a Location")
    if meaning == "again":
        wait = retry_after(response.headers.get("Retry-After"), datetime.now(UTC))
        return hop.failed(said, wait=wait, of_host=response.status in BUSY and wait is not None)
    if isinstance(meaning, Reason):
        refused = hop.refused(meaning, said)
        return replace(refused, fresh_for=_fresh_for(response)) if wanted.freshness else refused
    kind = content_type(response.headers.get("Content-Type"))
    if wanted.media_types is not None and kind.media_type not in wanted.media_types:
        return hop.refused(Reason.MEDIA_TYPE, kind.media_type)
    body, coding = await _body(response, wanted, lease)
    return Fetched(
        url=hop.url,
        at=datetime.now(UTC),
        media_type=kind.media_type,
        charset=kind.charset,
        body=body,
        coding=coding,
        redirects=hop.passed,
        etag=_validator(response, "ETag"),
        last_modified=_validator(response, "Last-Modified"),
        x_robots_tag=tuple(map(_header, response.headers.getall("X-Robots-Tag", ())))[:MOST_TAGS],
        tdm_reservation=_header(response.headers.get("tdm-reservation")) or None,
        tdm_policy=_header(response.headers.get("tdm-policy")) or None,
        fresh_for=_fresh_for(response) if wanted.freshness else None,
    )


def _fresh_for(response: aiohttp.ClientResponse) -> float | None:
    return fresh_for(response.headers.get("Cache-Control"), response.headers.get("Age"))


async def _body(response: aiohttp.ClientResponse, wanted: Wanted, lease: Lease) -> tuple[bytes, str]:
    """Read a body to its end or its limit. Return it with its remaining content coding."""
    claimed = response.content_length or 0
    unpacker = Unpacker(response.headers.get("Content-Encoding", ""), wanted.largest)
    if claimed > wanted.largest and not wanted.cut:
        raise TooMuchError(f"{claimed} bytes; the limit is {wanted.largest}")
    kept: list[bytes] = []
    size = 0
    try:
        async for sent in response.content.iter_any():
            pieces = unpacker.take(sent)
            kept += [sent] if wanted.packed else pieces
            size += len(sent) if wanted.packed else sum(map(len, pieces))
            await lease.hold(size)
        unpacker.end()
    except TooMuchError:
        if not wanted.cut:
            raise
    body = b"".join(kept)
    return (body, unpacker.coding if body else "") if wanted.packed else (body[: wanted.largest], "")


def _header(value: str | None) -> str:
    """Return a header for a record: valid UTF-8 of at most LONGEST_VALIDATOR characters; "" if it is absent."""
    return (value or "")[:LONGEST_VALIDATOR].encode("utf-8", "replace").decode("utf-8")


def _validator(response: aiohttp.ClientResponse, name: str) -> str | None:
    value = response.headers.get(name)
    return value if value and len(value) <= LONGEST_VALIDATOR and value.isprintable() else None


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
