"""A map from 64-bit hashes to row numbers in a few arrays: about 20 bytes per entry; a dict of strings needs 200.

It uses chained hashing. The keys are hashes already, so their high bits select the bucket.
"""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
import numpy.typing as npt

SMALLEST = 1024  # entries

Keys = npt.NDArray[np.uint64]
Rows = npt.NDArray[np.uint32]


def hash64(text: str) -> int:
    """Hash a name to 64 bits. Two of n names collide with probability n²/2⁶⁵: 3 in 10⁸ for a million names."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


class HashMap:
    """The newest row of each key."""

    __slots__ = ("_heads", "_keys", "_nexts", "_shift", "_values", "count")

    def __init__(self, keys: Keys | None = None, rows: Rows | None = None) -> None:
        self.count = 0 if keys is None else len(keys)
        self._build(
            np.empty(0, dtype=np.uint64) if keys is None else keys,
            np.empty(0, dtype=np.uint32) if rows is None else rows,
        )

    @property
    def size(self) -> int:
        """The memory in bytes, spare capacity included."""
        return sum(array.nbytes for array in (self._heads, self._keys, self._nexts, self._values))

    def get(self, key: int) -> int | None:
        """Return the newest row of a key; None if the key is unknown."""
        keys, nexts = self._keys, self._nexts
        entry = self._heads[key >> self._shift]
        while entry:
            if keys[entry - 1] == key:
                return self._values[entry - 1]
            entry = nexts[entry - 1]
        return None

    def put(self, key: int, row: int) -> None:
        """Set the newest row of a key."""
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
        """Return keys and rows, in the order in which the keys were added."""
        keys = np.frombuffer(self._keys, dtype=np.uint64)[: self.count]
        return keys, np.frombuffer(self._values, dtype=np.uint32)[: self.count]

    def since(self, row: int) -> HashMap:
        """Return a copy without the rows before `row`, which becomes row 0."""
        keys, rows = self.arrays()
        return HashMap(keys[rows >= row], rows[rows >= row] - np.uint32(row))

    def _build(self, keys: Keys, rows: Rows) -> None:
        """Allocate room for half as many entries again, and chain the existing entries, newest first."""
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
    """Write the chain of each bucket, newest entry first. `heads` and `nexts` count entries from 1; 0 ends a chain.

    `order` holds (bucket << 32 | entry) for all entries, sorted.
    """
    if not len(order):
        return
    buckets = (order >> np.uint64(32)).astype(np.intp)
    entries = (order & np.uint64(0xFFFF_FFFF)).astype(np.uint32)
    last = np.append(buckets[1:] != buckets[:-1], True)
    nexts[entries[0]] = 0
    nexts[entries[1:]] = np.where(last[:-1], 0, entries[:-1] + np.uint32(1))
    heads[buckets[last]] = entries[last] + np.uint32(1)
