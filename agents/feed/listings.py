"""Turn feeds and sitemaps, given by URL or file, into the URLs that they list. Sitemap indexes are followed."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from agents.feed.cross_submission import own_entries
from agents.feed.lines import reason
from agents.feed.page_files import Problem
from agents.feed.url_lists import UrlInput, is_url
from agents.fetch.answer import Fetched
from pipeline.listing.entries import MOST_BYTES, Kind, Unread, target_of_entry
from pipeline.listing.reading import read_listing
from pipeline.records.url import host_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from agents.fetch.listing_client import ListingClient
    from pipeline.listing.entries import Entry, Listing

MOST_LISTINGS = 2_000  # limit per argument; sitemaps.org allows 50,000 in an index, each with 50,000 URLs
DEEPEST = 4  # nested indexes; sitemaps.org forbids them, but sites have them


class Walk:
    """Reads a listing and the sitemaps that it leads to, each once. Counts the entries that were left out."""

    def __init__(
        self, name: str, *, source: str, client: ListingClient, since: datetime | None = None, any_site: bool = False
    ) -> None:
        self.name = name
        self.left_out: Counter[str] = Counter()
        self.listed = 0
        self._told = 0  # problems
        self._source = source
        self._client = client
        self._since = since
        self._seen = {name}
        self._waiting = [(name, 1)]  # listings to read, with their depth
        self._any_site = any_site or not is_url(name)  # a file may list any site
        self._hosts = {host_of(name)}

    async def __aiter__(self) -> AsyncIterator[UrlInput | Problem]:
        """Yield the URLs, listing by listing, in their order. If there are none, one problem says why."""
        async for one in self._walk():
            self._told += isinstance(one, Problem)
            yield one
        if not self.listed and not self._told and not self.left_out:
            yield Problem(self.name, "lists no page: it has no entries")

    async def _walk(self) -> AsyncIterator[UrlInput | Problem]:
        read = 0
        while self._waiting:
            if (read := read + 1) > MOST_LISTINGS:
                yield Problem(self.name, f"leads to more than {MOST_LISTINGS} sitemaps; the others are left out")
                return
            async for one in self._one(*self._waiting.pop(0)):
                yield one

    async def _one(self, name: str, depth: int) -> AsyncIterator[UrlInput | Problem]:
        """Yield the URLs and problems of one listing. Let those that it leads to wait."""
        result = await self._read(name)
        if isinstance(result, Problem):
            yield result
            return
        url, index = result
        if isinstance(index, Unread):
            if (lead := self._lead(index, depth)) is None:
                yield Problem(name, index.why)
            else:
                self._waiting.insert(0, (lead, depth + 1))
            return
        if url and name == self.name:
            self._hosts.add(host_of(url))  # the address after redirects
        for problem in _flaws(name, index):
            yield problem
        for url_input in self._urls(name, url, await self._own_site(name, url, _pages(index))):
            yield url_input
        if index.kind is Kind.SITEMAP_INDEX and depth >= DEEPEST:
            yield Problem(name, f"an index nested {depth} levels deep; it is left out")
        elif index.kind is Kind.SITEMAP_INDEX:
            self._waiting += [(child, depth + 1) for child in self._children(index)]

    @property
    def summary(self) -> str:
        """One line about the entries left out; "" if there are none."""
        if not self.left_out:
            return ""
        kinds = ", ".join(f"{count} {what}" for what, count in self.left_out.most_common())
        return f"{self.name}: {self.listed} listed; left out: {kinds}"

    def _lead(self, page: Unread, depth: int) -> str | None:
        """Return the feed that an HTML page names, if it was not read yet."""
        lead = next((lead for lead in page.leads if lead not in self._seen), None)
        if lead is None or depth >= DEEPEST:
            return None
        self._seen.add(lead)
        return lead

    async def _read(self, name: str) -> tuple[str | None, Listing | Unread] | Problem:
        """Return a listing and the URL that it was read from; the URL is None for a file."""
        if is_url(name):
            got = await self._client.get(name)
            if not isinstance(got, Fetched):
                return Problem(name, got.problem)
            url, raw, charset = got.url, got.body, got.charset
        else:
            read = await asyncio.to_thread(_of_file, Path(name))
            if isinstance(read, Problem):
                return read
            url, raw, charset = None, read, None
        return url, await asyncio.to_thread(read_listing, raw, url or "", charset=charset)

    async def _own_site(self, name: str, url: str | None, listing: Listing) -> Listing:
        """Remove entries of other sites from a sitemap."""
        if self._any_site:
            return listing
        own, left_out = await own_entries(listing, self._hosts, {self.name, name, url or name}, self._client)
        self.listed += left_out
        if left_out:
            self.left_out["of other sites (--any-site includes them)"] += left_out
        return own

    def _children(self, index: Listing) -> Iterator[str]:
        for child in index.entries:
            if child.url in self._seen:
                continue
            if self._since and child.latest and child.latest < self._since:
                self.left_out["older sitemaps"] += 1
                continue
            self._seen.add(child.url)
            yield child.url

    def _urls(self, name: str, url: str | None, listing: Listing) -> Iterator[UrlInput]:
        now = datetime.now(UTC)
        for entry in listing.entries:
            self.listed += 1
            if why := self._why_not(entry):
                self.left_out[why] += 1
                continue
            target = target_of_entry(entry, listing.kind, referrer=url, source=self._source, now=now)
            yield UrlInput(target=target, where=f"{name}#{entry.number}")

    def _why_not(self, entry: Entry) -> str:
        if self._since is None:
            return ""
        if entry.latest is None:
            return "without a date"
        return "older" if entry.latest < self._since else ""


def _of_file(path: Path) -> bytes | Problem:
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        return Problem(str(path), reason(error))


def _pages(listing: Listing) -> Listing:
    """Return the pages of a listing; an index may list some beside its sitemaps."""
    if listing.kind is not Kind.SITEMAP_INDEX:
        return listing
    return replace(listing, kind=Kind.SITEMAP, entries=listing.pages)


def _flaws(name: str, listing: Listing) -> Iterator[Problem]:
    for flaw in listing.flaws:
        yield Problem(f"{name}#{flaw.number}", flaw.why)
    if listing.flawed > len(listing.flaws):
        yield Problem(name, f"{listing.flawed - len(listing.flaws)} more bad entries")
    if listing.left_out:
        yield Problem(name, f"{listing.left_out} entries are left out: the listing is longer than the limit")
    if listing.cut:
        yield Problem(name, f"{listing.cut}; {len(listing.entries) + len(listing.pages)} entries are read")
    elif listing.broken and not listing.entries:
        yield Problem(name, f"broken; no entry could be read ({listing.broken})")
