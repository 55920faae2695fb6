from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt

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
