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

from pipeline import native
from pipeline.text.fingerprint import Fingerprint
from pipeline.text.minhash import ANCHORS, BINS, LEADS
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
_SPREAD = np.uint32(0x9E37_79B1)  # Fibonacci hashing; the factor is odd, so different keys stay different

Keys = npt.NDArray[np.uint32]
Words = npt.NDArray[np.uint32]  # (texts, KEYS or more), or those of one text


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


def candidates_of(found: list[npt.NDArray[np.intp]]) -> Candidates:
    """Return texts that were found by some keys, a text once for each key."""
    return Candidates(*np.unique(np.concatenate(found), return_counts=True)) if found else _NOTHING


class BandIndex:
    """The rows of texts, and for each key the chains of texts that share a bucket, newest first.

    A row is an array of words, of which the first are the keys. The keys double their buckets one after another, so
    that no single insertion takes long.
    """

    __slots__ = ("_bits", "_doubled", "_heads", "_nexts", "_rows", "_shifts", "count")

    def __init__(self, rows: Words | None = None) -> None:
        given = np.empty((0, KEYS), dtype=np.uint32) if rows is None else rows
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
    def rows(self) -> Words:
        """The row of each text."""
        return self._rows[: self.count]

    @property
    def size(self) -> int:
        """The memory in bytes, spare capacity included."""
        return self._heads.nbytes + self._rows.nbytes + self._nexts.nbytes

    def add(self, words: Words) -> int:
        """Add the row of a text and return its number."""
        row = self.count
        if row == len(self._rows):
            self._reserve(self._rows, self._nexts, row + row // 2)
        self._rows[row] = words
        if native.COMPILED:
            native.segments.add_to_chains(words, self._heads, self._nexts, self._shifts, row)
        else:
            buckets = (words[:KEYS] * _SPREAD) >> self._shifts
            self._nexts[:, row] = self._heads[_KEY, buckets]
            self._heads[_KEY, buckets] = row + 1
        self.count = row + 1
        self._double()
        return row

    def candidates(self, keys: Keys, *, since: int = 0) -> Candidates:
        """Find texts from row `since` on that share a key; at most the NEWEST texts of each key are returned."""
        found, _ = self.newest(keys, since=since)
        return candidates_of(found)

    def newest(self, keys: Keys, *, since: int = 0) -> tuple[list[npt.NDArray[np.intp]], npt.NDArray[np.intp]]:
        """Find the newest texts of each key; also return how many texts of each key are missing to NEWEST."""
        left = np.full(KEYS, NEWEST)
        if not native.COMPILED:
            return self._newest(keys, since, left), left
        rows, arrays = np.empty(KEYS * NEWEST, dtype=np.int64), (self._rows, self._heads, self._nexts, self._shifts)
        found = native.segments.find_in_chains(*arrays, keys, since, left, rows)
        return [rows[:found]] if found else [], left

    def _newest(self, keys: Keys, since: int, left: npt.NDArray[np.intp]) -> list[npt.NDArray[np.intp]]:
        words, nexts, (room, width) = self._rows.reshape(-1), self._nexts.reshape(-1), self._rows.shape
        entries = self._heads[_KEY, (keys * _SPREAD) >> self._shifts].astype(np.intp)
        which = (entries > since).nonzero()[0]
        entries, wanted, found = entries.take(which), keys.take(which), []
        while len(which):
            entries -= 1
            same = words.take(entries * width + which) == wanted
            if same.any():
                found.append(entries[same])
                left[which[same]] -= 1
            entries = nexts.take(which * room + entries).astype(np.intp)
            on = ((entries > since) & (left.take(which) > 0)).nonzero()[0]
            entries, which, wanted = entries.take(on), which.take(on), wanted.take(on)
        return found

    def since(self, row: int) -> BandIndex:
        """Return a copy without the rows before `row`, which becomes row 0."""
        return BandIndex(self.rows[row:])

    def _reserve(self, rows: Words, nexts: Rows, room: int) -> None:
        self._rows = np.empty((room, rows.shape[1]), dtype=np.uint32)
        self._rows[: len(rows)] = rows
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
        hashes = (self.rows[:, key] * _SPREAD).astype(np.uint64)
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
