"""Markup told from text, in linear time: is this HTML, and what would a reader see of it.

No parser: what needs a tree is `extract.py`'s. These two answer for pages that a parser might choke on.
"""

from __future__ import annotations

import re

SNIFFED = 4096  # characters at the head that tell HTML from text
_DECLARED = re.compile(r"<(?:!doctype\s+html|html|head|body|meta|title|article|div|p|table)\b", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")  # no '<' inside: an unclosed tag ends at the next one, so the scan is linear
_BLOCKS = (
    "p|div|br|hr|li|ul|ol|dl|dt|dd|h[1-6]|table|tr|td|th|section|article|aside|nav|header|footer|main|form|"
    "blockquote|figure|figcaption|pre"
)
_BLOCK_TAG = re.compile(rf"</?(?:{_BLOCKS})\b[^<>]*>", re.IGNORECASE)
_UNSEEN = re.compile("<(?:!--|(script|style|noscript|template))")
_SPACE = re.compile(r"[^\S\n]+")
_START_TAG = re.compile(r"<[A-Za-z]")
_LONG_TAG = re.compile(r"<[A-Za-z][^<>]{65536,}")
_BETWEEN_ATTRIBUTES = re.compile(r"[\s/]+|=")


def looks_like_html(text: str) -> bool:
    """Say whether the head of a text is markup: a document tag first, or several tags of a page."""
    head = text[:SNIFFED].lstrip("\ufeff \t\r\n")
    if head.startswith(("<?xml", "<!--")):
        return True
    first = _DECLARED.match(head)
    return first is not None or len(_DECLARED.findall(head)) >= 3


def start_tags(html: str) -> int:
    """Count the start tags, and the attributes of a giant one: what a parser makes a node of."""
    attributes = (sum(1 for _ in _BETWEEN_ATTRIBUTES.finditer(tag.group())) for tag in _LONG_TAG.finditer(html))
    return sum(1 for _ in _START_TAG.finditer(html)) + sum(attributes)


def visible_text(html: str) -> str:
    """Strip scripts, styles and tags; block tags become line breaks. Entities stay as they are."""
    text = _SPACE.sub(" ", _without_unseen(html).replace("\n", " "))
    return _TAG.sub("", _BLOCK_TAG.sub("\n", text))


def _without_unseen(text: str) -> str:
    """Cut comments and elements that nobody sees, whichever begins first; unclosed ones reach to the end."""
    lowered = text.lower()
    if len(lowered) != len(text):  # a few capitals change length when lowered (U+0130)
        lowered = re.sub("[A-Z]+", lambda found: found.group().lower(), text)
    parts, at = [], 0
    while (opening := _UNSEEN.search(lowered, at)) is not None:
        parts.append(text[at : opening.start()])
        name = opening.group(1)
        end = lowered.find(f"</{name}" if name else "-->", opening.start())
        if end < 0 or (gt := lowered.find(">", end)) < 0:
            return "".join(parts)
        at = gt + 1
    parts.append(text[at:])
    return "".join(parts)
