from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from pipeline.document.blocks.block import Block
from pipeline.document.rules.by_shape import Limits

def could_fit(
    measures: npt.NDArray[np.float32],
    seen: npt.NDArray[np.uint16],
    dense: npt.NDArray[np.bool_],
    limits: Limits,
    longest_caption: float,
    longest_label: float,
    longest_opener: float,
    could: npt.NDArray[np.uint16],
) -> None: ...
def blocks_of(
    texts: list[str],
    chosen: list[int],
    measures: npt.NDArray[np.float32],
    block: type[Block],
    bars_of: Callable[[str], int],
) -> list[Block]: ...
