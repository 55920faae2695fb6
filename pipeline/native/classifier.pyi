import numpy as np
import numpy.typing as npt

def add_leaves(
    columns: npt.NDArray[np.float32],
    bounds: npt.NDArray[np.int32],
    features: npt.NDArray[np.uint16],
    thresholds: npt.NDArray[np.float32],
    masks: npt.NDArray[np.uint32],
    values: npt.NDArray[np.int64],
    sums: npt.NDArray[np.int64],
) -> None: ...
