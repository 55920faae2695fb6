"""What an answer of a web server means to a crawler: a page, a reason why there is none, or another try later."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Literal

from pipeline.records.fields import digest
from pipeline.records.reason import Reason

REDIRECTS = frozenset({300, 301, 302, 303, 307, 308})
AGAIN = frozenset({408, 425, 429})  # besides 5xx: a later try may go well
NEVER = frozenset({501, 505, 511})  # of 5xx: no later try does
BUSY = frozenset({429, 502, 503, 504})  # said of the host rather than of the page
_DIRECTIVE = re.compile(r"([A-Za-z-]+)(?:\s*=\s*(\"[^\"]*\"|[^\s,]*))?")
LONGEST_WAIT = 6 * 3600.0  # seconds, whatever a Retry-After says
Meaning = Literal["page", "redirect", "again"]


def meaning_of(status: int) -> Meaning | Reason:
    """Read a status code (RFC 9110, section 15)."""
    if 200 <= status < 300:
        return "page"
    if status in REDIRECTS:
        return "redirect"
    if status in AGAIN or (status >= 500 and status not in NEVER):
        return "again"
    return {304: Reason.NOT_MODIFIED, 404: Reason.NOT_FOUND, 410: Reason.GONE}.get(status, Reason.REFUSED)


@dataclass(frozen=True, slots=True)
class ContentType:
    """A media type in lower case, and its charset; "" and None where they are not said."""

    media_type: str = ""
    charset: str | None = None


def content_type(header: str | None) -> ContentType:
    """Read a Content-Type (RFC 9110, section 8.3), however badly it is written."""
    media_type, *parameters = (header or "").encode("ascii", "replace").decode("ascii").split(";")
    charset = None
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset" and charset is None:
            charset = value.strip().strip("\"' ")[:40] or None
    return ContentType(media_type.strip().lower()[:100], charset)


def retry_after(header: str | None, now: datetime) -> float | None:
    """Read a Retry-After (RFC 9110, section 10.2.3): seconds from `now`, bounded; None where it is none."""
    said = (header or "").strip()
    if said.isascii() and said.isdigit():
        return min(float(said[:9]), LONGEST_WAIT)
    try:
        at = parsedate_to_datetime(said)
    except (ValueError, IndexError, OverflowError, TypeError):
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return min(max(0.0, (at - now).total_seconds()), LONGEST_WAIT)


def fresh_for(cache_control: str | None, age: str | None) -> float | None:
    """Read for how many seconds more an answer is fresh (RFC 9111, sections 4.2 and 5.2.2); None where it is not said.

    0.0 where it asks not to be kept: then it may be asked for at any time.
    """
    said = {name.lower(): value for name, value in _DIRECTIVE.findall((cache_control or "")[:1000])}
    if said.keys() & {"no-cache", "no-store"}:
        return 0.0
    if "max-age" not in said or not (seconds := said["max-age"].strip('"')[:9]).isdecimal():
        return None
    spent = (age or "").strip()[:9]
    return max(0.0, float(seconds) - (float(spent) if spent.isdecimal() else 0.0))


def backoff(attempt: int, *, base: float, name: str) -> float:
    """Say how many seconds to wait after a failed attempt (from 1): four times as long after each.

    Half of it is jitter, so that what failed together does not come back together; drawn from `name` and the attempt,
    so that a replay draws the same.
    """
    full = min(base * 4.0 ** min(attempt - 1, 12), LONGEST_WAIT)
    return full * (0.5 + 0.5 * int(digest(name.encode(), str(attempt).encode())[:8], 16) / 0xFFFFFFFF)
