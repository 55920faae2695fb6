"""Markup told from text, in linear time: is this HTML, and what would a reader see of it.

No parser: what needs a tree is `extract.py`'s. These two answer for pages that a parser might choke on.
"""

from __future__ import annotations

import re

import numpy as np

from pipeline import native

SNIFFED = 4096  # characters at the head that tell HTML from text
_DECLARED = re.compile(r"<(?:!doctype\s+html|html|head|body|meta|title|article|div|p|table)\b", re.IGNORECASE)
_DOCUMENT = re.compile(r"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
SOON = 500  # characters in front of a fragment's first tag
_TAG = re.compile(r"<[^<>]*>")  # no '<' inside: an unclosed tag ends at the next one, so the scan is linear
_BLOCKS = (
    "p|div|br|hr|li|ul|ol|dl|dt|dd|h[1-6]|table|tr|td|th|section|article|aside|nav|header|footer|main|form|"
    "blockquote|figure|figcaption|pre"
)
_BLOCK_TAG = re.compile(rf"</?(?:{_BLOCKS})\b[^<>]*>", re.IGNORECASE)
_UNSEEN_NAMES = "script|style|noscript|template"
# Of ASCII letters alone the case does not matter: "ſcript" is no script.
_UNSEEN = re.compile(f"<(?:!--|((?ai:{_UNSEEN_NAMES})))")
_CLOSING = {name: re.compile(f"</(?ai:{name})") for name in _UNSEEN_NAMES.split("|")}
_SPACE = re.compile(r"[^\S\n]+")
_START_TAG = re.compile(r"<[A-Za-z]")
LONG_TAG = 65_536  # characters
FEW_TAGS = 5_000
_LONG_TAG = re.compile(rf"<[A-Za-z][^<>]{{{LONG_TAG},}}")
_BETWEEN_ATTRIBUTES = re.compile(r"[\s/]+|=")


def looks_like_html(text: str) -> bool:
    """Say whether the head of a text is markup: a document tag first, or several tags of a page.

    A scrape may show markup as text, far down, as the code by which others may embed an article.
    """
    head = text[:SNIFFED].lstrip("\ufeff \t\r\n")
    if head.startswith(("<?xml", "<!--")):
        return True
    found = list(_DECLARED.finditer(head))
    if not found or found[0].start() == 0:
        return bool(found)
    return len(found) >= 3 and (found[0].start() < SOON or _DOCUMENT.search(head) is not None)


def start_tags(html: str) -> int:
    """Count the start tags, and the attributes of a giant one: what a parser makes a node of.

    Of fewer than FEW_TAGS every "<" is counted: which of them begin a tag takes as long to find out as all the rest.
    """
    giants = _LONG_TAG.finditer(html) if _may_have_giants(html) else ()
    attributes = sum(sum(1 for _ in _BETWEEN_ATTRIBUTES.finditer(tag.group())) for tag in giants)
    tags = html.count("<")
    return attributes + (tags if tags <= FEW_TAGS else sum(1 for _ in _START_TAG.finditer(html)))


def _may_have_giants(html: str) -> bool:
    """Look into every half of a giant's length for a tag's beginning; a giant holds one whole half without any."""
    half = LONG_TAG // 2
    return any(html.find("<", at, at + half) < 0 for at in range(0, len(html) - half + 1, half))


def visible_text(html: str) -> str:
    """Strip scripts, styles and tags; block tags become line breaks. Entities stay as they are."""
    text = _SPACE.sub(" ", _without_unseen(html).replace("\n", " "))
    return _TAG.sub("", _BLOCK_TAG.sub("\n", text))


def text_runs(html: str, least: int = 1) -> list[str]:
    """Return the pieces of text between tags, as they stand there, of at least so many characters.

    In a tenth of the time of `visible_text`, and of a list of all pieces, most of which are empty, a third.
    """
    text = _without_unseen(html)
    return native.page.runs(text, least) if native.COMPILED else _runs(text, least)


def _runs(text: str, least: int) -> list[str]:
    encoded = text.encode("utf-16-le", "surrogatepass")
    rare = len(encoded) != 2 * len(text)  # characters of two units each
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass") if rare else encoded, "<u4" if rare else "<u2")
    opens, closes = np.flatnonzero(codes == ord("<")), np.flatnonzero(codes == ord(">"))
    starts, ends = np.append(0, opens + 1), np.append(opens, len(codes))
    behind = np.append(closes, len(codes))[closes.searchsorted(starts)] + 1
    # An unclosed tag is text, as it is there: without a ">" the whole piece is taken.
    starts = np.where(behind <= ends, behind, starts)
    wanted = ends - starts >= max(least, 1)
    pieces = (text[start:end] for start, end in zip(starts[wanted].tolist(), ends[wanted].tolist(), strict=True))
    return [piece for piece in pieces if not piece.isspace()]


def _without_unseen(text: str) -> str:
    """Cut comments and elements that nobody sees, whichever begins first; unclosed ones reach to the end."""
    parts, at = [], 0
    while (opening := _unseen_from(text, at)) is not None:
        parts.append(text[at : opening.start()])
        end = _end_of(text, opening)
        if end < 0 or (gt := text.find(">", end)) < 0:
            return "".join(parts)
        at = gt + 1
    parts.append(text[at:])
    return "".join(parts)


def _unseen_from(text: str, at: int) -> re.Match[str] | None:
    """Find the next opening of what nobody sees."""
    if not native.COMPILED:
        return _UNSEEN.search(text, at)
    while (at := native.page.unseen_from(text, at)) >= 0:
        if (opening := _UNSEEN.match(text, at)) is not None:
            return opening
        at += 1
    return None


def _end_of(text: str, opening: re.Match[str]) -> int:
    """Find where what was opened is closed, -1 where it is not."""
    if opening.group(1) is None:
        return text.find("-->", opening.start())
    closing = _CLOSING[opening.group(1).lower()].search(text, opening.end())
    return -1 if closing is None else closing.start()
