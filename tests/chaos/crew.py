"""The workers of a chaos run: each is a process with fault points, and is started again when it ends."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.patience import SECONDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.chaos.schedule import Fault
    from tests.support.command import Chistovik

ROOT = Path(__file__).parents[2]
CREW = {"clean": 2, "dedupe": 2, "publish": 2}  # workers a stage
SESSION_SECONDS = 6
FAULT_POINTS = (
    "inside-batch:0.004,before-ack:0.004,after-ack:0.004,before-commit:0.006,after-commit:0.003,inside-snapshot:0.02"
)
END_SECONDS = SECONDS / 2  # far longer than CHISTOVIK_STOP_SECONDS, after which a worker ends by force


@dataclass
class Crew:
    """The workers: each is started again when it ends, as a supervisor would."""

    command: Chistovik
    seed: int
    stages: Mapping[str, int] = field(default_factory=lambda: CREW)
    points: str = FAULT_POINTS
    env: Mapping[str, str] = field(default_factory=dict)
    processes: dict[tuple[str, int], subprocess.Popen[bytes]] = field(default_factory=dict)
    begins: dict[tuple[str, int], int] = field(default_factory=dict)  # where in its log the process that runs began
    starts: int = 0
    ended: Counter[str] = field(default_factory=Counter)
    armed: bool = True
    stuck: int = 0  # how many did not end when they were told to

    def keep_up(self) -> None:
        """Start what is not running."""
        for stage, many in self.stages.items():
            for number in range(many):
                process = self.processes.get((stage, number))
                if process is not None and process.poll() is not None:
                    self.ended[f"{stage} {process.returncode}"] += 1
                if process is None or process.poll() is not None:
                    self.processes[stage, number] = self._start(stage, number)

    def _start(self, stage: str, number: int) -> subprocess.Popen[bytes]:
        self.starts += 1
        env = {
            **self.command.env,
            **self.env,
            "CHISTOVIK_SESSION_TIMEOUT": str(SESSION_SECONDS),
            "CHISTOVIK_PROCESSES": "1",
            "CHISTOVIK_PAGE_TIMEOUT": str(SECONDS),  # no page hangs: one that takes long is held up by other programs
            "CHAOS_SEED": str(self.seed * 100_000 + self.starts),
            "CHAOS_FAULTS": self.points if self.armed else "",
        }
        with self._log(stage, number).open("ab") as log:
            self.begins[stage, number] = log.tell()
            return subprocess.Popen(
                [sys.executable, "-m", "tests.chaos.worker", stage],
                env=env | {"PYTHONPATH": str(self.root(stage, number))},
                cwd=self.root(stage, number),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def root(self, stage: str, number: int) -> Path:
        """Return the folder whose code a worker runs."""
        return ROOT

    def _log(self, stage: str, number: int) -> Path:
        return self.command.folder / f"{stage}-{number}.log"

    def struck(self, fault: Fault) -> subprocess.Popen[bytes] | None:
        """Return the worker that a fault is for, None while it is not running."""
        process = self.processes.get(self._place(fault))
        return process if process is not None and process.poll() is None else None

    def _place(self, fault: Fault) -> tuple[str, int]:
        return fault.stage, fault.number % self.stages[fault.stage]

    def ready(self, fault: Fault) -> subprocess.Popen[bytes] | None:
        """Return the worker that a fault is for, None while it does not take records yet."""
        process = self.struck(fault)
        if process is None:
            return None
        place = self._place(fault)
        said = self._log(*place).read_bytes()[self.begins[place] :]  # what the one before it said counts for nothing
        return process if b"] ready" in said else None

    @property
    def ended_hard(self) -> int:
        """How many ended otherwise than in good order."""
        return sum(count for how, count in self.ended.items() if not how.endswith(" 0"))

    def tracebacks(self) -> list[str]:
        """Name the logs in which a traceback stands."""
        logs = sorted(self.command.folder.glob("*.log"))
        return [log.name for log in logs if "Traceback" in log.read_text(errors="replace")]

    def end(self) -> None:
        """End all, in good order first."""
        for process in self.processes.values():
            process.send_signal(signal.SIGCONT)
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                self.stuck += 1
                process.kill()
                process.wait()
