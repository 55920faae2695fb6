"""Counts along the tree of a page's elements: distances in levels, marks of ancestors, sums over an element's blocks.

`elements` is the table `Layout.elements`: one column per element, parents before their children. Each function has a
compiled version (native/features.pyx); the numpy version is the reference.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from pipeline import native
from pipeline.document.blocks.measures import Floats
from pipeline.document.features.windows import Doubles, sums_of

Ints = npt.NDArray[np.int64]
Span = tuple[int, int]  # the first block and the one after the last

FAR: Final = 30  # levels: the largest distance to an element with a hint; it also means "there is none"
RATIOS: Final = ("good", "links", "blocks", "words", "share")  # the rows of `ratios_of`
EVERY: Final = 1 << 40  # elements: more than any page has
NO_LEVEL: Final = 60  # levels: the value where no ancestor holds both elements


def inherited(elements: Ints, telling: Ints) -> Ints:
    """Return for each element the bits of its own kind and of its ancestors' kinds.

    `telling` has one entry per kind: its bit, or 0 for a kind that does not count.
    """
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


def places_of(elements: Ints, kinds: int = 0, hints: int = 0, *, least: int = 1, most: int = EVERY) -> list[int]:
    """Return the elements that are of some kinds or have some hints and hold at least `least` blocks, in page order.

    `kinds` has the bit `1 << kind` for each kind, `hints` those of the hints; only the first `most` are returned.
    """
    if native.COMPILED:
        return native.features.places(elements, kinds, hints, least, most)
    _, kind, _, hinted, _, first, end = elements
    wanted = np.asarray([kinds >> number & 1 for number in range(64)], bool)[kind] | ((hinted & hints) != 0)
    places: list[int] = np.flatnonzero(wanted & (end - first >= least))[:most].tolist()
    return places


def spans_of(elements: Ints, places: Iterable[int]) -> Iterator[Span]:
    """Yield the first block of each element and the one after its last."""
    first, end = elements[5], elements[6]
    return ((int(first[at]), int(end[at])) for at in places)


def levels_to(elements: Ints, bits: Sequence[int], frames: Ints, rows: Floats) -> None:
    """Write one row per hint: the levels from a block's element up to the nearest element with the hint.

    The value is 0 if the block's own element has the hint, and FAR if no ancestor has it.
    """
    parent, _, depth, hints = elements[:4]
    if native.COMPILED:
        native.features.levels_to(parent, hints, list(bits), FAR, frames, rows)
        return
    levels = np.where(hints[:, None] & np.asarray(bits, np.int64), 0, FAR)
    order = np.argsort(depth, kind="stable")
    # One level at a time from the root down, because parents must be finished before their children.
    for first, end in pairwise(np.cumsum(np.bincount(depth)).tolist()):
        at = order[first:end]
        levels[at] = np.minimum(levels[at], np.minimum(levels[parent[at]] + 1, FAR))
    rows[...] = levels[frames].T


def levels_up(elements: Ints, at: int, row: Floats) -> None:
    """Write for each block the levels from the element `at` up to the nearest ancestor that also holds the block.

    The value is NO_LEVEL if there is no such ancestor.
    """
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
    """Write `levels_up` to `above`, and to `below` the depth of each block's element below the element `at`.

    For blocks outside of `at`, `below` is minus the levels up.
    """
    parent, _, depth, _, _, first, end = elements
    if native.COMPILED:
        native.features.levels_up(parent, first, end, at, NO_LEVEL, above)
        native.features.depths_below(depth, at, frames, above, below)
        return
    levels_up(elements, at, above)
    below[:] = np.where(above == 0, depth[frames] - depth[at], -above)


def deepest(values: Doubles, least: float, elements: Ints) -> int:
    """Return the deepest element whose value is at least `least`, the first of several. There must be one."""
    if native.COMPILED:
        return native.features.deepest(values, least, elements[2])
    some = np.flatnonzero(values >= least)
    return int(some[np.argmax(elements[2][some])])


def sums_within(values: Floats, first: Ints, end: Ints) -> Doubles:
    """Return the sums of each row of values over spans of blocks: one row per row of values, one column per span."""
    if native.COMPILED:
        sums = np.empty((len(values), len(first)))
        native.features.sums_within(values, first, end, sums)
        return sums
    return np.asarray([(total := sums_of(row))[end] - total[first] for row in values])


def sums_alike(values: Floats, groups: Ints, count: int) -> Doubles:
    """Return the sums of each row of values over groups of blocks: one row per row of values, one column per group.

    `groups` is the group of each block, `count` the number of groups.
    """
    if native.COMPILED:
        sums = np.zeros((len(values), count))
        native.features.sums_alike(values, groups, sums)
        return sums
    return np.asarray([np.bincount(groups, row, count) for row in values])


def ratios_of(sums: Doubles, sizes: Ints, total: float) -> Floats:
    """Return the rows RATIOS for parts of a page, one column per part.

    `sums` are each part's words, words of prose, linked characters and characters; `sizes` its number of blocks. The
    rows: share of prose among the words, share of linked characters, number of blocks, words per block, and prose as
    a share of `total`. A divisor of 0 counts as 1.
    """
    if native.COMPILED:
        ratios = np.empty((len(RATIOS), len(sizes)), np.float32)
        native.features.ratios(sums, sizes, total, ratios)
        return ratios
    words, good, linked, characters = sums
    sizes = np.maximum(sizes, 1)
    shares = good / np.maximum(words, 1), linked / np.maximum(characters, 1)
    return np.asarray((*shares, sizes, words / sizes, good / total), np.float32)
