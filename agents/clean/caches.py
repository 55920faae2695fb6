"""What a cleaning process must forget: its libraries remember pages.

trafilatura caches the last 1,024 texts of two functions each, however long: 100 pages of 5 MB grew a process from 0.3
to 1.5 GB, and with its bound reached the next innocent page would fail.
"""

from __future__ import annotations

import ctypes
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

REMEMBERED = 16 << 20  # bytes of pages; 160 usual ones, so that what forgetting costs (0.1 s) is not felt


def forget() -> None:
    """Empty the caches and give the memory back to the system, where its C library can."""
    if "trafilatura" in sys.modules:  # else it was asked about no page, and remembers none
        from trafilatura.meta import reset_caches  # noqa: PLC0415 — it costs 0.3 s to load

        reset_caches()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc
    if trim is not None:
        trim(0)


@dataclass(slots=True)
class Memory:
    """Counts the bytes of pages that the caches may hold."""

    limit: int = REMEMBERED
    empty: Callable[[], None] = forget
    held: int = field(default=0)

    def saw(self, size: int) -> None:
        """Note a page of so many bytes; forget all when there were too many."""
        self.held += size
        if self.held > self.limit:
            self.held = 0
            self.empty()
