"""A URL to fetch, a waiting URL and a visited URL: the records of `urls`, `urls-later` and `visits`.

Here: the records, their keys and ids. Not here: whether and when a URL is fetched (agents/fetch).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from pipeline.records.fields import Count, Text, Url, digest
from pipeline.records.url import host_of, web_url

ORDINARY = 5  # the default priority, from 0 to 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A URL to fetch, as it was submitted, with the metadata that its source gave.

    A producer that writes to `urls` must set only `url` and `submitted_at`.
    """

    url: Url  # as it was given; it is fetched so
    submitted_at: AwareDatetime
    source: str = ""  # the kind of source: "feed", "rss", "sitemap", "watch", "http", or a producer's own word
    referrer: Url | None = None  # the feed, sitemap or page that contains the URL
    priority: Annotated[int, Field(ge=0, le=9)] = ORDINARY  # within its host: 9 is fetched first, 0 last
    refetch: bool = False  # fetch it even if it was fetched within the window (CHISTOVIK_FETCH_WINDOW)
    title: Text | None = None  # from the feed, as is date_published
    date_published: Text | None = None  # an RFC 3339 date, or date and time
    schema_version: Literal[1] = 1

    @property
    def canonical(self) -> str | None:
        """The canonical form of its URL, which identifies it; None if it is not an http(s) URL."""
        return web_url(self.url)

    @property
    def key(self) -> bytes:
        """The record's key: its host, so that a single worker controls the request rate of a host."""
        return host_key(self.url)

    @property
    def id(self) -> str:
        """The id of the URL, the same for all its spellings."""
        return target_id(self.url)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A URL that must wait: its fetch failed, its host does not answer, or too many URLs of the host are queued."""

    target: Target
    origin: Text  # its offset in `urls`: "urls/<partition>/<offset>"
    attempt: Count  # the number of the next attempt: one more than the requests of this URL so far
    not_before: AwareDatetime
    problem: Text = ""  # why the previous attempt failed; "" if there was none
    host_problem: Text | None = None  # the last failure of its host, if the URL waits because the host does not answer
    unanswered_since: AwareDatetime | None = None  # since when it has waited so
    schema_version: Literal[1] = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """The last answer to a URL. It prevents fetching the URL too soon, or downloading it again unchanged."""

    url: Url  # as it was requested; the key of the record is the same for all its spellings
    at: AwareDatetime
    origin: Text  # the offset in `urls` that it was fetched for
    result: Text  # "page", "failed", or the reason why there is no page
    etag: Text | None = None  # validators of the newest page (RFC 9110, section 8.8), as is last_modified
    last_modified: Text | None = None
    schema_version: Literal[1] = 1


def host_key(url: str) -> bytes:
    """Return the key of a URL in any spelling: its host, or the URL's own id if it has no host."""
    canonical = web_url(url)
    return (host_of(canonical) if canonical else target_id(url)).encode()


def target_id(url: str) -> str:
    """Return the id of a URL: 32 hexadecimal digits, the same for all its spellings."""
    return digest((web_url(url) or url).encode("utf-8", "surrogatepass"))
