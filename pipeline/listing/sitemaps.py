"""Read sitemaps (sitemaps.org 0.9), sitemap indexes, Google News sitemaps and plain lists of URLs."""

from __future__ import annotations

from dataclasses import replace

from lxml import etree

from pipeline.listing.entries import Entries, Kind, Listing, Unread, is_web, shown
from pipeline.listing.repair import Root, repaired
from pipeline.listing.titles import title_of_either
from pipeline.listing.xmltree import content, name_of, tree_of

KINDS = {"urlset": Kind.SITEMAP, "sitemapindex": Kind.SITEMAP_INDEX}
# The elements that are read. `image:loc` and the like keep their prefix, and a `loc` with a prefix is not read.
KEPT = frozenset({"urlset", "sitemapindex", "url", "sitemap", "loc", "lastmod", "news", "publication_date", "title"})
PREAMBLE = 20  # lines before the first URL of a list: a heading, a comment


def sitemap_of(text: str, root: Root, url: str) -> Listing | Unread:
    """Read an XML sitemap or sitemap index; the root must be one of `KINDS`. Its elements decide."""
    document = repaired(text, root, KEPT)
    parsed = tree_of(document.text)
    if isinstance(parsed, Unread):
        return parsed
    tree, broken = parsed
    broken = document.broken or broken
    pages, sitemaps = _collected(tree, "url", url), _collected(tree, "sitemap", url)
    index = sitemaps.listing(Kind.SITEMAP_INDEX, broken=broken, cut=document.cut)
    sitemap = pages.listing(Kind.SITEMAP, broken=broken, cut=document.cut)
    if not index.entries and KINDS[root.name] is Kind.SITEMAP:
        return sitemap
    if not index.entries and sitemap.entries:
        return sitemap
    flaws, flawed = (*index.flaws, *sitemap.flaws), index.flawed + sitemap.flawed
    return replace(index, pages=sitemap.entries, flaws=flaws, flawed=flawed)


def _collected(tree: etree._Element, wanted: str, url: str) -> Entries:
    entries = Entries(url)
    for element in tree.iter():
        if entries.is_full:
            break
        if name_of(element)[1] == wanted:
            _add(element, entries)
    return entries


def _add(element: etree._Element, entries: Entries) -> None:
    fields: dict[str, str] = {}
    for part in element:
        _, name = name_of(part)
        if name in {"loc", "lastmod"} and not part.prefix and ":" not in part.tag:
            fields.setdefault(name, content(part))
        elif name == "news":
            for fact in part:
                fields.setdefault(f"news:{name_of(fact)[1]}", content(fact))
    entries.add(
        fields.get("loc"),
        title=title_of_either(fields.get("news:title", "")),
        published=fields.get("news:publication_date"),
        modified=fields.get("lastmod"),
    )


def sitemap_of_lines(text: str, url: str) -> Listing | Unread:
    """Read a plain text sitemap, one URL per line; `#` begins a comment. Unread if no URL is at its begin."""
    lines = [line for line in map(str.strip, text.splitlines()) if line and not line.startswith("#")]
    if not any(map(is_web, lines[:PREAMBLE])):
        return Unread("neither XML nor JSON nor a list of URLs")
    entries = Entries(url)
    for line in lines:
        if entries.is_full:
            break
        if is_web(line):
            entries.add(line)
        else:
            entries.refuse(f"not an http(s) URL: {shown(line)}")
    return entries.listing(Kind.TEXT)
