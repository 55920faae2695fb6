"""Detect HTML in a text and extract its visible text, in linear time and without a parser.

`opening.py` calls it where the media type does not decide. The functions also work for pages on which a parser
might fail. Not here: work on a tree (pipeline/document/blocks).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from pipeline import native

SNIFFED = 4096  # characters at the start of a text in which HTML is detected
_DECLARED = re.compile(r"<(?:!doctype\s+html|html|head|body|meta|title|article|div|p|table)\b", re.IGNORECASE)
_DOCUMENT = re.compile(r"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
SOON = 500  # characters before the first tag of a fragment of HTML
_TAG = re.compile(r"<[^<>]*>")  # no '<' inside: an unclosed tag ends at the next tag, so the scan is linear
_BLOCKS = (
    "p|div|br|hr|li|ul|ol|dl|dt|dd|h[1-6]|table|tr|td|th|section|article|aside|nav|header|footer|main|form|"
    "blockquote|figure|figcaption|pre"
)
_BLOCK_TAG = re.compile(rf"</?(?:{_BLOCKS})\b[^<>]*>", re.IGNORECASE)
_UNSEEN_NAMES = "script|style|noscript|template"
# Ignore the case of ASCII letters only: "ſcript" is not a script.
_UNSEEN = re.compile(f"<(?:!--|((?ai:{_UNSEEN_NAMES})))")
_CLOSING = {name: re.compile(f"</(?ai:{name})") for name in _UNSEEN_NAMES.split("|")}
_SPACE = re.compile(r"[^\S\n]+")
_START_TAG = re.compile(r"<[A-Za-z]")
LONG_TAG = 65_536  # characters from which on a tag is a giant
FEW_TAGS = 5_000  # up to this number of "<", each counts as a tag
_LONG_TAG = re.compile(rf"<[A-Za-z][^<>]{{{LONG_TAG},}}")
_BETWEEN_ATTRIBUTES = re.compile(r"[\s/]+|=")


def looks_like_html(text: str) -> bool:
    """Return whether a text starts with markup: a tag at its very start, or several tags soon after.

    A text may contain markup further down, for example the code with which readers can embed an article.
    """
    head = text[:SNIFFED].lstrip("\ufeff \t\r\n")
    if head.startswith(("<?xml", "<!--")):
        return True
    tags = list(_DECLARED.finditer(head))
    if not tags or tags[0].start() == 0:
        return bool(tags)
    return len(tags) >= 3 and (tags[0].start() < SOON or _DOCUMENT.search(head) is not None)


def start_tags(html: str) -> int:
    """Count the start tags, and the attributes of giant tags: a parser makes a node of each.

    Up to FEW_TAGS every "<" counts: to find those that start a tag would double the time.
    """
    attributes = sum(sum(1 for _ in _BETWEEN_ATTRIBUTES.finditer(tag)) for tag in _giants(html))
    if native.COMPILED:
        tags = native.page.count_tags(html, False)
        return attributes + (tags if tags <= FEW_TAGS else native.page.count_tags(html, True))
    tags = html.count("<")
    return attributes + (tags if tags <= FEW_TAGS else sum(1 for _ in _START_TAG.finditer(html)))


def _giants(html: str) -> Iterator[str]:
    """Yield the giant tags. Each covers a whole piece of half its length without any "<", and begins right before.

    Most pages have no such piece; in the others a pattern for the whole page takes longer than all else.
    """
    half, opens = LONG_TAG // 2, False
    for at in range(0, len(html) - half + 1, half):
        opened, opens = opens, html.find("<", at, at + half) >= 0
        if opened and not opens and (tag := _LONG_TAG.match(html, html.rfind("<", at - half, at))) is not None:
            yield tag.group()


def visible_text(html: str) -> str:
    """Return the text without scripts, styles and tags; block tags become line breaks. Entities are kept."""
    text = _SPACE.sub(" ", _without_unseen(html).replace("\n", " "))
    return _TAG.sub("", _BLOCK_TAG.sub("\n", text))


def text_runs(html: str, least: int = 1) -> list[str]:
    """Return the unchanged pieces of text between tags that have at least `least` characters.

    This takes a tenth of the time of `visible_text`, and a third of the time of a list of all pieces, because most
    pieces are empty.
    """
    return native.page.runs(html, least) if native.COMPILED else _runs(_without_unseen(html), least)


def _runs(text: str, least: int) -> list[str]:
    encoded = text.encode("utf-16-le", "surrogatepass")
    rare = len(encoded) != 2 * len(text)  # some characters are beyond the basic plane and have two units
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass") if rare else encoded, "<u4" if rare else "<u2")
    opens, closes = np.flatnonzero(codes == ord("<")), np.flatnonzero(codes == ord(">"))
    starts, ends = np.append(0, opens + 1), np.append(opens, len(codes))
    after_tag = np.append(closes, len(codes))[closes.searchsorted(starts)] + 1
    # An unclosed tag counts as text: without a ">" the whole piece is taken.
    starts = np.where(after_tag <= ends, after_tag, starts)
    wanted = ends - starts >= max(least, 1)
    pieces = (text[start:end] for start, end in zip(starts[wanted].tolist(), ends[wanted].tolist(), strict=True))
    return [piece for piece in pieces if not piece.isspace()]


def _without_unseen(text: str) -> str:
    """Remove comments and invisible elements in the order of their starts; an unclosed one extends to the end."""
    if native.COMPILED:
        return native.page.without_unseen(text)
    parts, at = [], 0
    while (opening := _UNSEEN.search(text, at)) is not None:
        parts.append(text[at : opening.start()])
        end = _end_of(text, opening)
        if end < 0 or (gt := text.find(">", end)) < 0:
            return "".join(parts)
        at = gt + 1
    parts.append(text[at:])
    return "".join(parts)


def _end_of(text: str, opening: re.Match[str]) -> int:
    """Return where a comment or invisible element ends; -1 if it is not closed."""
    if opening.group(1) is None:
        return text.find("-->", opening.start())
    closing = _CLOSING[opening.group(1).lower()].search(text, opening.end())
    return -1 if closing is None else closing.start()
