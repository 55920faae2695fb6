"""The result of `str.casefold` for each character, for the compiled loops that fold a text while they read it.

Here: case folding alone. Words that are compared between pages also need normalization, which may depend on the
neighboring characters. Those tables are `normalise._folds` and `tokens._forms`.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

_CASED: Final = 0x1E944  # number of characters: no character after them changes when it is folded


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
