"""SIGTERM and SIGINT end a process: in good order, and by force if that takes too long.

Docker and Kubernetes send SIGTERM, wait, and then kill. A stage that waits for something that will never come (a batch
of a crashed producer, a thread that hangs) would use up that time and end without a word in its log.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import structlog

from agents.errors import EXIT_INTERNAL

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterator
    from types import FrameType

LOG_SECONDS = 1.0  # nobody may read the log any more; then the line is lost and the process ends anyway
log = structlog.get_logger("chistovik")


class Ending:
    """The end of this process: once it has begun, the process is gone within `seconds`."""

    def __init__(self, seconds: float) -> None:
        self.begun = False
        self._seconds = seconds

    def begin(self) -> None:
        """Start the countdown; it cannot be stopped. A second call changes nothing.

        A thread counts, because the event loop may be what hangs. It ends the process even after the loop is closed:
        Python waits for the threads of `asyncio.to_thread` without a limit.
        """
        if not self.begun:
            self.begun = True
            threading.Thread(target=self._force, name="ending", daemon=True).start()

    def _force(self) -> None:
        time.sleep(self._seconds)
        line = threading.Thread(target=self._log, daemon=True)
        line.start()
        line.join(LOG_SECONDS)
        os._exit(EXIT_INTERNAL)

    def _log(self) -> None:
        log.error(
            "ended by force",
            seconds=self._seconds,
            hint="it did not stop in time; what was not committed is done again",
        )


@contextmanager
def ending(stopping: asyncio.Event, loop: asyncio.AbstractEventLoop, seconds: float) -> Iterator[Ending]:
    """Set `stopping` on SIGTERM and SIGINT inside the block; the process then ends within `seconds`, with 70 by force.

    A second Ctrl-C ends the process at once. Only for the main thread.
    """
    end = Ending(seconds)

    def received(number: int, _frame: FrameType | None) -> None:
        if end.begun and number == signal.SIGINT:
            os._exit(128 + number)
        end.begin()
        loop.call_soon_threadsafe(stopping.set)

    # Not loop.add_signal_handler: a loop that hangs would never call it.
    before = {number: signal.signal(number, received) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield end
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
