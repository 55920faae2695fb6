"""A task of a pool: what it returns, and whether it or the pool failed.

Pebble gives up a pool when a process ends while no task runs, for example if the kernel kills it for memory. It also
does not tell a process that has ended from one that nobody can ask about, because the server it is forked from ended.
"""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, TypeVar

from agents.clean.alone import DiedError
from agents.clean.starting import LOOK_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pebble import ProcessPool

UNKNOWN = 255  # the exit code that multiprocessing gives a process if its server has ended
T = TypeVar("T")


class BrokenPoolError(RuntimeError):
    """The pool broke, which is not the task's fault. The message says how."""


async def result_of(pool: ProcessPool, work: Callable[..., T], arguments: Sequence[object], *, limit: float) -> T:
    """Do a task in a process of the pool, within `limit` seconds from when it begins.

    Raises what the work raises; TimeoutError; DiedError if its process ended; BrokenPoolError.
    """
    from concurrent.futures.process import BrokenProcessPool  # noqa: PLC0415 — a page alone has no pool

    from pebble import ProcessExpired  # noqa: PLC0415

    server = _server()
    try:
        future = pool.schedule(work, args=arguments, timeout=limit)
    except RuntimeError:
        raise BrokenPoolError("a cleaning process ended between two pages") from None
    waiting = asyncio.wrap_future(future)
    try:
        # A task that is scheduled in the moment when the pool breaks never ends.
        while not (await asyncio.wait([waiting], timeout=LOOK_SECONDS))[0]:
            if not pool.active:
                raise BrokenPoolError("the cleaning processes were given up")
        return waiting.result()
    except BrokenProcessPool:
        raise BrokenPoolError("a cleaning process ended between two pages") from None
    except ProcessExpired as expired:
        if expired.exitcode == UNKNOWN and _has_ended(server):
            raise BrokenPoolError("the server of the cleaning processes ended") from None
        raise DiedError(expired.exitcode) from None
    finally:
        waiting.cancel()


def _server() -> int | None:
    """Return the id of the process that the others are forked from."""
    from multiprocessing import forkserver  # noqa: PLC0415 — as above

    found: int | None = forkserver._forkserver._forkserver_pid  # type: ignore[attr-defined]  # noqa: SLF001
    return found


def _has_ended(child: int | None) -> bool:
    """Return whether a child of this process has ended, without waiting for it in its owner's place."""
    if child is None:
        return False
    try:
        return os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    except ChildProcessError:
        return True
