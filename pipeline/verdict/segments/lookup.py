"""Look-ups in all segments of a partition, oldest first: the newest rows with some keys, and the rows themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from pipeline import native
from pipeline.verdict.claim import RECORD
from pipeline.verdict.segments.bloom import SALTS, band_hashes, may_have
from pipeline.verdict.segments.segment import Segment

Keys = npt.NDArray[np.uint32]
Numbers = npt.NDArray[np.int64]


class Lookup(Protocol):
    """What both ways have."""

    def newest(self, hashed: int, before: int) -> int:
        """Return the newest segment below `before` that may have a hash; -1 if none has it."""
        ...

    def find(self, keys: Keys, left: Numbers, since: int, oldest: int, rows: Numbers) -> int:
        """Write the newest rows from `since` on with each key, from the segment `oldest` on; return their number.

        `left` says how many rows of each key are wanted at most. It is counted down.
        """
        ...

    def copy(self, rows: Numbers, records: npt.NDArray[np.uint8]) -> None:
        """Copy the records in the given rows, which are in ascending order."""
        ...


def lookup_in(segments: Sequence[Segment]) -> Lookup:
    """Return the look-ups in some segments."""
    if not native.COMPILED:
        return PlainLookup(segments)
    parts = [(one.filter, one.entries, one.fence, bytes_of(one.records), one.first.sketch) for one in segments]
    return native.segments.Lookup(parts, SALTS, RECORD.itemsize)


def bytes_of(records: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """Return rows of RECORD as rows of bytes, without copying."""
    return records.view(np.uint8).reshape(-1, RECORD.itemsize)


class PlainLookup:
    """The look-ups in numpy."""

    def __init__(self, segments: Sequence[Segment]) -> None:
        self._segments = segments

    def newest(self, hashed: int, before: int) -> int:
        """Return the newest segment below `before` that may have a hash; -1 if none has it."""
        one = np.array([hashed], dtype=np.uint64)
        numbers = range(min(before, len(self._segments)) - 1, -1, -1)
        return next((at for at in numbers if may_have(self._segments[at].filter, one)[0]), -1)

    def find(self, keys: Keys, left: Numbers, since: int, oldest: int, rows: Numbers) -> int:
        """Write the newest rows from `since` on with each key, from the segment `oldest` on; return their number."""
        found, hashes = 0, band_hashes(np.arange(len(keys)), keys)
        for segment in reversed(self._segments[max(oldest, 0) :]):
            for key in ((left > 0) & may_have(segment.filter, hashes)).nonzero()[0].tolist():
                newest = segment.sketches(key, int(keys[key]), int(left[key]), since)
                rows[found : found + len(newest)] = newest
                found += len(newest)
                left[key] -= len(newest)
        return found

    def copy(self, rows: Numbers, records: npt.NDArray[np.uint8]) -> None:
        """Copy the records in the given rows, which are in ascending order."""
        ends = [segment.end.sketch for segment in self._segments]
        for number, row in enumerate(rows.tolist()):
            segment = self._segments[int(np.searchsorted(ends, row, side="right"))]
            records[number] = bytes_of(segment.records)[row - segment.first.sketch]
