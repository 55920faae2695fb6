"""The columns of a matrix of features while it is made, one row a block.

Only how they are kept: what each column says is features.py's and classifier.py's.
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


class Columns:
    """Columns as they are made, in their order: those that are chosen, or all."""

    def __init__(self, count: int, chosen: frozenset[str] | None = None, *, most: int = MOST) -> None:
        self._chosen = chosen
        # One row more, for what nobody wants.
        self._rows = np.empty(((most if chosen is None else len(chosen)) + 1, count), np.float32)
        self.names: list[str] = []

    @property
    def matrix(self) -> Floats:
        """One row a block; column by column in memory."""
        return self._rows[: len(self.names)].T

    def wants(self, name: str) -> bool:
        return self._chosen is None or name in self._chosen

    def add(self, name: str, column: npt.NDArray[np.generic] | float) -> None:
        if self.wants(name):
            self._rows[len(self.names)] = column
            self.names.append(name)

    def row(self, name: str) -> Floats:
        """Return the row of the next column, to be written; what is written for one that nobody wants is lost."""
        row: Floats = self._rows[len(self.names)]
        if self.wants(name):
            self.names.append(name)
        return row

    def rows(self, names: Iterable[str]) -> Floats:
        """Return the rows of the next columns, to be written; somebody wants them all."""
        start = len(self.names)
        self.names += names
        return self._rows[start : len(self.names)]

    def pick(self, names: tuple[str, ...], rows: Floats, at: npt.NDArray[np.int64] | None = None) -> None:
        """Add of some rows those that are wanted; with `at`, a block has the entry of that number."""
        wanted, places = _wanted(names, self._chosen)
        into = self.rows(wanted)
        # Clipping nothing, it writes without a copy.
        if at is None:
            rows.take(places, axis=0, out=into, mode="clip")
        else:
            some = rows if len(wanted) == len(names) else rows.take(places, axis=0)
            some.take(at, axis=1, out=into, mode="clip")

    def sum_windows(self, windows: Mapping[str, Window], values: Floats) -> None:
        """Add the sums of values over the windows that are wanted."""
        wanted, _ = _wanted(tuple(windows), self._chosen)
        if wanted:
            sum_windows(values, [windows[name] for name in wanted], self.rows(wanted))


@lru_cache(maxsize=256)
def _wanted(names: tuple[str, ...], chosen: frozenset[str] | None) -> tuple[tuple[str, ...], npt.NDArray[np.intp]]:
    """Return which of some columns are chosen, and their places."""
    places = [place for place, name in enumerate(names) if chosen is None or name in chosen]
    return tuple(names[place] for place in places), np.asarray(places, np.intp)
