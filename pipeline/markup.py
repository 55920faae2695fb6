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
_UNSEEN = ("script", "style", "noscript", "template")
_SPACE = re.compile(r"[^\S\n]+")


def looks_like_html(text: str) -> bool:
    """Say whether the head of a text is markup: a document tag first, or several tags of a page."""
    head = text[:SNIFFED].lstrip("\ufeff \t\r\n")
    if head.startswith(("<?xml", "<!--")):
        return True
    first = _DECLARED.match(head)
    return first is not None or len(_DECLARED.findall(head)) >= 3


def visible_text(html: str) -> str:
    """Strip scripts, styles and tags; block tags become line breaks. Entities stay as they are."""
    text = html
    for name in _UNSEEN:
        text = _without(text, name)
    text = _without_comments(text)
    text = _SPACE.sub(" ", text.replace("\n", " "))
    return _TAG.sub("", _BLOCK_TAG.sub("\n", text))


def _without(text: str, name: str) -> str:
    """Cut every element of that name, found by `str.find`: unclosed ones reach to the end."""
    lowered = text.lower()
    if len(lowered) != len(text):  # a few capitals change length when lowered (U+0130)
        lowered = re.sub("[A-Z]+", lambda found: found.group().lower(), text)
    opening, closing = f"<{name}", f"</{name}"
    parts, at = [], 0
    while (start := lowered.find(opening, at)) >= 0:
        parts.append(text[at:start])
        end = lowered.find(closing, start)
        if end < 0:
            return "".join(parts)
        at = end
        gt = lowered.find(">", end)
        at = len(text) if gt < 0 else gt + 1
    parts.append(text[at:])
    return "".join(parts)


def _without_comments(text: str) -> str:
    parts, at = [], 0
    while (start := text.find("<!--", at)) >= 0:
        parts.append(text[at:start])
        end = text.find("-->", start)
        if end < 0:
            return "".join(parts)
        at = end + 3
    parts.append(text[at:])
    return "".join(parts)
