"""One segment: the claims of consecutive documents and the sketches of their texts, as one immutable byte string.

The bytes are mapped from a file, so a look-up reads only the pages that it needs. They are a head with the lengths,
arrays that each begin at a multiple of 64, and a digest. Only the filter and the fence are copied into memory: with
them, a key that the segment does not have is usually not looked up, and another one takes one page of the entries.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from pipeline.verdict.claim import CLAIM, RECORD, By, First
from pipeline.verdict.hash_map import Rows
from pipeline.verdict.lsh import KEYS
from pipeline.verdict.segments.bloom import WORDS, Blocks, band_hashes, blocks_for, fill, name_hashes

MAGIC = b"chistovik segment\n"
VERSION = 1  # of this format, of the rows, and of the hashing (`fingerprint.SCHEME`)
DIGEST_BYTES = 16
ROW_BITS = 26  # of an entry; above them are the 32 bits of the key and the number of the key
MOST_SKETCHES = 1 << ROW_BITS
PAGE = 512  # entries in 4 KiB
_ROW = np.uint64(MOST_SKETCHES - 1)
_KEY_AT = np.uint64(ROW_BITS + 32)
_ALIGNED = 64  # bytes
# Types of the arrays: times, claims, records, claims of sketches, entries, fence, filter, then keys and rows by name.
_KINDS: list[Any] = ["<f8", CLAIM, RECORD, "<u4", "<u8", "<u8", f"({WORDS},)<u4", *("<u8", "<u4") * len(By)]

Entries = npt.NDArray[np.uint64]
Map = tuple[npt.NDArray[np.uint64], Rows]  # keys and the newest row of each


class Segment:
    """The claims and sketches of a segment, over the bytes that `packed` made.

    ValueError with the reason if they are other bytes. `is_new` tells that they were written just now: then the digest
    is not checked.
    """

    def __init__(self, data: Any, *, is_new: bool = False) -> None:
        view = memoryview(data)
        if bytes(view[: len(MAGIC)]) != MAGIC:
            raise ValueError("these bytes are not a segment")
        if not is_new and _digest(view[:-DIGEST_BYTES]) != view[-DIGEST_BYTES:]:
            raise ValueError("the segment is truncated or damaged")
        head_bytes = int.from_bytes(view[len(MAGIC) : len(MAGIC) + 4], "little")
        head = orjson.loads(view[len(MAGIC) + 4 : len(MAGIC) + 4 + head_bytes])
        if head["version"] != VERSION:
            raise ValueError(f"the segment has version {head['version']}, this software reads version {VERSION}")
        arrays, at = [], _aligned(len(MAGIC) + 4 + head_bytes)
        for kind, count in zip(_KINDS, head["rows"], strict=True):
            arrays.append(np.frombuffer(view, dtype=kind, count=count, offset=at) if count else np.empty(0, dtype=kind))
            at = _aligned(at + arrays[-1].nbytes)
        self.data = view
        self.digest = bytes(view[-DIGEST_BYTES:])
        self.first = First(*head["first"])
        self.times, self.claims, self.records, self.sketched, self.entries, fence, blocks, *names = arrays
        self.end = First(self.first.claim + len(self.times), self.first.sketch + len(self.records))
        self.last_time = float(self.times[-1])
        self.fence: Entries = fence.copy()
        self.filter: Blocks = blocks.copy()
        self._names = list(zip(names[::2], names[1::2], strict=True))

    @property
    def size(self) -> int:
        """The bytes that are in memory."""
        return self.filter.nbytes + self.fence.nbytes

    def row_of(self, kind: By, key: int) -> int | None:
        """Return the newest claim with a key; None if there is none."""
        keys, rows = self._names[kind]
        wanted = np.uint64(key)  # for another type numpy would copy the array to compare
        at = int(keys.searchsorted(wanted))
        return self.first.claim + int(rows[at]) if at < len(keys) and keys[at] == wanted else None

    def sketches(self, which: int, key: int, most: int, since: int) -> npt.NDArray[np.int64]:
        """Return the newest sketches from `since` on with a key, newest first; at most so many."""
        low = (which << 32 | key) << ROW_BITS
        needles = np.array([low | max(0, since - self.first.sketch), low + MOST_SKETCHES], dtype=np.uint64)
        begin, end = self.entries.searchsorted(needles).tolist()
        found = self.entries[max(begin, end - most) : end][::-1] & _ROW
        return found.astype(np.int64) + self.first.sketch


def packed(first: First, arrays: Sequence[npt.NDArray[Any]]) -> Iterator[memoryview | bytes]:
    """Write a segment piece by piece, which needs little memory; `Segment` reads the whole. The digest comes last.

    `first` are the numbers of the first rows. The arrays are times, claims, records and claims of sketches, then keys
    and rows of each map.
    """
    times, claims, records, sketched, *maps = arrays
    names: list[Map] = list(zip(maps[::2], maps[1::2], strict=True))
    if len(records) > MOST_SKETCHES:
        raise ValueError(f"{len(records)} sketches in a segment that has room for {MOST_SKETCHES}")
    entries = len(records) * KEYS
    blocks = blocks_for(entries + sum(len(keys) for keys, _ in names))
    counts = [len(times), len(claims), len(records), len(sketched), entries, -(-entries // PAGE), len(blocks)]
    counts += map(len, maps)
    head = orjson.dumps({"version": VERSION, "first": list(first), "rows": counts})
    state, at = hashlib.blake2b(digest_size=DIGEST_BYTES), 0
    for part in _parts(head, (times, claims, records, sketched), records, names, blocks):
        state.update(part)
        yield part
        at += len(part)
        if gap := _aligned(at) - at:
            state.update(bytes(gap))
            yield bytes(gap)
            at += gap
    yield state.digest()


def _parts(
    head: bytes, rows: Sequence[npt.NDArray[Any]], records: npt.NDArray[Any], names: Sequence[Map], blocks: Blocks
) -> Iterator[memoryview | bytes]:
    """Yield the pieces that each begin at a multiple of 64."""
    yield MAGIC + len(head).to_bytes(4, "little") + head
    for array in rows:
        yield _bytes_of(array)
    fence, count = [], len(records)
    rest = np.empty(0, dtype=np.uint64)  # entries that do not fill 64 bytes
    for key in range(KEYS):
        entries = _entries(records["keys"][:, key], key)
        fill(blocks, band_hashes(np.full(count, key), records["keys"][:, key]))
        fence.append(entries[-count * key % PAGE :: PAGE])
        whole = np.concatenate((rest, entries))
        full = len(whole) if key == KEYS - 1 else len(whole) // 8 * 8
        rest = whole[full:]
        yield _bytes_of(whole[:full])
    yield _bytes_of(np.concatenate(fence))
    by_key: list[npt.NDArray[Any]] = []
    for kind, (keys, newest) in enumerate(names):
        order = keys.argsort()
        by_key += [keys[order], newest[order]]
        fill(blocks, name_hashes(kind, keys))
    yield _bytes_of(blocks)
    yield from map(_bytes_of, by_key)


def _entries(keys: npt.NDArray[np.uint32], which: int) -> Entries:
    """Return all texts by one of their keys, ascending: the number of the key, the key and the row in 64 bits."""
    entries = keys.astype(np.uint64) << np.uint64(ROW_BITS) | np.arange(len(keys), dtype=np.uint64)
    entries.sort()
    return entries | np.uint64(which) << _KEY_AT


def _bytes_of(array: npt.NDArray[Any]) -> memoryview | bytes:
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8).data if len(array) else b""


def _aligned(at: int) -> int:
    return -(-at // _ALIGNED) * _ALIGNED


def _digest(data: memoryview) -> bytes:
    return hashlib.blake2b(data, digest_size=DIGEST_BYTES).digest()
