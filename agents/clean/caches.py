"""Empties the caches of libraries in a cleaning process, because they keep pages in memory.

trafilatura caches the last 1,024 texts in each of two functions, regardless of their length. 100 pages of 5 MB grew a
process from 0.3 to 1.5 GB. At its memory limit, the next harmless page would fail.
"""

from __future__ import annotations

import ctypes
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

REMEMBERED = 16 << 20  # bytes of pages; about 160 usual pages, so that the 0.1 s for emptying does not matter


def forget() -> None:
    """Empty the caches, and return the memory to the system if the C library supports it."""
    if "trafilatura" in sys.modules:  # otherwise it has seen no page and its cache is empty
        from trafilatura.meta import reset_caches  # noqa: PLC0415 — it costs 0.3 s to load

        reset_caches()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc
    if trim is not None:
        trim(0)


@dataclass(slots=True)
class Memory:
    """Counts the bytes of pages that the caches may hold, and empties them above a limit."""

    limit: int = REMEMBERED
    empty: Callable[[], None] = forget
    held: int = field(default=0)

    def saw(self, size: int) -> None:
        """Count a page of `size` bytes; empty the caches if the limit is exceeded."""
        self.held += size
        if self.held > self.limit:
            self.held = 0
            self.empty()
