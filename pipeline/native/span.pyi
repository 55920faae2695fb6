from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Bytes: TypeAlias = npt.NDArray[np.bool_]
Floats: TypeAlias = npt.NDArray[np.float32]

def prose(words: Floats, sentences: Floats, links: Floats, good: Floats) -> None: ...
def weigh(
    words: Floats,
    sentences: Floats,
    ends: Floats,
    dots: Floats,
    colons: Floats,
    noise: Bytes,
    listed: Bytes,
    lonely: int,
    lonely_factor: float,
    weights: Floats,
) -> None: ...
def heaviest_run(weights: Floats, start: int, end: int, deepest: float) -> tuple[float, int, int]: ...
