from collections.abc import Callable, Iterable, Mapping

import numpy as np
import numpy.typing as npt

from pipeline.document.blocks.block import Block
from pipeline.document.rules.by_shape import Limits

def could_fit(
    measures: npt.NDArray[np.float32],
    seen: npt.NDArray[np.uint16],
    dense: npt.NDArray[np.bool_],
    limits: Limits,
    longest_caption: float,
    longest_label: float,
    longest_opener: float,
    could: npt.NDArray[np.uint16],
) -> None: ...
def blocks_of(
    texts: list[str],
    chosen: list[int],
    measures: npt.NDArray[np.float32],
    block: type[Block],
    bars_of: Callable[[str], int],
) -> list[Block]: ...

class Reader:
    def __init__(
        self,
        folds: npt.NDArray[np.uint32],
        classes: npt.NDArray[np.uint8],
        openings: Mapping[str, list[tuple[str, int]]],
        phrases: Mapping[str, list[tuple[str, int]]],
        loose: Mapping[str, int],
        date_words: Iterable[str],
    ) -> None: ...
    def read(self, texts: list[str], seen: npt.NDArray[np.uint16]) -> None: ...

class Stems:
    def __init__(self, folded: str) -> None: ...
    def shared_with(self, folded: str) -> tuple[int, int]: ...

class Heads:
    def __init__(self, heads: Iterable[str]) -> None: ...
    def near(self, text: str, words: int) -> bool: ...
    def places(self, texts: list[str], first: int, stop: int, longest: int, digits: int) -> list[int]: ...

class Parts:
    def __init__(self, parts: Iterable[str]) -> None: ...
    def within(self, text: str) -> bool: ...

def may_be_items(texts: list[str], first: int, stop: int) -> list[int]: ...
def may_trim(texts: list[str], heads: set[int]) -> list[bool]: ...
