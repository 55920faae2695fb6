"""The clock of one worker jumps while pages flow: by an hour and by a day, forward and back, and to the right time again.

`python -m tests.chaos.clock --seed 1 --pages 5000` is the long one; it needs a C compiler.
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import struct
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.chaos.chaos import Chaos
from tests.chaos.cluster import Cluster
from tests.chaos.crew import Crew
from tests.chaos.once import once, parser
from tests.chaos.schedule import STAGES, Fault
from tests.chaos.workload import Workload
from tests.support.command import Chistovik
from tests.support.kafka import Kafka
from tests.support.patience import SECONDS

if TYPE_CHECKING:
    from collections.abc import Mapping

HOUR, DAY = 3600, 86_400
JUMPS = (HOUR, -HOUR, DAY, -DAY)
# Kafka refuses records of more than an hour ahead, by default from release 4.0 on; earlier ones take any.
ANY_TIME = {"log.message.timestamp.after.max.ms": str((1 << 63) - 1)}


def why_not_here() -> str | None:
    """Say why no clock can be turned here, None where one can."""
    if sys.platform != "linux":
        return "only Linux loads another clock into a process"
    return None if shutil.which("cc") else "no C compiler is there, which clock.c needs"


def compiled(folder: Path) -> Path:
    """Compile the library that turns the clock of a process."""
    made = folder / "clock.so"
    source = Path(__file__).with_name("clock.c")
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", str(made), str(source), "-ldl"], check=True, timeout=SECONDS)
    return made


@dataclass
class Clocks(Crew):
    """The first worker of each stage has a clock of its own; what a file says is added to the time."""

    library: Path = Path()

    def _start(self, stage: str, number: int) -> subprocess.Popen[bytes]:
        self.env = self._clock(stage) if number == 0 else {}
        return super()._start(stage, number)

    def _clock(self, stage: str) -> dict[str, str]:
        if not self._file(stage).exists():
            self.turn(stage, 0)
        return {"LD_PRELOAD": str(self.library), "CLOCK_JUMP": str(self._file(stage))}

    def turn(self, stage: str, seconds: int) -> None:
        """Let the clock of a stage's first worker be wrong by so much from now on."""
        with os.fdopen(os.open(self._file(stage), os.O_WRONLY | os.O_CREAT), "wb") as file:  # in place: it is mapped
            file.write(struct.pack("=q", seconds))

    def _file(self, stage: str) -> Path:
        return self.command.folder / f"{stage}.clock"


@dataclass(frozen=True)
class Jump(Fault):
    """A clock that is wrong by so many seconds from now on."""

    seconds: int = 0


class ClockChaos(Chaos):
    """A run whose strikes turn clocks."""

    level = "error"
    crew: Clocks

    async def _strike(self, fault: Fault) -> None:
        assert isinstance(fault, Jump)
        self.done[f"{fault.stage} {fault.seconds:+d}"] += 1
        await asyncio.to_thread(self.crew.turn, fault.stage, fault.seconds)


@dataclass
class TimedCluster(Cluster):
    """One node, which takes records of some times only."""

    settings: Mapping[str, str] = field(default_factory=dict)

    def start(self) -> None:
        self.nodes.append(Kafka(folder=self.folder / "kafka-1", settings=self.settings))
        self.nodes[0].start()


def jumps() -> list[Fault]:
    """Turn one clock at a time: each stage's by each jump, then right again."""
    turns = [(stage, seconds) for seconds in JUMPS for stage in STAGES]
    found: list[Fault] = []
    for number, (stage, seconds) in enumerate(turns):
        at = 0.02 + 0.9 * number / len(turns)
        found += [Jump(at, "clock", stage, seconds=seconds), Jump(at + 0.6 / len(turns), "clock", stage, seconds=0)]
    return found


def run(*, seed: int, pages: int, folder: Path, settings: Mapping[str, str] = ANY_TIME) -> dict[str, Any]:
    """Run once; return the figures."""
    with TimedCluster(folder, settings=settings) as kafka:
        command = Chistovik(brokers=kafka.brokers, prefix=f"clock{seed}.", folder=folder)
        crew = Clocks(command, seed, points="", library=compiled(folder))
        figures = ClockChaos(kafka, crew, Workload.of(pages, random.Random(seed)), jumps()).play()
    return {"seed": seed, **figures}


def main() -> None:
    """Run once, where a clock can be turned."""
    if reason := why_not_here():
        sys.exit(reason)
    once(run, parser(__doc__, pages=5_000))


if __name__ == "__main__":
    main()
