import numpy as np
import numpy.typing as npt

def add_leaves(
    columns: npt.NDArray[np.float32],
    bounds: npt.NDArray[np.int32],
    thresholds: npt.NDArray[np.float32],
    trees: npt.NDArray[np.uint16],
    masks: npt.NDArray[np.uint32],
    values: npt.NDArray[np.int64],
    some: npt.NDArray[np.float32],
    alive: npt.NDArray[np.uint32],
    sums: npt.NDArray[np.int64],
) -> None: ...
