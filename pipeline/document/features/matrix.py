"""The matrix of features while it is filled: one row per block, one column per feature.

Only storage is here. `compute.py` and `classifier/model.py` define the columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from pipeline.document.blocks.measures import Floats
from pipeline.document.features.windows import Window, sum_windows

MOST: Final = 256  # columns


class MatrixBuilder:
    """Collects columns in the order in which they are added: the selected ones, or all."""

    def __init__(self, count: int, selected: frozenset[str] | None = None, *, most: int = MOST) -> None:
        self._selected = selected
        # One extra row takes the values of columns that are not selected.
        self._rows = np.empty(((most if selected is None else len(selected)) + 1, count), np.float32)
        self.names: list[str] = []

    @property
    def matrix(self) -> Floats:
        """The matrix so far: one row per block, stored column by column."""
        return self._rows[: len(self.names)].T

    def wants(self, name: str) -> bool:
        """Return whether a column is selected."""
        return self._selected is None or name in self._selected

    def add(self, name: str, column: npt.NDArray[np.generic] | float) -> None:
        """Add a column if it is selected; a number stands for a column of equal values."""
        if self.wants(name):
            self._rows[len(self.names)] = column
            self.names.append(name)

    def row(self, name: str) -> Floats:
        """Return the memory of the next column, to write to. Values of a column that is not selected are lost."""
        row: Floats = self._rows[len(self.names)]
        if self.wants(name):
            self.names.append(name)
        return row

    def rows(self, names: Iterable[str]) -> Floats:
        """Return the memory of the next columns, one row each, to write to. All of them must be selected."""
        start = len(self.names)
        self.names += names
        return self._rows[start : len(self.names)]

    def pick(self, names: tuple[str, ...], rows: Floats, at: npt.NDArray[np.int64] | None = None) -> None:
        """Add the selected ones of some rows. With `at`, block i gets entry `at[i]` of each row."""
        wanted, places = _wanted(names, self._selected)
        into = self.rows(wanted)
        # No index is out of bounds; mode="clip" lets numpy write to `out` without a copy.
        if at is None:
            rows.take(places, axis=0, out=into, mode="clip")
        else:
            some = rows if len(wanted) == len(names) else rows.take(places, axis=0)
            some.take(at, axis=1, out=into, mode="clip")

    def sum_windows(self, windows: Mapping[str, Window], values: Floats) -> None:
        """Add the sums of values over the selected windows."""
        wanted, _ = _wanted(tuple(windows), self._selected)
        if wanted:
            sum_windows(values, [windows[name] for name in wanted], self.rows(wanted))


@lru_cache(maxsize=256)
def _wanted(names: tuple[str, ...], selected: frozenset[str] | None) -> tuple[tuple[str, ...], npt.NDArray[np.intp]]:
    """Return the names of the selected columns and their positions."""
    places = [place for place, name in enumerate(names) if selected is None or name in selected]
    return tuple(names[place] for place in places), np.asarray(places, np.intp)
