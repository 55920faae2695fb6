from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Marks: TypeAlias = npt.NDArray[np.uint8]
Floats: TypeAlias = npt.NDArray[np.float32]

class Choice:
    def __init__(
        self,
        scores: npt.NDArray[np.float64],
        cues: npt.NDArray[np.int16],
        least: npt.NDArray[np.float64],
        words: Floats,
        ends: Floats,
        opens: Floats,
        items: Marks,
        styles: npt.NDArray[np.int64],
    ) -> None: ...
    def choose(
        self,
        threshold: float,
        promising: float,
        inside: float,
        beside: float,
        heading: float,
        open_: float,
        item: float,
        alike: float,
        detached: float,
        listing: bool,
        chosen: Marks,
    ) -> None: ...

def name_rules(
    bodies: list[str],
    cues: npt.NDArray[np.int16],
    stays: Marks,
    tabled: Marks,
    words: Floats,
    ends: Floats,
    colons: Floats,
    sentences: Floats,
    listed: Marks,
    numbers: tuple[int, ...],
    rules: npt.NDArray[np.int16],
) -> None: ...
def sum_removed(
    texts: list[str],
    kept: list[str],
    rules: npt.NDArray[np.int16],
    lines: npt.NDArray[np.int64],
    characters: npt.NDArray[np.int64],
) -> None: ...
