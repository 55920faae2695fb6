"""The similarity of two texts, estimated from 128 bytes each: b-bit minwise hashing of word shingles.

Broder, "On the resemblance and containment of documents" (1997); Li & König, "b-Bit Minwise Hashing" (WWW 2010).
Each shingle has one hash instead of 128. The hash assigns it to one of 128 bins, and each bin keeps its minimum. An
empty bin takes the minimum of another bin in a fixed random order (Li, Owen & Zhang, "One Permutation Hashing", NIPS
2012; Shrivastava, "Optimal Densification for Fast and Accurate Minwise Hashing", ICML 2017).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline import native
from pipeline.text.tokens import Hashes, distinct, mixed

SHINGLE = 3  # words
BINS = 128
BITS = 8  # kept of each minimum
ANCHORS = 12  # minima of longer shingles, kept with more bits
LEADS = 3  # minima of the longer shingles of one passage only
ANCHOR_WORDS = 6  # words per anchor shingle: long enough that few other texts contain it
ANCHOR_BITS = 24  # kept of each anchor: a text shares one by chance with some text of a million once in seventeen
_CHANCE = 1 / (1 << BITS)  # probability that two different minima have the same bits

Signature = npt.NDArray[np.uint8]  # of length BINS
Signatures = npt.NDArray[np.uint8]  # (texts, BINS)
Anchors = npt.NDArray[np.uint32]  # of length ANCHORS


@dataclass(frozen=True, slots=True)
class Overlap:
    """The estimated overlap of two sets of shingles; arrays of equal length, or single numbers."""

    jaccard: npt.NDArray[np.float64]  # share of the union
    containment: npt.NDArray[np.float64]  # share of the smaller set


def shingles_of(hashes: Hashes, length: int = SHINGLE) -> Hashes:
    """Hash each run of `length` words; return the distinct hashes in ascending order."""
    runs = runs_of(hashes, length)
    if not native.COMPILED:
        return distinct(runs)
    ascending = np.sort(runs)
    return ascending[: native.text.squeeze(ascending)]


def runs_of(hashes: Hashes, length: int = SHINGLE) -> Hashes:
    """Hash each run of `length` words, in their order."""
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
    return joined  # distributed as evenly as the hashes of the words


def signature_of(shingles: Hashes) -> Signature:
    """Return the signature of at least one shingle, in ascending order: the lowest 8 bits of each bin's minimum."""
    return bits_of(minima_of(shingles))


def bits_of(minima: Hashes) -> Signature:
    """Return the signature with these minima."""
    return minima.astype(np.uint8)  # the highest bits decide the bin and the minimum


def minima_of(shingles: Hashes) -> Hashes:
    """Return the minimum of each bin, in whole."""
    return _minima(shingles, _BINS)


def anchors_of(hashes: Hashes) -> Anchors:
    """Return the minima of ANCHORS bins of a text's longer shingles; the text must have at least one such shingle.

    An excerpt that is a fraction f of a text has each of the text's anchors with probability f.
    """
    return (_minima(runs_of(hashes, ANCHOR_WORDS), _ANCHORS) & _ANCHOR_MASK).astype(np.uint32)


def leads_of(hashes: Hashes) -> Anchors:
    """Return the minima of LEADS bins of a passage's longer shingles; it must have at least one such shingle."""
    return (_minima(runs_of(hashes, ANCHOR_WORDS), _LEADS) & _ANCHOR_MASK).astype(np.uint32)


@dataclass(frozen=True, slots=True)
class _Bins:
    """Ranges of 64-bit hashes, and for each range the other ranges in a random order of its own."""

    edges: Hashes
    others: npt.NDArray[np.intp]


def _bins(count: int) -> _Bins:
    edges = np.array([number * (1 << 64) // count for number in range(count)], dtype=np.uint64)
    draw = mixed(np.arange(1, count * count + 1, dtype=np.uint64) * np.uint64(0x9E37_79B9_7F4A_7C15))
    return _Bins(edges, draw.reshape(count, count).argsort(axis=1, kind="stable"))


_BINS, _ANCHORS, _LEADS = _bins(BINS), _bins(ANCHORS), _bins(LEADS)
EDGES = _BINS.edges  # where each bin of a signature begins
_JOIN = np.uint64(0xD6E8_FEB8_6659_FD93)
_ANCHOR_MASK = np.uint64((1 << ANCHOR_BITS) - 1)


def _minima(values: Hashes, bins: _Bins) -> Hashes:
    """Return the minimum of each bin; an empty bin takes that of the first non-empty bin in its own order."""
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
    """Estimate the overlap of a text of `count` shingles with each of the others.

    The standard error of the Jaccard coefficient J is √(J(1−J)/128), at most .044.
    """
    return overlap_of((others == own).mean(axis=1), count, counts)


def overlap_of(agreeing: npt.NDArray[np.float64], count: int, counts: npt.NDArray[np.integer]) -> Overlap:
    """Estimate the same from the share of bins that agree."""
    jaccard = np.clip((agreeing - _CHANCE) / (1 - _CHANCE), 0.0, 1.0)
    shared = jaccard / (1 + jaccard) * (counts + float(count))
    containment = np.minimum(1.0, shared / np.maximum(1, np.minimum(counts, count)))
    return Overlap(jaccard, containment)
