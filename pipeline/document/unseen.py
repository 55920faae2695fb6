"""Reads the article where a browser's user does not see it: in JSON-LD, in `<noscript>`, or in a script's JSON.

Pages that a script fills have the text there, and only a headline or the first paragraph among their elements.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import orjson
from selectolax.lexbor import LexborHTMLParser

from pipeline.document.blocks.tree import texts_of
from pipeline.document.metadata.jsonld import Described
from pipeline.text.normalise import words
from pipeline.text.plain import plain

LEAST: Final = 40  # words: a shorter text is a description or a message
MORE: Final = 2.0  # times the words of what is seen: then that is only the beginning
SAID: Final = 0.7  # the share of the seen words that are in the text as well, four in a row
RUN: Final = 4
PARAGRAPH: Final = 8  # words
PARAGRAPHS: Final = 3
LARGEST: Final = 2_000_000  # characters of a script
MOST: Final = 50_000  # values of a script
_BREAK = re.compile(r"<br\b[^>]*>|</?(?:p|div|h\d|li|ul|ol|blockquote|section|article)\b[^>]*>|[\r\n]+", re.IGNORECASE)
_ENDS: Final = (".", "!", "?", "…", "。", "！", "？", ":")
_CLOSERS: Final = "\"'»”’)]」』"


def better(tree: LexborHTMLParser, described: Described, lines: Sequence[str]) -> tuple[str, tuple[str, ...]] | None:
    """Return a text of the page and its source, if `lines`, which a reader sees, are nothing or its beginning."""
    if (whole := described.text("articleBody")) and len(whole) > MORE * sum(map(len, lines)):
        told = _lines(whole)
        if _is_text(told) and _begins(lines, told):
            return "json-ld", told
    if len(lines) <= PARAGRAPHS:
        told = _prose(text for node in tree.css("noscript") for text in texts_of(node))
        if len(told) >= PARAGRAPHS and _is_text(told) and _begins(lines, told):
            return "noscript", told
    if not lines:
        told = _of_scripts(tree)
        if len(told) >= PARAGRAPHS and _is_text(told):
            return "json", told
    return None


def _lines(text: str) -> tuple[str, ...]:
    return tuple(filter(None, map(plain, _BREAK.split(text))))


def _is_text(lines: Sequence[str]) -> bool:
    return sum(len(words(line)) for line in lines) >= LEAST


def _begins(lines: Sequence[str], told: Sequence[str]) -> bool:
    """Return whether lines are nothing but a headline and the beginning of a longer text."""
    seen = [run for line in _prose(lines) for run in _runs(_folded([line]))]
    known = _folded(told)
    if len(known) < MORE * len(_folded(lines)):
        return False
    runs = set(_runs(known))
    return sum(run in runs for run in seen) >= SAID * len(seen)


def _runs(folded: Sequence[str]) -> list[tuple[str, ...]]:
    return [tuple(folded[at : at + RUN]) for at in range(len(folded) - RUN + 1)]


def _folded(lines: Sequence[str]) -> list[str]:
    return [word.casefold() for line in lines for word in words(line)]


def _prose(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(text for text in texts if len(words(text)) >= PARAGRAPH and text.rstrip(_CLOSERS).endswith(_ENDS))


def _of_scripts(tree: LexborHTMLParser) -> tuple[str, ...]:
    """Return the longest text in the JSON of the page's scripts: the paragraphs with the same place in its objects."""
    texts: dict[tuple[str, ...], list[str]] = {}
    for script in tree.css('script[type="application/json"]'):
        source = script.text() or ""
        if len(source) <= LARGEST:
            for path, text in _texts(source):
                texts.setdefault(path, []).extend(_lines(text))
    told = (_prose(found) for found in texts.values())
    return max(told, key=lambda lines: sum(map(len, lines)), default=())


def _texts(source: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield the texts of a JSON document in their order, each with the names on the way to it."""
    try:
        pending: list[tuple[tuple[str, ...], object]] = [((), orjson.loads(source))]
    except ValueError:
        return
    for _ in range(MOST):
        if not pending:
            return
        path, value = pending.pop()
        if isinstance(value, dict):
            pending += [((*path, name), inner) for name, inner in reversed(value.items())]
        elif isinstance(value, list):
            pending += [(path, inner) for inner in reversed(value)]
        elif isinstance(value, str) and len(value) > PARAGRAPH:
            yield path, value
