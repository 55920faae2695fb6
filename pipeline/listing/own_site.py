"""Which entries of a sitemap are of its own site: it speaks for nobody else (sitemaps.org, "Sitemap file location").

A feed may link anywhere. A site whose robots.txt names a sitemap of another host has let it speak ("Sitemaps & Cross
Submits"); that is asked for by whoever reads the sitemap.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from functools import lru_cache

from pipeline.listing.entries import FEEDS, Listing
from pipeline.records.url import host_of

MOST_ASKED = 5  # sites whose robots.txt is read for one sitemap, those with the most entries


def held_to(listing: Listing, hosts: Collection[str]) -> tuple[Listing, Counter[str]]:
    """Leave out of a sitemap what is of other sites than `hosts`; say how many entries of which hosts that were.

    A host's own site are its subdomains, too, and its name without `www.`: sites spell their own name in many ways.
    """
    if listing.kind in FEEDS:
        return listing, Counter()
    own, foreign = [], Counter[str]()
    for entry in listing.entries:
        host = host_of(entry.url)
        if _is_own(host, frozenset(hosts)):
            own.append(entry)
        else:
            foreign[host] += 1
    return (replace(listing, entries=tuple(own)) if foreign else listing), foreign


@lru_cache(maxsize=1000)
def _is_own(host: str, hosts: frozenset[str]) -> bool:
    sites = {one.removeprefix("www.") for one in hosts if one}
    return any(host == site or host.endswith("." + site) for site in sites)
