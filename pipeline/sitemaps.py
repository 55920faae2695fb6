"""Sitemaps (sitemaps.org 0.9), indexes of them, Google News sitemaps, lists of plain text; and reading any listing."""

from __future__ import annotations

from lxml import etree

from pipeline.declared import plain
from pipeline.feeds import feed_of, json_feed_of
from pipeline.listing import MOST_BYTES, Entries, Kind, Listing, Unread, shown, unpacked
from pipeline.xmltree import content, name_of, text_of, tree_of

_NEWS = ("http://www.google.com/schemas/sitemap-news", "https://www.google.com/schemas/sitemap-news")
_KINDS = {"urlset": (Kind.SITEMAP, "url"), "sitemapindex": (Kind.SITEMAP_INDEX, "sitemap")}


def read_listing(raw: bytes, url: str, *, charset: str | None = None, most: int = MOST_BYTES) -> Listing | Unread:
    """Read a feed or a sitemap of `most` bytes, whichever it is, packed or not; its links are relative to `url`."""
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
    return _of_lines(text, url)


def _of_xml(text: str, url: str) -> Listing | Unread:
    parsed = tree_of(text)
    if isinstance(parsed, Unread):
        return parsed
    root, broken = parsed
    _, name = name_of(root)
    if name in _KINDS:
        return _of_sitemap(root, url, broken)
    if (feed := feed_of(root, url, broken)) is not None:
        return feed
    if name == "html":
        return Unread("an HTML page, no feed or sitemap")
    return Unread(f"XML of <{name[:40]}>, no feed or sitemap")


def _of_sitemap(root: etree._Element, url: str, broken: str) -> Listing:
    kind, wanted = _KINDS[name_of(root)[1]]
    entries = Entries(url)
    for element in root:
        if entries.is_full:
            break
        if name_of(element)[1] == wanted:
            _add(element, entries)
    return entries.listing(kind, broken=broken)


def _add(element: etree._Element, entries: Entries) -> None:
    said: dict[str, str] = {}
    for part in element:
        space, name = name_of(part)
        if name in {"loc", "lastmod"} and not space.startswith(("http://www.google.com", "https://www.google.com")):
            said.setdefault(name, content(part))
        elif name == "news" and space.startswith(_NEWS):
            for fact in part:
                said.setdefault(f"news:{name_of(fact)[1]}", content(fact))
    entries.add(
        said.get("loc"),
        title=plain(said.get("news:title", "")),
        published=said.get("news:publication_date"),
        modified=said.get("lastmod"),
    )


def _of_lines(text: str, url: str) -> Listing | Unread:
    """Read a sitemap of plain text: a URL a line. A text whose first line is none is no sitemap."""
    entries, is_first = Entries(url), True
    for line in text.splitlines():
        if not (line := line.strip()):
            continue
        if entries.is_full:
            break
        is_web = line.lower().startswith(("http://", "https://"))
        if is_first and not is_web:
            return Unread("neither XML nor JSON nor a list of URLs")
        if is_web:
            entries.add(line)
        else:
            entries.refuse(f"not an http(s) URL: {shown(line)}")
        is_first = False
    return entries.listing(Kind.TEXT)
