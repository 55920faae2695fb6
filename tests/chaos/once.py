"""The frame of every command of this room: one run in a folder of its own, then its figures, a line each."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from tests.support.scale import Scale, stored

if TYPE_CHECKING:
    from collections.abc import Callable

FAULTS = ("lost", "twice", "wrong", "stuck")  # figures that have to be 0
WEIGH_SECONDS = 2.0


@dataclass(kw_only=True)
class Usage(Scale):
    """Weighs a run: all its processes, and its folder."""

    folder: Path
    every: float = WEIGH_SECONDS
    disk: int = 0

    def weigh(self) -> None:
        super().weigh()
        self.disk = max(self.disk, stored(self.folder))


def parser(told: str | None, *, pages: int) -> argparse.ArgumentParser:
    """Make the parser of what every run has."""
    made = argparse.ArgumentParser(description=told)
    made.add_argument("--seed", type=int, default=1)
    made.add_argument("--pages", type=int, default=pages)
    made.add_argument("--folder", type=Path, help="keep the logs and Kafka's data here; default: a temporary folder")
    made.add_argument("--figures", type=Path, help="write the figures to this file, too, as JSON")
    return made


def once(run: Callable[..., dict[str, Any]], asked: argparse.ArgumentParser) -> None:
    """Run with what the command line says and print the figures; exit 0 only if nothing is lost, twice, wrong or stuck."""
    arguments = vars(asked.parse_args())
    keep, file = arguments.pop("folder"), arguments.pop("figures")
    with tempfile.TemporaryDirectory(prefix="chaos-") as temporary:
        folder = keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        with Usage(pid=os.getpid(), folder=folder) as usage:
            figures = run(folder=folder, **arguments)
    figures |= {"memory MB": usage.tree >> 20, "disk MB": usage.disk >> 20}
    for name, value in figures.items():
        sys.stdout.write(f"{name:22} {value}\n")
    if file:
        file.write_bytes(orjson.dumps(figures))
    sys.exit(any(figures[name] for name in FAULTS))
