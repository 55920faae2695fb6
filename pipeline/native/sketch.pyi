import numpy as np
import numpy.typing as npt

def runs(hashes: npt.NDArray[np.uint64], length: int, joined: npt.NDArray[np.uint64]) -> None: ...
def squeeze(ascending: npt.NDArray[np.uint64]) -> int: ...
def minima(
    values: npt.NDArray[np.uint64],
    edges: npt.NDArray[np.uint64],
    others: npt.NDArray[np.intp],
    lowest: npt.NDArray[np.uint64],
    full: npt.NDArray[np.uint8],
) -> None: ...
def places(
    hashes: npt.NDArray[np.uint64],
    figures: npt.NDArray[np.uint8],
    names: npt.NDArray[np.uint8],
    after_stop: npt.NDArray[np.uint8],
    of_figures: npt.NDArray[np.uint32],
    of_names: npt.NDArray[np.uint32],
) -> tuple[int, int]: ...
