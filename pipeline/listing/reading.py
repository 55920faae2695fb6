"""Read any listing: detect whether the bytes are a feed or a sitemap, and in which format."""

from __future__ import annotations

from pipeline.listing.entries import MOST_BYTES, Listing, Unread, unpacked
from pipeline.listing.feeds import feed_of, json_feed_of
from pipeline.listing.sitemaps import KINDS, sitemap_of, sitemap_of_lines
from pipeline.listing.xmltree import name_of, text_of, tree_of


def read_listing(raw: bytes, url: str, *, charset: str | None = None, most: int = MOST_BYTES) -> Listing | Unread:
    """Read a feed or sitemap, compressed or not, of at most `most` bytes; its links are relative to `url`."""
    plain_bytes = unpacked(raw, most=most)
    if isinstance(plain_bytes, Unread):
        return plain_bytes
    text = text_of(plain_bytes, charset)
    if isinstance(text, Unread):
        return text
    start = text[:2000].lstrip()
    if not start:
        return Unread("empty")
    if start.startswith(("{", "[")):
        return json_feed_of(text.encode("utf-8", "replace"), url)
    if start.startswith("<"):
        return _of_xml(text.lstrip(), url)
    return sitemap_of_lines(text, url)


def _of_xml(text: str, url: str) -> Listing | Unread:
    parsed = tree_of(text)
    if isinstance(parsed, Unread):
        return parsed
    root, broken = parsed
    _, name = name_of(root)
    if name in KINDS:
        return sitemap_of(root, url, broken)
    if (feed := feed_of(root, url, broken)) is not None:
        return feed
    if name == "html":
        return Unread("an HTML page, not a feed or sitemap")
    return Unread(f"XML with the root <{name[:40]}>, not a feed or sitemap")
