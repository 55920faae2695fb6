from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

def fill(blocks: npt.NDArray[np.uint32], hashes: npt.NDArray[np.uint64], salts: npt.NDArray[np.uint32]) -> None: ...

class Lookup:
    def __init__(
        self,
        segments: Sequence[
            tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint64], npt.NDArray[np.uint64], npt.NDArray[np.uint8], int]
        ],
        salts: npt.NDArray[np.uint32],
        width: int,
    ) -> None: ...
    def newest(self, hashed: int, before: int) -> int: ...
    def find(
        self,
        keys: npt.NDArray[np.uint32],
        left: npt.NDArray[np.int64],
        since: int,
        oldest: int,
        rows: npt.NDArray[np.int64],
    ) -> int: ...
    def copy(self, rows: npt.NDArray[np.int64], records: npt.NDArray[np.uint8]) -> None: ...

def find_in_chains(
    texts: npt.NDArray[np.uint32],
    heads: npt.NDArray[np.uint32],
    nexts: npt.NDArray[np.uint32],
    shifts: npt.NDArray[np.uint32],
    keys: npt.NDArray[np.uint32],
    since: int,
    left: npt.NDArray[np.int64],
    rows: npt.NDArray[np.int64],
) -> int: ...
def add_to_chains(
    keys: npt.NDArray[np.uint32],
    heads: npt.NDArray[np.uint32],
    nexts: npt.NDArray[np.uint32],
    shifts: npt.NDArray[np.uint32],
    row: int,
) -> None: ...
