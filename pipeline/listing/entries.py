"""The entries of a listing: a feed, a sitemap, a sitemap index, or a plain list of URLs.

A site may offer a feed as its sitemap (sitemaps.org), so all kinds of listing share these types.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urljoin, urlsplit

from pipeline.listing.dates import Said, said
from pipeline.records.target import ORDINARY, Target
from pipeline.records.url import host_of
from pipeline.text.calendar.dates import SLACK, Moment, moment_of

MOST_ENTRIES = 50_000  # sitemaps.org's own limit for one file
MOST_PLACES = 2 * MOST_ENTRIES  # places that are read: duplicate and invalid entries cost time, too
MOST_FLAWS = 20  # flaws that are kept; further ones are only counted
MOST_BYTES = 50 << 20  # decompressed; sitemaps.org's limit
LONGEST_URL = 8192  # as in a page
LONGEST_TITLE = 1000  # characters
_EXACT = timedelta(0)
_PUBLIC = re.compile(r"(?=.*[a-z])[^:]+\.[^:.]+$", re.IGNORECASE)  # neither `localhost` nor an IP address
_AMPERSAND = re.compile("&(?:amp|#0*38|#x0*26);", re.IGNORECASE)


class Kind(StrEnum):
    """The format of a listing."""

    RSS = "rss"
    ATOM = "atom"
    JSON_FEED = "json-feed"
    SITEMAP = "sitemap"
    SITEMAP_INDEX = "sitemap-index"
    TEXT = "text"


FEEDS = frozenset({Kind.RSS, Kind.ATOM, Kind.JSON_FEED})


@dataclass(frozen=True, slots=True)
class Unread:
    """The reason why bytes could not be read as a listing, or a link as a URL."""

    why: str
    leads: tuple[str, ...] = ()  # feeds that an HTML page names


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A listed page, or a listed sitemap in a sitemap index. Dates are in UTC, as the listing gives them.

    A date without a zone is read as UTC, a day as its start. `…_within` says how much later it may be.
    """

    url: str
    number: int  # its place in the listing, from 1
    title: str | None = None
    published: datetime | None = None
    modified: datetime | None = None
    published_within: timedelta = _EXACT
    modified_within: timedelta = _EXACT

    @property
    def date(self) -> datetime | None:
        """The date of publication; if there is none, the date of the last change."""
        return self.published or self.modified

    @property
    def latest(self) -> datetime | None:
        """The latest instant that `date` may mean: an entry is older than a time only if this is."""
        within = self.published_within if self.published else self.modified_within
        return None if self.date is None else self.date + within


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """A place in a listing that is not a valid entry, and the reason."""

    number: int  # the place in the listing, from 1
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The entries read from a listing, in its order; each URL occurs once."""

    kind: Kind
    entries: tuple[Entry, ...]
    flaws: tuple[Flaw, ...] = ()  # the first `MOST_FLAWS`
    flawed: int = 0  # number of all flaws
    left_out: int = 0  # number of entries after `MOST_ENTRIES`, as far as they were counted
    broken: str = ""  # the first syntax error of a malformed listing that was read nevertheless
    ttl: float = 0.0  # seconds that it may be cached, as it declares; 0.0 if it does not declare any
    cut: str = ""  # why its end is missing; "" if it is whole
    pages: tuple[Entry, ...] = ()  # of an index: pages that it lists beside its sitemaps

    @property
    def is_feed(self) -> bool:
        """Whether it lists the newest entries first, as feeds do; the order of a sitemap has no meaning."""
        return self.kind in FEEDS


class Entries:
    """Collect the entries of a listing: resolved URLs, each once, up to a limit."""

    def __init__(self, base: str) -> None:
        self.base = base
        self._found: dict[str, Entry] = {}
        self._flaws: list[Flaw] = []
        self._flawed = self._left_out = self._number = 0

    @property
    def is_full(self) -> bool:
        """Whether the limit of places is reached and reading must stop."""
        return self._number >= MOST_PLACES

    def add(
        self,
        url: str | None,
        *,
        base: str | None = None,
        title: str | None = None,
        published: str | Said | None = None,
        modified: str | Said | None = None,
    ) -> None:
        """Add an entry as the listing gives it; of several entries with one URL the first is kept."""
        self._number += 1
        resolved = resolve(url, base or self.base)
        if isinstance(resolved, Unread):
            self._refuse(resolved.why)
        elif resolved in self._found:
            return
        elif len(self._found) >= MOST_ENTRIES:
            self._left_out += 1
        else:
            self._found[resolved] = _entry(resolved, self._number, title, _said(published), _said(modified))

    def refuse(self, why: str) -> None:
        """Count a place in the listing that is not a valid entry."""
        self._number += 1
        self._refuse(why)

    def _refuse(self, why: str) -> None:
        self._flawed += 1
        if len(self._flaws) < MOST_FLAWS:
            self._flaws.append(Flaw(number=self._number, why=why))

    def listing(self, kind: Kind, *, broken: str = "", ttl: float = 0.0, cut: str = "") -> Listing:
        """Return the collected entries as a listing."""
        return Listing(
            kind=kind,
            entries=tuple(self._found.values()),
            flaws=tuple(self._flaws),
            flawed=self._flawed,
            left_out=self._left_out,
            broken=broken,
            ttl=ttl,
            cut=cut,
        )


def _said(date: str | Said | None) -> Said | None:
    return date if isinstance(date, Said) else said(date)


def _entry(url: str, number: int, title: str | None, published: Said | None, modified: Said | None) -> Entry:
    return Entry(
        url=url,
        number=number,
        title=(title or "").strip()[:LONGEST_TITLE] or None,
        published=published.at if published else None,
        modified=modified.at if modified else None,
        published_within=published.within if published else _EXACT,
        modified_within=modified.within if modified else _EXACT,
    )


def target_of_entry(
    entry: Entry, kind: Kind, *, referrer: str | None, source: str, now: datetime, priority: int = ORDINARY
) -> Target:
    """Return the target of an entry, with the title and date from the listing.

    The `lastmod` of a sitemap is not a date of publication. In a feed, an entry that has only `updated` was published
    then. A date in the future is dropped. A date without a time or a zone becomes a day, not an instant.
    """
    at = entry.date if kind in FEEDS else entry.published
    return Target(
        url=entry.url,
        submitted_at=now,
        source=source,
        referrer=referrer,
        priority=priority,
        title=entry.title,
        date_published=_written(at, entry) if at is not None and at <= now + SLACK else None,
    )


def _written(at: datetime, entry: Entry) -> str:
    return str(Moment(at.date(), at if entry.latest == at else None))


def resolve(url: str | None, base: str) -> str | Unread:
    """Return a link as an absolute URL without its fragment; Unread if it is not an http(s) URL."""
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
        return Unread(f"URL too long ({len(absolute)} characters, at most {LONGEST_URL}): {shown(absolute)}")
    return parts._replace(fragment="").geturl()


def date_of(text: str | None) -> datetime | None:
    """Read a date of a feed (RFC 822, RFC 3339, or similar); without a zone it is read as UTC, a day as its start."""
    found = said(text)
    return found.at if found else None


def since_of(text: str, *, now: datetime) -> datetime | None:
    """Read a time in the past: a date, a date and time, or a span before `now` (90m, 36h, 7d)."""
    if span := span_of(text):
        return now - span
    moment = moment_of(text)
    return None if moment is None else date_of(text)


def span_of(text: str) -> timedelta | None:
    """Read a span of time: 90s, 15m, 36h, 7d; None if it is invalid or longer than a hundred years."""
    match = re.fullmatch(r"\s*([0-9]{1,6})\s*([smhd])\s*", text)
    if match is None:
        return None
    seconds = int(match[1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[match[2]]
    return timedelta(seconds=seconds) if seconds <= 100 * 366 * 86400 else None


def base_of(url: str, *named: str | None) -> str:
    """Return the base of relative links of a feed at `url` ("" for a file) that names these addresses of its site.

    A feed on its site's host is its own base (RFC 3986). But many feeds are delivered from elsewhere, and their
    relative links mean the site. An address that only the site's own machine understands is not taken.
    """
    for one in named:
        site = resolve(one, url)
        if isinstance(site, Unread) or not _PUBLIC.match(urlsplit(site).hostname or ""):
            continue
        return url if url and _bare(site) == _bare(url) else site
    return url


def _bare(url: str) -> str:
    return host_of(url).removeprefix("www.")


def is_web(text: str | None) -> bool:
    """Return whether a text is an absolute http(s) URL by its begin."""
    return bool(text) and str(text).strip().lower().startswith(("http://", "https://"))


def _untangled(url: str | None) -> str:
    """Remove what the WHATWG's URL parser removes: white space at both ends, tabs and line breaks inside.

    An `&` that was escaped twice becomes an `&`.
    """
    if url and "&" in url:
        url = _AMPERSAND.sub("&", url)
    return re.sub(r"[\t\r\n]", "", url.strip()).replace(" ", "%20") if url else ""


def shown(url: str) -> str:
    """Return a URL in quotes for a message, cut after 80 characters."""
    return repr(url if len(url) <= 80 else url[:79] + "…")
