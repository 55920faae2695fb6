"""A map from 64-bit hashes to row numbers in a few arrays: some 20 bytes an entry, where a dict of strings has 200.

Chained hashing; the keys are hashes already, so their high bits are the bucket. Made anew, it loses nothing.
"""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
import numpy.typing as npt

SMALLEST = 1024  # entries

Keys = npt.NDArray[np.uint64]
Rows = npt.NDArray[np.uint32]


def hash64(text: str) -> int:
    """Hash a name to 64 bits. Among n names two share a hash with probability n²/2⁶⁵: 3 in 10⁸ for a million."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


class Hashed:
    """Which row is the newest for a key."""

    __slots__ = ("_heads", "_keys", "_nexts", "_shift", "_values", "count")

    def __init__(self, keys: Keys | None = None, rows: Rows | None = None) -> None:
        self.count = 0 if keys is None else len(keys)
        self._build(
            np.empty(0, dtype=np.uint64) if keys is None else keys,
            np.empty(0, dtype=np.uint32) if rows is None else rows,
        )

    @property
    def size(self) -> int:
        """Its bytes, with the room for more."""
        return sum(one.nbytes for one in (self._heads, self._keys, self._nexts, self._values))

    def get(self, key: int) -> int | None:
        """Return the row of a key."""
        keys, nexts = self._keys, self._nexts
        entry = self._heads[key >> self._shift]
        while entry:
            if keys[entry - 1] == key:
                return self._values[entry - 1]
            entry = nexts[entry - 1]
        return None

    def put(self, key: int, row: int) -> None:
        """Say that a row is the newest of a key."""
        keys, nexts = self._keys, self._nexts
        head = entry = self._heads[key >> self._shift]
        while entry:
            if keys[entry - 1] == key:
                self._values[entry - 1] = row
                return
            entry = nexts[entry - 1]
        if self.count == len(keys):
            self._build(*self.arrays())
            head = self._heads[key >> self._shift]
        self._keys[self.count], self._values[self.count], self._nexts[self.count] = key, row, head
        self.count += 1
        self._heads[key >> self._shift] = self.count

    def arrays(self) -> tuple[Keys, Rows]:
        """Return keys and rows, in the order in which the keys came."""
        keys = np.frombuffer(self._keys, dtype=np.uint64)[: self.count]
        return keys, np.frombuffer(self._values, dtype=np.uint32)[: self.count]

    def since(self, row: int) -> Hashed:
        """Make the map without what is older than a row, which becomes row 0."""
        keys, rows = self.arrays()
        return Hashed(keys[rows >= row], rows[rows >= row] - np.uint32(row))

    def _build(self, keys: Keys, rows: Rows) -> None:
        """Make room for half as many entries again, and chain those there are, the newest first."""
        count = len(keys)
        room = max(SMALLEST, count + count // 2)
        self._shift = 64 - max(SMALLEST, room - 1).bit_length()
        heads = np.zeros(1 << (64 - self._shift), dtype=np.uint32)
        nexts = np.zeros(room, dtype=np.uint32)
        buckets = (keys >> np.uint64(self._shift)).astype(np.uint64) << np.uint64(32)
        order = np.sort(buckets | np.arange(count, dtype=np.uint64))
        chain(order, heads, nexts)
        self._heads, self._nexts = heads.data, nexts.data
        self._keys = np.concatenate((keys, np.zeros(room - count, dtype=np.uint64))).data
        self._values = np.concatenate((rows, np.zeros(room - count, dtype=np.uint32))).data


def chain(order: Keys, heads: Rows, nexts: Rows) -> None:
    """Write the chains of buckets, the newest entry first; heads and nexts count entries from 1, 0 is the end.

    `order` has (bucket << 32 | entry) of all entries, sorted.
    """
    if not len(order):
        return
    buckets = (order >> np.uint64(32)).astype(np.intp)
    entries = (order & np.uint64(0xFFFF_FFFF)).astype(np.uint32)
    last = np.append(buckets[1:] != buckets[:-1], True)
    nexts[entries[0]] = 0
    nexts[entries[1:]] = np.where(last[:-1], 0, entries[:-1] + np.uint32(1))
    heads[buckets[last]] = entries[last] + np.uint32(1)
