"""All segments of a partition, oldest first: look-ups that end at the newest ones that have a key."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.verdict.claim import By, First
from pipeline.verdict.segments.bloom import name_hash
from pipeline.verdict.segments.lookup import bytes_of, lookup_in
from pipeline.verdict.segments.segment import Segment


class Sealed:
    """Consecutive segments. The claims and sketches of a partition are numbered through; none is ever renumbered."""

    def __init__(self, segments: Iterable[Segment] = ()) -> None:
        self.segments = tuple(segments)
        for before, after in zip(self.segments, self.segments[1:], strict=False):
            if before.end != after.first:
                raise ValueError(f"the segment from claim {after.first.claim} on does not follow the one before it")
        self._lookup = lookup_in(self.segments)
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
        while (at := self._lookup.newest(hashed, at)) >= 0:
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
        self._lookup.copy(sketches, bytes_of(into))

    def candidates(self, keys: npt.NDArray[np.uint32], left: npt.NDArray[np.intp], since: int) -> npt.NDArray[np.intp]:
        """Return the newest sketches from `since` on with each key, a sketch once for each key.

        `left` says how many of each key are wanted at most. It is counted down.
        """
        rows = np.empty(int(left.sum()), dtype=np.int64)
        oldest = bisect_right(self._sketches, since) - 1
        return rows[: self._lookup.find(keys, left, since, oldest, rows)]
