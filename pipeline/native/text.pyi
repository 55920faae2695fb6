from collections.abc import Container

import numpy as np
import numpy.typing as npt

def normalised(
    texts: list[str], folds: npt.NDArray[np.uint32], lookalikes: npt.NDArray[np.uint16]
) -> list[str | None]: ...
def bare(text: str) -> str: ...
def with_lengths(text: bytes) -> bytes: ...
def tidy(line: str) -> str: ...
def tidied(lines: list[str]) -> list[str]: ...
def seen(text: str) -> str: ...
def form(text: str, forms: npt.NDArray[np.uint32], codes: npt.NDArray[np.uint16]) -> int: ...
def split(
    codes: npt.NDArray[np.uint16],
    marks: npt.NDArray[np.uint8],
    random: npt.NDArray[np.uint64],
    begins: npt.NDArray[np.uint8],
    months: Container[int],
    hashes: npt.NDArray[np.uint64],
    figures: npt.NDArray[np.uint8],
    names: npt.NDArray[np.uint8],
    after_stop: npt.NDArray[np.uint8],
    stems: npt.NDArray[np.uint64],
) -> int: ...
def count_kinds(text: str, most: int, kinds: npt.NDArray[np.uint8], counts: npt.NDArray[np.int64]) -> None: ...
def vote(
    text: str,
    most: int,
    kinds: npt.NDArray[np.uint8],
    own: int,
    logs: npt.NDArray[np.int32],
    groups: npt.NDArray[np.int64],
    sentence: int,
) -> tuple[int, int, int]: ...
def score_ngrams(
    text: bytes,
    rows: npt.NDArray[np.uint64],
    nexts: npt.NDArray[np.uint64],
    halves: npt.NDArray[np.uint16],
    sums: npt.NDArray[np.float32],
) -> int: ...
def hash_runs(hashes: npt.NDArray[np.uint64], length: int, joined: npt.NDArray[np.uint64]) -> None: ...
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
def sketch(lines: list[str], words: int, lowest: npt.NDArray[np.uint32]) -> int: ...
def signs_of(text: str) -> int: ...
def folded(text: str, singles: npt.NDArray[np.uint16]) -> str | None: ...
def count_in_lines(
    text: str, most: int, least: int, kinds: npt.NDArray[np.uint8], counts: npt.NDArray[np.int64]
) -> None: ...
