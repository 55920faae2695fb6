"""What is counted along the blocks of a page: sums over windows, distances to marked blocks, runs.

Results go into rows of single precision; sums are made in double precision, from the first block on. Compiled, or in
numpy, which says what is meant (native/features.pyx).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from pipeline import native
from pipeline.document.blocks.measures import Floats

Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Marks = npt.NDArray[np.bool_]
Window = tuple[int, int]  # the first block, seen from one's own, and the one after the last


def sums_of(values: npt.NDArray[np.floating]) -> Doubles:
    """Return the sums of all before each block, and of all."""
    sums = np.zeros(len(values) + 1)
    np.cumsum(values, dtype=np.float64, out=sums[1:])
    return sums


def _inside(sums: Doubles, window: Window) -> Doubles:
    count = len(sums) - 1
    index = np.arange(count)
    first, end = (np.clip(index + step, 0, count) for step in window)
    inside: Doubles = sums[end] - sums[first]
    return inside


def sum_windows(values: Floats, windows: Sequence[Window], rows: Floats) -> None:
    """Write for each window a row: the sums over the blocks in the window of each block, as far as there are any."""
    if native.COMPILED:
        native.features.sum_windows(values, list(windows), rows)
        return
    sums = sums_of(values)
    for row, window in zip(rows, windows, strict=True):
        row[:] = _inside(sums, window)


def mean_windows(sums: Doubles, weights: Doubles, windows: Sequence[Window], rows: Floats) -> None:
    """Write for each window a row of means; both are `sums_of`, of weighted values and of their weights.

    A weight below 1 counts as 1.
    """
    if native.COMPILED:
        native.features.mean_windows(sums, weights, list(windows), rows)
        return
    for row, window in zip(rows, windows, strict=True):
        row[:] = _inside(sums, window) / np.maximum(_inside(weights, window), 1)


def since(marks: Marks, most: int, row: Floats) -> None:
    """Write how many blocks ago the last marked one was, itself included; `most` if that is more or there is none."""
    if native.COMPILED:
        native.features.since(marks, most, row)
        return
    index = np.arange(len(marks))
    last = np.maximum.accumulate(np.where(marks, index, -most))
    row[:] = np.minimum(index - last, most)


def until(marks: Marks, most: int, row: Floats) -> None:
    """Write how many blocks on the next marked one is, as `since` does."""
    if native.COMPILED:
        native.features.until(marks, most, row)
        return
    since(marks[::-1], most, row[::-1])


def copies(texts: Sequence[str], row: Floats) -> None:
    """Write how often each text stands among all."""
    if native.COMPILED:
        native.features.copies(list(texts), row)
        return
    counts = Counter(texts)
    row[:] = [counts[text] for text in texts]


def signed_runs(marks: Marks, row: Floats) -> None:
    """Write the length of the run of equal marks that each block is in, negative where it is not marked."""
    if native.COMPILED:
        native.features.signed_runs(marks, row)
        return
    edges = np.flatnonzero(np.diff(marks.astype(np.int8), prepend=2, append=2))
    lengths = np.diff(edges)
    row[:] = np.where(marks, 1, -1) * np.repeat(lengths, lengths)


def runs_of(marks: Marks) -> list[tuple[int, int]]:
    """Return where runs of marked blocks begin, and the blocks after their ends."""
    framed = np.zeros(len(marks) + 2, np.bool_)
    framed[1:-1] = marks
    edges: list[int] = np.flatnonzero(framed[1:] != framed[:-1]).tolist()
    return list(zip(edges[::2], edges[1::2], strict=True))


def best_run(weights: Floats) -> tuple[int, int, float]:
    """Return the first and last index and the weight of the heaviest contiguous run (Kadane)."""
    if native.COMPILED:
        return native.features.best_run(weights)
    sums = sums_of(weights)
    lowest = np.minimum.accumulate(sums)
    last = int(np.argmax(sums[1:] - lowest[:-1]))
    first = int(np.argmin(sums[: last + 1]))
    return first, last, float(sums[last + 1] - sums[first])


def inside_run(first: int, last: int, row: Floats) -> None:
    """Write how far in a run a block stands, from 0 for its first to 1 for its last; -1 outside."""
    if native.COMPILED:
        native.features.inside_run(first, last, row)
        return
    row[:] = -1.0
    row[first : last + 1] = np.arange(last + 1 - first) / max(last - first, 1)


def beyond_run(first: int, last: int, row: Floats) -> None:
    """Write how many blocks before a run a block stands, as a negative number, or behind it; 0 inside."""
    if native.COMPILED:
        native.features.beyond_run(first, last, row)
        return
    row[:first] = np.arange(-first, 0)
    row[first : last + 1] = 0
    row[last + 1 :] = np.arange(1, len(row) - last)


def from_block(place: int, most: int, row: Floats) -> None:
    """Write how many blocks behind one a block stands, or before it, as a negative number; `most` at most."""
    if native.COMPILED:
        native.features.from_block(place, most, row)
        return
    row[:] = np.clip(np.arange(-place, len(row) - place), -most, most)


def shares_before(values: Floats, total: float, row: Floats) -> None:
    """Write the share of a total that stands before each block; in single precision."""
    if native.COMPILED:
        native.features.shares_before(values, total, row)
        return
    row[:] = (values.cumsum() - values) / total


def shift(values: Floats, step: int, row: Floats) -> None:
    """Write each block's value of the block `step` further on; -1 beyond the ends."""
    row[:] = -1.0
    if step < 0:
        row[-step:] = values[:step]
    else:
        row[:-step] = values[step:]
