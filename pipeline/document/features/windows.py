"""Counts along the blocks of a page: sums over windows, distances to marked blocks, runs.

Results are written to rows of single precision. Sums use double precision, from the first block on. Each function has
a compiled version (native/features.pyx); the numpy version is the reference.
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
Window = tuple[int, int]  # offsets from the block itself: the first block, and the one after the last


def sums_of(values: npt.NDArray[np.floating]) -> Doubles:
    """Return the sum of all values before each block, and at the end the sum of all: one entry more than values."""
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
    """Write one row per window: for each block, the sum over the blocks in its window. The page's ends cut windows."""
    if native.COMPILED:
        native.features.sum_windows(values, list(windows), rows)
        return
    sums = sums_of(values)
    for row, window in zip(rows, windows, strict=True):
        row[:] = _inside(sums, window)


def mean_windows(sums: Doubles, weights: Doubles, windows: Sequence[Window], rows: Floats) -> None:
    """Write one row of weighted means per window.

    `sums` and `weights` are results of `sums_of`: for the weighted values, and for their weights. A window's weight
    below 1 counts as 1.
    """
    if native.COMPILED:
        native.features.mean_windows(sums, weights, list(windows), rows)
        return
    for row, window in zip(rows, windows, strict=True):
        row[:] = _inside(sums, window) / np.maximum(_inside(weights, window), 1)


def since(marks: Marks, most: int, row: Floats) -> None:
    """Write the distance back to the last marked block, 0 for a marked one. It is `most` if farther or without one."""
    if native.COMPILED:
        native.features.since(marks, most, row)
        return
    index = np.arange(len(marks))
    last = np.maximum.accumulate(np.where(marks, index, -most))
    row[:] = np.minimum(index - last, most)


def until(marks: Marks, most: int, row: Floats) -> None:
    """Write the distance ahead to the next marked block, with the same rules as `since`."""
    if native.COMPILED:
        native.features.until(marks, most, row)
        return
    since(marks[::-1], most, row[::-1])


def copies(texts: Sequence[str], row: Floats) -> None:
    """Write how often each text occurs."""
    if native.COMPILED:
        native.features.copies(list(texts), row)
        return
    counts = Counter(texts)
    row[:] = [counts[text] for text in texts]


def signed_runs(marks: Marks, row: Floats) -> None:
    """Write the length of the run of equal marks around each block, as a negative number for unmarked blocks."""
    if native.COMPILED:
        native.features.signed_runs(marks, row)
        return
    edges = np.flatnonzero(np.diff(marks.astype(np.int8), prepend=2, append=2))
    lengths = np.diff(edges)
    row[:] = np.where(marks, 1, -1) * np.repeat(lengths, lengths)


def runs_of(marks: Marks) -> list[tuple[int, int]]:
    """Return for each run of marked blocks the first block and the one after the last."""
    framed = np.zeros(len(marks) + 2, np.bool_)
    framed[1:-1] = marks
    edges: list[int] = np.flatnonzero(framed[1:] != framed[:-1]).tolist()
    return list(zip(edges[::2], edges[1::2], strict=True))


def best_run(weights: Floats) -> tuple[int, int, float]:
    """Return the first index, the last index and the weight of the heaviest contiguous run (Kadane's algorithm)."""
    if native.COMPILED:
        return native.features.best_run(weights)
    sums = sums_of(weights)
    lowest = np.minimum.accumulate(sums)
    last = int(np.argmax(sums[1:] - lowest[:-1]))
    first = int(np.argmin(sums[: last + 1]))
    return first, last, float(sums[last + 1] - sums[first])


def inside_run(first: int, last: int, row: Floats) -> None:
    """Write the position of each block in a run, from 0 for the first to 1 for the last; -1 outside."""
    if native.COMPILED:
        native.features.inside_run(first, last, row)
        return
    row[:] = -1.0
    row[first : last + 1] = np.arange(last + 1 - first) / max(last - first, 1)


def beyond_run(first: int, last: int, row: Floats) -> None:
    """Write the distance of each block to a run: negative before the run, 0 inside, positive after it."""
    if native.COMPILED:
        native.features.beyond_run(first, last, row)
        return
    row[:first] = np.arange(-first, 0)
    row[first : last + 1] = 0
    row[last + 1 :] = np.arange(1, len(row) - last)


def from_block(place: int, most: int, row: Floats) -> None:
    """Write the distance of each block to the block `place`: negative before it. The distance is at most `most`."""
    if native.COMPILED:
        native.features.from_block(place, most, row)
        return
    row[:] = np.clip(np.arange(-place, len(row) - place), -most, most)


def shares_before(values: Floats, total: float, row: Floats) -> None:
    """Write the share of a total that comes before each block, in single precision."""
    if native.COMPILED:
        native.features.shares_before(values, total, row)
        return
    row[:] = (values.cumsum() - values) / total


def shift(values: Floats, step: int, row: Floats) -> None:
    """Write for each block the value of the block `step` positions later; -1 beyond the page's ends."""
    row[:] = -1.0
    if step < 0:
        row[-step:] = values[:step]
    else:
        row[:-step] = values[step:]
