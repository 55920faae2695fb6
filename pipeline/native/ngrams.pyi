import numpy as np
import numpy.typing as npt

def score(
    text: bytes,
    moves: npt.NDArray[np.uint32],
    rows: npt.NDArray[np.uint16],
    outputs: npt.NDArray[np.int32],
    halves: npt.NDArray[np.uint16],
    sums: npt.NDArray[np.float32],
) -> int: ...
