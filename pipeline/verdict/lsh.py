"""Which texts may have much in common with this one: locality-sensitive hashing of their signatures.

Indyk & Motwani, "Approximate nearest neighbors" (STOC 1998). A text has 44 keys: 32 bands of 4 bytes of its signature,
and 12 anchors, each a whole minimum. Texts that agree in a key are candidates. The anchors find what shares little (an
excerpt of three tenths with probability .986), the bands tell apart what has most shingles in common with many others.
Of each key the newest few texts count, however many there are: what all pages of a kind repeat makes no long lists.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.text.minhash import ANCHORS, BINS, Signatures
from pipeline.verdict.hash_map import Rows, chain

ROWS = 4  # bytes of a signature in a band
BANDS = BINS // ROWS
KEYS = BANDS + ANCHORS
NEWEST = 8  # texts of a key that are looked at
SMALLEST = 1024  # texts
MOST_BITS = 26  # of a key, that choose the bucket
_KEY = np.arange(KEYS, dtype=np.intp)
_NEWEST = np.full(KEYS, NEWEST)
_SPREAD = np.uint32(0x9E37_79B1)  # Fibonacci hashing: odd, so that no two keys become one

Keys = npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Found:
    """Texts that agree with another in at least one key, by row, ascending."""

    rows: npt.NDArray[np.intp]
    agreeing: npt.NDArray[np.intp]  # in how many keys


_NOTHING = Found(np.empty(0, dtype=np.intp), np.empty(0, dtype=np.intp))


class Bands:
    """The keys of texts, and for each key the chains of texts that share a bucket, the newest first.

    A key doubles its buckets when its turn comes, one after the other, so that no insertion takes long.
    """

    __slots__ = ("_bits", "_doubled", "_heads", "_keys", "_nexts", "_shifts", "count")

    def __init__(self, keys: Keys | None = None) -> None:
        given = np.empty((0, KEYS), dtype=np.uint32) if keys is None else keys
        self.count = len(given)
        self._bits = min(max(SMALLEST, self.count).bit_length() - 1, MOST_BITS)
        self._doubled = 0  # the keys that have twice as many buckets already
        while self._is_due():
            self._doubled += 1
        if self._doubled == KEYS:
            self._bits, self._doubled = self._bits + 1, 0
        self._shifts = np.full(KEYS, 32 - self._bits, dtype=np.uint32)
        self._shifts[: self._doubled] -= np.uint32(1)
        self._heads = np.zeros((KEYS, (2 if self._doubled else 1) << self._bits), dtype=np.uint32)
        self._reserve(given, np.empty((KEYS, 0), dtype=np.uint32), max(SMALLEST, self.count + self.count // 8))
        for key in range(KEYS):
            self._rebuild(key)

    @property
    def keys(self) -> Keys:
        """The keys by row."""
        return self._keys[: self.count]

    @property
    def size(self) -> int:
        """Its bytes, with the room for more."""
        return self._heads.nbytes + self._keys.nbytes + self._nexts.nbytes

    def signatures(self, rows: npt.NDArray[np.intp]) -> Signatures:
        """Return the signatures of some rows."""
        return self._keys[rows, :BANDS].view(np.uint8)

    def add(self, keys: Keys) -> int:
        """Take a text in; returns its row."""
        row = self.count
        if row == len(self._keys):
            self._reserve(self._keys, self._nexts, row + row // 2)
        self._keys[row] = keys
        buckets = (keys * _SPREAD) >> self._shifts
        self._nexts[:, row] = self._heads[_KEY, buckets]
        self._heads[_KEY, buckets] = row + 1
        self.count = row + 1
        self._double()
        return row

    def candidates(self, keys: Keys, *, since: int = 0) -> Found:
        """Find the texts from a row on that agree in a key: of each key the NEWEST of them."""
        all_keys, nexts, room = self._keys.reshape(-1), self._nexts.reshape(-1), self._nexts.shape[1]
        entries = self._heads[_KEY, (keys * _SPREAD) >> self._shifts].astype(np.intp)
        which = (entries > since).nonzero()[0]
        entries, wanted, left = entries.take(which), keys.take(which), _NEWEST.take(which)
        found = []
        while len(which):
            entries -= 1
            same = all_keys.take(entries * KEYS + which) == wanted
            if same.any():
                found.append(entries[same])
                left -= same
            entries = nexts.take(which * room + entries).astype(np.intp)
            on = ((entries > since) & (left > 0)).nonzero()[0]
            entries, which, wanted, left = entries.take(on), which.take(on), wanted.take(on), left.take(on)
        if not found:
            return _NOTHING
        return Found(*np.unique(np.concatenate(found), return_counts=True))

    def since(self, row: int) -> Bands:
        """Make the index without what is older than a row, which becomes row 0."""
        return Bands(self.keys[row:])

    def _reserve(self, keys: Keys, nexts: Rows, room: int) -> None:
        self._keys = np.empty((room, KEYS), dtype=np.uint32)
        self._keys[: len(keys)] = keys
        self._nexts = np.empty((KEYS, room), dtype=np.uint32)
        self._nexts[:, : nexts.shape[1]] = nexts

    def _is_due(self) -> bool:
        """Say whether the next key is to double its buckets: all do in the time in which the texts double."""
        if self._bits == MOST_BITS or self._doubled == KEYS:
            return False
        return self.count * KEYS >= (KEYS + self._doubled) << self._bits

    def _double(self) -> None:
        while self._is_due():
            if self._doubled == 0:
                heads = np.zeros((KEYS, 2 << self._bits), dtype=np.uint32)
                heads[:, : 1 << self._bits] = self._heads
                self._heads = heads
            self._shifts[self._doubled] -= np.uint32(1)
            self._rebuild(self._doubled)
            self._doubled += 1
            if self._doubled == KEYS:
                self._bits, self._doubled = self._bits + 1, 0

    def _rebuild(self, key: int) -> None:
        """Write the chains of a key anew, without the texts that are too old to count."""
        hashes = (self.keys[:, key] * _SPREAD).astype(np.uint64)
        order = np.sort(hashes << np.uint64(32) | np.arange(self.count, dtype=np.uint64))
        hashes = order >> np.uint64(32)
        counts = np.ones(self.count, dtype=np.bool_)
        counts[:-NEWEST] = hashes[:-NEWEST] != hashes[NEWEST:]
        order = order[counts]
        buckets = order >> np.uint64(32) + self._shifts[key].astype(np.uint64)
        order = np.sort(
            buckets << np.uint64(32) | order & np.uint64(0xFFFF_FFFF)
        )  # in a chain by age, whatever the key
        self._heads[key] = 0
        chain(order, self._heads[key], self._nexts[key])
