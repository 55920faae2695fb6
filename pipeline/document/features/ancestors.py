"""What the tree of a page's elements says: levels up to one, marks of ancestors, sums over what an element holds.

Elements are the table of `Layout.elements`: a column an element, parents before their children. Compiled, or in
numpy, which says what is meant (native/features.pyx).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from pipeline import native
from pipeline.document.blocks.measures import Floats
from pipeline.document.features.windows import Doubles, sums_of

Ints = npt.NDArray[np.int64]

FAR: Final = 30  # levels
RATIOS: Final = ("good", "links", "blocks", "words", "share")  # the rows of `ratios_of`
NO_LEVEL: Final = 60  # levels


def inherited(elements: Ints, telling: Ints) -> Ints:
    """Return, for each element, the bits of the kinds that it and its ancestors are; `telling` has one a kind, or 0."""
    parent, kind = elements[:2]
    if native.COMPILED:
        marks = np.empty(len(parent), np.int64)
        native.features.inherited(parent, kind, telling, marks)
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
        native.features.levels_to(parent, hints, list(bits), FAR, frames, rows)
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
        native.features.levels_up(parent, first, end, at, NO_LEVEL, row)
        return
    row[:] = NO_LEVEL
    level = 0
    while at >= 0:
        inside = slice(int(first[at]), int(end[at]))
        row[inside] = np.minimum(row[inside], level)
        at = int(parent[at])
        level += 1


def levels_from(elements: Ints, at: int, frames: Ints, above: Floats, below: Floats) -> None:
    """Write `levels_up`, and how deep below an element each block's own is, or minus the levels up where it is not."""
    parent, _, depth, _, _, first, end = elements
    if native.COMPILED:
        native.features.levels_up(parent, first, end, at, NO_LEVEL, above)
        native.features.depths_below(depth, at, frames, above, below)
        return
    levels_up(elements, at, above)
    below[:] = np.where(above == 0, depth[frames] - depth[at], -above)


def deepest(values: Doubles, least: float, elements: Ints) -> int:
    """Return the first of the deepest elements among those that have the least value; there is one."""
    if native.COMPILED:
        return native.features.deepest(values, least, elements[2])
    some = np.flatnonzero(values >= least)
    return int(some[np.argmax(elements[2][some])])


def sums_within(values: Floats, first: Ints, end: Ints) -> Doubles:
    """Return the sums of rows of values over spans of blocks: a row each, a column a span."""
    if native.COMPILED:
        sums = np.empty((len(values), len(first)))
        native.features.sums_within(values, first, end, sums)
        return sums
    return np.asarray([(total := sums_of(row))[end] - total[first] for row in values])


def sums_alike(values: Floats, groups: Ints, count: int) -> Doubles:
    """Return the sums of rows of values over the blocks of each group: a row each, a column a group, of so many."""
    if native.COMPILED:
        sums = np.zeros((len(values), count))
        native.features.sums_alike(values, groups, sums)
        return sums
    return np.asarray([np.bincount(groups, row, count) for row in values])


def ratios_of(sums: Doubles, sizes: Ints, total: float) -> Floats:
    """Tell of parts of a page, a column each, by the sums of their words, good words, linked characters, characters.

    The share of the words that are good, of the characters that are linked, the number of blocks, the words of one, and
    the good words as a share of a total; of nothing, which would divide, there is 1.
    """
    if native.COMPILED:
        told = np.empty((len(RATIOS), len(sizes)), np.float32)
        native.features.ratios(sums, sizes, total, told)
        return told
    words, good, linked, characters = sums
    sizes = np.maximum(sizes, 1)
    shares = good / np.maximum(words, 1), linked / np.maximum(characters, 1)
    return np.asarray((*shares, sizes, words / sizes, good / total), np.float32)
