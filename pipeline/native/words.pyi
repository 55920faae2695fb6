from collections.abc import Container

import numpy as np
import numpy.typing as npt

def normalised(text: str, folds: npt.NDArray[np.uint32], lookalikes: npt.NDArray[np.uint16]) -> str | None: ...
def bare(text: str) -> str: ...
def with_lengths(text: bytes) -> bytes: ...
def form(text: str, forms: npt.NDArray[np.uint32], codes: npt.NDArray[np.uint16]) -> int: ...
def split(
    codes: npt.NDArray[np.uint16],
    marks: npt.NDArray[np.uint8],
    random: npt.NDArray[np.uint64],
    begins: npt.NDArray[np.uint8],
    months: Container[int],
    hashes: npt.NDArray[np.uint64],
    figures: npt.NDArray[np.uint8],
    names: npt.NDArray[np.uint8],
    after_stop: npt.NDArray[np.uint8],
) -> int: ...
