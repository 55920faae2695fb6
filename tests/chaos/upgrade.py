"""A rolling upgrade and downgrade while pages flow: workers of two checkouts share the groups, then change places.

`python -m tests.chaos.upgrade --before REV` is the long one. The checkout of the version before has no compiled
modules; its Python loops give the same results.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import random
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agents.observe.logs import configure
from tests.chaos.chaos import CREW, Chaos, Crew
from tests.chaos.cluster import Cluster
from tests.chaos.oracle import due_of
from tests.chaos.schedule import Fault
from tests.chaos.workload import Workload, judge
from tests.support.command import Chistovik

if TYPE_CHECKING:
    from collections.abc import Mapping

HERE = Path(__file__).parents[2]
BEFORE = "45fd6f90d68143c4e9889fdd97d6070626c21933"  # the version that this one must work beside


def checkout(revision: str, folder: Path) -> Path:
    """Write the files of a revision to a folder; LookupError where the history does not hold it."""
    done = subprocess.run(["git", "-C", str(HERE), "archive", revision], capture_output=True, check=False)
    if done.returncode:
        raise LookupError(done.stderr.decode().strip())
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as files:
        files.extractall(folder, filter="data")
    return folder


@dataclass
class TwoVersions(Crew):
    """Workers, each of one of two checkouts."""

    before: Path = HERE
    upgraded: frozenset[tuple[str, int]] = frozenset()

    def root(self, stage: str, number: int) -> Path:
        """Return the folder whose code a worker runs."""
        return HERE if (stage, number) in self.upgraded else self.before

    def exchange(self, fault: Fault) -> None:
        """End a worker in good order; the one that follows it is of the other version."""
        self.upgraded ^= {(fault.stage, fault.number)}
        if process := self.struck(fault):
            process.send_signal(signal.SIGTERM)


class Upgrade(Chaos):
    """A run whose strikes exchange workers."""

    crew: TwoVersions

    async def _strike(self, fault: Fault) -> None:
        self.done[fault.kind] += 1
        self.crew.exchange(fault)


def exchanges() -> list[Fault]:
    """Exchange each worker twice: one by one to this version, downstream stages first as deploy/RUNBOOK.md says, and back."""
    workers = [(stage, number) for stage, many in CREW.items() for number in range(many)]
    there = [Fault(0.05 + 0.4 * at / len(workers), "upgrade", *worker) for at, worker in enumerate(reversed(workers))]
    back = [Fault(0.55 + 0.3 * at / len(workers), "downgrade", *worker) for at, worker in enumerate(workers)]
    return there + back


def run(*, before: Path, pages: int, folder: Path, seed: int = 1) -> dict[str, Any]:
    """Run once; return the figures, with `lost`, `twice` and `wrong`."""
    configure(form="console", level="warning")
    started = time.monotonic()
    kafka = Cluster(folder)
    kafka.start()
    command = Chistovik(brokers=kafka.brokers, prefix=f"upgrade{seed}.", folder=folder)
    crew = TwoVersions(command, seed, points="", before=before)
    chaos = Upgrade(kafka, crew, Workload.of(pages, random.Random(seed)), exchanges())
    try:
        command("topics", "apply")
        asyncio.run(chaos.run())
    finally:
        crew.end()
        kafka.stop()
    found = judge(chaos.workload, chaos.outcomes, as_they_are(chaos.outcomes))
    crashes = sum(count for how, count in crew.ended.items() if not how.endswith(" 0"))
    seconds = round(time.monotonic() - started)
    return {"pages": pages, "exchanges": dict(chaos.done), "ended hard": crashes, **found, "seconds": seconds}


def as_they_are(outcomes: Mapping[tuple[int, int], list[dict[str, Any]]]) -> dict[tuple[int, int], Any]:
    """Return the outcomes as what is due: two versions may decide differently, so no ledger can say it."""
    return {place: due_of(found[0]) for place, found in outcomes.items()}


def main() -> None:
    """Print the figures of a run a line each; exit 0 only if nothing is lost, twice or wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--before", default=BEFORE)
    parser.add_argument("--pages", type=int, default=5_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="upgrade-") as temporary:
        before = checkout(arguments.before, Path(temporary) / "before")
        figures = run(before=before, pages=arguments.pages, folder=Path(temporary) / "run")
    for name, value in figures.items():
        sys.stdout.write(f"{name:22} {value}\n")
    sys.exit(any(figures[name] for name in ("lost", "twice", "wrong")))


if __name__ == "__main__":
    main()
