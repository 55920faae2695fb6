"""What a number of pages a day needs, computed from what was measured: `make sizing` writes deploy/SIZING.md.

Every figure that goes in is one of `MEASURED`, with the command that gave it; everything else follows by arithmetic
that a reader can repeat. `--pages` and the others compute one's own case.
"""

from __future__ import annotations

import argparse
import math
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from textwrap import fill

from pipeline.records.route import PARTITIONS
from pipeline.topics import PAGES, TOPICS, Topic

OUT = Path(__file__).parents[2] / "deploy" / "SIZING.md"
DAY = 86_400
KB, MB, GB, TB = 10**3, 10**6, 10**9, 10**12
CASES = (10_000, 1_000_000, 100_000_000)  # pages a day
POD_CORES = 2  # of clean
BUSY = 0.7  # of a core, a disk, or a process's memory: what is planned with


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure, its unit, and the command that gave it."""

    value: float
    unit: str
    what: str
    how: str


CPU = "the stack of docker-compose.yml, fed the 1,414 HTML pages of the evaluation set: CPU time of the container"
CPU_PLAIN = "likewise, fed 6,000 short pages of plain text (tests/chaos/workload.py)"
DISK = "`kafka-log-dirs --describe` after the same pages: bytes of the topic's partitions / pages"
MEASURED = {
    # On a slow day: the code before the compiled loops, of which 56 were measured once, gave 36 in the same hour.
    "clean": Measured(62, "pages / CPU-s", "clean, HTML of 144 KB, the whole stage (the cleaning alone: 107)", CPU),
    "dedupe": Measured(1373, "documents / CPU-s", "dedupe, the whole stage", "`make bench-dedupe-stage`"),
    "publish": Measured(1635, "documents / CPU-s", "publish, the whole stage", CPU_PLAIN),
    "fetch": Measured(
        2564, "URLs / CPU-s", "fetch, the whole stage, on loopback and without TLS", "`make bench-fetch`"
    ),
    "kafka": Measured(420, "pages / CPU-s", "a broker, all topics, one copy", CPU),
    "urls": Measured(400, "bytes / URL", "`urls`, with headers", "as an upper bound: a URL of 150 characters"),
    "visits": Measured(400, "bytes / URL", "`visits`", "as an upper bound"),
    "pages": Measured(27_737, "bytes / page", "`pages`, packed", DISK),
    "documents": Measured(3_295, "bytes / page", "`documents`, packed", DISK),
    "verdicts": Measured(714, "bytes / page", "`verdicts`, packed", DISK),
    "articles": Measured(3_619, "bytes / article", "`articles`, packed", DISK),
    "duplicates": Measured(612, "bytes / duplicate", "`duplicates`, packed", DISK),
    "discarded": Measured(310, "bytes / page", "`discarded`, packed", DISK),
    "memory": Measured(
        828, "bytes / article", "a ledger in memory, for each text in the window", "`make bench-duplicates`"
    ),
    "snapshot": Measured(378, "bytes / article", "its snapshot on disk", "`make bench-duplicates`"),
    "worker": Measured(90 * MB, "bytes", "a worker of dedupe or publish with nothing in it", "`docker stats`"),
    "cleaner": Measured(480 * MB, "bytes", "a worker of clean with two processes, under load", "`docker stats`"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is asked for; what is supposed of the pages is said here and nowhere else."""

    pages: int  # a day
    peak: float = 3.0  # the busiest hour's rate / the day's mean
    repeats: float = 0.3  # of the pages repeat an article
    empty: float = 0.1  # have none
    fetched: float = 1.0  # come as URLs
    window: float = 30.0  # days
    copies: int = 3
    largest_route: float = 0.5  # of the pages are of one group of scripts

    @property
    def mean(self) -> float:
        """Pages a second."""
        return self.pages / DAY

    @property
    def busiest(self) -> float:
        """Pages a second in the busiest hour."""
        return self.mean * self.peak

    @property
    def articles(self) -> float:
        """Articles a day."""
        return self.pages * (1 - self.repeats - self.empty)


def cores(case: Case, stage: str) -> float:
    """Compute the cores of a stage in the busiest hour, at a load that leaves room."""
    share = case.fetched if stage == "fetch" else 1.0
    copies = case.copies if stage == "kafka" else 1
    return case.busiest * share * copies / MEASURED[stage].value / BUSY


def partitions(case: Case) -> int:
    """Compute the partitions of `pages` and `urls`: one for each pod of clean at least, and a dozen."""
    pods = math.ceil(cores(case, "clean") / POD_CORES)
    return max(PAGES.partitions, 12 * math.ceil(pods / 12))


def kept_days(topic: Topic, case: Case) -> float:
    """Say how many days' records a topic holds; a year of what is kept for ever."""
    if topic.tombstones:
        return case.window + topic.compaction_lag_days + 1
    return topic.retention_days or 365


def a_day(name: str, case: Case) -> float:
    """Compute how many records come to a topic in a day."""
    counts = {
        "urls": case.pages * case.fetched,
        "visits": case.pages * case.fetched,
        "articles": case.articles,
        "duplicates": case.pages * case.repeats,
        "discarded": case.pages * case.empty,
    }
    return counts.get(name, case.pages)


def disk(case: Case) -> dict[str, float]:
    """Compute the bytes of each topic on all brokers together, the copies counted, without the room that disks need."""
    return {
        topic.name: a_day(topic.name, case) * MEASURED[topic.name].value * kept_days(topic, case) * case.copies
        for topic in TOPICS
        if topic.name in MEASURED
    }


def state(case: Case, figure: str) -> float:
    """Compute the bytes of all ledgers together: `memory` or `snapshot`. A near copy's text is kept as an article's is."""
    return case.pages * (1 - case.empty) * case.window * MEASURED[figure].value


def route_load(case: Case) -> tuple[float, float]:
    """Compute how busy the core of the largest route is: over the day, and in the busiest hour."""
    each = case.largest_route / MEASURED["dedupe"].value
    return case.mean * each, case.busiest * each


def spell(size: float) -> str:
    """Write bytes as people do."""
    for unit, name in ((TB, "TB"), (GB, "GB"), (MB, "MB")):
        if size >= unit:
            return f"{size / unit:,.1f} {name}" if size < 100 * unit else f"{size / unit:,.0f} {name}"
    return f"{size / KB:,.0f} KB"


def number(value: float) -> str:
    """Write a count: two figures where it is small."""
    if value < 0.01:
        return "< 0.01"
    return f"{value:.2f}" if value < 1 else f"{value:,.1f}" if value < 10 else f"{value:,.0f}"


def column(case: Case) -> list[tuple[str, str]]:
    """Compute a column of the table."""
    held, (mean, busiest) = disk(case), route_load(case)
    clean = cores(case, "clean")
    largest = state(case, "memory") * case.largest_route + MEASURED["worker"].value
    return [
        ("pages a second, mean / busiest hour", f"{number(case.mean)} / {number(case.busiest)}"),
        *((f"cores, {stage}", number(cores(case, stage))) for stage in ("fetch", "clean", "dedupe", "publish")),
        (f"cores, Kafka ({case.copies} copies)", number(cores(case, "kafka"))),
        (f"pods of clean, {POD_CORES} cores each", str(max(1, math.ceil(clean / POD_CORES)))),
        ("partitions of `pages`, `profiles`, `urls`, …", str(partitions(case))),
        ("partitions of `documents`, `verdicts`", f"{PARTITIONS}, fixed"),
        ("hosts with work at all times, one request a second each", number(case.busiest * case.fetched)),
        ("into Kafka in the busiest hour, with copies", f"{spell(written(case) * case.busiest * case.copies)}/s"),
        ("disk, `pages` (7 days)", spell(held["pages"])),
        ("disk, `documents` (7 days)", spell(held["documents"])),
        ("disk, `verdicts` (the window)", spell(held["verdicts"])),
        ("disk, `articles` (a year of them)", spell(held["articles"])),
        ("disk, all topics, with room", spell(sum(held.values()) / BUSY)),
        (f"state of dedupe in memory ({case.window:g} days)", spell(state(case, "memory"))),
        ("of it in the largest route, which is one process", spell(largest)),
        ("snapshots of dedupe", spell(state(case, "snapshot"))),
        ("the largest route's core, mean / busiest hour", f"{mean:.0%} / {busiest:.0%}"),
    ]


def written(case: Case) -> float:
    """Compute the bytes that a page brings into Kafka."""
    return sum(
        a_day(topic.name, case) / case.pages * MEASURED[topic.name].value for topic in TOPICS if topic.name in MEASURED
    )


def verdict(case: Case) -> str:
    """Say what a reader should know about a size, in a sentence or two."""
    mean, busiest = route_load(case)
    largest = state(case, "memory") * case.largest_route
    said = []
    if busiest > 1:
        word = "behind in the busiest hours, and catches up" if mean < BUSY else "behind for good"
        said.append(f"the largest route is {word}")
    if largest > 64 * GB:
        week = replace(case, window=7.0)
        said.append(
            f"its ledger holds {spell(largest)}, more than one process should; with CHISTOVIK_WINDOW_DAYS=7 it is "
            f"{spell(state(week, 'memory') * case.largest_route)}"
        )
    if not said:
        return "fits as it is"
    return "; ".join(said)


def table(cases: list[Case]) -> str:
    """Write the table of some cases."""
    head = "| | " + " | ".join(f"{case.pages:,} pages a day" for case in cases) + " |"
    rows = zip(*(column(case) for case in cases), strict=True)
    lines = [f"| {row[0][0]} | " + " | ".join(value for _, value in row) + " |" for row in rows]
    return "\n".join([head, "|---" * (len(cases) + 1) + "|", *lines])


def measured() -> str:
    """Write the table of what was measured."""
    lines = [f"| {one.what} | {one.value:,.0f} {one.unit} | {one.how} |" for one in MEASURED.values()]
    return "\n".join(["| What | Figure | How |", "|---|---|---|", *lines])


def line(case: Case) -> str:
    """Write what is to be said of a case, as an item of a list."""
    return fill(f"- {case.pages:,} a day: {verdict(case)}.", 100, subsequent_indent="  ")


def page(cases: list[Case]) -> str:
    """Write deploy/SIZING.md."""
    usual = cases[0]
    return f"""<!-- made by `make sizing` (tests/bench/sizing.py) -->
# Sizing

Assumptions: every page is fetched; the busiest hour has {usual.peak:g} times the mean rate;
{usual.repeats:.0%} of the pages are duplicates and {usual.empty:.0%} have no article; half of all pages share one
group of scripts; machines are planned to be {BUSY:.0%} busy. For your own figures run
`python -m tests.bench.sizing --pages 3000000 --peak 2 --repeats 0.5 --fetched 0`.

{table(cases)}

{chr(10).join(map(line, cases))}

The number of cores follows the busiest hour. With fewer, pages wait in Kafka until later.

Only the memory of `dedupe` grows with the number of pages. A `clean` worker holds {spell(MEASURED["cleaner"].value)}, and more
while it cleans a hostile page (`CHISTOVIK_PAGE_MEMORY`); `fetch` stays below 1 GB; `publish` holds
{spell(MEASURED["worker"].value)}. Kafka keeps `articles` for ever. To limit them, copy them to a topic of your own with a
retention.

One route is one process of `dedupe`. If the largest route does not fit, there are three ways,
cheapest first: a shorter window, finer routes, or shards. Finer routes and shards
([decision 12](../docs/decisions/0012-sharding-a-language.md)) are not built.

## What was measured

On two cores of a shared virtual machine with Kafka 4.3.0 and Python 3.13. Rates are per CPU-second,
so other work on the machine hardly changes them.

{measured()}
"""


def main() -> None:
    """Compute a case that is given, or write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, help="a day; without it deploy/SIZING.md is written")
    for name in ("peak", "repeats", "empty", "fetched", "window", "largest_route"):
        parser.add_argument(f"--{name.replace('_', '-')}", type=float)
    parser.add_argument("--copies", type=int)
    given = {name: value for name, value in vars(parser.parse_args()).items() if value is not None}
    if "pages" in given:
        case = Case(**given)
        sys.stdout.write(f"{table([case])}\n\n{verdict(case)}\n")
    else:
        OUT.write_text(page([Case(pages=pages) for pages in CASES]), encoding="utf-8")


if __name__ == "__main__":
    main()
