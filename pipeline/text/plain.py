"""Make untrusted text safe to show: remove markup, control characters and line breaks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import unescape

from pipeline import native

_TAG = re.compile(r"</?[A-Za-z][^<>]*>")


_UNSEEN = {**dict.fromkeys(range(32), " "), **dict.fromkeys(map(ord, "\u00ad\u200b\u200e\u200f\u2060\ufeff"))}
# Characters that no script needs to be read; joiners (U+200C, U+200D) and stress marks are left.
_NEEDLESS = "\u00ad\u200b\u2060\ufeff"
_REMOVED = dict.fromkeys(map(ord, _NEEDLESS))
_ENTITY = re.compile(r"&(?:[A-Za-z]{2,8}\d{0,2}|#\d{2,6}|#[xX][\da-fA-F]{2,5});")
_STYLED = re.compile(r"</?(?:a|b|br|em|font|i|p|span|strong|u)\b[^<>]*>", re.IGNORECASE)
_OF_MARKUP = re.compile(r"html|xml|entit|сущност|сутніст|</?[a-z]", re.IGNORECASE)  # a text about entities shows them


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


def legible(lines: Sequence[str]) -> Sequence[str]:
    """Return lines with entities that were escaped twice unescaped, and without invisible characters."""
    whole = "\n".join(lines)
    if "&" in whole and _ENTITY.search(whole) is not None:
        lines = [_unescaped(line) if "&" in line else line for line in lines]
        whole = "\n".join(lines)
    if any(character in whole for character in _NEEDLESS):
        lines = [line.translate(_REMOVED) for line in lines]
    return lines


def _unescaped(line: str) -> str:
    """Unescape the entities of a line, unless it is about markup; a line stays one line."""
    if _OF_MARKUP.search(line) is not None:
        return line
    for _ in range(2):  # "&amp;laquo;" was escaped twice more
        line = _ENTITY.sub(lambda found: unescape(found.group()), line)
    return " ".join(_STYLED.sub("", line).splitlines())
