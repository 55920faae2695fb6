"""Which records of a partition are finished, when they finish in any order.

Kafka keeps one offset a partition. What is finished beyond it travels in the commit's metadata, as bits, so that a
worker that comes after a killed one repeats only what was not finished (as Confluent's parallel consumer does).
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field

# Kafka keeps 4,096 bytes of metadata (offset.metadata.max.bytes); at six bits a character, and with room for the rest
MOST_AHEAD = 20_000
_METADATA = re.compile(r"1:(-?[0-9]{1,19}):(-?[0-9]{1,19}):([A-Za-z0-9+/=]{0,4000})")


@dataclass(frozen=True, slots=True)
class Mark:
    """What is committed: the first unfinished offset, the finished ones beyond, and from where to look for later ones.

    `floors` are offsets of `pages` and `urls-later`: all that lies before them and settles a record of this partition
    is in `finished`; None where there is no telling.
    """

    offset: int
    finished: frozenset[int] = frozenset()
    floors: tuple[int, int] | None = None

    @property
    def metadata(self) -> str:
        """The mark as the metadata of a committed offset."""
        bits = sum(1 << (one - self.offset) for one in self.finished)
        packed = base64.b64encode(bits.to_bytes((bits.bit_length() + 7) // 8, "little")).decode("ascii")
        pages, later = self.floors or (-1, -1)
        return f"1:{pages}:{later}:{packed}"


def mark_of(offset: int, metadata: str) -> Mark:
    """Read a committed mark; what is no metadata of ours says that nothing beyond is finished."""
    found = _METADATA.fullmatch(metadata)
    if found is None:
        return Mark(offset)
    try:
        bits = int.from_bytes(base64.b64decode(found[3], validate=True), "little")
    except ValueError:
        return Mark(offset)
    finished = frozenset(offset + index for index in range(bits.bit_length()) if bits >> index & 1)
    pages, later = int(found[1]), int(found[2])
    return Mark(offset, finished, (pages, later) if min(pages, later) >= 0 else None)


@dataclass(slots=True)
class Window:
    """The records of one partition from the first unfinished one on."""

    start: int  # all before it are finished
    end: int = -1  # after the last one that was taken
    finished: set[int] = field(default_factory=set)  # at or beyond `start`
    _gaps: set[int] = field(default_factory=set)  # taken and not finished

    def __post_init__(self) -> None:
        self.end = max(self.end, self.start)

    def take(self, offset: int) -> bool:
        """Note that a record was read; False where it is finished or in hand already."""
        self.end = max(self.end, offset + 1)
        if offset < self.start or offset in self.finished or offset in self._gaps:
            return False
        self._gaps.add(offset)
        return True

    def finish(self, offset: int) -> None:
        """Note that a record is finished, also one that was not taken yet."""
        self._gaps.discard(offset)
        if offset >= self.start:
            self.finished.add(offset)

    def advance(self) -> int:
        """Move the start to the first record that is not finished, and return it.

        Offsets that no record has (markers, what compaction took) are passed by.
        """
        first = min(self._gaps, default=self.end)
        if first > self.start:
            self.start = first
            self.finished = {one for one in self.finished if one >= first}
        while self.start in self.finished:  # known to be finished before it was read
            self.finished.discard(self.start)
            self.start += 1
        self.end = max(self.end, self.start)
        return self.start

    @property
    def ahead(self) -> int:
        """How far was read beyond the first unfinished record."""
        return self.end - self.start

    def mark(self, floors: tuple[int, int] | None) -> Mark:
        """Give what is to be committed."""
        start = self.advance()
        return Mark(start, frozenset(one for one in self.finished if one - start < MOST_AHEAD), floors)
