from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float32]
Codes: TypeAlias = npt.NDArray[np.int16]

def page_columns(words: Floats, ends: Floats, good: Floats, rows: Floats) -> None: ...
def cue_columns(cues: Codes, coded: Codes, prompt: int, signature: int, never: int, rows: Floats) -> None: ...
def score_columns(
    scores: npt.NDArray[np.float64], words: Floats, windows: list[tuple[int, int]], rows: Floats
) -> None: ...
def heading_columns(
    heads: npt.NDArray[np.uint8],
    words: Floats,
    coded: Codes,
    kinds: npt.NDArray[np.int64],
    farthest: int,
    rows: Floats,
) -> None: ...
def rhythm(forms: npt.NDArray[np.int64], row: Floats) -> None: ...
