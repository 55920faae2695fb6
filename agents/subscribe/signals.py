"""Turn SIGTERM into a graceful stop."""

from __future__ import annotations

import asyncio
import signal
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@asynccontextmanager
async def until_stopped() -> AsyncIterator[None]:
    """Leave the block on SIGTERM as if it had ended. Contexts that were entered inside it are closed first."""
    task, loop, stopped = asyncio.current_task(), asyncio.get_running_loop(), False

    def stop() -> None:
        nonlocal stopped
        stopped = True
        if task is not None:
            task.cancel()

    loop.add_signal_handler(signal.SIGTERM, stop)
    try:
        yield
    except asyncio.CancelledError:
        if not stopped or task is None:
            raise
        task.uncancel()
    finally:
        loop.remove_signal_handler(signal.SIGTERM)
