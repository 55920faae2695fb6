import numpy as np
import numpy.typing as npt

def fill(blocks: npt.NDArray[np.uint32], hashes: npt.NDArray[np.uint64], salts: npt.NDArray[np.uint32]) -> None: ...

class Filters:
    def __init__(self, filters: list[npt.NDArray[np.uint32]], salts: npt.NDArray[np.uint32]) -> None: ...
    def newest(self, hashed: int, before: int) -> int: ...
    def hits(
        self,
        hashes: npt.NDArray[np.uint64],
        oldest: int,
        segments: npt.NDArray[np.int32],
        which: npt.NDArray[np.int32],
    ) -> int: ...

def locate(
    entries: npt.NDArray[np.uint64],
    fence: npt.NDArray[np.uint64],
    needles: npt.NDArray[np.uint64],
    places: npt.NDArray[np.int64],
) -> None: ...
