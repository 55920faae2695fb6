from collections.abc import Container

import numpy as np
import numpy.typing as npt

def split(
    text: str,
    marks: npt.NDArray[np.uint8],
    random: npt.NDArray[np.uint64],
    begins: npt.NDArray[np.uint8],
    months: Container[int],
    hashes: npt.NDArray[np.uint64],
    figures: npt.NDArray[np.uint8],
    names: npt.NDArray[np.uint8],
    after_stop: npt.NDArray[np.uint8],
) -> int: ...
