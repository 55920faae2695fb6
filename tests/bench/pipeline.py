"""The whole pipeline on a real Kafka, beside the script that a user would write instead: `python -m tests.bench.pipeline`.

Both take the same pages, by turns, on the same machine, which should be idle otherwise. The pages are those of the
evaluation sets, or invented ones where there are none. Figures are medians over the turns.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench import pipeline_latency as latency
from tests.bench import pipeline_pages as made
from tests.bench import sets
from tests.bench.pipeline_commands import compared, printed
from tests.bench.pipeline_library import deliveries
from tests.bench.pipeline_processes import pin
from tests.bench.pipeline_stages import measured, running
from tests.bench.pipeline_tables import Kind, Turn, costs, disks, latencies, parts, rates
from tests.bench.timing import turned
from tests.support.kafka import Kafka

if TYPE_CHECKING:
    from collections.abc import Iterator

ONLY = ("pipeline", "latency", "cores", "commands")
WARM = 40  # pages before anything is measured
LIBRARY_PAGES = 2000  # at most, for the cleaning alone
CPU_LIMIT_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Files:
    """The pages of a kind, in files of JSON lines; `warm` has other pages than `pages`."""

    name: sets.Kind
    pages: Path
    warm: Path
    count: int
    size: int  # of all bodies, in bytes


def files(kind: sets.Kind, count: int, home: Path, folder: Path) -> Files:
    """Write the pages of a kind."""
    pages, warm = folder / f"{kind}.jsonl", folder / f"{kind}-warm.jsonl"
    rows = made.rows(kind, count + WARM, home)
    first = [next(rows) for _ in range(WARM)]
    made.write(iter(first), warm)
    sizes = made.write(rows, pages)
    return Files(kind, pages, warm, len(sizes), sum(sizes))


def say(lines: list[str]) -> None:
    """Print lines at once, and an empty one."""
    sys.stdout.write("\n".join([*lines, "", ""]))
    sys.stdout.flush()


def note(line: str) -> None:
    """Say on standard error what has been measured so far."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def asked(module: str, *arguments: object) -> tuple[dict[str, float], float]:
    """Run a module in a process of its own; return the JSON that it prints, and its CPU seconds with its children's."""
    before = os.times()
    done = subprocess.run(
        [sys.executable, "-m", f"tests.bench.{module}", *map(str, arguments)],
        capture_output=True,
        check=False,
        timeout=CPU_LIMIT_SECONDS,
    )
    if done.returncode:
        raise SystemExit(f"{module} failed:\n{done.stderr.decode()}")
    after = os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found, spent


def library(file: Files) -> float:
    """Return the pages per CPU-second of the cleaning alone."""
    found, _ = asked("pipeline_library", file.warm, file.pages, LIBRARY_PAGES)
    return found["pages"] / found["cpu"]


def turn(file: Files, kafka: Kafka, folder: Path, number: int) -> Turn:
    """Run the pipeline, the script and the library, another one first each time."""
    run, script, script_cpu, alone = None, 0.0, 0.0, 0.0
    for name in turned(["pipeline", "script", "library"], number):
        if name == "pipeline":
            prefix = f"bench{number}.{file.name}."
            run = measured(kafka, prefix, folder, warm=(file.warm, WARM), pages=(file.pages, file.count))
        elif name == "script":
            found, script_cpu = asked("pipeline_script", file.warm, file.pages, folder / "out.jsonl")
            script = found["seconds"]
        else:
            alone = library(file)
    assert run is not None
    note(f"turn {number + 1}, {file.name}: pipeline {run.rate:.1f}/s, script {file.count / script:.1f}/s")
    return Turn(run.pages, run.seconds, run.cpu, script, script_cpu, alone, run.memory, run.outcomes, run.stored)


def whole(chosen: list[Files], kafka: Kafka, folder: Path, turns: int) -> list[Kind]:
    """Measure and print the pipeline beside the script."""
    kinds = [
        Kind(file.name, file.size, [turn(file, kafka, folder, number) for number in range(turns)]) for file in chosen
    ]
    for lines in (rates(kinds), costs(kinds), parts(kinds), disks(kinds)):
        say(lines)
    return kinds


def idle(file: Files, kafka: Kafka, folder: Path, pages: int) -> dict[str, list[float]]:
    """Measure and print the latency of an idle pipeline; a few pages go before, to warm it up."""
    warm = [delivery.value or b"" for delivery in deliveries(file.warm, WARM)]
    values = [delivery.value or b"" for delivery in deliveries(file.pages, pages)]
    with running(kafka, "bench.idle.", folder) as pipeline:

        async def both() -> tuple[list[float], list[float]]:
            await latency.page_to_article(pipeline, warm)
            return await latency.page_to_article(pipeline, values), await latency.round_trips(kafka, values)

        found, trips = asyncio.run(both())
    say(latencies(found, trips))
    return {"page": found, "trip": trips}


def cores(chosen: list[Files], kafka: Kafka, folder: Path, turns: int) -> dict[str, list[float]]:
    """Measure and print the whole pipeline on two cores and on one: workers, broker and feeder."""
    ratios: dict[str, list[float]] = {}
    both = sorted(os.sched_getaffinity(0))[:2]
    for file in chosen:
        for number in range(turns):
            found = {}
            for count in turned([2, 1], number):  # type: ignore[list-item, arg-type]  # numbers, not names
                assert kafka._process is not None
                pin({"bench": os.getpid(), "broker": kafka._process.pid}, set(both[:count]))
                prefix = f"bench{number}.{count}.{file.name}."
                run = measured(kafka, prefix, folder, warm=(file.warm, WARM), pages=(file.pages, file.count))
                found[count] = run.rate
            note(f"turn {number + 1}, {file.name}: two cores {found[2]:.1f}/s, one {found[1]:.1f}/s")
            ratios.setdefault(file.name, []).append(found[2] / found[1])
    say([f"{name:8}{statistics.median(one):8.2f} × the speed of one core on two" for name, one in ratios.items()])
    return ratios


def commands(chosen: list[Files], turns: int) -> dict[str, dict[str, float]]:
    """Measure and print `chistovik clean` and `chistovik run` beside the cleaning alone."""
    processes, found = len(os.sched_getaffinity(0)), {}
    for file in chosen:
        rounds: dict[str, list[float]] = {"clean": [], "run": [], "library": []}
        for number in range(turns):
            for name in turned(list(rounds), number):
                rate = library(file) if name == "library" else printed(name, file.pages, file.count, processes).rate
                rounds[name].append(rate)
            note(f"turn {number + 1}, {file.name}: " + ", ".join(f"{one} {rounds[one][-1]:.1f}/s" for one in rounds))
        found[file.name] = {name: statistics.median(rates) for name, rates in rounds.items()}
    say([line for name, figures in found.items() for line in compared(name, figures, processes)])
    return found


@contextmanager
def broker(folder: Path) -> Iterator[Kafka]:
    """Run a real Kafka until the block ends."""
    kafka = Kafka(folder=folder)
    kafka.start()
    try:
        yield kafka
    finally:
        kafka.stop()


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(prog="tests.bench.pipeline", description=__doc__)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--html", type=int, default=600, help="pages of HTML; 0: none")
    parser.add_argument("--plain", type=int, default=6000, help="pages of plain text; 0: none")
    parser.add_argument("--idle", type=int, default=50, help="pages through an idle pipeline, one at a time")
    parser.add_argument("--only", choices=ONLY, action="append", help="default: pipeline and latency")
    parser.add_argument("--eval", type=Path, default=sets.EVAL, help="where html/ and plain/ are")
    parser.add_argument("--keep", type=Path, help="a folder for the logs of the workers")
    parser.add_argument("--json", type=Path, help="a file for the figures")
    asked_for = parser.parse_args()
    only, counts = asked_for.only or ["pipeline", "latency"], {"html": asked_for.html, "plain": asked_for.plain}
    figures: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        folder = asked_for.keep or scratch
        chosen = [files(kind, counts[kind], asked_for.eval, scratch) for kind in sets.KINDS if counts[kind]]
        if "commands" in only:
            figures["commands"] = commands(chosen, asked_for.turns)
        if set(only) - {"commands"}:
            with broker(scratch / "kafka") as kafka:
                if "pipeline" in only:
                    figures["pipeline"] = [asdict(kind) for kind in whole(chosen, kafka, folder, asked_for.turns)]
                if "latency" in only:
                    figures["latency"] = idle(chosen[-1], kafka, folder, asked_for.idle)
                if "cores" in only:
                    figures["cores"] = cores(chosen, kafka, folder, asked_for.turns)
    if asked_for.json:
        asked_for.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
