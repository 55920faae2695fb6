"""How much two texts have in common, estimated from 128 bytes each: b-bit minwise hashing of word shingles.

Broder, "On the resemblance and containment of documents" (1997); Li & König, "b-Bit Minwise Hashing" (WWW 2010). One
hash a shingle instead of 128: the shingles are dealt into 128 bins by it, and each bin has its minimum. An empty bin
takes that of another, drawn for it (Li, Owen & Zhang, "One Permutation Hashing", NIPS 2012; Shrivastava, "Optimal
Densification for Fast and Accurate Minwise Hashing", ICML 2017).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline import native
from pipeline.text.tokens import Hashes, distinct, mixed

SHINGLE = 3  # words
BINS = 128
BITS = 8  # that are kept of each minimum
ANCHORS = 12  # minima of longer shingles, of which more is kept
ANCHOR_WORDS = 6  # of their shingles: long enough that few other texts have one
ANCHOR_BITS = 24  # that are kept of each: two of a million texts share one by chance once in seventeen
_CHANCE = 1 / (1 << BITS)  # two different minima share their bits

Signature = npt.NDArray[np.uint8]  # of length BINS
Signatures = npt.NDArray[np.uint8]  # (texts, BINS)
Anchors = npt.NDArray[np.uint32]  # of length ANCHORS


@dataclass(frozen=True, slots=True)
class Overlap:
    """What two sets of shingles have in common, by estimate; arrays of one length, or single numbers."""

    jaccard: npt.NDArray[np.float64]  # of the union
    containment: npt.NDArray[np.float64]  # of the smaller set


def shingles_of(hashes: Hashes, length: int = SHINGLE) -> Hashes:
    """Hash each run of so many words; the distinct ones, ascending."""
    runs = _runs(hashes, length)
    if not native.COMPILED:
        return distinct(runs)
    ascending = np.sort(runs)
    return ascending[: native.text.squeeze(ascending)]


def _runs(hashes: Hashes, length: int) -> Hashes:
    count = len(hashes) - length + 1
    if count < 1:
        return hashes[:0]
    if native.COMPILED:
        joined = np.empty(count, dtype=np.uint64)
        native.text.hash_runs(hashes, length, joined)
        return joined
    joined = hashes[:count].copy()
    for word in range(1, length):
        joined *= _JOIN
        joined += hashes[word : word + count]
    return joined  # as evenly spread as the words' hashes are


def signature_of(shingles: Hashes) -> Signature:
    """Sign a set of shingles, ascending, one at least: of each bin's minimum the lowest 8 bits."""
    return _minima(shingles, _BINS).astype(np.uint8)  # the bin and the order depend on the highest ones


def anchors_of(hashes: Hashes) -> Anchors:
    """Keep the minima of ANCHORS bins of the longer shingles of a text's words; one shingle at least.

    An excerpt that is a fraction f of a text has each of its anchors with probability f.
    """
    return (_minima(_runs(hashes, ANCHOR_WORDS), _ANCHORS) & _ANCHOR_MASK).astype(np.uint32)


@dataclass(frozen=True, slots=True)
class _Bins:
    """Ranges of 64-bit hashes, and for each the others in an order of its own."""

    edges: Hashes
    others: npt.NDArray[np.intp]


def _bins(count: int) -> _Bins:
    edges = np.array([number * (1 << 64) // count for number in range(count)], dtype=np.uint64)
    draw = mixed(np.arange(1, count * count + 1, dtype=np.uint64) * np.uint64(0x9E37_79B9_7F4A_7C15))
    return _Bins(edges, draw.reshape(count, count).argsort(axis=1, kind="stable"))


_BINS, _ANCHORS = _bins(BINS), _bins(ANCHORS)
_JOIN = np.uint64(0xD6E8_FEB8_6659_FD93)
_ANCHOR_MASK = np.uint64((1 << ANCHOR_BITS) - 1)


def _minima(values: Hashes, bins: _Bins) -> Hashes:
    """Take the minimum of each bin, and for an empty one that of the first in its order which is not."""
    if native.COMPILED:
        lowest, some = np.zeros(len(bins.edges), dtype=np.uint64), np.empty(len(bins.edges), dtype=np.uint8)
        native.text.minima(values, bins.edges, bins.others, lowest, some)
        return lowest
    ascending = np.sort(values)
    first = ascending.searchsorted(bins.edges)
    full = np.empty(len(first), dtype=np.bool_)
    full[:-1] = first[1:] > first[:-1]
    full[-1] = first[-1] < len(ascending)
    empty = np.flatnonzero(~full)
    if len(empty):
        others = bins.others[empty]
        first[empty] = first[others[np.arange(len(empty)), full[others].argmax(axis=1)]]
    return ascending[first]


def overlap(own: Signature, count: int, others: Signatures, counts: npt.NDArray[np.integer]) -> Overlap:
    """Estimate what a text of `count` shingles shares with others.

    The standard error of the Jaccard coefficient J is √(J(1−J)/128), at most .044.
    """
    agreeing = (others == own).mean(axis=1)
    jaccard = np.clip((agreeing - _CHANCE) / (1 - _CHANCE), 0.0, 1.0)
    shared = jaccard / (1 + jaccard) * (counts + float(count))
    containment = np.minimum(1.0, shared / np.maximum(1, np.minimum(counts, count)))
    return Overlap(jaccard, containment)
