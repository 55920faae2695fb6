"""Poll one URL of a watch: request it, and turn the answer into targets and the state to remember."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from agents.feed.cross_submission import own_entries
from agents.fetch.answer import Failed, Fetched
from pipeline.listing.discovery import feeds_of
from pipeline.listing.entries import Kind, Unread, resolve, target_of_entry
from pipeline.listing.novelty import children_of, novelty
from pipeline.listing.reading import read_listing
from pipeline.listing.schedule import Polled
from pipeline.records.reason import Reason
from pipeline.records.target import target_id
from pipeline.records.url import host_of
from pipeline.url.request import request_url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from agents.fetch.answer import Refused
    from agents.fetch.listing_client import ListingClient
    from pipeline.listing.entries import Listing
    from pipeline.listing.watchlist import Watch
    from pipeline.records.target import Target
    from pipeline.records.watched import Watched

LARGEST = 16 << 20  # bytes of an unpacked listing; the tree of a hostile one takes fifty times as much memory
MOST_SITEMAPS = 10  # per robots.txt


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """The result of a poll."""

    polled: Polled
    targets: tuple[Target, ...] = ()
    old: int = 0
    held_back: int = 0
    of_others: int = 0  # entries of a sitemap that belong to other sites
    note: str = ""  # what is missing of a listing that was read nevertheless


async def poll(
    watch: Watch, url: str, state: Watched | None, *, client: ListingClient, elsewhere: Callable[[bytes], bool]
) -> Poll:
    """Poll a URL of a watch. No answer of a server raises an error."""
    if watch.kind == "site" and url == watch.url:
        return Poll(polled=await _discovered(url, client))
    known = state if state is not None and state.polls else None
    got = await client.get(
        url, etag=known.etag if known else None, last_modified=known.last_modified if known else None
    )
    if not isinstance(got, Fetched):
        return Poll(polled=_without_body(got))
    listing = await asyncio.to_thread(read_listing, got.body, got.url, charset=got.charset, most=LARGEST)
    if isinstance(listing, Unread):
        known_here = {target_id(url), target_id(watch.url)}
        if leads := [lead for lead in _distinct(listing.leads) if target_id(lead) not in known_here]:
            return Poll(polled=Polled(found=(leads[0],), etag=got.etag, last_modified=got.last_modified))
        hint = ": write `site` for a home page" if "HTML" in listing.why and watch.kind != "site" else ""
        return Poll(polled=Polled(problem=listing.why + hint))
    if listing.broken and not listing.entries:
        return Poll(polled=Polled(problem=f"broken, and nothing could be read of it ({listing.broken})"))
    index = listing
    if index.kind is Kind.SITEMAP_INDEX:  # its sitemaps may be on other hosts; their entries must be of this site
        listing = replace(index, kind=Kind.SITEMAP, entries=index.pages)
    listing, of_others = await own_entries(listing, _hosts(watch, url, got), {watch.url, url, got.url}, client)
    read = _read(watch, state, got, listing, elsewhere, index=index)
    return replace(read, of_others=of_others, note=_note(index))


def _note(listing: Listing) -> str:
    if listing.cut:
        return listing.cut
    if listing.flawed or listing.left_out:
        first = f": {listing.flaws[0].why}" if listing.flaws else ""
        return f"{listing.flawed + listing.left_out} entries are left out{first}"
    return "" if listing.entries or listing.pages else "it has no entries"


def _without_body(answer: Refused | Failed) -> Polled:
    if isinstance(answer, Failed):
        return Polled(problem=answer.problem, wait=answer.wait)
    if answer.reason is Reason.NOT_MODIFIED:
        return Polled(is_unchanged=True, fresh_for=answer.fresh_for or 0.0)
    return Polled(problem=answer.problem)


def _hosts(watch: Watch, url: str, got: Fetched) -> set[str]:
    """Return the hosts whose URLs a sitemap may list: the host of the watch, and the one that it redirects to."""
    return {host_of(watch.url), *([host_of(got.url)] if url == watch.url else [])}


def _read(
    watch: Watch,
    state: Watched | None,
    got: Fetched,
    listing: Listing,
    elsewhere: Callable[[bytes], bool],
    *,
    index: Listing,
) -> Poll:
    now = datetime.now(UTC)
    fresh_for = got.fresh_for or 0.0
    polled = Polled(etag=got.etag, last_modified=got.last_modified, fresh_for=fresh_for, ttl=listing.ttl)
    if index.cut:
        polled = _unvalidated(polled)
    found: tuple[str, ...] = ()
    if index.kind is Kind.SITEMAP_INDEX:
        found = _distinct(children_of(index, watch, now=now))
        if not index.pages:
            return Poll(polled=replace(polled, found=found))
    new = novelty(listing, state, watch, now=now, elsewhere=elsewhere)
    if new.is_more:
        polled = _unvalidated(polled)
    return Poll(
        polled=replace(polled, new=len(new.fed), seen=new.seen, is_more=new.is_more, found=found),
        targets=tuple(
            target_of_entry(entry, listing.kind, referrer=got.url, source="watch", now=now, priority=watch.priority)
            for entry in new.fed
        ),
        old=new.old,
        held_back=new.held_back,
    )


def _unvalidated(polled: Polled) -> Polled:
    """Drop the validators: with them, the server would call the entries that are left unchanged."""
    return replace(polled, etag=None, last_modified=None, fresh_for=0.0, ttl=0.0)


async def _discovered(url: str, client: ListingClient) -> Polled:
    """Find the feeds and sitemaps that the home page and the robots.txt of a site name."""
    got = await client.get(url)
    if not isinstance(got, Fetched):
        return _without_body(got)
    sitemaps = [resolve(one, got.url) for one in await client.sitemaps_of(got.url)]
    named = [*feeds_of(got.body, got.url, charset=got.charset), *(one for one in sitemaps if isinstance(one, str))]
    found = _distinct(named[: MOST_SITEMAPS + len(named) - len(sitemaps)])
    if not found:
        return Polled(problem="names no feed and no sitemap: name one yourself, with `feed` or `sitemap`")
    return Polled(found=found)


def _distinct(urls: Iterable[str]) -> tuple[str, ...]:
    """Return the URLs to request, without other spellings of one that comes earlier."""
    found: dict[str, str] = {}
    for url in urls:
        if (asked := request_url(url)) is not None:
            found.setdefault(target_id(url), asked)
    return tuple(found.values())
