"""Keep the entries of a sitemap that belong to its own site (sitemaps.org, "Sitemap file location").

A feed may link anywhere. A sitemap may list URLs of another site if that site's robots.txt names the sitemap
("Sitemaps & Cross Submits"). The caller reads robots.txt and passes the hosts that allow it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from functools import lru_cache

from pipeline.listing.entries import FEEDS, Listing
from pipeline.records.url import host_of

MOST_ASKED = 5  # foreign sites whose robots.txt is read for one sitemap: those with the most entries


def keep_own(listing: Listing, hosts: Collection[str]) -> tuple[Listing, Counter[str]]:
    """Return a sitemap with only the entries of the sites of `hosts`, and the number of dropped entries by host.

    The site of a host includes its subdomains and its name without `www.`, because sites use several host names.
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
    sites = {own.removeprefix("www.") for own in hosts if own}
    return any(host == site or host.endswith("." + site) for site in sites)
