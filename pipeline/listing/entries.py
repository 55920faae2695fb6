"""What lists URLs: a feed, a sitemap, an index of sitemaps, a plain text. Here are the nouns and what tells them apart.

A site may offer a feed as its sitemap (sitemaps.org), so whoever asks for one gets whichever it is.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from urllib.parse import urljoin, urlsplit

from pipeline.records.target import ORDINARY, Target
from pipeline.records.wire import rfc3339
from pipeline.text.dates import SLACK, moment_of, utc

MOST_ENTRIES = 50_000  # sitemaps.org's own limit for one file
MOST_PLACES = 2 * MOST_ENTRIES  # that are looked at: repeated and flawed ones cost time, too
MOST_FLAWS = 20  # that are kept with their places; the others are counted
MOST_BYTES = 50 << 20  # unpacked; sitemaps.org's limit
LONGEST_URL = 8192  # as in a page
LONGEST_TITLE = 1000  # characters
_GZIP = b"\x1f\x8b"


class Kind(StrEnum):
    """What a listing is."""

    RSS = "rss"
    ATOM = "atom"
    JSON_FEED = "json-feed"
    SITEMAP = "sitemap"
    SITEMAP_INDEX = "sitemap-index"
    TEXT = "text"


FEEDS = frozenset({Kind.RSS, Kind.ATOM, Kind.JSON_FEED})


@dataclass(frozen=True, slots=True)
class Unread:
    """Bytes that are no listing, and why."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A page that is listed; or, in an index of sitemaps, another sitemap. Dates are in UTC, as they were said."""

    url: str
    number: int  # of its place in the listing, from 1
    title: str | None = None
    published: datetime | None = None
    modified: datetime | None = None

    @property
    def date(self) -> datetime | None:
        """When it was published, else when it was changed."""
        return self.published or self.modified


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """A place of a listing that is no entry."""

    number: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What was read of a listing, in its order; no URL is there twice."""

    kind: Kind
    entries: tuple[Entry, ...]
    flaws: tuple[Flaw, ...] = ()  # the first `MOST_FLAWS`
    flawed: int = 0  # how many there are in all
    left_out: int = 0  # behind `MOST_ENTRIES`, as far as they were counted
    broken: str = ""  # what is wrong with its form, where it could be read all the same
    ttl: float = 0.0  # seconds that it may be kept for, as it says itself; 0.0 where it does not

    @property
    def is_feed(self) -> bool:
        """Say whether it has the newest first, as feeds do; the order of a sitemap says nothing."""
        return self.kind in FEEDS


class Entries:
    """Collects the entries of a listing: resolved, each URL once, bounded."""

    def __init__(self, base: str) -> None:
        self.base = base
        self._found: dict[str, Entry] = {}
        self._flaws: list[Flaw] = []
        self._flawed = self._left_out = self._number = 0

    @property
    def is_full(self) -> bool:
        """Say that no more is looked at."""
        return self._number >= MOST_PLACES

    def add(
        self,
        url: str | None,
        *,
        base: str | None = None,
        title: str | None = None,
        published: str | None = None,
        modified: str | None = None,
    ) -> None:
        """Take an entry as it was written; a URL that is there already stays as it was first."""
        self._number += 1
        resolved = resolve(url, base or self.base)
        if isinstance(resolved, Unread):
            self._refuse(resolved.why)
        elif resolved in self._found:
            return
        elif len(self._found) >= MOST_ENTRIES:
            self._left_out += 1
        else:
            self._found[resolved] = Entry(
                url=resolved,
                number=self._number,
                title=(title or "").strip()[:LONGEST_TITLE] or None,
                published=date_of(published),
                modified=date_of(modified),
            )

    def refuse(self, why: str) -> None:
        """Count a place of the listing that is no entry."""
        self._number += 1
        self._refuse(why)

    def _refuse(self, why: str) -> None:
        self._flawed += 1
        if len(self._flaws) < MOST_FLAWS:
            self._flaws.append(Flaw(number=self._number, why=why))

    def listing(self, kind: Kind, *, broken: str = "", ttl: float = 0.0) -> Listing:
        """Give what was collected."""
        return Listing(
            kind=kind,
            entries=tuple(self._found.values()),
            flaws=tuple(self._flaws),
            flawed=self._flawed,
            left_out=self._left_out,
            broken=broken,
            ttl=ttl,
        )


def target_of_entry(
    entry: Entry, kind: Kind, *, referrer: str | None, source: str, now: datetime, priority: int = ORDINARY
) -> Target:
    """Make the target of an entry with the listing's own title and date.

    When a sitemap says that a page was changed, it does not say when it was published; a feed that only knows when an
    entry was `updated` means that. A date that is still to come is none.
    """
    at = entry.date if kind in FEEDS else entry.published
    return Target(
        url=entry.url,
        submitted_at=now,
        source=source,
        referrer=referrer,
        priority=priority,
        title=entry.title,
        date_published=rfc3339(at) if at is not None and at <= now + SLACK else None,
    )


def resolve(url: str | None, base: str) -> str | Unread:
    """Make a link absolute and take its fragment off, which no server sees; Unread where no page can be there."""
    if not (url := _untangled(url)):
        return Unread("no link")
    try:
        absolute = urljoin(base, url)
        parts = urlsplit(absolute)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return Unread(f"not a URL: {shown(url)}")
    if parts.scheme.lower() not in {"http", "https"} or not host:
        return Unread(f"not an http(s) URL: {shown(absolute)}")
    if len(absolute) > LONGEST_URL:
        return Unread(f"a URL of {len(absolute)} characters; {LONGEST_URL} fit: {shown(absolute)}")
    return parts._replace(fragment="").geturl()


def date_of(text: str | None) -> datetime | None:
    """Read a date of a feed (RFC 822, RFC 3339, or nearly so); a day without a time is its begin, UTC."""
    if not text or not text.strip():
        return None
    moment = moment_of(text)
    if moment is not None and moment.at is not None:
        return moment.at
    try:
        at = parsedate_to_datetime(text.strip()[:100])  # RFC 822: years of two digits, zones of North America
        if at.tzinfo is not None:
            return utc(at)
    except (ValueError, TypeError, IndexError, OverflowError):
        pass
    return datetime(moment.day.year, moment.day.month, moment.day.day, tzinfo=UTC) if moment else None


def since_of(text: str, *, now: datetime) -> datetime | None:
    """Read a time in the past: a date, a date and time, or a span before `now` (90m, 36h, 7d)."""
    if span := span_of(text):
        return now - span
    moment = moment_of(text)
    return None if moment is None else date_of(text)


def span_of(text: str) -> timedelta | None:
    """Read a span of time: 90s, 15m, 36h, 7d; None where it is none, or longer than a hundred years."""
    found = re.fullmatch(r"\s*([0-9]{1,6})\s*([smhd])\s*", text)
    if found is None:
        return None
    seconds = int(found[1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[found[2]]
    return timedelta(seconds=seconds) if seconds <= 100 * 366 * 86400 else None


def unpacked(raw: bytes, *, most: int = MOST_BYTES) -> bytes | Unread:
    """Unpack gzip, however it is named, to `most` bytes; other bytes are returned as they are."""
    if not raw.startswith(_GZIP):
        return raw if len(raw) <= most else Unread(f"{len(raw)} bytes; {most} fit")
    unpacking = zlib.decompressobj(wbits=31)
    try:
        found = unpacking.decompress(raw, most + 1)
    except zlib.error as error:
        return Unread(f"damaged gzip: {error}")
    if len(found) > most:
        return Unread(f"gzip of more than {most} bytes")
    return found if unpacking.eof else Unread("gzip that ends early")


def _untangled(url: str | None) -> str:
    """Take out what the WHATWG's URL parser takes out: white space around, tabs and line ends inside."""
    return re.sub(r"[\t\r\n]", "", url.strip()).replace(" ", "%20") if url else ""


def shown(url: str) -> str:
    """Quote a URL for a line that a person reads."""
    return repr(url if len(url) <= 80 else url[:79] + "…")
