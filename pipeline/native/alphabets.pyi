import numpy as np
import numpy.typing as npt

def count(text: str, most: int, kinds: npt.NDArray[np.uint8], counts: npt.NDArray[np.int64]) -> None: ...
def vote(
    text: str,
    most: int,
    kinds: npt.NDArray[np.uint8],
    own: int,
    logs: npt.NDArray[np.int32],
    groups: npt.NDArray[np.int64],
    sentence: int,
) -> tuple[int, int, int]: ...
