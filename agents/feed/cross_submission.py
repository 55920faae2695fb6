"""Limit a sitemap to its own site, and to the sites whose robots.txt names it (cross-submission, sitemaps.org)."""

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
    """Return the listing without entries of sites other than `hosts`, and the number of entries left out.

    `sitemaps` are the URLs of the listing and of the indexes that led to it. A site that names one of them in its
    robots.txt allows the listing to contain its URLs.
    """
    _, foreign = keep_own(listing, hosts)
    asked = [host for host, _ in foreign.most_common(MOST_ASKED)]
    answers = await asyncio.gather(*(_allows(host, listing, sitemaps, client) for host in asked))
    held, foreign = keep_own(listing, {*hosts, *(host for host, allows in zip(asked, answers, strict=True) if allows)})
    return held, foreign.total()


async def _allows(host: str, listing: Listing, sitemaps: Collection[str], client: ListingClient) -> bool:
    url = next(entry.url for entry in listing.entries if host_of(entry.url) == host)
    named = await client.sitemaps_of(f"{site_of(url) or url}/")
    return not {web_url(one) for one in named}.isdisjoint({web_url(one) for one in sitemaps})
