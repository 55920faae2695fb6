"""The words that a block shares with the page's main text, with the blocks around it, and with any other block.

A teaser, a sign-up or a comment prompt has other words than the article beside it, in any language. Words are compared
by their first letters, so that most inflected forms are the same; Chinese and Japanese characters in pairs.

How much paragraphs have in common depends on the language and on their length. So a share is told as a multiple of the
mean share in the page's main text.

The loops have a compiled version (native/themes.pyx); the version with Python's sets is the reference.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from pipeline import native
from pipeline.document.blocks.measures import Floats
from pipeline.text.casefold import folds

NAMES: Final = ("themed", "themed_around_5", "stems_before", "stems_after", "stems", "repeated")
SHORTEST: Final = 4  # letters: shorter words are in every text
STEM: Final = 5  # letters that are compared
DENSE: Final = 0x2E80  # from this character on a word has no spaces around it
NEAR: Final = 4  # blocks before and after in which a word occurs again
AROUND: Final = 5  # blocks to either side of the window
GRAM: Final = 4  # words: so long a run occurs a second time in a copy alone
FEWEST: Final = 40  # stems of the main text: one of fewer has no theme to be told by
LEAST: Final = 0.03  # mean share of stems in common: a main text with less has no theme either
MOST: Final = 3.0  # times the mean share
NONE: Final = -1.0  # the share of a block without words, and the theme of a page without one


@cache
def letters() -> npt.NDArray[np.uint32]:
    """Return for each character the first one that it is folded to; 0 for what is neither letter nor digit."""
    table = folds()[:, 0].copy()
    table[[code for code in range(len(table)) if not chr(code).isalnum()]] = 0
    return table


def themes_of(texts: Sequence[str], run: tuple[int, int]) -> Floats:
    """Return one row for each of NAMES; `run` is the first and the last block of the page's main text.

    themed           share of the block's stems that other blocks of the main text have, in means of it
    themed_around_5  the same of all stems around
    stems_before     share that one of the NEAR blocks before has, in means of it; `stems_after` likewise
    stems            number of the block's stems
    repeated         share of its runs of GRAM words that another block of the page has

    The first four are NONE on a page without a theme.
    """
    rows = np.empty((len(NAMES), len(texts)), np.float32)
    if native.COMPILED:
        native.themes.theme_columns(list(texts), letters(), *run, LEAST, MOST, rows)
        return rows
    first, last = run
    words = [list(_words(text)) for text in texts]
    stems = [frozenset(_stems(one)) for one in words]
    main = Counter(stem for block in stems[first : last + 1] for stem in block)
    runs = [frozenset(_grams([word for word, _ in one])) for one in words]
    on_page = Counter(gram for block in runs for gram in block)
    sizes = np.fromiter(map(len, stems), np.int64, len(stems))
    shared = np.zeros((3, len(texts)), np.int64)
    for place, own in enumerate(stems):
        before = frozenset().union(*stems[max(place - NEAR, 0) : place])
        after = frozenset().union(*stems[place + 1 :][:NEAR])
        inside = first <= place <= last
        shared[:, place] = sum(main[stem] > inside for stem in own), len(own & before), len(own & after)
        grams = [on_page[gram] > 1 for gram in runs[place]]
        rows[5, place] = sum(grams) / len(grams) if grams else NONE
    rows[4] = sizes
    whole = int(sizes[max(first, 0) : last + 1].sum())
    around = slice(max(first, 0), last + 1)
    themed, near = int(shared[0, around].sum()), int(shared[1:, around].sum())
    if len(main) < FEWEST or themed < LEAST * whole:
        rows[:4] = NONE
        return rows
    for place, size in enumerate(sizes.tolist()):
        window = slice(max(place - AROUND, 0), place + AROUND + 1)
        rows[0, place] = _multiple(int(shared[0, place]), size, themed / whole)
        rows[1, place] = _multiple(int(shared[0, window].sum()), int(sizes[window].sum()), themed / whole)
        rows[2, place] = _multiple(int(shared[1, place]), size, near / (2 * whole))
        rows[3, place] = _multiple(int(shared[2, place]), size, near / (2 * whole))
    return rows


def _multiple(shared: int, size: int, mean: float) -> float:
    return min(shared / size / max(mean, LEAST), MOST) if size else NONE


def _words(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the folded words of a text, and whether each follows the one before without a character between them."""
    table, size = letters(), len(letters())
    word, adjoins = "", False
    for char in text:
        code = ord(char)
        letter = int(table[code]) if code < size else code if char.isalnum() else 0
        if letter and letter < DENSE:
            word += chr(letter)
            continue
        if word:
            yield word, False
            word, adjoins = "", False
        if letter:
            yield chr(letter), adjoins
        adjoins = bool(letter)
    if word:
        yield word, False


def _stems(words: Sequence[tuple[str, bool]]) -> Iterator[str]:
    """Yield the beginnings of long words, and the pairs of dense characters."""
    before = ""
    for word, adjoins in words:
        if ord(word[0]) >= DENSE:
            if adjoins:
                yield before + word
        elif len(word) >= SHORTEST:
            yield word[:STEM]
        before = word


def _grams(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for place in range(len(words) - GRAM + 1):
        yield tuple(words[place : place + GRAM])
