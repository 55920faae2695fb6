from collections.abc import Iterable, Sequence
from typing import Self, TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float32]
Sums: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.int64]
Marks: TypeAlias = npt.NDArray[np.uint8]

def sum_blocks(
    measures: Floats,
    measured: Ints,
    linked: Ints,
    strong: Ints,
    broken: Marks,
    kept: Sequence[str],
    frames: Ints,
    elements: Ints,
    linky: float,
    first_heading: int,
    last_heading: int,
    all_kinds: int,
    kinds: Ints,
    hints: Ints,
    into: Sums,
) -> None: ...
def count_currencies(texts: list[str]) -> int: ...

class Stems:
    def __new__(cls, whole: dict[str, int], begins: dict[str, int]) -> Self: ...
    def count(self, texts: Iterable[str], kept: Iterable[str], most: int, counts: Ints) -> None: ...
