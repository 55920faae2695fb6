"""Track which records of a partition are finished when records finish out of order.

Kafka keeps one committed offset per partition. The finished records after it are stored in the commit's metadata, one
bit each. After a crash, the next worker repeats only unfinished records (as in Confluent's parallel consumer).
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field

# Kafka keeps 4,096 bytes of metadata (offset.metadata.max.bytes): six bits per character, and room for the other fields
MOST_AHEAD = 20_000
_METADATA = re.compile(r"1:(-?[0-9]{1,19}):(-?[0-9]{1,19}):([A-Za-z0-9+/=]{0,4000})")


@dataclass(frozen=True, slots=True)
class Mark:
    """A committed position: the first unfinished offset, and the offsets after it that are finished.

    `floors` are offsets in `pages` and `urls-later`. Every record before them that finishes a URL of this partition
    is already counted in `finished`, so a search for further ones starts there. None if they are unknown.
    """

    offset: int
    finished: frozenset[int] = frozenset()
    floors: tuple[int, int] | None = None

    @property
    def metadata(self) -> str:
        """The metadata to commit with the offset."""
        bits = sum(1 << (offset - self.offset) for offset in self.finished)
        packed = base64.b64encode(bits.to_bytes((bits.bit_length() + 7) // 8, "little")).decode("ascii")
        pages, later = self.floors or (-1, -1)
        return f"1:{pages}:{later}:{packed}"


def mark_of(offset: int, metadata: str) -> Mark:
    """Read a committed mark. With unreadable metadata, no record after the offset counts as finished."""
    match = _METADATA.fullmatch(metadata)
    if match is None:
        return Mark(offset)
    try:
        bits = int.from_bytes(base64.b64decode(match[3], validate=True), "little")
    except ValueError:
        return Mark(offset)
    finished = frozenset(offset + index for index in range(bits.bit_length()) if bits >> index & 1)
    pages, later = int(match[1]), int(match[2])
    return Mark(offset, finished, (pages, later) if min(pages, later) >= 0 else None)


@dataclass(slots=True)
class Window:
    """The records of one partition, from the first unfinished record on."""

    start: int  # every record before it is finished
    end: int = -1  # one past the last record that was taken
    finished: set[int] = field(default_factory=set)  # offsets from `start` on
    _gaps: set[int] = field(default_factory=set)  # offsets taken and not finished

    def __post_init__(self) -> None:
        self.end = max(self.end, self.start)

    def take(self, offset: int) -> bool:
        """Note that a record was read; return False if it is finished or in progress already."""
        self.end = max(self.end, offset + 1)
        if offset < self.start or offset in self.finished or offset in self._gaps:
            return False
        self._gaps.add(offset)
        return True

    def finish(self, offset: int) -> None:
        """Note that a record is finished, even if it was not taken yet."""
        self._gaps.discard(offset)
        if offset >= self.start:
            self.finished.add(offset)

    def advance(self) -> int:
        """Move the start to the first unfinished record and return it.

        Offsets without a record (transaction markers, compacted records) are skipped.
        """
        first = min(self._gaps, default=self.end)
        if first > self.start:
            self.start = first
            self.finished = {offset for offset in self.finished if offset >= first}
        while self.start in self.finished:  # finished before it was read
            self.finished.discard(self.start)
            self.start += 1
        self.end = max(self.end, self.start)
        return self.start

    @property
    def ahead(self) -> int:
        """The number of offsets read from the first unfinished record on."""
        return self.end - self.start

    def mark(self, floors: tuple[int, int] | None) -> Mark:
        """Return the mark to commit."""
        start = self.advance()
        return Mark(start, frozenset(offset for offset in self.finished if offset - start < MOST_AHEAD), floors)
