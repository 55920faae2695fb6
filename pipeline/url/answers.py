"""The meaning of a web server's answer: a page, a redirect, a retry later, or a reason why there is no page."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Literal

from pipeline.records.fields import digest
from pipeline.records.reason import Reason

REDIRECTS = frozenset({300, 301, 302, 303, 307, 308})
AGAIN = frozenset({408, 425, 429})  # besides 5xx: a retry may succeed
NEVER = frozenset({501, 505, 511})  # among 5xx: a retry cannot succeed
BUSY = frozenset({429, 503})  # the host asks for fewer requests
# A gateway got no answer from the host: Bad Gateway, Gateway Timeout, and what a CDN says in their place
GATEWAY = frozenset({502, 504, 521, 522, 523, 524, 525, 526})
_DIRECTIVE = re.compile(r"([A-Za-z-]+)(?:\s*=\s*(\"[^\"]*\"|[^\s,]*))?")
_BLANK = "".join(map(chr, range(0x21)))
_NO_BREAKS = {ord(one): None for one in "\t\r\n"}
_MANY_SLASHES = re.compile(r"^(https?:)/{3,}", re.IGNORECASE)
LONGEST_WAIT = 6 * 3600.0  # seconds; a longer Retry-After is cut to this
Meaning = Literal["page", "redirect", "again"]


def meaning_of(status: int) -> Meaning | Reason:
    """Return the meaning of a status code (RFC 9110, section 15)."""
    if 200 <= status < 300:
        return "page"
    if status in REDIRECTS:
        return "redirect"
    if status in AGAIN or (status >= 500 and status not in NEVER):
        return "again"
    return {304: Reason.NOT_MODIFIED, 404: Reason.NOT_FOUND, 410: Reason.GONE}.get(status, Reason.REFUSED)


def location_of(header: str) -> str:
    """Return a Location as browsers read it (WHATWG URL): without line breaks, with slashes for backslashes.

    Bytes that are not UTF-8 (lone surrogates in `header`) are escaped as they are.
    """
    raw = header.strip(_BLANK).translate(_NO_BREAKS).encode("utf-8", "surrogateescape")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = "".join(chr(one) if one < 0x80 else f"%{one:02X}" for one in raw)
    end = re.search("[?#]|$", text)
    path = text[: end.start()].replace("\\", "/") if end else text
    return _MANY_SLASHES.sub(r"\1//", path) + text[len(path) :]


def retry_after(header: str | None, now: datetime) -> float | None:
    """Read a Retry-After (RFC 9110, section 10.2.3): seconds from `now`, at most LONGEST_WAIT; None if invalid."""
    value = (header or "").strip()
    if value.isascii() and value.isdigit():
        return min(float(value[:9]), LONGEST_WAIT)
    try:
        at = parsedate_to_datetime(value)
    except (ValueError, IndexError, OverflowError, TypeError):
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return min(max(0.0, (at - now).total_seconds()), LONGEST_WAIT)


def fresh_for(cache_control: str | None, age: str | None) -> float | None:
    """Return how many seconds an answer stays fresh (RFC 9111, sections 4.2 and 5.2.2); None if it does not say.

    0.0 if it must not be cached: then it may be requested again at any time.
    """
    directives = {name.lower(): value for name, value in _DIRECTIVE.findall((cache_control or "")[:1000])}
    if directives.keys() & {"no-cache", "no-store"}:
        return 0.0
    if "max-age" not in directives or not (seconds := directives["max-age"].strip('"')[:9]).isdecimal():
        return None
    spent = (age or "").strip()[:9]
    return max(0.0, float(seconds) - (float(spent) if spent.isdecimal() else 0.0))


def backoff(attempt: int, *, base: float, name: str) -> float:
    """Return the seconds to wait after a failed attempt (from 1); the wait is four times longer after each attempt.

    Half of it is jitter, so that URLs that failed together are not retried together. The jitter is derived from `name`
    and the attempt, so that a replay waits equally long.
    """
    full = min(base * 4.0 ** min(attempt - 1, 12), LONGEST_WAIT)
    return full * (0.5 + 0.5 * int(digest(name.encode(), str(attempt).encode())[:8], 16) / 0xFFFFFFFF)
