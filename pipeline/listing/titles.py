"""Read the titles of listings. Atom says what a title is; elsewhere it is text or markup, and nobody says which."""

from __future__ import annotations

import re
from html import unescape

from pipeline.text.plain import seen

_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_MARKUP = re.compile(r"<(/?)([a-z][a-z0-9]*)\b([^<>]*)>", re.IGNORECASE)
# Elements of phrases and blocks that stand in headlines. All others are what a headline is about.
_PAIRED = frozenset({
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "center", "cite", "code", "del", "dfn", "div", "em", "font",
    "h1", "h2", "h3", "h4", "h5", "h6", "i", "ins", "kbd", "mark", "nobr", "p", "q", "s", "samp", "script", "small",
    "span", "strike", "strong", "style", "sub", "sup", "tt", "u", "var",
})  # fmt: skip
_SINGLE = frozenset({"br", "hr", "img", "wbr"})


def title_of_text(text: str) -> str:
    """Read plain text, such as an Atom title without a type: what looks like markup is text."""
    return seen(text)


def title_of_html(text: str) -> str:
    """Read HTML, such as an Atom title of type html or xhtml: tags are removed, then references are replaced."""
    return seen(unescape(_TAG.sub(" ", text) if "<" in text else text))


def title_of_either(text: str) -> str:
    """Read an RSS title: markup is removed where it is surely markup, since `<canvas>` may be what it is about."""
    if "&" in text:
        text = unescape(unescape(text))
    if "<" in text:
        names = {(bool(end), name.lower()) for end, name, _ in _MARKUP.findall(text)}
        text = _MARKUP.sub(lambda tag: " " if _is_markup(tag, names) else tag[0], text)
    return seen(text)


def _is_markup(tag: re.Match[str], names: set[tuple[bool, str]]) -> bool:
    name = tag[2].lower()
    if name in _SINGLE or "=" in tag[3]:
        return True
    return name in _PAIRED and {(True, name), (False, name)} <= names
