"""Read any listing: detect whether the bytes are a feed or a sitemap, and in which format."""

from __future__ import annotations

import re
from dataclasses import replace

from pipeline.listing.decoding import text_of, unpacked
from pipeline.listing.discovery import feeds_in
from pipeline.listing.entries import MOST_BYTES, Listing, Unread
from pipeline.listing.feeds import feed_of
from pipeline.listing.json_feed import json_feed_of
from pipeline.listing.repair import root_of
from pipeline.listing.sitemaps import KINDS, sitemap_of, sitemap_of_lines
from pipeline.listing.xmltree import name_of, tree_of

_HTML = re.compile(r"<(?:!doctype\s+html|html|head|body|title|meta|link|script|frameset)\b", re.IGNORECASE)
_JUNK = "\ufeff\x00 \t\r\n"  # marks and white space before the begin


def read_listing(raw: bytes, url: str, *, charset: str | None = None, most: int = MOST_BYTES) -> Listing | Unread:
    """Read a feed or sitemap, compressed or not, of at most `most` bytes; its links are relative to `url`.

    Of an HTML page, the feeds that it leads to are returned with the reason.
    """
    whole = unpacked(raw, most=most)
    if isinstance(whole, Unread):
        return whole
    text = text_of(whole.raw, charset).lstrip(_JUNK)
    found = _listing(text, url) if text else Unread("empty")
    if not whole.cut:
        return found
    if isinstance(found, Unread) or not found.entries:
        return Unread(f"{whole.cut}; no entry could be read")
    return replace(found, cut=whole.cut, broken=found.broken or whole.cut)


def _listing(text: str, url: str) -> Listing | Unread:
    if text.startswith(("{", "[")):
        return json_feed_of(text, url)
    root = root_of(text)
    if root is None:
        return _of_other_xml(text, url) if text.startswith("<") else sitemap_of_lines(text, url)
    if root.name in KINDS:
        return sitemap_of(text, root, url)
    return feed_of(text, root, url) or Unread(f"XML with the root <{root.name}>, not a feed or sitemap")


def _of_other_xml(text: str, url: str) -> Unread:
    if _HTML.search(text, 0, 5000):
        return Unread("an HTML page, not a feed or sitemap", leads=feeds_in(text, url))
    parsed = tree_of(text)
    if isinstance(parsed, Unread):
        return parsed
    return Unread(f"XML with the root <{name_of(parsed[0])[1][:40]}>, not a feed or sitemap")
