"""The words that a block shares with the page's main text, with the blocks around it, and with any other block.

A teaser, a sign-up or a comment prompt has other words than the article beside it, in any language. Words are compared
by their first letters, so that most inflected forms are the same; Chinese and Japanese characters in pairs.

The loops have a compiled version (native/themes.pyx); the version with Python's sets is the reference.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from pipeline import native
from pipeline.document.blocks.measures import Floats
from pipeline.text.casefold import folds

NAMES: Final = ("themed", "themed_often", "themed_around_5", "stems_before", "stems_after", "stems", "repeated")
SHORTEST: Final = 4  # letters: shorter words are in every text
STEM: Final = 6  # letters that are compared
DENSE: Final = 0x2E80  # from this character on a word has no spaces around it
NEAR: Final = 4  # blocks before and after in which a word occurs again
AROUND: Final = 5  # blocks to either side of the window
OFTEN: Final = 3  # blocks of the main text: a word in so many is its theme
GRAM: Final = 4  # words: so long a run occurs a second time in a copy alone
NONE: Final = -1.0  # the share of a block without words


@cache
def letters() -> npt.NDArray[np.uint32]:
    """Return for each character the first one that it is folded to; 0 for what is neither letter nor digit."""
    table = folds()[:, 0].copy()
    table[[code for code in range(len(table)) if not chr(code).isalnum()]] = 0
    return table


def themes_of(texts: Sequence[str], run: tuple[int, int]) -> Floats:
    """Return one row for each of NAMES; `run` is the first and the last block of the page's main text.

    themed           share of the block's stems that other blocks of the main text have
    themed_often     share that at least OFTEN other blocks of it have
    themed_around_5  share of the stems around, block by block, that are themed
    stems_before     share that one of the NEAR blocks before has; `stems_after` likewise
    stems            number of the block's stems
    repeated         share of its runs of GRAM words that another block of the page has
    """
    rows = np.empty((len(NAMES), len(texts)), np.float32)
    if native.COMPILED:
        native.themes.theme_columns(list(texts), letters(), *run, rows)
        return rows
    first, last = run
    words = [list(_words(text)) for text in texts]
    stems = [frozenset(_stems(one)) for one in words]
    main = Counter(stem for block in stems[first : last + 1] for stem in block)
    runs = [frozenset(_grams([word for word, _ in one])) for one in words]
    on_page = Counter(gram for block in runs for gram in block)
    for place, own in enumerate(stems):
        inside = first <= place <= last
        near = (frozenset().union(*stems[max(place - NEAR, 0) : place]), frozenset().union(*stems[place + 1 :][:NEAR]))
        rows[:, place] = (
            _share(main[stem] > inside for stem in own),
            _share(main[stem] >= OFTEN + inside for stem in own),
            0.0,
            _share(stem in near[0] for stem in own),
            _share(stem in near[1] for stem in own),
            len(own),
            _share(on_page[gram] > 1 for gram in runs[place]),
        )
    counts = rows[5].astype(np.float64)
    shared = np.where(counts > 0, rows[0] * counts, 0.0)
    for place in range(len(texts)):
        around = slice(max(place - AROUND, 0), place + AROUND + 1)
        rows[2, place] = sum(shared[around].tolist()) / max(counts[around].sum(), 1.0)
    return rows


def _share(found: Iterable[bool]) -> float:
    told = list(found)
    return sum(told) / len(told) if told else NONE


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
