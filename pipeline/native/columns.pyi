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
