"""Read sitemaps (sitemaps.org 0.9), sitemap indexes, Google News sitemaps and plain lists of URLs."""

from __future__ import annotations

from lxml import etree

from pipeline.listing.entries import Entries, Kind, Listing, Unread, shown
from pipeline.listing.xmltree import content, name_of
from pipeline.text.plain import plain

_NEWS = ("http://www.google.com/schemas/sitemap-news", "https://www.google.com/schemas/sitemap-news")
KINDS = {"urlset": (Kind.SITEMAP, "url"), "sitemapindex": (Kind.SITEMAP_INDEX, "sitemap")}


def sitemap_of(root: etree._Element, url: str, broken: str) -> Listing:
    """Read an XML sitemap or sitemap index; the root element must be one of `KINDS`."""
    kind, wanted = KINDS[name_of(root)[1]]
    entries = Entries(url)
    for element in root:
        if entries.is_full:
            break
        if name_of(element)[1] == wanted:
            _add(element, entries)
    return entries.listing(kind, broken=broken)


def _add(element: etree._Element, entries: Entries) -> None:
    fields: dict[str, str] = {}
    for part in element:
        space, name = name_of(part)
        if name in {"loc", "lastmod"} and not space.startswith(("http://www.google.com", "https://www.google.com")):
            fields.setdefault(name, content(part))
        elif name == "news" and space.startswith(_NEWS):
            for fact in part:
                fields.setdefault(f"news:{name_of(fact)[1]}", content(fact))
    entries.add(
        fields.get("loc"),
        title=plain(fields.get("news:title", "")),
        published=fields.get("news:publication_date"),
        modified=fields.get("lastmod"),
    )


def sitemap_of_lines(text: str, url: str) -> Listing | Unread:
    """Read a plain text sitemap, one URL per line. Unread if the first line is not a URL."""
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
