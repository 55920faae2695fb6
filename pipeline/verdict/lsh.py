"""Find texts that may have much in common with a text, by locality-sensitive hashing of their signatures.

Indyk & Motwani, "Approximate nearest neighbors" (STOC 1998). A text has 47 keys: 32 bands of 4 bytes of its signature,
12 anchors, each one whole minimum, and 3 leads: minima of the passage that its headline is about. Texts that share a
key are candidates. Anchors find texts that share little: an excerpt of three tenths is found with probability .986.
Leads find short news below long notices. Bands separate texts that share most shingles with many others. Only the
newest few texts of each key count, so a passage that many pages repeat does not make lookups slow.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.text.fingerprint import Fingerprint
from pipeline.text.minhash import ANCHORS, BINS, LEADS, Signatures
from pipeline.text.outline import LEAD_BYTES, Outline
from pipeline.verdict.hash_map import Rows, chain

ROWS = 4  # bytes of a signature in a band
BANDS = BINS // ROWS
SIGNED = BANDS + ANCHORS  # keys of a fingerprint alone
KEYS = SIGNED + LEADS
NEWEST = 8  # texts of a key that are compared
SMALLEST = 1024  # texts
MOST_BITS = 26  # at most so many bits of a key select the bucket
_KEY = np.arange(KEYS, dtype=np.intp)
_NEWEST = np.full(KEYS, NEWEST)
_SPREAD = np.uint32(0x9E37_79B1)  # Fibonacci hashing; the factor is odd, so different keys stay different

Keys = npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Candidates:
    """Texts that share at least one key with another text, by row, ascending."""

    rows: npt.NDArray[np.intp]
    agreeing: npt.NDArray[np.intp]  # number of shared keys


def keys_of(fingerprint: Fingerprint, outline: Outline | None) -> Keys:
    """Return the keys of a text; without an outline, the first anchors stand for the leads too."""
    keys = np.empty(KEYS, dtype=np.uint32)
    keys[:SIGNED] = fingerprint.keys()
    if outline is None:
        keys[SIGNED:] = keys[BANDS : BANDS + LEADS]
        return keys
    leads = np.zeros((LEADS, 4), dtype=np.uint8)
    leads[:, :LEAD_BYTES] = np.frombuffer(outline.leads, dtype=np.uint8).reshape(LEADS, LEAD_BYTES)
    keys[SIGNED:] = leads.view("<u4").reshape(-1)
    return keys


_NOTHING = Candidates(np.empty(0, dtype=np.intp), np.empty(0, dtype=np.intp))


class BandIndex:
    """The keys of texts, and for each key the chains of texts that share a bucket, newest first.

    The keys double their buckets one after another, so that no single insertion takes long.
    """

    __slots__ = ("_bits", "_doubled", "_heads", "_keys", "_nexts", "_shifts", "count")

    def __init__(self, keys: Keys | None = None) -> None:
        given = np.empty((0, KEYS), dtype=np.uint32) if keys is None else keys
        self.count = len(given)
        self._bits = min(max(SMALLEST, self.count).bit_length() - 1, MOST_BITS)
        self._doubled = 0  # number of keys that already have twice as many buckets
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
        """The keys of each text, by row."""
        return self._keys[: self.count]

    @property
    def size(self) -> int:
        """The memory in bytes, spare capacity included."""
        return self._heads.nbytes + self._keys.nbytes + self._nexts.nbytes

    def signatures(self, rows: npt.NDArray[np.intp]) -> Signatures:
        """Return the signatures of the given rows."""
        return self._keys[rows, :BANDS].view(np.uint8)

    def add(self, keys: Keys) -> int:
        """Add a text by its keys and return its row."""
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

    def candidates(self, keys: Keys, *, since: int = 0) -> Candidates:
        """Find texts from row `since` on that share a key; at most the NEWEST texts of each key are returned."""
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
        return Candidates(*np.unique(np.concatenate(found), return_counts=True))

    def since(self, row: int) -> BandIndex:
        """Return a copy without the rows before `row`, which becomes row 0."""
        return BandIndex(self.keys[row:])

    def _reserve(self, keys: Keys, nexts: Rows, room: int) -> None:
        self._keys = np.empty((room, KEYS), dtype=np.uint32)
        self._keys[: len(keys)] = keys
        self._nexts = np.empty((KEYS, room), dtype=np.uint32)
        self._nexts[:, : nexts.shape[1]] = nexts

    def _is_due(self) -> bool:
        """Return whether the next key should double its buckets. All keys have doubled when the texts have doubled."""
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
        """Rebuild the chains of a key without texts that are too old to count."""
        hashes = (self.keys[:, key] * _SPREAD).astype(np.uint64)
        order = np.sort(hashes << np.uint64(32) | np.arange(self.count, dtype=np.uint64))
        hashes = order >> np.uint64(32)
        counts = np.ones(self.count, dtype=np.bool_)
        counts[:-NEWEST] = hashes[:-NEWEST] != hashes[NEWEST:]
        order = order[counts]
        buckets = order >> np.uint64(32) + self._shifts[key].astype(np.uint64)
        # Within a chain, entries are ordered by age regardless of their key.
        order = np.sort(buckets << np.uint64(32) | order & np.uint64(0xFFFF_FFFF))
        self._heads[key] = 0
        chain(order, self._heads[key], self._nexts[key])
