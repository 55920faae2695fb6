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
_CHANCE = 1 / (1 << BITS)  # two different minima share their bits
_AT_ONCE = 512  # shingles: their minima are taken in the cache

Signature = npt.NDArray[np.uint8]  # of length PERMUTATIONS
Signatures = npt.NDArray[np.uint8]  # (texts, PERMUTATIONS)

# Multiply-shift permutations of the 32-bit integers: x → a·x + b with odd a, a fixed draw.
_DRAWN = mixed(np.arange(1, 2 * PERMUTATIONS + 1, dtype=np.uint64) * np.uint64(0x9E37_79B9_7F4A_7C15))
_FACTORS = (_DRAWN[:PERMUTATIONS] >> np.uint64(32)).astype(np.uint32) | np.uint32(1)
_TERMS = (_DRAWN[PERMUTATIONS:] >> np.uint64(32)).astype(np.uint32)


@dataclass(frozen=True, slots=True)
class Overlap:
    """What two sets of shingles have in common, by estimate; arrays of one length, or single numbers."""

    jaccard: npt.NDArray[np.float64]  # of the union
    containment: npt.NDArray[np.float64]  # of the smaller set


def shingles_of(hashes: Hashes) -> Hashes:
    """Hash each run of SHINGLE words; the distinct ones, in order of their hashes."""
    if len(hashes) < SHINGLE:
        return hashes[:0]
    joined = hashes[:-2] * np.uint64(0xD6E8_FEB8_6659_FD93) + hashes[1:-1] * np.uint64(0xA076_1D64_78BD_642F)
    return np.unique(mixed(joined + hashes[2:]))


def signature_of(shingles: Hashes) -> Signature:
    """Sign a set of shingles: for each permutation the lowest 8 bits of the hashed minimum."""
    minima = np.full(PERMUTATIONS, 0xFFFF_FFFF, dtype=np.uint32)
    low = (shingles >> np.uint64(32)).astype(np.uint32)
    for start in range(0, len(low), _AT_ONCE):
        permuted = low[start : start + _AT_ONCE, None] * _FACTORS
        permuted += _TERMS
        np.minimum(minima, permuted.min(axis=0), out=minima)
    # The high bits of a minimum are nearly all zero, and its low ones are a function of the shingle's low ones alone.
    minima ^= minima >> np.uint32(16)
    minima *= np.uint32(0x85EB_CA6B)
    minima ^= minima >> np.uint32(13)
    minima *= np.uint32(0xC2B2_AE35)
    return (minima >> np.uint32(32 - BITS)).astype(np.uint8)


def overlap(own: Signature, count: int, others: Signatures, counts: npt.NDArray[np.integer]) -> Overlap:
    """Estimate what a text of `count` shingles shares with others.

    The standard error of the Jaccard coefficient J is √(J(1−J)/128), at most .044.
    """
    agreeing = (others == own).mean(axis=1)
    jaccard = np.clip((agreeing - _CHANCE) / (1 - _CHANCE), 0.0, 1.0)
    shared = jaccard / (1 + jaccard) * (counts + float(count))
    containment = np.minimum(1.0, shared / np.maximum(1, np.minimum(counts, count)))
    return Overlap(jaccard, containment)
