"""What the tree of a page's elements says: levels up to one, marks of ancestors, sums over what an element holds.

Elements are a table, a column an element, parents before their children, a row each of the numbers of
`Layout.elements`. Compiled, or in numpy, which says what is meant (native/columns.pyx).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from pipeline import native
from pipeline.measures import Floats
from pipeline.vectors import Doubles, Marks, sums_of

Ints = npt.NDArray[np.int64]

FAR: Final = 30  # levels
NO_LEVEL: Final = 60  # levels


def inherited(elements: Ints, telling: Ints) -> Ints:
    """Return, for each element, the bits of the kinds that it and its ancestors are; `telling` has one a kind, or 0."""
    parent, kind = elements[:2]
    if native.COMPILED:
        marks = np.empty(len(parent), np.int64)
        native.columns.inherited(parent, kind, telling, marks)
        return marks
    own: list[int] = telling[kind].tolist()
    for index, above in enumerate(parent.tolist()):
        if above >= 0:
            own[index] |= own[above]
    return np.asarray(own, np.int64)


def levels_to(elements: Ints, bits: Sequence[int], frames: Ints, rows: Floats) -> None:
    """Write for each hint a row: how many levels up from a block's element the nearest one with it is; FAR if none is.

    An element with the hint itself is 0 levels up.
    """
    parent, _, depth, hints = elements[:4]
    if native.COMPILED:
        native.columns.levels_to(parent, hints, list(bits), FAR, frames, rows)
        return
    levels = np.where(hints[:, None] & np.asarray(bits, np.int64), 0, FAR)
    order = np.argsort(depth, kind="stable")
    # Level by level below the root, as parents are done before their children.
    for first, end in pairwise(np.cumsum(np.bincount(depth)).tolist()):
        at = order[first:end]
        levels[at] = np.minimum(levels[at], np.minimum(levels[parent[at]] + 1, FAR))
    rows[...] = levels[frames].T


def levels_up(elements: Ints, at: int, row: Floats) -> None:
    """Write for each block how many levels above an element the nearest that holds both is; NO_LEVEL if none does."""
    parent, _, _, _, _, first, end = elements
    if native.COMPILED:
        native.columns.levels_up(parent, first, end, at, NO_LEVEL, row)
        return
    row[:] = NO_LEVEL
    level = 0
    while at >= 0:
        inside = slice(int(first[at]), int(end[at]))
        row[inside] = np.minimum(row[inside], level)
        at = int(parent[at])
        level += 1


def deepest(marks: Marks, elements: Ints) -> int:
    """Return the first of the deepest elements among those that are marked, one at least."""
    if native.COMPILED:
        return native.columns.deepest(marks, elements[2])
    marked = np.flatnonzero(marks)
    return int(marked[np.argmax(elements[2][marked])])


def sums_within(values: Floats, first: Ints, end: Ints) -> Doubles:
    """Return the sums of rows of values over spans of blocks: a row each, a column a span."""
    if native.COMPILED:
        sums = np.empty((len(values), len(first)))
        native.columns.sums_within(values, first, end, sums)
        return sums
    return np.asarray([(total := sums_of(row))[end] - total[first] for row in values])
