"""Read feeds: RSS 0.9x, 1.0 and 2.0, Atom 0.3 and 1.0 (RFC 4287), with feedparser. Only links, titles, dates are read.

feedparser gets repaired XML without a DTD, as bytes: it asks no server and opens no file. It is told neither to
sanitize nor to resolve markup, of which nothing is used. What is corrected around it has a line in this file:

- dates: `listing/dates.py` reads them, since feedparser takes a time without a zone as exact;
- titles: `listing/titles.py`, since feedparser leaves markup in them; a mark at their end, which `seen` removes, keeps
  feedparser from taking `Â¡` for badly decoded UTF-8;
- `dc:date` is a date of publication; feedparser takes it as one of change;
- an empty <link> hides the guid, and `isPermaLink` is compared by its case;
- links: HTML goes before other types of alternates, and a feed's own site is the base of relative links.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from html import unescape
from typing import Any

from pipeline.listing.dates import Said, said
from pipeline.listing.entries import Entries, Kind, Listing, Unread, base_of, is_web
from pipeline.listing.repair import Repaired, Root, repaired
from pipeline.listing.titles import title_of_either, title_of_html, title_of_text

LONGEST_TEXT = 20_000  # characters of a title
# The elements that feedparser gets. Those without a use here hold titles and links of something else than the entry.
KEPT = frozenset({
    "rss", "rdf", "channel", "feed", "item", "entry", "title", "link", "guid", "id", "pubdate", "published", "issued",
    "created", "date", "updated", "modified", "ttl", "origlink", "source", "image", "textinput",
})  # fmt: skip
_ALTERNATES = frozenset(
    {"alternate", *(f"{scheme}://www.iana.org/assignments/{folder}/alternate"
     for scheme in ("http", "https") for folder in ("relation", "link-relations"))}
)  # fmt: skip
_PAGES = frozenset({"", "text/html", "application/xhtml+xml"})
_EMPTY_LINK = re.compile(r"<((?:[\w.-]+:)?link)>\s*</\1>|<(?:[\w.-]+:)?link\s*/>")
_GUID = re.compile(r"<guid\s([^<>]*)>")
_NO_PERMALINK = re.compile(r"ispermalink\s*=\s*[\"']?\s*(?:false|0|no)\b", re.IGNORECASE)
_DATE = re.compile(r"<(/?)(?:[\w.-]+:)?date(?=[\s/>])")
_MARK = "\u2060"
_TTL = re.compile(r"<ttl(?:\s[^<>]*)?>\s*(\d{1,9})\s*<")


def feed_of(text: str, root: Root, url: str) -> Listing | Unread | None:
    """Read an XML feed; None if its root is <feed> of something else than Atom, without entries."""
    document = repaired(text, root, KEPT)
    is_atom = root.name == "feed"
    try:
        parsed = _parsed(_corrected(document.text))
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        # An entry inside a link, for one, ends in a KeyError of feedparser's.
        return Unread(f"a feed with elements in each other that cannot be: feedparser fails on it ({error!r:.80})")
    if is_atom and not parsed.entries and not _is_atom(text[root.start : root.start + 2000]):
        return None
    links = list(_links(parsed.feed))
    site = next(_ranked(links, _ALTERNATES), None) or next(_ranked(links, {"self"}), None)
    entries = Entries(base_of(url, site))
    for entry in parsed.entries:
        if entries.is_full:
            break
        _add(entry, entries, is_atom=is_atom)
    broken = document.broken or _fault(parsed)
    kind = Kind.ATOM if is_atom else Kind.RSS
    return entries.listing(kind, broken=broken, ttl=_ttl(document, parsed.feed), cut=document.cut)


def _parsed(text: str) -> Any:
    import feedparser  # noqa: PLC0415 — 50 ms that only a feed is worth

    headers = {"content-type": "application/xml; charset=utf-8"}
    return feedparser.parse(
        io.BytesIO(text.encode()), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
    )


def _corrected(text: str) -> str:
    text = _DATE.sub(r"<\1created", _EMPTY_LINK.sub("", text)).replace("</title>", f"{_MARK}</title>")
    return _GUID.sub(lambda guid: f'<guid ispermalink="{"false" if _NO_PERMALINK.search(guid[1]) else "true"}">', text)


def _fault(parsed: Any) -> str:
    return " ".join(str(parsed.get("bozo_exception", "malformed")).split())[:200] if parsed.bozo else ""


def _is_atom(start: str) -> bool:
    declared = re.search(r"^<[^<>]*?\sxmlns(?::[\w.-]+)?\s*=\s*[\"']([^\"'<>]*)", start)
    return declared is None or "atom" in declared[1].lower()


def _ttl(document: Repaired, feed: dict[str, Any]) -> float:
    """Return how many seconds a feed may be cached (RSS 2.0's `ttl`, in minutes); 0.0 if it does not say.

    sy:updatePeriod is ignored: WordPress writes "hourly" for every site, however often it publishes.
    """
    first = _TTL.search(document.head)
    minutes = first[1] if first else _text(feed, "ttl").strip()
    return float(minutes[:9]) * 60 if minutes.isdecimal() else 0.0


def _add(entry: dict[str, Any], entries: Entries, *, is_atom: bool) -> None:
    entries.add(
        _link_of(entry),
        title=_title_of(entry, is_atom=is_atom),
        published=_date_of(entry, "published") or _date_of(entry, "created"),
        modified=_date_of(entry, "updated"),
    )


def _link_of(entry: dict[str, Any]) -> str | None:
    links = list(_links(entry))
    guid = _text(entry, "id")
    found = (
        _text(entry, "feedburner_origlink"),
        next(_ranked(links, _ALTERNATES), ""),
        guid if is_web(guid) and dict.get(entry, "guidislink", True) else "",
        next(_ranked(links, {"self"}), ""),
    )
    return next(filter(None, found), None)


def _links(node: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield the links of a feed or an entry as (rel, type, href)."""
    for link in dict.get(node, "links") or ():
        if href := _text(link, "href").strip():
            yield _text(link, "rel").strip().lower(), _text(link, "type").split(";")[0].strip().lower(), href


def _ranked(links: list[tuple[str, str, str]], rels: frozenset[str] | set[str]) -> Iterator[str]:
    """Yield the links of these relations: pages first, in their order."""
    fitting = [(kind, href) for rel, kind, href in links if not rels.isdisjoint(rel.split())]
    yield from (href for kind, href in fitting if kind in _PAGES)
    yield from (href for kind, href in fitting if kind not in _PAGES)


def _title_of(entry: dict[str, Any], *, is_atom: bool) -> str:
    text = _text(entry, "title")[:LONGEST_TEXT]
    kind = _text(dict.get(entry, "title_detail") or {}, "type")
    if not is_atom:
        return title_of_either(text)
    if "xhtml" in kind:  # without its tags, but escaped by feedparser
        return title_of_text(unescape(text))
    return title_of_html(text) if "html" in kind else title_of_text(text)


def _date_of(entry: dict[str, Any], name: str) -> Said | None:
    return said(_text(entry, name))


def _text(node: dict[str, Any], name: str) -> str:
    """Return a text of one of feedparser's dictionaries, without the other keys that it would look up instead."""
    value = dict.get(node, name)
    return value if isinstance(value, str) else ""
