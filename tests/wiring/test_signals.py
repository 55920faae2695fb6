"""SIGTERM ends a process in time, whatever state it is in; a crash ends a worker at once."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.support.patience import SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator

LOOPS = ("asyncio.new_event_loop", "uvloop.new_event_loop")

# The process says "up", then does `{body}`; a signal sets `stopping`.
PROGRAM = """
import asyncio, contextlib, os, signal, sys, threading, time
import uvloop
from agents.observe.logs import configure
from agents.signals import ending

configure(form="json", level="info")

async def main():
    stopping = asyncio.Event()
    with ending(stopping, asyncio.get_running_loop(), {grace}) as end:
        print("up", flush=True)
{body}

with asyncio.Runner(loop_factory={loop}) as runner:
    runner.run(main())
"""

IN_GOOD_ORDER = """
        await stopping.wait()
        await asyncio.sleep(.2)
        print("finished", flush=True)
"""

STUCK = {
    "a task that never ends": """
        await stopping.wait()
        await asyncio.Event().wait()
""",
    "a task that cannot be cancelled": """
        while True:
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(.1)
""",
    "a loop that hangs": """
        while True:
            time.sleep(.01)
""",
    "a lock that nobody releases": """
        lock = threading.Lock()
        lock.acquire()
        lock.acquire()
""",
    "a thread that never ends": """
        running = asyncio.get_running_loop().run_in_executor(None, threading.Event().wait)
        await stopping.wait()
""",
    "a log that nobody reads": """
        await stopping.wait()
        while True:
            os.write(2, b"x" * 4096)
""",
}


@contextmanager
def started(body: str, loop: str, grace: float) -> Iterator[subprocess.Popen[bytes]]:
    program = PROGRAM.format(body=body, loop=loop, grace=grace)
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("state", STUCK)
def test_sigterm_ends_a_process_that_is_stuck(state: str, loop: str):
    with started(STUCK[state], loop, grace=1) as process:
        process.terminate()

        assert process.wait(SECONDS) == 70
        assert process.stderr is not None
        if "nobody reads" not in state:
            assert b"ended by force" in process.stderr.read()


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_process_that_ends_in_good_order_is_not_disturbed(number: signal.Signals, loop: str):
    with started(IN_GOOD_ORDER, loop, grace=SECONDS) as process:
        process.send_signal(number)
        out, err = process.communicate(timeout=SECONDS)

        assert (process.returncode, out, err) == (0, b"finished\n", b"")


def test_a_process_that_was_stopped_ends_after_it_is_woken():
    with started(STUCK["a task that never ends"], LOOPS[0], grace=1) as process:
        process.send_signal(signal.SIGSTOP)
        process.terminate()
        time.sleep(0.5)
        assert process.poll() is None
        process.send_signal(signal.SIGCONT)

        assert process.wait(SECONDS) == 70


@pytest.mark.parametrize("loop", LOOPS)
def test_a_second_interrupt_ends_at_once(loop: str):
    with started(STUCK["a task that never ends"], loop, grace=SECONDS) as process:
        while process.poll() is None:  # two that come at once count as one
            process.send_signal(signal.SIGINT)
            time.sleep(0.1)

        assert process.returncode == 130
