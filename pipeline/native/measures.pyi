import numpy as np
import numpy.typing as npt

def measure_rows(
    texts: list[str],
    table: npt.NDArray[np.uint16],
    starts: npt.NDArray[np.uint8],
    rows: npt.NDArray[np.float32],
) -> None: ...
