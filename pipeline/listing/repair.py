"""Turn the XML of a feed or sitemap, as sites write it, into XML that parsers read. One pass over untrusted text.

Here: what every reader of the room needs. Not here: the meaning of elements (feeds.py, sitemaps.py).

- Text before the root, comments, processing instructions and the DTD are removed. No DTD reaches a parser, so nothing
  can be loaded from outside and no entity can grow.
- A bare `&` or `<` is text. HTML's entities, and short ones that the document declares, become characters.
- CDATA sections become text, also one that has no end.
- Characters that XML forbids are removed; names are lower case; a default namespace on the main elements is removed,
  since feeds declare all kinds of them.
- At the end of a truncated document, the last unfinished element is removed: half a link is a wrong link. Those around
  it are closed: feedparser reads what is not well-formed a second time, with a slower parser.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape
from html.entities import html5

from pipeline.listing.entries import MOST_PLACES

MOST_TAGS = 500_000  # tags that reach a parser: feedparser takes 10 to 60 µs for each
MOST_PARTS = 400  # of them in one entry
LONGEST_ATTRIBUTES = 10_000  # characters in one tag: parsers take quadratic time
LONGEST_PROLOG = 200_000  # characters in which the root element must begin
LONGEST_ENTITY = 200  # characters that a declared entity may stand for
MOST_ENTITIES = 1_000
MOST_EXPANDED = 1_000_000  # characters that all references to declared entities may stand for
_ROOT = re.compile(r"<((?:[\w.-]+:)?)(rss|rdf|feed|channel|urlset|sitemapindex)(?=[\s/>])", re.IGNORECASE)
_HTML = re.compile(r"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_AFTER_PAGE = re.compile(r"</html\s*>|<\?xml", re.IGNORECASE)
_ENTITY = re.compile(r"<!ENTITY\s+(?:%\s+)?([\w.-]{1,100})\s+(?:\"([^\"]*)\"|'([^']*)'|\w)")
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# Atomic groups, so that a quote without its partner costs no time. Only the last form takes a `<` in an attribute.
_TAG = re.compile(
    r"<(/?)((?:[^\W\d][\w.-]*:)?)([^\W\d][\w.-]*)((?>(?:[^<>\"']++|\"[^\"<]*+\"|'[^'<]*+')*+)|[^<>]*+"
    r"|(?>(?:[^<>\"']++|\"[^\"]{0,500}+\"|'[^']{0,500}+'){0,50}+))>"
)
_REFERENCE = re.compile(
    r"&(?!(?:amp|lt|gt|quot|apos|#(?:3[2-9]|[4-9]\d|1[01]\d|12[0-6]|1[6-9]\d|[2-9]\d\d|\d{4}));)"
    r"(?:(#\d{1,8}|#[xX][0-9a-fA-F]{1,7}|[A-Za-z][\w.-]{0,60});)?"
)
_OF_SITEMAPS = re.compile(r"xmlns:([\w.-]+)\s*=\s*[\"'][^\"'<>]*sitemap(?!-)[^\"'<>]*[\"']", re.IGNORECASE)
_DEFAULT_NAMESPACE = re.compile(r"\sxmlns\s*=\s*(?:\"[^\"]*\"|'[^']*')")
_MAIN = frozenset({"rss", "rdf", "channel", "item", "feed", "entry", "urlset", "sitemapindex", "url", "sitemap"})
_ENTRIES = frozenset({"item", "entry", "url", "sitemap"})
_CONTENTS = frozenset({"content", "description", "encoded", "summary"})  # may hold elements of the same names
_END_OF_ENTRY = re.compile(r"</(?:[\w.-]+:)?(?:item|entry|url|sitemap)\s*>", re.IGNORECASE)
_ESCAPED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """Where the root element of a listing begins in a text."""

    start: int
    prefix: str  # with its colon, or ""
    name: str  # in lower case, without a prefix


@dataclass(frozen=True, slots=True, kw_only=True)
class Repaired:
    """Repaired XML from its root element on."""

    text: str
    broken: str = ""  # the first fault that was repaired
    cut: str = ""  # what is missing at the end
    head: str = ""  # from the root to the first entry


def root_of(text: str) -> Root | None:
    """Find the root element of a feed or sitemap, after whatever comes before it; None if there is none."""
    for found in _ROOT.finditer(text, 0, LONGEST_PROLOG):
        comment = text.rfind("<!--", 0, found.start())
        if comment >= 0 and text.find("-->", comment, found.start()) < 0:
            continue
        page = _HTML.search(text, 0, found.start())
        if page is not None and not _AFTER_PAGE.search(text, page.start(), found.start()):
            return None  # an HTML page that shows a feed
        return Root(start=found.start(), prefix=found[1].lower(), name=found[2].lower())
    return None


def repaired(text: str, root: Root, keep: frozenset[str]) -> Repaired:
    """Repair a document from its root on. Tags whose names are not in `keep` are removed, but not the text in them."""
    body = _FORBIDDEN.sub("", text[root.start :])
    end = _end_of(body, root)
    prefixes = {root.prefix, *(f"{prefix.lower()}:" for prefix in _OF_SITEMAPS.findall(body[:5000]))} - {"rdf:"}
    cut = "" if end else f"cut off: no </{root.prefix}{root.name}> at its end"
    repair = _Repair(keep, frozenset(prefixes), _declared(text[: root.start]), cut)
    return repair.of(body[:end] if end else _up_to_last_tag(body))


def _declared(prolog: str) -> dict[str, str]:
    """Return the entities that a DTD declares; an entity that is external, long, or made of others is empty."""
    known: dict[str, str] = {}
    for found, _ in zip(_ENTITY.finditer(prolog), range(MOST_ENTITIES), strict=False):
        value = unescape(found[2] or found[3] or "")
        known.setdefault(found[1], "" if "&" in value or "<" in value or len(value) > LONGEST_ENTITY else value)
    return known


def _end_of(body: str, root: Root) -> int:
    """Return where the document ends, so that what follows it is left out; 0 if its end is missing."""
    first = body.find(">") + 1
    if first >= 2 and body[first - 2] == "/":
        return first
    names = f"{root.name}|channel" if root.name in {"rss", "rdf"} else root.name
    end = 0
    for end_tag in re.finditer(rf"</(?:[\w.-]+:)?(?:{names})\s*>", body, re.IGNORECASE):
        end = end_tag.end()
    return end


def _up_to_last_tag(body: str) -> str:
    """Cut off what follows the last whole end tag: half an address is a wrong address."""
    if (section := body.rfind("<![CDATA[")) > body.rfind("]]>"):
        body = body[:section]
    at = body.rfind("</")
    if at >= 0 and body.find(">", at) < 0:
        at = body.rfind("</", 0, at)
    end = body.find(">", at) + 1 if at >= 0 else 0
    return body[: max(end, body.rfind("/>") + 2 if "/>" in body else 0)]


@dataclass(slots=True)
class _Repair:
    keep: frozenset[str]
    prefixes: frozenset[str]  # that are left out
    entities: dict[str, str]
    cut: str
    parts: list[str] = field(default_factory=list)
    broken: str = ""
    tags: int = 0
    entries: int = 0
    head: int = -1  # parts before the first entry
    expanded: int = 0
    entry_tags: int = 0
    around: list[str] = field(default_factory=list)  # the elements that are open
    is_nested: bool = True  # each end tag was that of the last open element; else closing them would mend nothing
    ends: dict[str, int] = field(default_factory=dict)  # the next end tag of each kind of content
    is_in_title: bool = False

    def of(self, body: str) -> Repaired:
        ends = {mark: body.rfind(mark) for mark in ("-->", "?>", "]]>")}
        at = 0
        while (start := body.find("<", at)) >= 0:
            self._text(body[at:start])
            at = self._mark(body, start, ends)
            if self.entries > MOST_PLACES or self.tags > MOST_TAGS:
                self.cut = f"longer than the limit ({MOST_PLACES} entries, {MOST_TAGS} tags)"
                break
        else:
            self._text(body[at:])
        if self.cut and self.is_nested:
            self.parts += [f"</{name}>" for name in reversed(self.around)]
        text = "".join(self.parts)
        head = "".join(self.parts[: self.head]) if self.head >= 0 else text
        return Repaired(text=text, broken=self.broken or self.cut, cut=self.cut, head=head)

    def _mark(self, body: str, start: int, ends: dict[str, int]) -> int:
        """Read what begins with `<`; return where it ends."""
        if tag := _TAG.match(body, start):
            self._tag(tag)
            is_content = tag[3].lower() in _CONTENTS and not tag[1] and not tag[4].endswith("/")
            return self._after_content(body, tag) if is_content else tag.end()
        if body.startswith("<![CDATA[", start):
            return self._section(body, start + 9, ends["]]>"])
        for opening, closing in (("<!--", "-->"), ("<?", "?>")):
            if body.startswith(opening, start) and ends[closing] > start:
                return body.index(closing, start) + len(closing)
        self._fault("a bare <")
        self.parts.append("&lt;")
        return start + 1

    def _after_content(self, body: str, tag: re.Match[str]) -> int:
        """Return where the end tag of a content begins, so that none of it is read, or where one without end begins."""
        closing = f"</{tag[2]}{tag[3]}"
        if self.ends.get(closing, 0) < tag.end():
            end = body.find(closing, tag.end())
            self.ends[closing] = end if end >= 0 else len(body)
        end = self.ends[closing]
        return tag.end() if end == len(body) or _END_OF_ENTRY.search(body, tag.end(), end) else end

    def _section(self, body: str, start: int, last: int) -> int:
        end = body.index("]]>", start) if last >= start else len(body)
        after = end + 3
        if (lost := _END_OF_ENTRY.search(body, start, end)) is not None or end == len(body):
            self._fault("a CDATA section without its end")
            close = body.find("</", start, lost.start() + 2 if lost else end)
            end = after = close if close >= 0 else end
        self.parts.append(body[start:end].removeprefix("<![CDATA[").translate(_ESCAPED))
        return min(after, len(body))

    def _text(self, text: str) -> None:
        if "&" in text:
            text = _REFERENCE.sub(self._reference, text)
        if ">" in text:
            text = text.replace("]]>", "").replace(">", "&gt;")
        if text:
            self.parts.append(text)

    def _reference(self, found: re.Match[str]) -> str:
        name = found[1]
        if name is None:
            self._fault("a bare &")
            return "&amp;"
        if name in self.entities:
            value = self.entities[name] if self.expanded < MOST_EXPANDED else ""
            self.expanded += len(value)
        elif name.startswith("#") or f"{name};" in html5:
            value = _FORBIDDEN.sub("", unescape(f"&{name};"))
        else:
            value = f"&{name};"
        return value.translate(_ESCAPED)

    def _tag(self, tag: re.Match[str]) -> None:
        closing, prefix, name, attributes = tag[1], tag[2].lower(), tag[3].lower(), tag[4]
        if name not in self.keep:
            if self.is_in_title:  # markup in a title, or a title about markup: its reader decides
                self.parts.append(tag[0].translate(_ESCAPED))
            return
        self.entry_tags = 0 if name in _ENTRIES else self.entry_tags + 1
        if self.entry_tags > 2 * MOST_PARTS:
            return
        self.tags += 1
        self.is_in_title = name == "title" and not closing and "xhtml" not in attributes
        if prefix in self.prefixes:
            prefix = ""
        if closing:
            self._close(prefix + name)
            return
        if name in _ENTRIES:
            self.entries += 1
            self.head = self.head if self.head >= 0 else len(self.parts)
        if len(attributes) > LONGEST_ATTRIBUTES:
            self._fault("a tag with too many attributes")
            attributes = "/" if attributes.endswith("/") else ""
        elif name in _MAIN:
            attributes = _DEFAULT_NAMESPACE.sub("", attributes)
        if "&" in attributes:
            attributes = _REFERENCE.sub(self._reference, attributes)
        self._open(prefix + name, attributes)

    def _open(self, name: str, attributes: str) -> None:
        self.parts.append(f"<{name}{attributes}>")
        if not attributes.endswith("/"):
            self.around.append(name)

    def _close(self, name: str) -> None:
        self.parts.append(f"</{name}>")
        if self.around and self.around[-1] == name:
            self.around.pop()
        else:
            self.is_nested = False

    def _fault(self, why: str) -> None:
        self.broken = self.broken or why
