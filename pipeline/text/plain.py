"""Text of unknown origin made safe to show: without markup, control characters or line breaks."""

from __future__ import annotations

import re
from html import unescape

from pipeline import native

_TAG = re.compile(r"</?[A-Za-z][^<>]*>")


_UNSEEN = {**dict.fromkeys(range(32), " "), **dict.fromkeys(map(ord, "\u00ad\u200b\u200e\u200f\u2060\ufeff"))}


def plain(text: str) -> str:
    """Unescape (pages escape twice), strip tags and invisible characters, tidy the white space."""
    if "&" in text:
        text = unescape(unescape(text))
    if "<" in text:
        text = _TAG.sub(" ", text)
    return native.text.seen(text) if native.COMPILED else " ".join(text.translate(_UNSEEN).split())


def one_line(text: str, longest: int) -> str:
    """Make a text fit one line of a terminal: no line ends, nothing that steers it, cut."""
    flat = printable(" ".join(text.split()))
    return flat if len(flat) <= longest else flat[: longest - 1] + "…"


def printable(text: str) -> str:
    """Replace what could steer a terminal; lines and tabs stay."""
    return "".join(sign if sign.isprintable() or sign in "\n\t" else "�" for sign in text)
