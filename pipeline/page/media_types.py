"""Which media types are pages, and how a Content-Type is read (RFC 9110, section 8.3; WHATWG MIME Sniffing).

A type that is missing, malformed or too general is decided by the first bytes of the body, as browsers do.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from functools import lru_cache

from pipeline.page.markup import looks_like_html

HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})
PAGE_TYPES = HTML_TYPES | {"", "text/plain"}  # "": no type, or none that can be read
XML_TYPES = frozenset({"application/xml", "text/xml"})  # a page if the root is <html>
_UNKNOWN = frozenset({"unknown/unknown", "application/unknown", "*/*"})  # WHATWG: they say nothing
_TYPE = re.compile(r"[a-z0-9!#$&^_.+*-]+/[a-z0-9!#$&^_.+*-]+")
_BEFORE_ROOT = re.compile(
    r"\s*(?:<\?.*?\?>\s*|<!--.*?-->\s*|<!DOCTYPE[^>\[]*(?:\[.*?\]\s*)?>\s*)*", re.DOTALL | re.IGNORECASE
)
_HTML_ROOT = re.compile(r"<(?:[a-z]{1,10}:)?html[\s/>]", re.IGNORECASE)
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_LONGEST = 500  # characters of a Content-Type
_SNIFFED = 4096  # bytes


@dataclass(frozen=True, slots=True)
class ContentType:
    """A media type in lower case, and its charset; "" and None if they are not given."""

    media_type: str = ""
    charset: str | None = None


def content_type(header: str | None) -> ContentType:
    """Read a Content-Type, even a malformed one. Of several types the last counts, as in browsers.

    A comma may stand where a semicolon belongs. Without a readable type, `media_type` is "".
    """
    return _content_type((header or "")[:_LONGEST])


@lru_cache(maxsize=500)
def _content_type(header: str) -> ContentType:
    media_type, charset = "", None
    for part in re.split("[;,]", header.encode("ascii", "replace").decode("ascii")):
        name, _, value = part.partition("=")
        if name.strip().lower() == "charset" and charset is None:
            charset = value.strip().strip("\"' ")[:40] or None
        elif _TYPE.fullmatch(found := part.strip().strip("\"'").lower()):
            media_type = "" if found in _UNKNOWN else found[:100]
    return ContentType(media_type, charset)


def may_be_page(media_type: str) -> bool:
    """Return whether a body of this type can be a page. For some types `page_type` must see the body's start."""
    return media_type in PAGE_TYPES or media_type in XML_TYPES or "html" in media_type


def page_type(media_type: str, head: bytes) -> str | None:
    """Return the type under which a body is a page, judged by its first bytes too; None if it is no page."""
    if media_type in PAGE_TYPES:
        return media_type
    if not may_be_page(media_type):
        return None
    text = text_of_head(head)
    if media_type in XML_TYPES:
        start = _BEFORE_ROOT.match(text)
        return "application/xhtml+xml" if start and _HTML_ROOT.match(text, start.end()) else None
    return "text/html" if looks_like_html(text) else None


def text_of_head(head: bytes) -> str:
    """Return the first bytes of a body as text in which markup can be found, whatever their charset."""
    head = head[:_SNIFFED]
    for mark, name in _BOMS:
        if head.startswith(mark):
            return head[len(mark) :].decode(name, "replace")
    return head.decode("latin-1")
