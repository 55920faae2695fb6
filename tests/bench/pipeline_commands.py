"""`chistovik clean` and `chistovik run` over many pages, beside the cleaning alone.

The time is from the first line of output to the last, so starting is not in it.
"""

from __future__ import annotations

import os
import subprocess
import time
from typing import TYPE_CHECKING, NamedTuple

from tests.support.command import COMMAND

if TYPE_CHECKING:
    from pathlib import Path

TOPICS = "articles,duplicates,discarded,dead-letters"


class Printed(NamedTuple):
    """What a command printed: lines, and the seconds from the first one to the last, and from its start."""

    lines: int
    seconds: float
    whole: float

    @property
    def rate(self) -> float:
        """Pages a second after the first line."""
        return (self.lines - 1) / self.seconds


def printed(command: str, pages: Path, count: int, processes: int) -> Printed:
    """Run a command on a file of so many pages; it must print a line for each."""
    arguments = [command, str(pages), *(["--topics", TOPICS] if command == "run" else [])]
    began = time.monotonic()
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        env=os.environ | {"CHISTOVIK_PROCESSES": str(processes)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout is not None
    first = last = began
    lines = 0
    with process:
        for _ in process.stdout:
            last = time.monotonic()
            first = last if not lines else first
            lines += 1
    if process.returncode or lines != count:
        raise SystemExit(f"chistovik {command} exited {process.returncode} after {lines} of {count} pages")
    return Printed(lines, last - first, time.monotonic() - began)


def compared(name: str, rates: dict[str, float], processes: int) -> list[str]:
    """Return the lines of a kind: pages a second of clean and run, beside the library's per CPU-second."""
    whole = processes * rates["library"]
    return [
        f"{name:8}{rates['library']:8.1f} pages per CPU-second, the cleaning alone in one process",
        f"{'':8}{rates['clean']:8.1f} pages/s, clean: {rates['clean'] / whole:.2f} of {processes} × the library",
        f"{'':8}{rates['run']:8.1f} pages/s, run:   {rates['run'] / rates['clean']:.2f} of clean",
    ]
