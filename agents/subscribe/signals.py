"""SIGTERM as a wish: what was begun is closed in good order."""

from __future__ import annotations

import asyncio
import signal
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@asynccontextmanager
async def until_stopped() -> AsyncIterator[None]:
    """Leave the block on SIGTERM, as if it had come to its end; what is entered after this is closed on the way."""
    task, loop, told = asyncio.current_task(), asyncio.get_running_loop(), False

    def stop() -> None:
        nonlocal told
        told = True
        if task is not None:
            task.cancel()

    loop.add_signal_handler(signal.SIGTERM, stop)
    try:
        yield
    except asyncio.CancelledError:
        if not told or task is None:
            raise
        task.uncancel()
    finally:
        loop.remove_signal_handler(signal.SIGTERM)
