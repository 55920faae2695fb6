"""A growing array of records of one kind, without an object for each."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

SMALLEST = 1024  # records


class Records:
    """Records in the order in which they came; row 0 is the first that is left."""

    __slots__ = ("_room", "count")

    def __init__(self, given: npt.NDArray[Any]) -> None:
        self.count = len(given)
        self._room = self._with_room(given, self.count + self.count // 8)

    def append(self, record: object) -> int:
        """Add a record; returns its row."""
        row = self.count
        if row == len(self._room):
            self._room = self._with_room(self._room, row + row // 2)
        self._room[row] = record
        self.count = row + 1
        return row

    @property
    def size(self) -> int:
        """Its bytes, with the room for more."""
        return self._room.nbytes

    @property
    def array(self) -> npt.NDArray[Any]:
        """The records."""
        return self._room[: self.count]

    def __getitem__(self, row: int) -> Any:
        """Return a record as Python's own values."""
        return self._room[row].item()

    @staticmethod
    def _with_room(given: npt.NDArray[Any], room: int) -> npt.NDArray[Any]:
        array = np.empty(max(SMALLEST, room), dtype=given.dtype)
        array[: len(given)] = given
        return array
