"""Holding a sitemap to its own site, and to the sites whose robots.txt says that it may speak for them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from pipeline.listing.own_site import MOST_ASKED, keep_own
from pipeline.records.url import host_of, site_of, web_url

if TYPE_CHECKING:
    from collections.abc import Collection

    from agents.fetch.listing_client import ListingClient
    from pipeline.listing.entries import Listing


async def own_entries(
    listing: Listing, hosts: Collection[str], sitemaps: Collection[str], client: ListingClient
) -> tuple[Listing, int]:
    """Return the listing without what is of other sites than `hosts`, and how many entries that were.

    `sitemaps` are its URL and those of the indexes that led to it: a site that names one of them lets it speak.
    """
    _, foreign = keep_own(listing, hosts)
    asked = [host for host, _ in foreign.most_common(MOST_ASKED)]
    let = await asyncio.gather(*(_lets(host, listing, sitemaps, client) for host in asked))
    held, foreign = keep_own(listing, {*hosts, *(host for host, lets in zip(asked, let, strict=True) if lets)})
    return held, foreign.total()


async def _lets(host: str, listing: Listing, sitemaps: Collection[str], client: ListingClient) -> bool:
    url = next(entry.url for entry in listing.entries if host_of(entry.url) == host)
    named = await client.sitemaps_of(f"{site_of(url) or url}/")
    return not {web_url(one) for one in named}.isdisjoint({web_url(one) for one in sitemaps})
