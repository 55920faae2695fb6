"""Feeds and sitemaps over HTTP, with the fetch stage's client: one answer for one URL, and never an exception."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from agents.fetch.fetcher import Fetched, Refused, Wanted, fetcher_of
from agents.fetch.guard import BlockedError, UnknownHostError
from pipeline.listing.entries import MOST_BYTES
from pipeline.records.reason import Reason

if TYPE_CHECKING:
    from contextlib import AsyncExitStack

    from agents.fetch.fetcher import Fetcher
    from agents.observe.metrics import Metrics
    from agents.settings import Settings

LISTINGS = (
    "application/rss+xml,application/atom+xml,application/feed+json,application/xml;q=0.9,text/xml;q=0.9,"
    "application/json;q=0.8,text/plain;q=0.7,*/*;q=0.5"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Got:
    """An answer, after all redirects; `problem` says in one line why there is no body."""

    url: str  # the last one
    body: bytes = b""
    charset: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    is_unchanged: bool = False  # the validators that were sent still hold
    problem: str = ""
    wait: float | None = None  # seconds that the host asked for
    fresh_for: float | None = None  # seconds for which the answer holds, where the server says so


class Getter(Protocol):
    """Gets what a URL answers: guarded, polite and bounded as the fetch stage is."""

    async def get(self, url: str, *, etag: str | None = None, last_modified: str | None = None) -> Got: ...

    async def sitemaps_of(self, url: str) -> tuple[str, ...]:
        """Return the sitemaps that the robots.txt of a URL's site names."""
        ...


@dataclass(slots=True)
class WebGetter:
    """A getter on the fetch stage's client, which is started with the first question: files need none."""

    settings: Settings
    resources: AsyncExitStack
    largest: int = MOST_BYTES
    metrics: Metrics | None = None
    _fetcher: Fetcher | None = None

    async def fetcher(self) -> Fetcher:
        """Return the running fetcher; SettingsError where the settings do not say who we are."""
        if self._fetcher is None:
            self._fetcher = await self.resources.enter_async_context(fetcher_of(self.settings, self.metrics))
        return self._fetcher

    async def get(self, url: str, *, etag: str | None = None, last_modified: str | None = None) -> Got:
        """Ask for a listing; with validators only for one that has changed."""
        wanted = Wanted(
            accept=LISTINGS,
            media_types=None,
            largest=self.largest,
            etag=etag,
            last_modified=last_modified,
            freshness=True,
        )
        fetcher = await self.fetcher()
        answer = await fetcher.get(url, wanted)
        if isinstance(answer, Fetched):
            return Got(
                url=answer.url,
                body=answer.body,
                charset=answer.charset,
                etag=answer.etag,
                last_modified=answer.last_modified,
                fresh_for=answer.fresh_for,
            )
        if isinstance(answer, Refused):
            if answer.reason is Reason.NOT_MODIFIED:
                return Got(url=answer.url, is_unchanged=True, fresh_for=answer.fresh_for)
            return Got(url=answer.url, problem=f"{answer.reason}: {answer.detail}")
        return Got(url=answer.url, problem=answer.problem, wait=answer.wait)

    async def sitemaps_of(self, url: str) -> tuple[str, ...]:
        """Return the sitemaps that the robots.txt of a URL's site names."""
        try:
            return (await (await self.fetcher()).robots(url)).sitemaps
        except (BlockedError, UnknownHostError):
            return ()
