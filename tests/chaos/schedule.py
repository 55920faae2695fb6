"""When what dies: a schedule drawn from a seed."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

STAGES = ("clean", "dedupe", "publish")


@dataclass(frozen=True)
class Fault:
    """A fault, due when a share of the outcomes is there."""

    at: float  # 0 to 1
    kind: str  # "signal", "zombie", "restart", "refuse", "leave"
    stage: str = "clean"
    number: int = 0
    signal: signal.Signals = signal.SIGKILL


def schedule(kills: int, dice: random.Random, stops: int = 0) -> list[Fault]:
    """Draw `kills` signals over all stages, three zombies, a broker that goes and comes, a changelog that refuses writes.

    And `stops` brokers that leave in good order, in the middle of whatever transactions there are, and come back.
    """
    faults = [
        Fault(
            dice.uniform(0.02, 0.95),
            "signal",
            STAGES[number % 3],
            dice.randrange(2),
            dice.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGTERM]),
        )
        for number in range(kills)
    ]
    zombies = ((0.1, "clean", 1), (0.2, "dedupe", 0), (0.4, "publish", 1))
    faults += [Fault(at, "zombie", stage, number, signal.SIGSTOP) for at, stage, number in zombies]
    faults += [Fault(0.55, "restart"), Fault(0.7, "refuse")]
    faults += [Fault(dice.uniform(0.03, 0.97), "leave", number=dice.randrange(3)) for _ in range(stops)]
    return sorted(faults, key=lambda fault: fault.at)
