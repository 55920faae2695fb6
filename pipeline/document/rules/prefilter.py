"""The quick test of which rules could match a block: how it begins, and which listed phrases it may contain.

It reads all blocks of a page at once. It decides nothing: recognise.py checks the rules that could match.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import chain
from typing import Final

import numpy as np
import numpy.typing as npt

from pipeline import native
from pipeline.document.rules.by_words import BEGINNINGS, LABEL_PHRASES
from pipeline.document.rules.phrases import DATE_WORDS, INSIDE
from pipeline.text.casefold import folds

# One bit each, as in native/seen.pxd.
OPENS, LABELS, PHRASE, RIGHTS, MARKUP, COPYRIGHT = (1 << bit for bit in range(6))
# DATED: all words go with dates. TITLED: it has a colon that may be a credit's. UNREAD: the compiled loop skipped it.
DATED, TITLED, UNREAD = 1 << 13, 1 << 14, 1 << 15
_PLANE: Final = 0x10000
# Digits that \d does not match, such as "²", are not words either.
_RAISED: Final = "".join(char for char in map(chr, range(_PLANE)) if char.isdigit() and not char.isdecimal())
_FIRST = re.compile(rf"^(?:[^\w\n]|[\d_{_RAISED}])*+([^\W\d_]*)", re.MULTILINE)
# Each phrase that a block may begin with or consist of.
_BEGINNINGS: Final = sorted({(phrase, OPENS) for phrase in BEGINNINGS} | {(phrase, LABELS) for phrase in LABEL_PHRASES})
_INSIDE: Final = tuple(sorted({phrase for _, _, phrases in INSIDE for phrase in phrases}))
# A phrase begins at the start of a word, so only phrases whose first word occurs on the page are searched for. The
# last word of a phrase may be the beginning of a longer word. A single word is therefore searched for anywhere, and so
# is a phrase in a script without spaces.
_SPACED: Final = tuple(phrase for phrase in _INSIDE if " " in phrase and phrase < "\u3000")
_LOOSE: Final = {phrase: PHRASE for phrase in _INSIDE if phrase not in _SPACED} | {
    "©": RIGHTS,
    "(c)": RIGHTS,
    "copyright": RIGHTS | COPYRIGHT,
    # A part of each alternative of `by_shape._MARKUP`, without an "i", for which a pattern takes other letters as well.
    "<": MARKUP,
    "href=": MARKUP,
    "funct": MARKUP,
    "var ": MARKUP,
}

Seen = npt.NDArray[np.uint16]


def prefilter(texts: Sequence[str]) -> Seen:
    """Return the bits of each block of a page; blocks must not contain line breaks."""
    if not native.COMPILED:
        return _by_patterns(texts)
    seen = np.empty(len(texts), np.uint16)
    _reader().read(list(texts), seen)
    rare = np.flatnonzero(seen == UNREAD).tolist()
    if rare:
        seen[rare] = _by_patterns([texts[index] for index in rare])
    return seen


def _by_patterns(texts: Sequence[str]) -> Seen:
    """Return the bits of each block. The whole page is searched first, because it has almost none of the phrases."""
    page = "\n".join(texts).casefold()
    first_words = _first_words()
    seen = np.fromiter((first_words.get(word, 0) for word in _FIRST.findall(page)), np.uint16, len(texts))
    seen |= DATED | TITLED  # testing this would take as long as checking the rules
    spaced = " " + page.replace("\n", "\n ")
    blocks = spaced.split("\n")
    words = set(page.split())
    headed = ((f" {phrase}", PHRASE) for phrase in _SPACED if _head(phrase) in words)
    for phrase, bits in chain(headed, _LOOSE.items()):
        if phrase in spaced:
            seen[[index for index, block in enumerate(blocks) if phrase in block]] |= bits
    return seen


@cache
def _first_words() -> dict[str, int]:
    """Return for each first word of a phrase the bits that a block with that first word may have."""
    bits: dict[str, int] = {}
    for phrase, own in _BEGINNINGS:
        head = _head(phrase)
        bits[head] = bits.get(head, 0) | own
    return bits


@cache
def _reader() -> native.rules.Reader:
    # The reader ends a block's words with a NUL character.
    beginnings = ((f"{phrase} \0" if bits == LABELS else f"{phrase} ", bits) for phrase, bits in _BEGINNINGS)
    classes = np.array([char.isalnum() | char.isdigit() << 1 for char in map(chr, range(_PLANE))], np.uint8)
    phrases = ((phrase, PHRASE) for phrase in _SPACED)
    return native.rules.Reader(folds(), classes, _by_head(beginnings), _by_head(phrases), _LOOSE, DATE_WORDS)


def _by_head(phrases: Iterable[tuple[str, int]]) -> dict[str, list[tuple[str, int]]]:
    groups: dict[str, list[tuple[str, int]]] = {}
    for phrase, bits in phrases:
        groups.setdefault(_head(phrase), []).append((phrase, bits))
    return groups


def _head(phrase: str) -> str:
    return phrase.split(" ", 1)[0]
