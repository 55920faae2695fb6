"""Read the answer to one request within limits, and classify it: a body, a redirect, a refusal or a failure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import aiohttp

from agents.fetch.answer import Fetched, Refused
from agents.fetch.lenient import left_in
from pipeline.page.codings import Opener, unpack
from pipeline.page.markup import looks_like_html
from pipeline.page.media_types import ContentType, content_type, may_be_page, page_type, text_of_head
from pipeline.page.refresh import AT_ONCE, SEARCHED, SMALL, STUB, by_header, by_page, letters_in, mentions_refresh
from pipeline.page.unpacking import TooMuchError
from pipeline.records.reason import Reason
from pipeline.url.answers import BUSY, GATEWAY, fresh_for, location_of, meaning_of, retry_after
from pipeline.url.request import hop_url

if TYPE_CHECKING:
    from agents.fetch.answer import Answer
    from agents.fetch.request import Hop, Lease, Wanted
    from pipeline.page.refresh import Refresh

LONGEST_VALIDATOR = 1000  # characters
MOST_TAGS = 20  # headers X-Robots-Tag of a page


@dataclass(frozen=True, slots=True)
class Redirect:
    """A redirect to another URL, and the Set-Cookie headers that came with it."""

    location: str
    set_cookie: tuple[str, ...] = ()


@dataclass(slots=True)
class _Body:
    """A body that is being read."""

    wanted: Wanted
    coding: str  # the Content-Encoding
    opener: Opener = field(init=False)
    kept: list[bytes] = field(default_factory=list)  # as sent or unpacked, as wanted
    size: int = 0  # of `kept`
    first: list[bytes] = field(default_factory=list)  # the first unpacked pieces
    unpacked: int = 0  # bytes
    detail: str = ""  # what is missing
    is_mixed: bool = False  # it cannot stay packed: a record names one coding, and its body is complete

    def __post_init__(self) -> None:
        self.opener = Opener(self.coding, self.wanted.largest)

    def take(self, sent: bytes) -> None:
        self.keep([sent] if self.wanted.raw else self.opener.take(sent), sent)

    def keep(self, pieces: list[bytes], sent: bytes = b"") -> None:
        for piece in pieces:
            if self.unpacked < SMALL:
                self.first.append(piece)
            self.unpacked += len(piece)
        if not self.wanted.packed:
            self.kept += pieces
            self.size = self.unpacked
        elif sent:
            self.kept.append(sent)
            self.size += len(sent)

    @property
    def start(self) -> bytes:
        """The first SEARCHED unpacked bytes or more; all of them, if there are at most SMALL."""
        is_enough = self.unpacked > SMALL and len(self.first[0]) >= SEARCHED
        return self.first[0] if is_enough else self.head  # most bodies come in pieces: this copies none

    @property
    def head(self) -> bytes:
        """The first SMALL unpacked bytes or more."""
        return b"".join(self.first)

    def end(self) -> tuple[bytes, str]:
        """Return the body with its remaining content coding."""
        body = b"".join(self.kept)
        if self.wanted.raw:
            return body[: self.wanted.largest], self.coding
        if not self.wanted.packed:
            return body[: self.wanted.largest], ""
        if self.is_mixed:
            return unpack([body], self.coding, self.wanted.largest, short=True), ""
        return body, self.opener.coding if body else ""


async def read_response(hop: Hop, response: aiohttp.ClientResponse, wanted: Wanted, lease: Lease) -> Answer | Redirect:
    """Read an answer. Raises what aiohttp raises, and TooMuchError or UnpackingError for its body."""
    meaning = meaning_of(response.status)
    if meaning == "page":
        return await _page(hop, response, wanted, lease)
    said = f"HTTP {response.status}"
    if meaning == "again":
        wait = retry_after(response.headers.get("Retry-After"), datetime.now(UTC))
        is_busy = response.status in BUSY
        return hop.failed(said, wait=wait, of_host=is_busy or response.status in GATEWAY, is_busy=is_busy)
    if isinstance(meaning, Reason):
        refused = hop.refused(meaning, said)
        return replace(refused, fresh_for=_fresh_for(response)) if wanted.freshness else refused
    if location := response.headers.get("Location", "").strip():
        return _redirect(response, location_of(location))
    page = await _page(hop, response, wanted, lease, least=STUB)  # browsers show it
    return hop.refused(Reason.REFUSED, f"{said} without a Location") if isinstance(page, Refused) else page


async def _page(
    hop: Hop, response: aiohttp.ClientResponse, wanted: Wanted, lease: Lease, *, least: int = 0
) -> Fetched | Refused | Redirect:
    """Read the body of an answer; a page must have at least `least` letters and digits."""
    refresh = by_header(response.headers.get("Refresh")) if wanted.refresh else None
    if refresh is not None and refresh.seconds <= AT_ONCE and (target := _elsewhere(hop, refresh)) is not None:
        return _redirect(response, target)
    kind = content_type(_joined(response, "Content-Type"))
    if wanted.pages and not may_be_page(kind.media_type):
        return hop.refused(Reason.MEDIA_TYPE, kind.media_type)
    body = await _body(response, wanted, lease)
    start = body.start
    media_type = page_type(kind.media_type, start) if wanted.pages else kind.media_type
    if media_type is None:
        return hop.refused(Reason.MEDIA_TYPE, kind.media_type)
    if wanted.refresh and (refresh is not None or mentions_refresh(start, body.unpacked)):
        refresh = _refresh_of(refresh, body, ContentType(media_type, kind.charset))
        if refresh is not None and (target := _elsewhere(hop, refresh)) is not None:
            return _redirect(response, target)
    if least and letters_in(body.head.decode("latin-1")) < least:
        return hop.refused(Reason.EMPTY, "hardly any text")
    if body.is_mixed:
        await lease.hold(body.unpacked)
    raw, coding = body.end()
    return Fetched(
        url=hop.url,
        at=datetime.now(UTC),
        media_type=media_type,
        charset=kind.charset,
        body=raw,
        coding=coding,
        detail=body.detail,
        redirects=hop.passed,
        etag=_validator(response, "ETag"),
        last_modified=_validator(response, "Last-Modified"),
        x_robots_tag=tuple(map(_said, response.headers.getall("X-Robots-Tag", ())))[:MOST_TAGS],
        tdm_reservation=_said(response.headers.get("tdm-reservation")) or None,
        tdm_policy=_said(response.headers.get("tdm-policy")) or None,
        fresh_for=_fresh_for(response) if wanted.freshness else None,
    )


def _redirect(response: aiohttp.ClientResponse, location: str) -> Redirect:
    return Redirect(location, tuple(response.headers.getall("Set-Cookie", ())))


def _refresh_of(said: Refresh | None, body: _Body, kind: ContentType) -> Refresh | None:
    """Return the refresh that a page makes, `said` by its header or by itself."""
    head = body.head
    if said is not None and letters_in(head.decode("latin-1")) < STUB:
        return said
    if not mentions_refresh(head, body.unpacked):
        return None
    is_html = "html" in kind.media_type or (not kind.media_type and looks_like_html(text_of_head(head)))
    return by_page(head, kind.charset) if is_html else None


def _elsewhere(hop: Hop, refresh: Refresh) -> str | None:
    """Return where a refresh leads; None if it loads the same page again, or no page."""
    location = location_of(refresh.target)
    return None if hop_url(hop.url, location) in {None, hop.url, hop_url(hop.url, "")} else location


async def _body(response: aiohttp.ClientResponse, wanted: Wanted, lease: Lease) -> _Body:
    """Read a body to its end or its limit."""
    claimed = response.content_length or 0
    body = _Body(wanted, _joined(response, "Content-Encoding"))
    if claimed > wanted.largest and not wanted.cut:
        raise TooMuchError(f"{claimed} bytes; the limit is {wanted.largest}")
    try:
        try:
            while sent := await response.content.readany():  # without the layers of an iterator
                body.take(sent)
                await lease.hold(body.size)
                if wanted.raw and body.size >= wanted.largest:
                    return body
        except (aiohttp.ClientPayloadError, aiohttp.SocketTimeoutError) as error:
            if not wanted.short or not response.content.total_bytes:
                raise
            body.take(left_in(response.content))
            body.detail = f"the body broke off: {error}"[:300]
        if not wanted.raw and (rest := body.opener.end(short=wanted.short)):
            body.keep(rest)
    except TooMuchError:
        if not wanted.cut:
            raise
    if not body.opener.is_simple:
        broke_off = body.opener.broke_off
        body.is_mixed = wanted.packed and (broke_off or body.opener.depth > 1)
        body.detail = body.detail or ("the packed body breaks off" if broke_off else "")
    return body


def _joined(response: aiohttp.ClientResponse, name: str) -> str:
    values = response.headers.getall(name, ())
    return values[0] if len(values) == 1 else ", ".join(values)


def _fresh_for(response: aiohttp.ClientResponse) -> float | None:
    return fresh_for(response.headers.get("Cache-Control"), response.headers.get("Age"))


def _said(value: str | None) -> str:
    """Return a header for a record: valid UTF-8 of at most LONGEST_VALIDATOR characters; "" if it is absent."""
    return value[:LONGEST_VALIDATOR].encode("utf-8", "replace").decode("utf-8") if value else ""


def _validator(response: aiohttp.ClientResponse, name: str) -> str | None:
    value = response.headers.get(name)
    return value if value and len(value) <= LONGEST_VALIDATOR and value.isprintable() else None
