import numpy as np
import numpy.typing as npt

def outline(
    hashes: npt.NDArray[np.uint64],
    stems: npt.NDArray[np.uint64],
    after_stop: npt.NDArray[np.uint8],
    head_hashes: npt.NDArray[np.uint64],
    head_stems: npt.NDArray[np.uint64],
    dense: bool,
    minima: npt.NDArray[np.uint64],
    edges: npt.NDArray[np.uint64],
    told: npt.NDArray[np.uint8],
    zones: npt.NDArray[np.uint8],
    topics: npt.NDArray[np.uint8],
) -> tuple[int, int, int]: ...
