"""Gradient-boosted trees, evaluated without the library that trained them.

All trees of a page's blocks at once, by bit masks (QuickScorer: Lucchese et al., SIGIR 2015): each threshold that a
value exceeds rules leaves out, and the leftmost leaf that is left is the tree's answer. Exact, and a fifth of the time
of walking the trees in numpy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from pipeline.measures import Floats

MOST_LEAVES: Final = 32  # a mask is 32 bits
AT_ONCE: Final = 4096  # rows: bounds the memory that a page of 50,000 lines takes
_DE_BRUIJN: Final = np.uint32(0x077CB531)
_PLACE: Final = np.zeros(32, np.intp)
for _bit in range(32):
    _PLACE[((1 << _bit) * 0x077CB531 & 0xFFFFFFFF) >> 27] = _bit


@dataclass(frozen=True, slots=True)
class _Split:
    """All splits of one feature: a row of masks for each interval between thresholds, a column for each tree."""

    feature: int
    thresholds: npt.NDArray[np.float64]  # ascending
    trees: npt.NDArray[np.intp]
    masks: npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Forest:
    """A binary classifier over named features."""

    names: tuple[str, ...]
    splits: tuple[_Split, ...]
    values: npt.NDArray[np.float64]  # of all leaves, a row of MOST_LEAVES a tree
    trees: int

    def predict(self, matrix: Floats) -> npt.NDArray[np.float64]:
        """Return the probability of each row; the columns are `names`."""
        parts = [self._predict(matrix[start : start + AT_ONCE]) for start in range(0, len(matrix), AT_ONCE)]
        return np.concatenate(parts) if parts else np.zeros(0)

    def _predict(self, matrix: Floats) -> npt.NDArray[np.float64]:
        alive = np.full((len(matrix), self.trees), 0xFFFFFFFF, np.uint32)
        columns = np.ascontiguousarray(matrix.T, dtype=np.float64)
        for split in self.splits:
            interval = np.searchsorted(split.thresholds, columns[split.feature], side="left")
            alive[:, split.trees] &= split.masks[interval]
        lowest = alive & (~alive + np.uint32(1))
        leaf = _PLACE[(lowest * _DE_BRUIJN) >> np.uint32(27)]
        raw = self.values.ravel()[leaf + np.arange(self.trees) * MOST_LEAVES].sum(axis=1)
        probabilities: npt.NDArray[np.float64] = 1.0 / (1.0 + np.exp(-raw))
        return probabilities


def forest_of(model: Mapping[str, Any]) -> Forest:
    """Make a forest of a model file: `names`, and `trees` as lists of nodes in the order root, left, right.

    A node is [feature, threshold, left, right, value of all below]; a child below zero is the leaf ~child, of `values`.
    """
    trees = model["trees"]
    values = np.zeros((len(trees), MOST_LEAVES))
    conditions: dict[int, list[tuple[float, int, int]]] = {}
    for number, tree in enumerate(trees):
        order = _leaves_in_order(tree["nodes"])
        values[number, : len(order)] = [tree["values"][leaf] for leaf in order]
        place = {leaf: position for position, leaf in enumerate(order)}
        for feature, threshold, left, *_ in tree["nodes"]:
            mask = sum(1 << place[leaf] for leaf in _leaves_under(tree["nodes"], left))
            conditions.setdefault(feature, []).append((threshold, number, ~mask & 0xFFFFFFFF))
    splits = tuple(_split(feature, found) for feature, found in sorted(conditions.items()))
    return Forest(tuple(model["names"]), splits, values, len(trees))


def _split(feature: int, found: list[tuple[float, int, int]]) -> _Split:
    thresholds = np.unique([threshold for threshold, _, _ in found])
    trees = np.unique([tree for _, tree, _ in found])
    masks = np.full((len(thresholds) + 1, len(trees)), 0xFFFFFFFF, np.uint32)
    for threshold, tree, mask in found:
        # A value above the threshold, so in a later interval, rules out what is left of the node.
        masks[np.searchsorted(thresholds, threshold) + 1 :, np.searchsorted(trees, tree)] &= np.uint32(mask)
    return _Split(feature, thresholds, trees.astype(np.intp), masks)


def _leaves_in_order(nodes: Sequence[Sequence[float]]) -> list[int]:
    return _leaves_under(nodes, 0) if nodes else [0]


def _leaves_under(nodes: Sequence[Sequence[float]], child: float) -> list[int]:
    found: list[int] = []
    waiting = [int(child)]
    while waiting:
        node = waiting.pop()
        if node < 0:
            found.append(~node)
        else:
            waiting += [int(nodes[node][3]), int(nodes[node][2])]
    return found
