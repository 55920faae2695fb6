import numpy as np
import numpy.typing as npt

def theme_columns(
    texts: list[str],
    letters: npt.NDArray[np.uint32],
    first: int,
    last: int,
    least: float,
    most: float,
    rows: npt.NDArray[np.float32],
) -> None: ...
