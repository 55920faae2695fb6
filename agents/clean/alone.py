"""A page's work in a process that is forked for it: how a command cleans the only page that it has.

A pool would load all that any page may need, twice as much as most pages do, and a server to fork from beside it. The
process is as killable as one of a pool: it has its time, its memory and its crashes for itself.
"""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
from typing import TYPE_CHECKING, Any, TypeVar

from agents.errors import StageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

T = TypeVar("T")


class DiedError(RuntimeError):
    """The process ended before its work did."""

    def __init__(self, exitcode: int | None) -> None:
        super().__init__(exitcode)
        self.exitcode = exitcode


async def run_alone(
    work: Callable[..., T], arguments: tuple[object, ...], *, prepare: Callable[[], None], start: float, limit: float
) -> T:
    """Do the work in a new process and end that; raise what the work raises, TimeoutError or DiedError.

    `prepare` is done there first, within `start` seconds, else StageError; the work has `limit` seconds from then on.
    No other thread may run here: a fork copies the locks that it holds.
    """
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(there, work, arguments, prepare), daemon=True)
    process.start()
    there.close()
    try:
        try:
            await _receive(here, start)
        except (TimeoutError, EOFError):
            raise StageError(f"clean: no cleaning process came up within {start:g} s") from None
        done, raised = await _receive(here, limit)
    except EOFError:
        process.join()
        raise DiedError(process.exitcode) from None
    finally:
        here.close()
        process.kill()
        process.join()
    if raised is not None:
        raise raised
    result: T = done
    return result


async def _receive(here: Connection, seconds: float) -> Any:
    """Return what the process sends within so many seconds; EOFError where it has ended."""
    loop, arrived = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(here.fileno(), arrived.set)
    try:
        async with asyncio.timeout(seconds):
            await arrived.wait()
    finally:
        loop.remove_reader(here.fileno())
    return here.recv()


def _work(
    there: Connection, work: Callable[..., T], arguments: tuple[object, ...], prepare: Callable[[], None]
) -> None:
    """Do the work in the new process, and send its result or what it raised."""
    # As in agents/clean/warm.py: what is loaded makes no cycles worth looking for.
    gc.set_threshold(20_000, 20, 20)
    prepare()
    there.send(None)
    try:
        there.send((work(*arguments), None))
    except Exception as raised:  # noqa: BLE001 — whatever a parser raises belongs to the page
        there.send((None, raised))
