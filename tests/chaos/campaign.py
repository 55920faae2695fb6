"""Hours of chaos, unattended: `make chaos` runs one seed after another, and ends with a table of all.

Each run is a process with a folder of its own, which is removed after a clean run. So memory and disk are those of one run.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from tests.chaos.once import FAULTS

KILLS = 125  # that one run takes; more are shared out
RUN_SECONDS = 3 * 3600  # at most, of one run
COLUMNS = ("seed", "brokers", "pages", "struck", "ended hard", "markers dropped", *FAULTS)
USAGE = ("memory MB", "disk MB", "seconds")


@dataclass(frozen=True)
class Run:
    """One seed of the campaign."""

    seed: int
    kills: int
    brokers: int
    pages: int
    stops: int
    urls: int

    def options(self) -> list[str]:
        """Return the command line of `tests.chaos.chaos`."""
        return [part for name, value in vars(self).items() for part in (f"--{name}", str(value))]


def runs_of(*, seed: int, runs: int, kills: int, brokers: list[int], **usual: int) -> list[Run]:
    """Share the kills out; `brokers` are taken in turn."""
    many = runs or -(-kills // KILLS) or 1
    return [
        Run(seed + number, kills // many + (number < kills % many), brokers[number % len(brokers)], **usual)
        for number in range(many)
    ]


def played(run: Run, folder: Path) -> dict[str, Any] | None:
    """Play one run; return its figures, None where it ended without."""
    figures = folder / "figures.json"
    command = [sys.executable, "-m", "tests.chaos.chaos", *run.options()]
    process = subprocess.Popen(
        [*command, "--folder", str(folder), "--figures", str(figures)], stdin=subprocess.DEVNULL, start_new_session=True
    )
    try:
        process.wait(RUN_SECONDS)
    except subprocess.TimeoutExpired:
        sys.stderr.write(f"seed {run.seed} did not end within {RUN_SECONDS} s\n")
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)  # workers and brokers are of its group
            process.wait()
    return orjson.loads(figures.read_bytes()) if figures.exists() else None


def campaign(runs: list[Run], folder: Path) -> bool:
    """Play all and print the table; say whether every run was clean. What a run that was not left stays in its folder."""
    rows: list[dict[str, Any]] = []
    kept: list[Path] = []
    for run in runs:
        place = folder / f"seed-{run.seed}"
        place.mkdir(parents=True)
        figures = played(run, place)
        if figures is None or any(figures[name] for name in FAULTS):
            kept.append(place)
        else:
            shutil.rmtree(place)
        rows.append(vars(run) | row_of(figures))
        sys.stdout.write("\n")
    sys.stdout.write(table(rows))
    sys.stdout.writelines(f"not clean: {place}\n" for place in kept)
    return not kept


def row_of(figures: dict[str, Any] | None) -> dict[str, Any]:
    """Take from a run's figures what the table shows."""
    if figures is None:
        return dict.fromkeys(COLUMNS[3:], "?")
    return figures | {"struck": sum(figures["strikes"].values())}


def table(rows: list[dict[str, Any]]) -> str:
    """Write a line for each run, and their sums; of memory and disk the largest."""
    names = [*COLUMNS, *USAGE]
    numbers = {name: [row[name] for row in rows if isinstance(row.get(name), int)] for name in names}
    total = {name: max(found, default=0) if name.endswith(" MB") else sum(found) for name, found in numbers.items()}
    lines = [names, *([row.get(name, "") for name in names] for row in rows)]
    lines.append(["all", "", *(total[name] for name in names[2:])])
    widths = [max(len(str(line[at])) for line in lines) for at in range(len(names))]
    return "".join(
        "  ".join(str(cell).rjust(width) for cell, width in zip(line, widths, strict=True)) + "\n" for line in lines
    )


def main() -> None:
    """Play what the command line says; exit 0 only if every run was clean."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seed", type=int, default=1, help="of the first run; each further one adds 1")
    asked.add_argument("--runs", type=int, default=0, help=f"how many; default: one for every {KILLS} kills")
    asked.add_argument("--kills", type=int, default=30, help="of all runs together")
    asked.add_argument("--brokers", type=int, nargs="+", default=[1], choices=(1, 3), help="the runs take them in turn")
    asked.add_argument("--pages", type=int, default=20_000, help="of each run")
    asked.add_argument("--stops", type=int, default=20, help="of each run")
    asked.add_argument("--urls", type=int, default=0, help="of each run, instead of pages")
    arguments = vars(asked.parse_args())
    keep = os.environ.get("CHAOS_FOLDER")
    folder = Path(keep) if keep else Path(tempfile.mkdtemp(prefix="chaos-"))
    clean = campaign(runs_of(**arguments), folder)
    if clean and not keep:
        shutil.rmtree(folder)
    sys.exit(not clean)


if __name__ == "__main__":
    main()
