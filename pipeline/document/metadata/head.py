"""Reads the declarations of an HTML page in one pass over its tree: meta tags, JSON-LD, headings, dates.

The values are raw; `choose.py` decides which of them are credible.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from pipeline.document.blocks.selectors import found_by
from pipeline.document.metadata.boxes import is_elsewhere, is_teased
from pipeline.document.metadata.jsonld import Described, described
from pipeline.document.metadata.people import key_of
from pipeline.text.plain import plain

MOST = 400  # the most meta tags and scripts that are read
MOST_WALKED = 60  # the most headings, properties and links: the text of each is read, and they may be nested
MOST_TEXT = 200_000  # characters: the limit for the text of all elements, as headings may be nested in headings
MOST_CANONICALS = 5
MOST_HOME = 3
LONGEST = 2_000  # characters of a declared text
ANCESTORS = 30  # the most ancestors that are searched for the item of an element
NEAR = 4  # levels: a date beside the headline has a common ancestor with it at most so far up
_WANTED: Final = (
    *("html", "title", "base[href]", "meta", 'link[rel~="canonical" i]', 'script[type^="application/ld+json" i]'),
    *("h1", "h2", "time[datetime]", "[itemprop]", 'a[rel~="author" i]', 'a[href="/"]'),
)
_PROPERTIES: Final = frozenset({"headline", "author", "datePublished", "dateModified"})
_BLANK = re.compile("[ \t\n\f\r]+")
_ARTICLE_ITEM = re.compile(r"(?:Article|BlogPosting|Posting|Report)$")
_FRONT = re.compile(r"(?:https?:)?(?://[^/?#]*)?/?(?:index\.\w+)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """The texts with which a page declares its article, for the block classifier; "" if there is none."""

    title: str
    description: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The raw declarations of a page; lists are in page order and never longer than `MOST`."""

    url: str | None
    base: str | None
    title: str
    language: str
    canonicals: Sequence[str]  # of all links with rel=canonical, except those inside of the page's content
    meta: Mapping[str, Sequence[str]]  # by lower-case property or name
    jsonld: Described
    headings: Sequence[tuple[str, str]]  # (tag, text) of h1 and h2
    items: Mapping[str, Sequence[str]]  # microdata of the article's item, by property
    times: Sequence[str]  # <time datetime> beside the headline
    all_times: Sequence[str]  # the first <time datetime> of the page, wherever
    rel_authors: Sequence[str]
    home: Sequence[str] = ()  # texts of links to the front page, and of their pictures
    scripts: Sequence[str] = ()  # of JSON-LD, as they are

    def tags(self, *names: str) -> Iterator[str]:
        """Yield the contents of the meta tags with these names, name by name."""
        for name in names:
            yield from self.meta.get(name, ())

    def tags_like(self, pattern: re.Pattern[str]) -> Iterator[str]:
        """Yield the contents of the meta tags whose names a pattern matches."""
        for name, values in self.meta.items():
            if pattern.match(name):
                yield from values

    @property
    def texts(self) -> Declared:
        """The texts that describe the article, without markup and extra white space."""
        titles = (self.jsonld.text("headline"), *self.tags("og:title", "twitter:title"), self.title)
        descriptions = (self.jsonld.text("description"), *self.tags("og:description", "description"))
        return Declared(
            title=next(filter(None, map(plain, titles)), ""),
            description=next(filter(None, map(plain, descriptions)), ""),
            body=plain(self.jsonld.text("articleBody")),
        )


@dataclass(slots=True)
class _Found:
    """Collects the elements of interest by kind while the tree is walked."""

    title: str = ""
    language: str = ""
    canonicals: list[str] = field(default_factory=list)
    base: str | None = None
    meta: dict[str, list[str]] = field(default_factory=dict)
    scripts: list[str] = field(default_factory=list)
    headings: list[LexborNode] = field(default_factory=list)
    times: list[str] = field(default_factory=list)
    items: list[tuple[str, LexborNode]] = field(default_factory=list)
    rel_authors: list[str] = field(default_factory=list)
    home: list[str] = field(default_factory=list)
    room: int = MOST_TEXT

    def text(self, node: LexborNode) -> str:
        """Return an element's text without extra white space; "" once MOST_TEXT characters have been read."""
        if self.room <= 0:
            return ""
        text = node.text(separator=" ") or ""
        self.room -= len(text)
        return " ".join(text[:LONGEST].split())


def read_head(tree: LexborHTMLParser, *, url: str | None) -> Head:
    """Read the declarations of a page. Never fails: at worst the head is empty."""
    found = _Found()
    for node, selected in found_by(_WANTED, tree):
        tag, attributes = node.tag or "", node.attributes
        if tag == "meta" and "itemprop" not in attributes:  # half of all
            _take_meta(attributes, found)
            continue
        for _ in range(selected - 1 + _times_named(tag, attributes)):
            _take(node, tag, attributes, found)
    headings = [(text, node) for node in found.headings if (text := found.text(node)) and not _is_logo(node)]
    named = [found.title, *(text for text, _ in headings), *found.meta.get("og:title", ())]
    titles = [key for key in map(key_of, map(plain, named)) if key]
    urls = (url, *found.canonicals[:1], *found.meta.get("og:url", ()))
    return Head(
        url=url,
        base=found.base,
        title=plain(found.title),
        language=found.language,
        canonicals=found.canonicals,
        meta=found.meta,
        jsonld=described(found.scripts, urls=urls, titles=titles),
        headings=[(node.tag or "", text) for text, node in headings],
        items=_items(found, titles),
        times=_times(headings, found.title) if found.times else (),
        all_times=found.times,
        rel_authors=found.rel_authors,
        home=found.home,
        scripts=found.scripts,
    )


def _times_named(tag: str, attributes: Mapping[str, str | None]) -> int:
    """Return how often an element counts for one selector: for each name of a property, and `html` for a language too.

    Selectors for each name, and for `html[lang]`, would say the same.
    """
    named = len(_PROPERTIES.intersection(_BLANK.split(attributes["itemprop"] or ""))) if "itemprop" in attributes else 1
    return named + (tag == "html" and "lang" in attributes)


def _take(node: LexborNode, tag: str, attributes: Mapping[str, str | None], found: _Found) -> None:
    match tag:
        case "meta":
            _take_meta(attributes, found)
        case "script" if len(found.scripts) < MOST:  # jsonld.py limits their size
            found.scripts.append(node.text() or "")
        case "h1" | "h2" if len(found.headings) < MOST_WALKED:
            found.headings.append(node)
        case "time" if len(found.times) < MOST_WALKED:
            found.times.append(attributes.get("datetime") or "")
        case "a" if "author" in (attributes.get("rel") or "").lower() and len(found.rel_authors) < MOST_WALKED:
            found.rel_authors.append(found.text(node))
        case "a" if attributes.get("href") == "/" and len(found.home) < MOST_HOME:
            picture = node.css_first("img[alt]")
            found.home.append(found.text(node) or ("" if picture is None else picture.attributes.get("alt") or ""))
        case _:
            _take_once(node, attributes, found)
    if "itemprop" in attributes and len(found.items) < MOST_WALKED:
        found.items += [(name, node) for name in (attributes["itemprop"] or "").split() if name in _PROPERTIES]


def _take_once(node: LexborNode, attributes: Mapping[str, str | None], found: _Found) -> None:
    """Read an element that a page has once; the first one counts (a later `title` belongs to an SVG).

    All canonical links are read, because several that differ contradict each other.
    """
    match node.tag:
        case "title":
            found.title = found.title or found.text(node)
        case "html":
            found.language = attributes.get("lang") or attributes.get("xml:lang") or ""
        case "base":
            found.base = found.base or attributes.get("href")
        case "link" if len(found.canonicals) < MOST_CANONICALS and _is_of_page(node):
            found.canonicals.append(attributes.get("href") or "")


def _is_of_page(link: LexborNode) -> bool:
    """Return whether a link is in the head, or directly in the body: parsers move it there from a broken head."""
    return link.parent is not None and link.parent.tag in {"head", "body", "html"}


def _take_meta(attributes: Mapping[str, str | None], found: _Found) -> None:
    content = (attributes.get("content") or "").strip()
    name = attributes.get("property") or attributes.get("name") or attributes.get("http-equiv")
    if content and name and len(found.meta) < MOST:
        values = found.meta.setdefault(name.strip().lower(), [])
        if len(values) < 20:
            values.append(content[:LONGEST])


def _items(found: _Found, titles: Sequence[str]) -> dict[str, list[str]]:
    """Return the properties of the page's own article: the only article item, or the one with the page's title."""
    groups: dict[int, dict[str, list[str]]] = {}
    for name, node in found.items:
        if (item := _item_of(node)) is not None:
            value = _value(name, node, found)
            if value:
                groups.setdefault(item, {}).setdefault(name, []).append(value)
    if len(groups) <= 1:
        return next(iter(groups.values()), {})
    return next((group for group in groups.values() if _titled(group, titles)), {})


def _titled(group: Mapping[str, Sequence[str]], titles: Sequence[str]) -> bool:
    return any(key_of(text) in titles for text in group.get("headline", ()))


def _item_of(node: LexborNode) -> int | None:
    """Return the id of the item that a property belongs to; 0 outside of items, None in an item that is no article."""
    above = node.parent
    for _ in range(ANCESTORS):
        if above is None:
            return 0
        attributes = above.attributes
        if "itemscope" in attributes:
            return above.mem_id if _ARTICLE_ITEM.search((attributes.get("itemtype") or "").strip()) else None
        above = above.parent
    return None


def _value(name: str, node: LexborNode, found: _Found) -> str:
    attributes = node.attributes
    if name == "author" and "itemscope" in attributes:
        if "Organization" in (attributes.get("itemtype") or ""):
            return ""
        inner = node.css_first('[itemprop~="name"]')
        node = node if inner is None else inner
        attributes = node.attributes
    value = attributes.get("content") or attributes.get("datetime")
    return value[:LONGEST] if value else found.text(node)


def _is_logo(heading: LexborNode) -> bool:
    """Return whether an h1 links to the front page: it is then the site's name or logo."""
    link = heading.css_first("a[href]") if heading.tag == "h1" else None
    return link is not None and _FRONT.fullmatch((link.attributes.get("href") or "").strip()) is not None


def _times(headings: Sequence[tuple[str, LexborNode]], title: str) -> list[str]:
    """Return the dates beside the headline: those in its nearest ancestor with a date, if they are few."""
    key = key_of(plain(title))
    first = [node for text, node in headings if node.tag == "h1" and (not key or key_of(text) in key)]
    above = first[0].parent if first else None
    for _ in range(NEAR):
        if above is None or above.tag in {"body", "html"}:
            break
        times = [time for time in above.css("time[datetime]") if not (is_elsewhere(time) or is_teased(time))]
        if times:
            return [time.attributes.get("datetime") or "" for time in times] if len(times) <= 3 else []
        above = above.parent
    return []
