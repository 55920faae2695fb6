"""CPU and wall-clock seconds of short commands, processes that they start included: medians of some runs (`make bench-start`)."""

from __future__ import annotations

import argparse
import ctypes
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

PAGES = Path(__file__).parents[2] / "deploy" / "demo" / "pages"
HTML, PLAIN = str(PAGES / "09_ru_article.html"), str(PAGES / "01_ru_numbered_menu.txt")
COMMANDS = {
    "--version": ["--version"],
    "--help": ["--help"],
    "clean one HTML page": ["clean", HTML],
    "clean one text": ["clean", PLAIN],
    "explain one HTML page": ["explain", HTML],
}
SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER: what a command leaves behind becomes our child, so its time is counted


def measured(arguments: list[str]) -> tuple[float, float]:
    """Run the command once; CPU seconds of all its processes, and seconds until it ended."""
    before, clock = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "agents.cli", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    wall = time.perf_counter() - clock
    while True:
        try:
            os.wait()
        except ChildProcessError:
            break
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=7)
    runs = parser.parse_args().runs
    ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in COMMANDS}
    for _ in range(runs):
        for name, arguments in COMMANDS.items():
            taken[name].append(measured(arguments))
    sys.stdout.write(f"{'median of ' + str(runs):<24}{'CPU s':>8}{'wall s':>8}\n")
    for name, times in taken.items():
        cpu, wall = (statistics.median(column) for column in zip(*times, strict=True))
        sys.stdout.write(f"{name:<24}{cpu:>8.2f}{wall:>8.2f}\n")


if __name__ == "__main__":
    main()
