"""An array that grows: rows of one numpy type, without a Python object per row."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

SMALLEST = 1024  # records


class GrowingArray:
    """Records in the order in which they were added; row 0 is the first record that is still kept."""

    __slots__ = ("_room", "count")

    def __init__(self, given: npt.NDArray[Any]) -> None:
        self.count = len(given)
        self._room = self._with_room(given, self.count + self.count // 8)

    def append(self, record: object) -> int:
        """Add a record and return its row."""
        row = self.count
        if row == len(self._room):
            self._room = self._with_room(self._room, row + row // 2)
        self._room[row] = record
        self.count = row + 1
        return row

    @property
    def size(self) -> int:
        """The memory in bytes, spare capacity included."""
        return self._room.nbytes

    @property
    def array(self) -> npt.NDArray[Any]:
        """The records, without the spare capacity."""
        return self._room[: self.count]

    def __getitem__(self, row: int) -> Any:
        """Return a record as Python's own values."""
        return self._room[row].item()

    @staticmethod
    def _with_room(given: npt.NDArray[Any], room: int) -> npt.NDArray[Any]:
        array = np.empty(max(SMALLEST, room), dtype=given.dtype)
        array[: len(given)] = given
        return array
