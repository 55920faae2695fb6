"""CPU time and memory of processes and of all that they started, from proc(5). Linux only."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.scale import Meanwhile, held, tree

if TYPE_CHECKING:
    from collections.abc import Mapping

TICKS = os.sysconf("SC_CLK_TCK")
OWN, WITH_ENDED = slice(11, 13), slice(11, 15)  # fields of /proc/PID/stat after the name: utime, stime, cutime, cstime


def cpu(pid: int) -> float:
    """Return the CPU seconds of a process alone."""
    return _ticks(pid, OWN) / TICKS


def cpu_of_children(pid: int) -> float:
    """Return the CPU seconds of all processes that a process has started, of those that have ended too."""
    return sum(_ticks(one, WITH_ENDED) for one in tree(pid)) / TICKS - cpu(pid)


def _ticks(pid: int, which: slice) -> int:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return sum(map(int, fields[which]))


def memory(pid: int) -> int:
    """Return the bytes of a process and all that it has started; pages that several share count once (PSS)."""
    return sum(_proportional(one) for one in tree(pid))


def _proportional(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:  # it has ended, or it is another user's
        return held(pid, "VmRSS:")
    return next((int(line.split()[1]) << 10 for line in lines if line.startswith("Pss:")), 0)


@dataclass
class Memory(Meanwhile):
    """Weighs processes by name, each with all that it has started, until the block ends; peaks in bytes."""

    pids: Mapping[str, int]
    every: float = 1.0
    peaks: dict[str, int] = field(default_factory=dict)

    def _run(self) -> None:
        while True:
            for name, pid in self.pids.items():
                self.peaks[name] = max(self.peaks.get(name, 0), memory(pid))
            if self._over.wait(self.every):
                return


def pin(pids: Mapping[str, int], cores: set[int]) -> None:
    """Let processes, all that they have started, and all that they will start, run on these cores only."""
    for pid in pids.values():
        for one in tree(pid):
            with suppress(FileNotFoundError):  # ended meanwhile
                for task in list(Path(f"/proc/{one}/task").iterdir()):
                    with suppress(ProcessLookupError):
                        os.sched_setaffinity(int(task.name), cores)
