"""Starts the processes of a pool, and widens the pipe to them."""

from __future__ import annotations

import fcntl
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from agents.errors import StageError

if TYPE_CHECKING:
    from pebble import ProcessPool

STARTING_SECONDS = 60.0
PIPE_BYTES = 1 << 20  # as much as Linux allows a user


def start(pool: ProcessPool, up: Any) -> None:
    """Start the processes and wait for the first one: if none can start, no page would ever be finished."""
    pool.schedule(_nothing)
    _widen(pool)
    if not up.acquire(timeout=STARTING_SECONDS):
        raise StageError(
            f"clean: no cleaning process started within {STARTING_SECONDS:g} s. Check the worker's memory and CPU"
        )


def _widen(pool: Any) -> None:
    """Let a chunk fit into the pipe to the processes; else both sides wait for each other every 64 KB."""
    with suppress(AttributeError, OSError):  # pebble has no other way to it, and not every system has wide pipes
        channel = pool._pool_manager.worker_manager.pool_channel  # noqa: SLF001
        fcntl.fcntl(channel.writer, fcntl.F_SETPIPE_SZ, PIPE_BYTES)


def _nothing() -> None:
    """Do nothing in a cleaning process."""
