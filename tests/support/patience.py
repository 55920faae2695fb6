"""How long the tests wait for what must come: a net under what hangs, and never what is tested.

A test waits until something is so, not for a time; what it says of a limit it tries with something that never ends.
"""

from __future__ import annotations

import asyncio
import time
from inspect import isawaitable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

SECONDS = 300.0  # ten times what the slowest of it takes where six other programs share two cores
T = TypeVar("T")


def wait_until(
    holds: Callable[[], T],
    *,
    every: float = 0.1,
    seconds: float = SECONDS,
    said: Callable[[], object] | None = None,
) -> T:
    """Ask until the answer is true, and return it; AssertionError with the last one, and what `said` gives, if it never is."""
    end = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < end, f"not so after {seconds:g} s: {found!r}\n{said() if said else ''}"
        time.sleep(every)
    return found


async def until(holds: Callable[[], T | Awaitable[T]], *, every: float = 0.05) -> T:
    """Do the same in an event loop; the question may be one that is awaited."""
    end = time.monotonic() + SECONDS
    while True:
        answer = holds()
        found: T = await answer if isawaitable(answer) else answer
        if found:
            return found
        assert time.monotonic() < end, f"not so after {SECONDS:g} s: {found!r}"
        await asyncio.sleep(every)
