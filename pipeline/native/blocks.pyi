import re
from collections.abc import Callable, Iterable

import numpy as np
import numpy.typing as npt

class Finder:
    def __init__(self, words: Iterable[tuple[str, bool, bool, int]]) -> None: ...
    def find(self, name: str) -> int: ...

class Hints:
    def __init__(
        self,
        hints: Finder,
        paragraph: Finder,
        is_of_comments: Callable[[str], object],
        begins: tuple[str, ...],
        comments: int,
        most: int,
        telling: Finder,
        marks_of: Callable[[str], int],
    ) -> None: ...
    def of(self, names: str) -> int: ...
    def marked(self, names: str) -> int: ...

def measure_rows(
    texts: list[str],
    table: npt.NDArray[np.uint16],
    starts: npt.NDArray[np.uint8],
    rows: npt.NDArray[np.float32],
) -> None: ...
def line_runs(frames: npt.NDArray[np.int64], broken: npt.NDArray[np.int64], least: int) -> list[tuple[int, int]]: ...
def joined(text: str) -> str: ...
def cut(
    text: str,
    marker_of: Callable[[str], re.Match[str] | None],
    numbers: list[int],
    texts: list[str],
    bodies: list[str],
    after_blank: list[bool],
    markers: list[bool],
) -> None: ...
