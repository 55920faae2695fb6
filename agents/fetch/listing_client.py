"""Request feeds and sitemaps with the fetch stage's client: one answer for each URL, and never an exception."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from agents.fetch.answer import Failed, Fetched
from agents.fetch.fetcher import Wanted, fetcher_of
from agents.fetch.guard import BlockedError, UnknownHostError
from pipeline.listing.entries import MOST_BYTES

if TYPE_CHECKING:
    from contextlib import AsyncExitStack

    from agents.fetch.answer import Answer
    from agents.fetch.fetcher import Fetcher
    from agents.observe.metrics import Metrics
    from agents.settings import Settings

LISTINGS = (
    "application/rss+xml,application/atom+xml,application/feed+json,application/xml;q=0.9,text/xml;q=0.9,"
    "application/json;q=0.8,text/plain;q=0.7,*/*;q=0.5"
)

# The end of a whole listing: it may be read although the server announced more bytes.
_ENDS = re.compile(rb"(?:</(?:\w+:)?(?:rss|feed|rdf|urlset|sitemapindex|html)\s*>|\})\s*$", re.IGNORECASE)


class ListingClient(Protocol):
    """Fetches listings with the guard, pace and limits of the fetch stage. No answer raises an error."""

    async def get(self, url: str, *, etag: str | None = None, last_modified: str | None = None) -> Answer: ...

    async def sitemaps_of(self, url: str) -> tuple[str, ...]:
        """Return the sitemaps that the robots.txt of a URL's site names."""
        ...


@dataclass(slots=True)
class WebListingClient:
    """Fetches listings with the fetch stage's fetcher. It starts at the first request, because files need none."""

    settings: Settings
    resources: AsyncExitStack
    largest: int = MOST_BYTES
    metrics: Metrics | None = None
    _fetcher: Fetcher | None = None

    async def fetcher(self) -> Fetcher:
        """Return the running fetcher. Raises SettingsError if the settings do not identify us."""
        if self._fetcher is None:
            self._fetcher = await self.resources.enter_async_context(fetcher_of(self.settings, self.metrics))
        return self._fetcher

    async def get(self, url: str, *, etag: str | None = None, last_modified: str | None = None) -> Answer:
        """Request a listing. With validators, request it only if it has changed."""
        wanted = Wanted(
            accept=LISTINGS,
            pages=False,
            short=True,
            largest=self.largest,
            etag=etag,
            last_modified=last_modified,
            freshness=True,
        )
        got = await (await self.fetcher()).get(url, wanted)
        if isinstance(got, Fetched) and got.detail and not _ENDS.search(got.body[-200:]):
            return Failed(url=got.url, problem=got.detail, redirects=got.redirects)
        return got

    async def sitemaps_of(self, url: str) -> tuple[str, ...]:
        """Return the sitemaps that the robots.txt of a URL's site names."""
        try:
            return (await (await self.fetcher()).robots(url)).sitemaps
        except (BlockedError, UnknownHostError):
            return ()
