"""Redirects that a page makes by itself: the Refresh header and `<meta http-equiv="refresh">` (WHATWG HTML, 4.2.5.3).

Most refreshes are no redirects: live pages load themselves again every few minutes.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from pipeline import native
from pipeline.page.charset import decode
from pipeline.page.markup import visible_text

AT_ONCE = 1.0  # seconds up to which nobody can read the page that redirects
SOON = 10.0  # seconds up to which a page with hardly any text redirects; after that it is a live page
STUB = 600  # letters and digits; a page with more is a page to read
SMALL = 32 << 10  # bytes of a page that is searched as a whole
SEARCHED = 4 << 10  # bytes that are searched of a larger page
_SECONDS = re.compile(r"[\t\n\f\r ]*([0-9]{1,9}|(?=\.))[0-9.]*")
_BETWEEN = re.compile(r"[\t\n\f\r ]*[;,]?[\t\n\f\r ]*")
_URL = re.compile(r"url[\t\n\f\r ]*=[\t\n\f\r ]*(.*)", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Refresh:
    """Seconds until another URL is loaded; "" loads the same page again."""

    seconds: float
    target: str


def parsed(content: str) -> Refresh | None:
    """Read the value of a refresh as browsers do; None if they ignore it."""
    text = content[:5000]
    number = _SECONDS.match(text)
    if number is None or text[number.end() : number.end() + 1] not in ";,\t\n\f\r ":
        return None
    target = _BETWEEN.sub("", text[number.end() :], count=1)
    if (named := _URL.match(target)) is not None:
        target = named[1]
    if target[:1] in {'"', "'"}:
        target = target[1:].partition(target[0])[0]
    return Refresh(float(number[1] or 0), target.strip())


def by_header(value: str | None) -> Refresh | None:
    """Return the redirect that a Refresh header makes; None without one."""
    found = parsed(value) if value else None
    return found if found is not None and found.target and found.seconds <= SOON else None


def mentions_refresh(head: bytes, size: int) -> bool:
    """Return whether a page of `size` bytes with this start may have a `<meta>` refresh. Nearly no page has one."""
    searched = head[: SMALL if size <= SMALL else SEARCHED]
    if searched.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        searched = searched.replace(b"\0", b"")
    return native.page.mentions(searched, b"refresh") if native.COMPILED else b"refresh" in searched.lower()


def by_page(head: bytes, charset: str | None) -> Refresh | None:
    """Return the redirect that the start of a page makes by `<meta>`, also inside `<noscript>`; None without one."""
    text = decode(head[:SMALL], charset=charset, html=True)
    html = text if isinstance(text, str) else head[:SMALL].decode("latin-1")
    from selectolax.lexbor import LexborHTMLParser  # noqa: PLC0415 — the fetch stage needs it for few pages only

    tree: Any = LexborHTMLParser(html)
    base = tree.css_first("base[href]")
    for meta in tree.css("meta[http-equiv][content]"):
        attributes = meta.attributes
        if (attributes.get("http-equiv") or "").strip().lower() != "refresh":
            continue
        found = parsed(attributes.get("content") or "")
        if found is None or not found.target or found.seconds > SOON:
            continue
        inside = _names_above(meta)
        if "template" in inside:
            continue
        if (found.seconds > AT_ONCE or "noscript" in inside) and letters_in(html) >= STUB:
            continue
        return Refresh(found.seconds, urljoin(base.attributes["href"] or "", found.target) if base else found.target)
    return None


def letters_in(html: str) -> int:
    """Count the letters and digits of a page's visible text."""
    return sum(map(str.isalnum, visible_text(html)))


def _names_above(node: Any) -> set[str]:
    names = set()
    while (node := node.parent) is not None:
        names.add(node.tag)
    return names
