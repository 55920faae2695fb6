import numpy as np
import numpy.typing as npt

def hash_pairs(text: bytes, hashes: npt.NDArray[np.uint32]) -> int: ...
