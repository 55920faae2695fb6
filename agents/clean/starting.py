"""Starts the processes of a pool, widens the pipe to them, and ends them."""

from __future__ import annotations

import fcntl
import os
import signal
import threading
import time
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from agents.errors import StageError

if TYPE_CHECKING:
    from pebble import ProcessPool

STARTING_SECONDS = 60.0
STOPPING_SECONDS = 5.0  # for each of the three steps at the end
LOOK_SECONDS = 1.0  # between two looks whether a pool that is waited for has broken
KILL_SECONDS = 0.1  # between two tries to end what still runs
PIPE_BYTES = 1 << 20  # as much as Linux allows a user


def start(pool: ProcessPool, up: Any) -> Future[None]:
    """Start the processes in a thread, because that takes two seconds; `end` may be called meanwhile.

    The future is done when the first one is running. It gets a StageError if none can start: no page would ever be
    finished.
    """
    first: Future[None] = Future()
    first.set_running_or_notify_cancel()  # a cancelled task that waits for it must not cancel it for the others
    # Not a thread of an executor: Python would wait for it when it exits.
    threading.Thread(target=_start, args=(pool, up, first), name="starting", daemon=True).start()
    return first


def _start(pool: ProcessPool, up: Any, first: Future[None]) -> None:
    problem: str | None = None
    try:
        pool.schedule(_nothing)
        _widen(pool)
        problem = _wait(pool, up)
    except Exception as error:  # noqa: BLE001 — whatever it is, no page can be cleaned
        problem = f"the cleaning processes ended while they were starting ({error!r})"
    with suppress(InvalidStateError):  # nobody waits for it any more
        if problem:
            first.set_exception(StageError(f"clean: {problem}. Check the worker's memory and CPU"))
        else:
            first.set_result(None)


def _wait(pool: ProcessPool, up: Any) -> str | None:
    """Wait for the first process; return what keeps it from starting."""
    until = time.monotonic() + STARTING_SECONDS
    while not up.acquire(timeout=LOOK_SECONDS):
        if not pool.active:
            return "the cleaning processes ended while they were starting"
        if time.monotonic() > until:
            return f"no cleaning process started within {STARTING_SECONDS:g} s"
    return None


def end(pool: ProcessPool, first: Future[None], up: Any, *, others: int) -> None:
    """End the processes: in good order if the first one is running, else by force.

    They may be starting for a minute: pebble alone would wait until the server that they are forked from has loaded
    all modules.
    """
    is_up = first.done() and first.exception() is None
    if is_up:
        # A process that gets SIGTERM while it is starting prints a traceback on the user's terminal, so wait.
        until = time.monotonic() + STOPPING_SECONDS
        for _ in range(others):
            up.acquire(timeout=max(0.0, until - time.monotonic()))
    stopping = threading.Thread(target=_stop, args=(pool,), name="stopping", daemon=True)
    stopping.start()
    stopping.join(STOPPING_SECONDS if is_up else 0.0)
    _kill_until_over(pool, stopping, and_server=True)


def discard(pool: ProcessPool) -> None:
    """End the processes of a pool that broke, in a thread. Its successor forks from the same server."""
    pool.stop()  # type: ignore[no-untyped-call]  # now, so that nobody waits for its tasks
    stopping = threading.Thread(target=_stop, args=(pool,), name="stopping", daemon=True)
    stopping.start()
    threading.Thread(target=_kill_until_over, args=(pool, stopping), name="killing", daemon=True).start()


def _kill_until_over(pool: ProcessPool, stopping: threading.Thread, *, and_server: bool = False) -> None:
    until = time.monotonic() + STOPPING_SECONDS
    while stopping.is_alive() and time.monotonic() < until:
        _kill(pool, and_server=and_server)  # again, because pebble may just have started others
        stopping.join(KILL_SECONDS)


def _stop(pool: Any) -> None:
    pool.stop()
    pool.join()


def _kill(pool: Any, *, and_server: bool) -> None:
    """Kill the pool's processes, and the server that they are forked from; nobody else offers their ids."""
    for process in tuple(pool._pool_manager.worker_manager.workers.values()):  # noqa: SLF001
        process.kill()
    if not and_server:
        return
    from multiprocessing import forkserver  # noqa: PLC0415 — a page alone has no pool

    server: Any = forkserver._forkserver  # noqa: SLF001
    with server._lock, suppress(ProcessLookupError):  # noqa: SLF001 — its id is its own until that is waited for
        if server._forkserver_pid is not None:  # noqa: SLF001
            os.kill(server._forkserver_pid, signal.SIGKILL)  # noqa: SLF001


def _widen(pool: Any) -> None:
    """Let a chunk fit into the pipe to the processes; else both sides wait for each other every 64 KB."""
    with suppress(AttributeError, OSError):  # pebble has no other way to it, and not every system has wide pipes
        channel = pool._pool_manager.worker_manager.pool_channel  # noqa: SLF001
        fcntl.fcntl(channel.writer, fcntl.F_SETPIPE_SZ, PIPE_BYTES)


def _nothing() -> None:
    """Do nothing in a cleaning process."""
