"""Bloom filters that tell which segments cannot have a key, so that a look-up reads few of them.

Putze, Sanders & Singler, "Cache-, hash- and space-efficient Bloom filters" (WEA 2007): all bits of a key are in one
block of 32 bytes, one bit in each of its eight words. A filter has no false negatives. With 14 bits for each key, one
key in 250 is a false positive.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pipeline import native
from pipeline.text.tokens import mixed

WORDS = 8
BITS = 14  # of a filter for each key
_BLOCK_BITS = WORDS * 32
SALTS = (mixed(np.arange(1, WORDS + 1, dtype=np.uint64)) & np.uint64(0xFFFF_FFFF)).astype(np.uint32) | np.uint32(1)
_ODD = 0x9E37_79B9_7F4A_7C15
_WHOLE = (1 << 64) - 1

Blocks = npt.NDArray[np.uint32]  # (blocks, WORDS)
Hashes = npt.NDArray[np.uint64]


def blocks_for(keys: int) -> Blocks:
    """Return an empty filter for a number of keys."""
    return np.zeros((max(1, -(-keys * BITS // _BLOCK_BITS)), WORDS), dtype=np.uint32)


def fill(blocks: Blocks, hashes: Hashes) -> None:
    """Add hashes to a filter."""
    if native.COMPILED:
        native.segments.fill(blocks, hashes, SALTS)
    else:
        np.bitwise_or.at(blocks, _blocks_of(hashes, len(blocks)), _bits_of(hashes))


def may_have(blocks: Blocks, hashes: Hashes) -> npt.NDArray[np.bool_]:
    """Return which hashes may be in a filter."""
    bits = _bits_of(hashes)
    has: npt.NDArray[np.bool_] = (blocks[_blocks_of(hashes, len(blocks))] & bits == bits).all(axis=1)
    return has


def _blocks_of(hashes: Hashes, count: int) -> npt.NDArray[np.intp]:
    return ((hashes >> np.uint64(32)) * np.uint64(count) >> np.uint64(32)).astype(np.intp)


def _bits_of(hashes: Hashes) -> npt.NDArray[np.uint32]:
    low = (hashes & np.uint64(0xFFFF_FFFF)).astype(np.uint32)
    return np.uint32(1) << ((low[:, None] * SALTS) >> np.uint32(27))


def band_hashes(which: npt.NDArray[np.integer], keys: npt.NDArray[np.uint32]) -> Hashes:
    """Return the hashes of keys of texts; `which` is the number of each key."""
    return mixed(which.astype(np.uint64) << np.uint64(32) | keys)


def name_hashes(kind: int, names: Hashes) -> Hashes:
    """Return the hashes of the keys of one map of claims."""
    return mixed(names ^ np.uint64((kind + 1) * _ODD & _WHOLE))


def name_hash(kind: int, name: int) -> int:
    """Return `name_hashes` of one key."""
    value = name ^ (kind + 1) * _ODD & _WHOLE
    value = (value ^ value >> 30) * 0xBF58_476D_1CE4_E5B9 & _WHOLE
    value = (value ^ value >> 27) * 0x94D0_49BB_1331_11EB & _WHOLE
    return value ^ value >> 31
