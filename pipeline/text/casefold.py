"""The result of `str.casefold`: for a text, and for each character, for the loops that fold a text while they read it.

Here: case folding alone. Words that are compared between pages also need normalization, which may depend on the
neighboring characters. Those tables are `normalise._folds` and `tokens._forms`.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from pipeline import native

_CASED: Final = 0x1E944  # number of characters: no character after them changes when it is folded


def folded(text: str) -> str:
    """Return `text.casefold()`; Python takes five times as long for a text that is not in ASCII."""
    if not native.COMPILED or text.isascii():
        return text.casefold()
    found = native.text.folded(text, _singles())
    return text.casefold() if found is None else found


@cache
def _singles() -> npt.NDArray[np.uint16]:
    """Return the folded form of each character of the basic plane; 0 if it has several characters, and for NUL."""
    table = folds()[:0x10000]
    return np.where(table[:, 1] == 0, table[:, 0], 0).astype(np.uint16)


@cache
def folds() -> npt.NDArray[np.uint32]:
    """Return one row per character, up to the last that folding changes: one to three characters, padded with 0."""
    table = np.zeros((_CASED, 3), np.uint32)
    table[:, 0] = np.arange(_CASED)
    for code in range(_CASED):
        char = chr(code)
        folded = char.casefold()
        if folded != char:
            table[code, : len(folded)] = [ord(character) for character in folded]
    return table
