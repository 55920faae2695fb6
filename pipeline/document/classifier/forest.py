"""Gradient-boosted trees, evaluated without the library that trained them.

All trees are evaluated at once for all blocks of a page, with bit masks (QuickScorer: Lucchese et al., SIGIR 2015).
Each threshold that a value exceeds rules out leaves; the leftmost remaining leaf is the tree's answer. The result is
exact. It takes a fifth of the time of walking the trees in numpy; `native.classifier` takes a fifth of that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from pipeline import native
from pipeline.document.blocks.measures import Floats

MOST_LEAVES: Final = 32  # a mask is 32 bits
AT_ONCE: Final = 4096  # rows per step: limits the memory for a page of 50,000 lines
# Values are whole multiples of this, so that their sum does not depend on the order of the additions.
_PART: Final = 2.0**-44

Masks = npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Conditions:
    """The nodes of all trees, sorted by feature, then by threshold; arrays with one entry per node, except `bounds`."""

    bounds: npt.NDArray[np.int32]  # the first node of each feature, and at the end the number of nodes
    thresholds: Floats
    trees: npt.NDArray[np.uint16]
    masks: Masks  # the leaves that remain if the value is above the threshold


@dataclass(frozen=True)
class Forest:
    """A binary classifier over named features."""

    names: tuple[str, ...]
    conditions: Conditions
    values: npt.NDArray[np.int64]  # the leaves' values, one row of MOST_LEAVES per tree, in units of _PART

    def predict(self, matrix: Floats) -> npt.NDArray[np.float64]:
        """Return the probability of each row; the columns are `names`."""
        columns = np.ascontiguousarray(matrix.T, dtype=np.float32)
        sums = self._compiled(columns) if native.COMPILED else self._by_masks(columns)
        probabilities: npt.NDArray[np.float64] = 1.0 / (1.0 + np.exp(sums * -_PART))
        return probabilities

    def _compiled(self, columns: Floats) -> npt.NDArray[np.int64]:
        if len(columns) != len(self.names):
            raise ValueError(f"{len(columns)} columns for {len(self.names)} features")
        sums = np.zeros(columns.shape[1], np.int64)
        native.classifier.add_leaves(columns, *self._by_tree, self.values, sums)
        return sums

    @cached_property
    def _by_tree(self) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.uint16], Floats, Masks]:
        """The first condition of each tree, and at the end their number; then feature, threshold and mask of each."""
        nodes = self.conditions
        order = np.argsort(nodes.trees, kind="stable")
        bounds = np.searchsorted(nodes.trees[order], np.arange(len(self.values) + 1)).astype(np.int32)
        features = np.repeat(np.arange(len(self.names), dtype=np.uint16), np.diff(nodes.bounds))
        return bounds, features[order], nodes.thresholds[order], nodes.masks[order]

    def _by_masks(self, columns: Floats) -> npt.NDArray[np.int64]:
        starts = range(0, columns.shape[1], AT_ONCE)
        parts = [self._some_by_masks(columns[:, start : start + AT_ONCE]) for start in starts]
        return np.concatenate(parts) if parts else np.zeros(0, np.int64)

    def _some_by_masks(self, columns: Floats) -> npt.NDArray[np.int64]:
        count = len(self.values)
        alive = np.full((columns.shape[1], count), 0xFFFFFFFF, np.uint32)
        masks = np.empty_like(alive)
        for feature, thresholds, table in self._tables:
            interval = thresholds.searchsorted(columns[feature])
            # The rows hold masks of all trees, even of those without this feature: gathering whole rows takes half
            # the time of picking trees. "clip" is for speed; no interval is out of bounds.
            table.take(interval, axis=0, out=masks, mode="clip")
            alive &= masks
        # The lowest remaining bit as a float: the exponent of the power of two is the bit's position.
        lowest = (alive & (~alive + np.uint32(1))).astype(np.float32)
        leaf = (lowest.view(np.int32) >> 23) - 127 + np.arange(count, dtype=np.int32) * MOST_LEAVES
        sums: npt.NDArray[np.int64] = self.values.ravel().take(leaf).sum(axis=1)
        return sums

    @cached_property
    def _tables(self) -> tuple[tuple[int, Floats, Masks], ...]:
        """For each feature its number, its thresholds, and a row of masks for each interval between them."""
        return tuple(_tables_of(self.conditions, len(self.values)))


def _tables_of(nodes: Conditions, trees: int) -> Iterator[tuple[int, Floats, Masks]]:
    for feature, (first, end) in enumerate(zip(nodes.bounds[:-1].tolist(), nodes.bounds[1:].tolist(), strict=True)):
        if first == end:
            continue
        thresholds, interval = np.unique(nodes.thresholds[first:end], return_inverse=True)
        masks = np.full((len(thresholds) + 1, trees), 0xFFFFFFFF, np.uint32)
        for at in range(first, end):
            # A value above the threshold is in a later interval; there the leaves left of the node are ruled out.
            masks[interval[at - first] + 1 :, nodes.trees[at]] &= nodes.masks[at]
        yield feature, thresholds, masks


def forest_of(model: Mapping[str, Any]) -> Forest:
    """Return the forest of a model file: `names`, and `trees` as lists of nodes in the order root, left, right.

    A node is [feature, threshold, left, right, value of all leaves below it]. A negative child is the leaf number
    `~child` in `values`.
    """
    trees = model["trees"]
    values = np.zeros((len(trees), MOST_LEAVES))
    found: list[tuple[int, np.float32, int, int]] = []
    for number, tree in enumerate(trees):
        order = _leaves_in_order(tree["nodes"])
        values[number, : len(order)] = [tree["values"][leaf] for leaf in order]
        place = {leaf: position for position, leaf in enumerate(order)}
        for feature, threshold, left, *_ in tree["nodes"]:
            mask = sum(1 << place[leaf] for leaf in _leaves_under(tree["nodes"], left))
            found.append((feature, _single(threshold), number, ~mask & 0xFFFFFFFF))
    found.sort()
    features, thresholds, numbers, masks = zip(*found, strict=True) if found else ((), (), (), ())
    bounds = np.searchsorted(np.asarray(features, np.int64), np.arange(len(model["names"]) + 1))
    conditions = Conditions(
        bounds.astype(np.int32),
        np.asarray(thresholds, np.float32),
        np.asarray(numbers, np.uint16),
        np.asarray(masks, np.uint32),
    )
    return Forest(tuple(model["names"]), conditions, np.rint(values / _PART).astype(np.int64))


def _single(threshold: float) -> np.float32:
    """Round a threshold down to single precision: the same single-precision values are above it as before."""
    near = np.float32(threshold)
    return (
        np.nextafter(near, np.float32(-np.inf)) if float(near) > threshold else near
    )  # float(near), because numpy would round the threshold before it compares


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
