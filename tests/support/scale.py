"""What processes hold in memory and a folder on the disk, weighed while something runs. Linux only."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterator

SAMPLE_SECONDS = 0.05


@dataclass
class Meanwhile:
    """Does something in a thread, until the block ends."""

    _over: threading.Event = field(default_factory=threading.Event, init=False)
    _thread: threading.Thread | None = field(default=None, init=False)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._thread:
            self._thread.join()

    def _run(self) -> None:
        raise NotImplementedError


@dataclass
class Scale(Meanwhile):
    """Weighs a process and all that it has started, until the block ends; peaks in bytes."""

    pid: int
    parent: int = 0
    tree: int = 0
    every: float = SAMPLE_SECONDS

    def _run(self) -> None:
        while not self._over.wait(self.every):
            self.weigh()

    def weigh(self) -> None:
        """Take a sample."""
        self.parent = max(self.parent, held(self.pid, "VmHWM:"))
        self.tree = max(self.tree, sum(held(pid, "VmRSS:") for pid in tree(self.pid)))


def held(pid: int, what: str) -> int:
    """Read a figure of a process from proc(5), in bytes; 0 where it has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) << 10 for line in lines if line.startswith(what)), 0)


def tree(pid: int) -> Iterator[int]:
    """Yield a process and all that descend from it."""
    yield pid
    try:
        children = [
            int(child)
            for task in Path(f"/proc/{pid}/task").iterdir()
            for child in (task / "children").read_text().split()
        ]
    except (FileNotFoundError, ProcessLookupError):
        return
    for child in children:
        yield from tree(child)


def stored(folder: Path) -> int:
    """Add up what the files below a folder take on the disk, in bytes; files may come and go meanwhile."""
    total = 0
    for path, _, files in os.walk(folder):
        for name in files:
            with suppress(FileNotFoundError):
                total += Path(path, name).stat().st_blocks * 512
    return total
