"""All segments of a partition, oldest first: look-ups that end at the newest ones that have a key."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.verdict.claim import By, First
from pipeline.verdict.segments.bloom import band_hashes, filters_of, name_hash
from pipeline.verdict.segments.segment import Segment


class Sealed:
    """Consecutive segments. The claims and sketches of a partition are numbered through; none is ever renumbered."""

    def __init__(self, segments: Iterable[Segment] = ()) -> None:
        self.segments = tuple(segments)
        for before, after in zip(self.segments, self.segments[1:], strict=False):
            if before.end != after.first:
                raise ValueError(f"the segment from claim {after.first.claim} on does not follow the one before it")
        self._filters = filters_of([segment.filter for segment in self.segments])
        self._claims = [segment.first.claim for segment in self.segments]
        self._sketches = [segment.first.sketch for segment in self.segments]
        self._times = [segment.last_time for segment in self.segments]

    def __len__(self) -> int:
        """Return the number of claims."""
        return sum(len(segment.times) for segment in self.segments)

    @property
    def size(self) -> int:
        """The bytes that are in memory."""
        return sum(segment.size for segment in self.segments)

    @property
    def mapped(self) -> int:
        """The bytes that are mapped from files."""
        return sum(len(segment.data) for segment in self.segments)

    def with_one(self, segment: Segment) -> Sealed:
        """Return the segments with another one at the end."""
        return Sealed((*self.segments, segment))

    def since_time(self, time: float) -> Sealed:
        """Return the segments without those that end before a time."""
        old = bisect_left(self._times, time)
        return Sealed(self.segments[old:]) if old else self

    def since(self, horizon: float) -> First | None:
        """Return the first claim and the first sketch that are not older than a horizon; None if all are older."""
        at = bisect_left(self._times, horizon)
        if at == len(self.segments):
            return None
        segment = self.segments[at]
        claim = int(segment.times.searchsorted(horizon))
        # A value of the array's own type: for another type numpy would copy the whole array to compare.
        sketch = int(segment.sketched.searchsorted(np.uint32(claim)))
        return First(segment.first.claim + claim, segment.first.sketch + sketch)

    def newest(self, kind: By, key: int) -> int | None:
        """Return the newest claim with a key."""
        hashed, at = name_hash(kind, key), len(self.segments)
        while (at := self._filters.newest(hashed, at)) >= 0:
            if (row := self.segments[at].row_of(kind, key)) is not None:
                return row
        return None

    def claim(self, row: int) -> Any:
        """Return a claim as a row of CLAIM."""
        segment = self.segments[bisect_right(self._claims, row) - 1]
        return segment.claims[row - segment.first.claim].item()

    def claim_of_sketch(self, sketch: int) -> Any:
        """Return the claim that a sketch was added with, as a row of CLAIM."""
        segment = self.segments[bisect_right(self._sketches, sketch) - 1]
        return segment.claims[segment.sketched[sketch - segment.first.sketch]].item()

    def record(self, sketch: int) -> Any:
        """Return a sketch as a row of RECORD."""
        segment = self.segments[bisect_right(self._sketches, sketch) - 1]
        return segment.records[sketch - segment.first.sketch]

    def copy_records(self, sketches: npt.NDArray[np.intp], into: npt.NDArray[Any]) -> None:
        """Copy the rows of some sketches, which are given in ascending order."""
        begin = 0
        while begin < len(sketches):
            at = bisect_right(self._sketches, int(sketches[begin])) - 1
            segment = self.segments[at]
            last = at + 1 == len(self.segments)
            end = len(sketches) if last else int(sketches.searchsorted(self._sketches[at + 1]))
            into[begin:end] = segment.records[sketches[begin:end] - segment.first.sketch]
            begin = end

    def candidates(
        self, keys: npt.NDArray[np.uint32], left: npt.NDArray[np.integer], since: int
    ) -> Iterator[npt.NDArray[np.intp]]:
        """Yield the newest sketches from `since` on with each key. `left` says how many at most; it is counted down."""
        wanted = left.nonzero()[0]
        oldest = max(0, bisect_right(self._sketches, since) - 1)
        room = len(wanted) * max(0, len(self.segments) - oldest)
        segments, which = np.empty((2, room), dtype=np.int32)
        count = self._filters.hits(band_hashes(wanted, keys[wanted]), oldest, segments, which)
        numbers, begin = segments[:count].tolist(), 0
        while begin < count:
            segment, end = self.segments[numbers[begin]], begin + 1
            while end < count and numbers[end] == numbers[begin]:
                end += 1
            chosen = wanted[which[begin:end]]
            chosen = chosen[left[chosen] > 0]
            found = segment.sketches(chosen, keys[chosen], left[chosen], since) if len(chosen) else []
            for key, rows in zip(chosen.tolist(), found, strict=True):
                if len(rows):
                    left[key] -= len(rows)
                    yield rows
            begin = end
