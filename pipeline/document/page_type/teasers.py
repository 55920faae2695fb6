"""Recognizes a front page that a server sends at the URL of another page, without a redirect.

A front page is a list of teasers: nearly each text that was kept stands below a linked headline of another page. That
alone is not enough, as digests and pages with recommendations have teasers too. The page must also say of itself that
it is the site's front page.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser

from pipeline.document.metadata.choose import JSON_LD, META, MICRODATA, OPEN_GRAPH, Metadata
from pipeline.document.metadata.head import Head
from pipeline.document.metadata.people import key_of
from pipeline.document.metadata.titles import is_site, site_keys, weight_of
from pipeline.document.page_type.decide import ENOUGH, Found, Tally
from pipeline.document.page_type.front_page import is_front
from pipeline.records.reason import Reason
from pipeline.records.url import host_of
from pipeline.text.plain import plain

LEAST = 5  # linked headlines
FEWEST = 3  # texts below them
SHARE = 0.6  # of the kept lines that stand below a linked headline
BELOW = 2  # blocks between a headline and its teaser: a date, a section
MOST = 1_000  # links that are read
LONG = 20  # letters and digits: a link outside of headings that is as long is a headline and no name of a section
_HEADINGS: Final = ", ".join(f"h{level} a[href], a[href] h{level}" for level in range(1, 5))
_SEPARATOR: Final = re.compile(r"\s+[|–—·•»/:\-]+\s+|\s*[|·•:]\s*")
_DECLARED: Final = frozenset({JSON_LD, OPEN_GRAPH, META, MICRODATA})


def shown_front_page(
    tree: LexborHTMLParser,
    head: Head,
    url: str,
    *,
    types: Sequence[str],
    lines: Sequence[str],
    blocks: Sequence[str],
    metadata: Metadata,
) -> Found | None:
    """Return the finding for a front page at another page's URL; None if it is none.

    `types` are the signs by which the page declares an article, `lines` the text that was kept, in one form with
    `blocks`, which are all texts of the page in their order.
    """
    if types or not lines or is_front(url):
        return None
    if {metadata.sources.date_published, metadata.sources.author} & _DECLARED:
        return None
    tally = _of_declarations(head, url, metadata)
    if tally.points < ENOUGH - 3:  # most pages end here, without a look at the tree
        return None
    links, below, share = _teasers(tree, lines, blocks)
    if links < LEAST or below < FEWEST or share < SHARE:
        return None
    tally.add(3, f"{share:.0%} of its texts stand below links to other pages")
    return Found(Reason.FRONT_PAGE, "; ".join(tally.evidence)) if tally.points >= ENOUGH else None


def _of_declarations(head: Head, url: str, metadata: Metadata) -> Tally:
    """Count by what a page says of itself that it is the front page."""
    tally = Tally()
    names = [name for name in (metadata.publisher, *head.tags("og:site_name", "application-name")) if name]
    sites = site_keys(names, host_of(url))
    own = [text for tag, text in head.headings if tag == "h1" and not is_site(text, sites)]
    parts = [part for part in _SEPARATOR.split(plain(head.title)) if part]
    if parts and is_site(plain(head.title), sites):
        tally.add(3, "its title is the name of the site")
    elif any(is_site(part, sites) for part in parts):
        headings = {key_of(text) for _, text in head.headings}
        tally.add(0 if headings & {key_of(part) for part in parts} else 2, "its title is the site's, and no heading")
    named = [*head.canonicals, *head.tags("og:url")]
    tally.add(2 if any(_is_front_of(url, one) for one in named) else 0, "it declares the URL of the front page")
    tally.add(1 if "website" in map(str.casefold, head.tags("og:type")) else 0, "it declares the type website")
    tally.add(1 if any(map(bool, head.jsonld.kinds("WebSite"))) else 0, "it describes the site")
    tally.add(0 if own else 1, "it has no headline of its own")
    return tally


def _is_front_of(url: str, named: str) -> bool:
    try:
        there = urljoin(url, named.strip())
        return host_of(there) == host_of(url) and bool(urlsplit(there).scheme) and is_front(there)
    except ValueError:
        return False


def _teasers(tree: LexborHTMLParser, lines: Sequence[str], blocks: Sequence[str]) -> tuple[int, int, float]:
    """Return the numbers of linked headlines, of kept lines that are one or stand below one, and these lines' share."""
    headlines = {" ".join((node.text() or "").split()) for node in tree.css(_HEADINGS)[:MOST]} - {""}
    links = (" ".join((node.text() or "").split()) for node in tree.css("a[href]")[:MOST])
    headlines.update(link for link in links if weight_of(key_of(link)) >= LONG)
    kept = set(lines)
    below, found, since = 0, 0, BELOW + 1
    for block in blocks:
        text = " ".join(block.split())
        since = 0 if text in headlines else since + 1
        if text in kept:
            found += 1
            below += since <= BELOW
    return len(headlines), below, below / found if found else 0.0


__all__ = ["shown_front_page"]
