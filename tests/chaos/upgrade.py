"""A rolling upgrade and downgrade while pages flow: workers of two checkouts share the groups, then change places.

`python -m tests.chaos.upgrade --before REV` is the long one. The checkout of the version before has no compiled
modules; its Python loops give the same results.
"""

from __future__ import annotations

import io
import random
import signal
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.chaos.chaos import Chaos
from tests.chaos.cluster import Cluster
from tests.chaos.crew import CREW, Crew
from tests.chaos.once import once, parser
from tests.chaos.oracle import due_of
from tests.chaos.schedule import Fault
from tests.chaos.workload import Workload, judge
from tests.support.command import Chistovik

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

    def judge(self) -> dict[str, Any]:
        """Take the outcomes as what is due: two versions may decide differently, so no ledger can say it."""
        due = {place: due_of(found[0]) for place, found in self.outcomes.items()}
        return judge(self.workload, self.outcomes, due)

    async def _strike(self, fault: Fault) -> None:
        self.done[fault.kind] += 1
        self.crew.exchange(fault)


def exchanges() -> list[Fault]:
    """Exchange each worker twice: one by one to this version, downstream stages first as deploy/RUNBOOK.md says, and back."""
    workers = [(stage, number) for stage, many in CREW.items() for number in range(many)]
    there = [Fault(0.05 + 0.4 * at / len(workers), "upgrade", *worker) for at, worker in enumerate(reversed(workers))]
    back = [Fault(0.55 + 0.3 * at / len(workers), "downgrade", *worker) for at, worker in enumerate(workers)]
    return there + back


def run(
    *, pages: int, folder: Path, before: Path | None = None, revision: str = BEFORE, seed: int = 1
) -> dict[str, Any]:
    """Run once, beside a checkout of the version before; return the figures."""
    before = before or checkout(revision, folder / "before")
    with Cluster(folder) as kafka:
        command = Chistovik(brokers=kafka.brokers, prefix=f"upgrade{seed}.", folder=folder)
        crew = TwoVersions(command, seed, points="", before=before)
        return Upgrade(kafka, crew, Workload.of(pages, random.Random(seed)), exchanges()).play()


def main() -> None:
    """Run once."""
    asked = parser(__doc__, pages=5_000)
    asked.add_argument("--before", dest="revision", default=BEFORE)
    once(run, asked)


if __name__ == "__main__":
    main()
