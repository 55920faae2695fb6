"""The newest claims of a partition and the sketches of their texts, in arrays that grow: about 1,100 bytes a document.

Older ones are in segments. Claims and sketches are numbered through, so `first` rows were there before these.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.verdict.claim import CLAIM, RECORD, By, First
from pipeline.verdict.growing_array import GrowingArray
from pipeline.verdict.hash_map import HashMap
from pipeline.verdict.lsh import BandIndex

_WORDS = RECORD.itemsize // 4
# Types of the arrays that `arrays` returns: times, claims, records, claims of sketches, then keys and rows of the maps.
KINDS: list[Any] = ["<f8", CLAIM, RECORD, "<u4", *("<u8", "<u4") * len(By)]


class Recent:
    """Claims and sketches from `first` on."""

    __slots__ = ("bands", "claims", "first", "names", "sketched", "times")

    def __init__(self, first: First, arrays: list[npt.NDArray[Any]] | None = None) -> None:
        times, claims, records, sketched, *names = arrays or [np.empty(0, dtype=kind) for kind in KINDS]
        self.first = first
        self.times = GrowingArray(times)  # by claim; never decreasing
        self.claims = GrowingArray(claims)
        self.names = [HashMap(keys, rows) for keys, rows in zip(names[::2], names[1::2], strict=True)]
        self.bands = BandIndex(records.view(np.uint32).reshape(-1, _WORDS))
        self.sketched = GrowingArray(sketched)  # by sketch: its claim, counted from `first`

    def __len__(self) -> int:
        return self.times.count

    @property
    def size(self) -> int:
        """The memory of the arrays in bytes, spare capacity included."""
        arrays = self.times.size + self.claims.size + self.sketched.size + self.bands.size
        return arrays + sum(rows.size for rows in self.names)

    @property
    def end(self) -> First:
        """The numbers of the next claim and sketch."""
        return First(self.first.claim + self.times.count, self.first.sketch + self.sketched.count)

    @property
    def records(self) -> npt.NDArray[Any]:
        """The rows of the sketches."""
        return self.bands.rows.view(RECORD)[:, 0] if self.bands.count else np.empty(0, dtype=RECORD)

    def put(self, kind: By, key: int, row: int) -> None:
        """Set the newest claim with a key."""
        self.names[kind].put(key, row - self.first.claim)

    def newest(self, kind: By, key: int) -> int | None:
        """Return the newest claim with a key."""
        row = self.names[kind].get(key)
        return None if row is None else row + self.first.claim

    def add_sketch(self, row: tuple[Any, ...], claim: int) -> int:
        """Add a row of RECORD, of the text of a claim; return its number."""
        record = np.empty(1, dtype=RECORD)
        record[0] = row
        self.sketched.append(claim - self.first.claim)
        return self.first.sketch + self.bands.add(record.view(np.uint32))

    def since(self, horizon: float) -> First:
        """Return the first claim and the first sketch that are not older than a horizon."""
        claim = int(self.times.array.searchsorted(horizon))
        # A value of the array's own type: for another type numpy would copy the whole array to compare.
        sketch = int(self.sketched.array.searchsorted(np.uint32(claim)))
        return First(self.first.claim + claim, self.first.sketch + sketch)

    def without(self, claims: int) -> Recent:
        """Return a copy without the first claims and their sketches."""
        sketches = int(self.sketched.array.searchsorted(np.uint32(claims)))
        arrays = [
            self.times.array[claims:],
            self.claims.array[claims:],
            self.records[sketches:],
            self.sketched.array[sketches:] - np.uint32(claims),
        ]
        arrays += [array for rows in self.names for array in rows.since(claims).arrays()]
        return Recent(First(self.first.claim + claims, self.first.sketch + sketches), arrays)

    def arrays(self) -> list[npt.NDArray[Any]]:
        """Return the arrays from which an equal object can be made."""
        arrays = [self.times.array, self.claims.array, self.records, self.sketched.array]
        return arrays + [array for rows in self.names for array in rows.arrays()]
