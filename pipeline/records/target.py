"""A URL to fetch, one that waits, and one that was visited: the nouns of `urls`, `urls-later` and `visits`.

What they are and what names them; whether and when a URL is fetched is said in `agents/fetching/`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from pipeline.records.fields import Count, Text, Url, digest
from pipeline.records.url import host_of, web_url

ORDINARY = 5  # of the priorities 0 to 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A URL that somebody wants fetched, as it was submitted, with what the one who named it said of it.

    Whoever writes to `urls` need give no more than `url` and `submitted_at`.
    """

    url: Url  # in any spelling; what is fetched is `canonical`
    submitted_at: AwareDatetime
    source: str = ""  # what named it: "feed", "rss", "sitemap", "watch", "http", or a producer's own word
    referrer: Url | None = None  # the feed, the sitemap or the page that it was found in
    priority: Annotated[int, Field(ge=0, le=9)] = ORDINARY  # within its host: 9 before 0
    refetch: bool = False  # although it was fetched within the window (CHISTOVIK_FETCH_WINDOW)
    title: Text | None = None  # the feed's own, date_published likewise
    date_published: Text | None = None  # RFC 3339 date or date and time
    schema_version: Literal[1] = 1

    @property
    def canonical(self) -> str | None:
        """The one spelling of its URL; None where it is no URL of the web."""
        return web_url(self.url)

    @property
    def key(self) -> bytes:
        """The record's key: its host, so that one worker alone keeps to a host's pace."""
        return host_key(self.url)

    @property
    def id(self) -> str:
        """Name it: the same for all spellings of a URL."""
        return target_id(self.url)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A URL that is not fetched yet: its host asked us to wait, failed, or has too many URLs in front of it."""

    target: Target
    origin: Text  # its place in `urls`: "urls/<partition>/<offset>"
    attempt: Count  # which one the next is
    not_before: AwareDatetime
    problem: Text = ""  # why the attempt before failed; "" where there was none
    schema_version: Literal[1] = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What the last answer to a URL was, so that it is not asked for too soon, nor sent again unchanged."""

    url: Url  # canonical
    at: AwareDatetime
    origin: Text  # the place in `urls` that it was fetched for
    result: Text  # "page", "failed", or the reason why there is none
    etag: Text | None = None  # validators of the newest page (RFC 9110, section 8.8)
    last_modified: Text | None = None
    schema_version: Literal[1] = 1


def host_key(url: str) -> bytes:
    """Name the host of a URL in any spelling; what has none is keyed by itself."""
    canonical = web_url(url)
    return (host_of(canonical) if canonical else target_id(url)).encode()


def target_id(url: str) -> str:
    """Name a URL: 32 hexadecimal digits, the same for all its spellings."""
    return digest((web_url(url) or url).encode("utf-8", "surrogatepass"))
