"""How much two texts have in common, estimated from 128 bytes each: b-bit minwise hashing of word shingles.

Broder, "On the resemblance and containment of documents" (1997); Li & König, "b-Bit Minwise Hashing" (WWW 2010).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.tokens import Hashes, mixed

SHINGLE = 3  # words
PERMUTATIONS = 128
BITS = 8  # that are kept of each minimum
ANCHORS = 12  # minima that are kept whole
ANCHOR_WORDS = 6  # of their shingles: long enough that few other texts have one
_CHANCE = 1 / (1 << BITS)  # two different minima share their bits
_AT_ONCE = 512  # shingles: their minima are taken in the cache

Signature = npt.NDArray[np.uint8]  # of length PERMUTATIONS
Signatures = npt.NDArray[np.uint8]  # (texts, PERMUTATIONS)
Minima = npt.NDArray[np.uint32]

# Multiply-shift permutations of the 32-bit integers: x → a·x + b with odd a, a fixed draw.
_DRAWN = mixed(np.arange(1, 2 * PERMUTATIONS + 1, dtype=np.uint64) * np.uint64(0x9E37_79B9_7F4A_7C15))
_FACTORS = (_DRAWN[:PERMUTATIONS] >> np.uint64(32)).astype(np.uint32) | np.uint32(1)
_TERMS = (_DRAWN[PERMUTATIONS:] >> np.uint64(32)).astype(np.uint32)


@dataclass(frozen=True, slots=True)
class Overlap:
    """What two sets of shingles have in common, by estimate; arrays of one length, or single numbers."""

    jaccard: npt.NDArray[np.float64]  # of the union
    containment: npt.NDArray[np.float64]  # of the smaller set


def shingles_of(hashes: Hashes, length: int = SHINGLE) -> Hashes:
    """Hash each run of so many words; the distinct ones, in order of their hashes."""
    return np.unique(_runs(hashes, length))


def _runs(hashes: Hashes, length: int) -> Hashes:
    count = len(hashes) - length + 1
    if count < 1:
        return hashes[:0]
    joined = hashes[:count].copy()
    for word in range(1, length):
        joined *= np.uint64(0xD6E8_FEB8_6659_FD93)
        joined += hashes[word : word + count]
    return joined  # as evenly spread as the words' hashes are


def signature_of(shingles: Hashes) -> Signature:
    """Sign a set of shingles: for each permutation the lowest 8 bits of the hashed minimum."""
    return (_minima(shingles, PERMUTATIONS) >> np.uint32(32 - BITS)).astype(np.uint8)


def anchors_of(hashes: Hashes) -> Minima:
    """Keep ANCHORS minima of the longer shingles of a text's words, whole.

    An excerpt that is a fraction f of a text has each of its anchors with probability f.
    """
    return _minima(_runs(hashes, ANCHOR_WORDS), ANCHORS)


def _minima(shingles: Hashes, number: int) -> Minima:
    """Take the minimum of a set of shingles under each of the first permutations, and hash it."""
    factors, terms = _FACTORS[:number, None], _TERMS[:number, None]
    minima = np.full(number, 0xFFFF_FFFF, dtype=np.uint32)
    high = (shingles >> np.uint64(32)).astype(np.uint32)
    for start in range(0, len(high), _AT_ONCE):
        permuted = factors * high[start : start + _AT_ONCE]
        permuted += terms
        np.minimum(minima, permuted.min(axis=1), out=minima)
    # The high bits of a minimum are nearly all zero, and its low ones are a function of the shingle's low ones alone.
    minima ^= minima >> np.uint32(16)
    minima *= np.uint32(0x85EB_CA6B)
    minima ^= minima >> np.uint32(13)
    minima *= np.uint32(0xC2B2_AE35)
    minima ^= minima >> np.uint32(16)
    return minima


def overlap(own: Signature, count: int, others: Signatures, counts: npt.NDArray[np.integer]) -> Overlap:
    """Estimate what a text of `count` shingles shares with others.

    The standard error of the Jaccard coefficient J is √(J(1−J)/128), at most .044.
    """
    agreeing = (others == own).mean(axis=1)
    jaccard = np.clip((agreeing - _CHANCE) / (1 - _CHANCE), 0.0, 1.0)
    shared = jaccard / (1 + jaccard) * (counts + float(count))
    containment = np.minimum(1.0, shared / np.maximum(1, np.minimum(counts, count)))
    return Overlap(jaccard, containment)
