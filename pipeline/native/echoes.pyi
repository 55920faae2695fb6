from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Ints: TypeAlias = npt.NDArray[np.int64]
Codes: TypeAlias = npt.NDArray[np.uint32]

def count_known(
    texts: list[str],
    words: list[str],
    sets: list[frozenset[str]],
    folds: Codes,
    counts: Ints,
    hits: Ints,
) -> None: ...
