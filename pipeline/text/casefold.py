"""What `str.casefold` makes of each character, for the compiled loops that fold a text while they read it.

Nothing but that. Words that are compared with other pages' are normalised in the same step, each in a way of its own,
and where that hangs on the characters beside it no table says it: `text._folds` and `tokens._forms`.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

_CASED: Final = 0x1E944  # characters: no fold of one behind them


@cache
def folds() -> npt.NDArray[np.uint32]:
    """Return a row for each character up to the last that has a fold: one to three characters, padded with 0."""
    table = np.zeros((_CASED, 3), np.uint32)
    table[:, 0] = np.arange(_CASED)
    for code in range(_CASED):
        char = chr(code)
        folded = char.casefold()
        if folded != char:
            table[code, : len(folded)] = [ord(one) for one in folded]
    return table
