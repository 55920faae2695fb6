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


@dataclass(frozen=True, slots=True)
class _Split:
    """All splits of one feature: a row of masks for each interval between thresholds, a column for each tree."""

    feature: int
    thresholds: npt.NDArray[np.float32]  # ascending
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
        masks = np.empty_like(alive)
        columns = np.ascontiguousarray(matrix.T, dtype=np.float32)
        for split in self.splits:
            interval = split.thresholds.searchsorted(columns[split.feature])
            # Masks of all trees, also of those that do not ask this feature: a gather of whole rows takes half the
            # time of one that picks trees. "clip" is for speed, no interval is out of bounds.
            split.masks.take(interval, axis=0, out=masks, mode="clip")
            alive &= masks
        # The lowest bit that is left as a power of two, whose exponent is its place.
        lowest = (alive & (~alive + np.uint32(1))).astype(np.float32)
        leaf = (lowest.view(np.int32) >> 23) - 127 + np.arange(self.trees, dtype=np.int32) * MOST_LEAVES
        raw = self.values.ravel().take(leaf).sum(axis=1)
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
    splits = tuple(_split(feature, found, len(trees)) for feature, found in sorted(conditions.items()))
    return Forest(tuple(model["names"]), splits, values, len(trees))


def _split(feature: int, found: list[tuple[float, int, int]], trees: int) -> _Split:
    bounds = {threshold: _single(threshold) for threshold, _, _ in found}
    thresholds = np.unique(np.asarray(list(bounds.values()), np.float32))
    masks = np.full((len(thresholds) + 1, trees), 0xFFFFFFFF, np.uint32)
    for threshold, tree, mask in found:
        # A value above the threshold, so in a later interval, rules out what is left of the node.
        masks[np.searchsorted(thresholds, bounds[threshold]) + 1 :, tree] &= np.uint32(mask)
    return _Split(feature, thresholds, masks)


def _single(threshold: float) -> np.float32:
    """Round down to single precision: of the values, which are single, the same ones are above it."""
    near = np.float32(threshold)
    return np.nextafter(near, np.float32(-np.inf)) if near > threshold else near


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
