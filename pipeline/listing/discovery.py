"""Find the feeds of an HTML page: by its links to alternates as browsers do, else by links that look like feeds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser

from pipeline.listing.entries import Unread, resolve
from pipeline.page.charset import decode
from pipeline.page.refresh import parsed

MOST_FEEDS, MOST_LINKS, MOST_ANCHORS = 8, 400, 3000
MOST_GUESSED = 3
LARGEST = 2 << 20  # bytes of a home page that are read; its head comes first
_FEED_TYPE = re.compile(r"\b(?:rss|atom|feed\+json|rdf)\b")
_GENERAL_TYPES = frozenset({"application/xml", "text/xml", "application/json"})  # other things have them, too
_NO_FEED = re.compile(r"/wp-json/|oembed|opensearch|/manifest|sitemap|\.webmanifest", re.IGNORECASE)
_FEED_PATH = re.compile(r"/(?:feeds?|rss|atom)(?:/|[./][a-z0-9]{2,5}|/[^/]+\.xml)?$|\.(?:rss|atom|rdf)$", re.IGNORECASE)
_COMMENTS = ("comment", "коммент", "комент")


def feeds_of(raw: bytes, url: str, *, charset: str | None = None) -> tuple[str, ...]:
    """Return the feeds that a page links to, in their order, without feeds of comments."""
    text = decode(raw[:LARGEST], charset=charset, html=True)
    return feeds_in(text, url) if isinstance(text, str) else ()


def feeds_in(text: str, url: str) -> tuple[str, ...]:
    """Return the feeds that a page names; if there are none, the address that it refreshes to.

    The surest kind of link that is there decides: with a feed's type, with a general type, or only an address that
    looks like a feed's.
    """
    tree = LexborHTMLParser(text[:LARGEST])
    root = _base(tree, url)
    links = [_attributes(link) for link in tree.css("link[href]")[:MOST_LINKS]]
    anchors = [_attributes(link) for link in tree.css("a[href]")[:MOST_ANCHORS]]
    kinds = (
        (link["href"] for link in (*links, *anchors) if _is_feed(link)),
        (link["href"] for link in links if _is_general(link)),
        (link["href"] for link in anchors if _FEED_PATH.search(_path(link["href"]))),
    )
    for surely, hrefs in zip((True, False, False), kinds, strict=True):
        found = dict.fromkeys(feed for href in hrefs if isinstance(feed := resolve(href, root), str) and feed != url)
        if kept := [feed for feed in found if not _is_of_comments(feed)]:
            return tuple(kept[: MOST_FEEDS if surely else MOST_GUESSED])
    return tuple(_refreshed(tree, root, url))


def _attributes(link: object) -> dict[str, str]:
    found = {name: value or "" for name, value in link.attributes.items()}  # type: ignore[attr-defined]
    if any(word in found.get("title", "").lower() for word in _COMMENTS):
        found["href"] = ""
    return found


def _is_feed(link: dict[str, str]) -> bool:
    rels = link.get("rel", "").lower().split()
    kind = link.get("type", "").split(";")[0].strip().lower()
    if "feed" in rels:
        return True
    return "alternate" in rels and bool(_FEED_TYPE.search(kind)) and "oembed" not in kind


def _is_general(link: dict[str, str]) -> bool:
    if "alternate" not in link.get("rel", "").lower().split() or _NO_FEED.search(link["href"]):
        return False
    kind = link.get("type", "").split(";")[0].strip().lower()
    return kind in _GENERAL_TYPES or (not kind and bool(_FEED_PATH.search(_path(link["href"]))))


def _base(tree: LexborHTMLParser, url: str) -> str:
    base = tree.css_first("base[href]")
    root = resolve(base.attributes.get("href"), url) if base else url
    return url if isinstance(root, Unread) else root


def _refreshed(tree: LexborHTMLParser, root: str, url: str) -> Iterator[str]:
    for meta in tree.css("meta[http-equiv]"):
        if (meta.attributes.get("http-equiv") or "").strip().lower() != "refresh":
            continue
        found = parsed(meta.attributes.get("content") or "")
        target = resolve(found.target, root) if found and found.target else None
        if isinstance(target, str) and target != url:
            yield target
            return


def _path(href: str) -> str:
    try:
        return urlsplit(href).path
    except ValueError:
        return ""


def _is_of_comments(feed: str) -> bool:
    return "comments" in _path(feed).lower().split("/")
