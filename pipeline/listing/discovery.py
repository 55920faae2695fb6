"""Find the feeds of a home page as browsers do: by `<link rel="alternate">` in its head."""

from __future__ import annotations

from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser

from pipeline.listing.entries import Unread, resolve
from pipeline.page.charset import decode

MOST_FEEDS, MOST_LINKS = 8, 400
LARGEST = 2 << 20  # bytes of a home page that are read; its head comes first
_TYPES = frozenset(
    {"application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml", "text/rss+xml"}
)
_COMMENTS = ("comment", "коммент", "комент")


def feeds_of(raw: bytes, url: str, *, charset: str | None = None) -> tuple[str, ...]:
    """Return the feeds that a page links to, in their order, without feeds of comments."""
    text = decode(raw[:LARGEST], charset=charset, html=True)
    if not isinstance(text, str):
        return ()
    tree = LexborHTMLParser(text)
    base = tree.css_first("base[href]")
    root = resolve(base.attributes.get("href"), url) if base else url
    found: dict[str, None] = {}
    for link in tree.css("link[href]")[:MOST_LINKS]:
        attributes = {name: value or "" for name, value in link.attributes.items()}
        kind = attributes.get("type", "").split(";")[0].strip().lower()
        if "alternate" not in attributes.get("rel", "").lower().split() or kind not in _TYPES:
            continue
        feed = resolve(attributes["href"], url if isinstance(root, Unread) else root)
        if isinstance(feed, str) and not _is_of_comments(feed, attributes.get("title", "")):
            found.setdefault(feed)
    return tuple(found)[:MOST_FEEDS]


def _is_of_comments(feed: str, title: str) -> bool:
    return any(word in title.lower() for word in _COMMENTS) or "comments" in urlsplit(feed).path.lower().split("/")
