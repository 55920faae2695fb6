"""Make untrusted text safe to show: remove markup, control characters and line breaks."""

from __future__ import annotations

import re
from html import unescape

from pipeline import native

_TAG = re.compile(r"</?[A-Za-z][^<>]*>")


_UNSEEN = {**dict.fromkeys(range(32), " "), **dict.fromkeys(map(ord, "\u00ad\u200b\u200e\u200f\u2060\ufeff"))}


def plain(text: str) -> str:
    """Unescape entities (twice, because some pages escape twice); remove tags, invisible characters, extra spaces."""
    if "&" in text:
        text = unescape(unescape(text))
    if "<" in text:
        text = _TAG.sub(" ", text)
    return seen(text)


def seen(text: str) -> str:
    """Remove invisible characters and extra spaces; what looks like markup stays."""
    return native.text.seen(text) if native.COMPILED else " ".join(text.translate(_UNSEEN).split())


def one_line(text: str, longest: int) -> str:
    """Return a text for one line of a terminal: no line breaks, no control characters, at most `longest` characters."""
    flat = printable(" ".join(text.split()))
    return flat if len(flat) <= longest else flat[: longest - 1] + "…"


def printable(text: str) -> str:
    """Replace characters that could control a terminal; line breaks and tabs are kept."""
    return "".join(sign if sign.isprintable() or sign in "\n\t" else "�" for sign in text)
