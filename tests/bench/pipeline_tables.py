"""What the benchmark of the whole pipeline says: medians over turns, ratios, and tables. No measuring here."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline.topics import DOCUMENTS, OUTCOMES, PAGES, VERDICTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MB = 10**6
PROCESSES = ("feed", "clean", "cleaning", "dedupe", "publish", "broker")
NAMES = {"clean": "clean: the worker", "cleaning": "clean: its processes"}
BEHIND = ("dedupe", "publish", "broker")


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn: the pipeline, the script and the library, one after another on the same pages."""

    pages: int
    seconds: float
    cpu: Mapping[str, float]  # seconds, by PROCESSES
    script_seconds: float
    script_cpu: float
    library: float  # pages per CPU-second of the cleaning alone
    memory: Mapping[str, int] = field(default_factory=dict)  # bytes, by worker
    outcomes: Mapping[str, int] = field(default_factory=dict)
    stored: Mapping[str, int] = field(default_factory=dict)  # bytes in the broker's log, by topic

    @property
    def ratio(self) -> float:
        """The speed of the pipeline in that of the script."""
        return self.script_seconds / self.seconds

    @property
    def stage(self) -> float:
        """Pages per CPU-second of the stage clean, all its processes."""
        return self.pages / (self.cpu["clean"] + self.cpu["cleaning"])

    @property
    def stage_of_library(self) -> float:
        """The share of the library's speed that the stage keeps."""
        return self.stage / self.library

    @property
    def behind_of_clean(self) -> float:
        """CPU time of dedupe, publish and the broker for each second of the stage clean."""
        return sum(self.cpu[name] for name in BEHIND) / (self.cpu["clean"] + self.cpu["cleaning"])


@dataclass(frozen=True, slots=True)
class Kind:
    """The turns of a kind of page, and the size of all pages in bytes."""

    name: str
    size: int
    turns: Sequence[Turn]

    def median(self, figure: str) -> float:
        """Return the median of a property over the turns."""
        return statistics.median(getattr(turn, figure) for turn in self.turns)

    def cpu(self, process: str) -> float:
        """Return the median CPU seconds of a process."""
        return statistics.median(turn.cpu[process] for turn in self.turns)

    def memory(self, worker: str) -> int:
        """Return the largest memory of a worker over the turns, in bytes."""
        return max(turn.memory.get(worker, 0) for turn in self.turns)

    @property
    def pages(self) -> int:
        """The pages of a turn."""
        return self.turns[0].pages


def rates(kinds: Sequence[Kind]) -> list[str]:
    """Return the table of speeds, pipeline and script."""
    lines = [f"{'set':8}{'pages':>8}{'MB':>8}{'pipeline':>12}{'script':>12}{'ratio':>8}   outcomes"]
    for kind in kinds:
        ours, script = (kind.pages / kind.median(figure) for figure in ("seconds", "script_seconds"))
        outcomes = ", ".join(f"{count} {topic}" for topic, count in sorted(kind.turns[-1].outcomes.items()))
        lines.append(
            f"{kind.name:8}{kind.pages:8}{kind.size / MB:8.1f}{ours:10.1f}/s{script:10.1f}/s"
            f"{kind.median('ratio'):8.2f}   {outcomes}"
        )
    return lines


def costs(kinds: Sequence[Kind]) -> list[str]:
    """Return the table of CPU seconds and memory by process."""
    head = "".join(f"{kind.name + ' CPU s':>14}{'ms/page':>10}{'peak MiB':>10}" for kind in kinds)
    lines = [f"{'process':22}{head}"]
    for process in PROCESSES:
        line = f"{NAMES.get(process, process):22}"
        for kind in kinds:
            line += _cost(kind.cpu(process), kind.pages, kind.memory(process))
        lines.append(line)
    lines.append(f"{'the script':22}" + "".join(_cost(kind.median("script_cpu"), kind.pages, 0) for kind in kinds))
    return lines


def _cost(spent: float, pages: int, peak: int) -> str:
    return f"{spent:14.1f}{1000 * spent / pages:10.2f}{f'{peak / 2**20:.0f}' if peak else '-':>10}"


def parts(kinds: Sequence[Kind]) -> list[str]:
    """Return the ratios of a page's cost, a line for each kind and figure."""
    lines = []
    for kind in kinds:
        lines += [
            f"{kind.name:8}{kind.median('library'):8.1f} pages per CPU-second, the cleaning alone in one process",
            f"{'':8}{kind.median('stage'):8.1f} pages per CPU-second, the stage clean with all its processes",
            f"{'':8}{kind.median('stage_of_library'):8.2f} stage / library",
            f"{'':8}{kind.median('behind_of_clean'):8.2f} CPU of dedupe + publish + broker / that of the stage clean",
        ]
    return lines


def disks(kinds: Sequence[Kind]) -> list[str]:
    """Return the table of what a record takes in the broker's log, compressed, markers of transactions included."""
    lines = [f"{'topic':22}" + "".join(f"{kind.name + ' records':>14}{'bytes each':>12}" for kind in kinds)]
    for topic in (PAGES.name, DOCUMENTS.name, VERDICTS.name, *OUTCOMES):
        line = f"{topic:22}"
        for kind in kinds:
            turn = kind.turns[-1]
            records = turn.outcomes.get(topic, 0) if topic in OUTCOMES else turn.pages
            line += f"{records:14}{f'{turn.stored.get(topic, 0) / records:.0f}' if records else '-':>12}"
        lines.append(line)
    return lines


def quantile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least this share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -(-int(share * 1000) * len(ordered) // 1000) - 1))]


def latencies(pages: Sequence[float], trips: Sequence[float]) -> list[str]:
    """Return the table of latencies in seconds: a page to its article, and a record to Kafka and back."""
    lines = [f"{'idle':26}{'p50 ms':>10}{'p99 ms':>10}"]
    for name, values in (("page to article", pages), ("round trip of Kafka", trips)):
        lines.append(f"{name:26}" + "".join(f"{1000 * quantile(values, share):10.1f}" for share in (0.5, 0.99)))
    return [*lines, f"{'ratio':26}" + "".join(f"{quantile(pages, s) / quantile(trips, s):10.1f}" for s in (0.5, 0.99))]
