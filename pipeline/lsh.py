"""Which texts may have much in common with this one: locality-sensitive hashing of their signatures.

Indyk & Motwani, "Approximate nearest neighbors" (STOC 1998): 42 bands of 3 bytes of a signature; texts that agree in a
band are candidates. So two with a Jaccard coefficient of .5 are found with probability .996, of .4 with .936. In each
band the newest few count, however many there are: what all pages of a kind repeat makes no long lists.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.hashed import Rows, chain
from pipeline.minhash import PERMUTATIONS, Signature, Signatures

ROWS = 3  # bytes of a signature
BANDS = PERMUTATIONS // ROWS
NEWEST = 8  # texts of a band that are looked at
SMALLEST = 1024  # texts
_BAND = np.arange(BANDS, dtype=np.intp)
_SPREAD = np.uint32(0x9E37_79B1)  # Fibonacci hashing: odd, so that no two keys become one
_KEY = np.uint32((1 << 8 * ROWS) - 1)


@dataclass(frozen=True, slots=True)
class Found:
    """Texts that agree with another in at least one band, by row, ascending."""

    rows: npt.NDArray[np.intp]
    bands: npt.NDArray[np.intp]  # in how many each agrees


class Bands:
    """The signatures of texts, and for each band the chains of those that share a bucket, the newest first.

    A band doubles its buckets when its turn comes, one band after the other, so that no insertion takes long.
    """

    __slots__ = ("_bits", "_doubled", "_heads", "_keys", "_nexts", "_shifts", "_signatures", "count")

    def __init__(self, signatures: Signatures | None = None) -> None:
        given = np.empty((0, PERMUTATIONS), dtype=np.uint8) if signatures is None else signatures
        self.count = len(given)
        room = max(SMALLEST, self.count + self.count // 8)
        self._bits = min(max(SMALLEST, self.count).bit_length() - 1, 8 * ROWS)
        self._doubled = 0  # the bands that have twice as many buckets already
        while self._is_due():
            self._doubled += 1
        if self._doubled == BANDS:
            self._bits, self._doubled = self._bits + 1, 0
        self._shifts = np.full(BANDS, 32 - self._bits, dtype=np.uint32)
        self._shifts[: self._doubled] -= np.uint32(1)
        self._heads = np.zeros((BANDS, (2 if self._doubled else 1) << self._bits), dtype=np.uint32)
        self._reserve(given, np.empty((BANDS, 0), dtype=np.uint32), room)
        for band in range(BANDS):
            self._rebuild(band)

    @property
    def signatures(self) -> Signatures:
        """The signatures by row."""
        return self._signatures[: self.count]

    def add(self, signature: Signature) -> int:
        """Take a text in; returns its row."""
        row = self.count
        if row == len(self._signatures):
            self._reserve(self._signatures, self._nexts, row + row // 2)
        self._signatures[row] = signature
        buckets = _spread(self._keys[row * PERMUTATIONS + ROWS * _BAND]) >> self._shifts
        self._nexts[:, row] = self._heads[_BAND, buckets]
        self._heads[_BAND, buckets] = row + 1
        self.count = row + 1
        self._double()
        return row

    def candidates(self, signature: Signature, *, since: int = 0) -> Found:
        """Find the texts from a row on that agree in a band: in each band the NEWEST of them."""
        keys = _keys_of(signature)
        wanted = keys[ROWS * _BAND]
        entries = self._heads[_BAND, _spread(wanted) >> self._shifts]
        bands, wanted = _BAND[entries > since], wanted[entries > since]
        entries = entries[entries > since]
        left = np.full(len(bands), NEWEST)
        found = []
        while len(entries):
            rows = entries.astype(np.intp) - 1
            same = (self._keys[rows * PERMUTATIONS + ROWS * bands] & _KEY) == wanted & _KEY
            found.append(rows[same])
            left -= same
            entries = self._nexts[bands, rows]
            on = (entries > since) & (left > 0)
            if not on.all():
                entries, bands, wanted, left = entries[on], bands[on], wanted[on], left[on]
        if not found:
            return Found(np.empty(0, dtype=np.intp), np.empty(0, dtype=np.intp))
        return Found(*np.unique(np.concatenate(found), return_counts=True))

    def since(self, row: int) -> Bands:
        """Make the index without what is older than a row, which becomes row 0."""
        return Bands(self.signatures[row:])

    def _reserve(self, signatures: Signatures, nexts: Rows, room: int) -> None:
        self._signatures = np.empty((room, PERMUTATIONS), dtype=np.uint8)
        self._signatures[: len(signatures)] = signatures
        self._nexts = np.empty((BANDS, room), dtype=np.uint32)
        self._nexts[:, : nexts.shape[1]] = nexts
        self._keys = _keys_of(self._signatures)

    def _is_due(self) -> bool:
        """Say whether the next band is to double its buckets: all do in the time in which the texts double."""
        if self._bits == 8 * ROWS or self._doubled == BANDS:
            return False
        return self.count * BANDS >= (BANDS + self._doubled) << self._bits

    def _double(self) -> None:
        while self._is_due():
            if self._doubled == 0:
                heads = np.zeros((BANDS, 2 << self._bits), dtype=np.uint32)
                heads[:, : 1 << self._bits] = self._heads
                self._heads = heads
            self._shifts[self._doubled] -= np.uint32(1)
            self._rebuild(self._doubled)
            self._doubled += 1
            if self._doubled == BANDS:
                self._bits, self._doubled = self._bits + 1, 0

    def _rebuild(self, band: int) -> None:
        """Write the chains of a band anew, without the texts of a key that are too old to count."""
        rows = np.arange(self.count, dtype=np.uint64)
        hashes = _spread(self._keys[np.arange(self.count) * PERMUTATIONS + ROWS * band]).astype(np.uint64)
        order = np.sort(hashes << np.uint64(32) | rows)
        hashes = order >> np.uint64(32)
        counts = np.ones(self.count, dtype=np.bool_)
        counts[:-NEWEST] = hashes[:-NEWEST] != hashes[NEWEST:]
        order = order[counts]
        buckets = order >> np.uint64(32) + self._shifts[band].astype(np.uint64)
        self._heads[band] = 0
        chain(buckets << np.uint64(32) | order & np.uint64(0xFFFF_FFFF), self._heads[band], self._nexts[band])


def _keys_of(signatures: Signatures) -> npt.NDArray[np.uint32]:
    """View four bytes from each byte on as a number; the lowest three are the key of a band that begins there."""
    flat = signatures.reshape(-1)
    return np.ndarray(max(0, len(flat) - 3), dtype="<u4", buffer=flat.data if len(flat) else b"", strides=(1,))


def _spread(keys: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    return (keys & _KEY) * _SPREAD
