"""What a number of pages a day needs, computed from what was measured: `make sizing` writes deploy/SIZING.md.

Every figure that goes in is one of `MEASURED`, with the command that gave it; everything else follows by arithmetic
that a reader can repeat. `--pages` and the others compute one's own case.
"""

from __future__ import annotations

import argparse
import math
import sys
import textwrap
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.records.route import PARTITIONS
from pipeline.topics import PAGES, TOPICS, Topic
from pipeline.verdict.claims import SEALED_MOST, SEALED_SHARE

OUT = Path(__file__).parents[2] / "deploy" / "SIZING.md"
DAY = 86_400
KB, MB, GB, TB = 10**3, 10**6, 10**9, 10**12
KAFKA, PYTHON = "4.3.0", "3.11"  # that the measurements were made with
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


CPU = "`make bench-pipeline`, 600 pages of HTML, median of three turns: CPU time of its processes"
LOG = "`make bench-pipeline`, 600 pages of HTML: bytes in the broker's log / records"
PEAK = "`make bench-pipeline`, HTML and plain text: largest resident memory of its processes"
MEASURED = {
    # On a slow day, when the cleaning alone took 183 pages; on another it took 211.
    "clean": Measured(133, "pages / CPU-s", "clean, whole stage, HTML of 143 KB", CPU),
    "dedupe": Measured(1613, "documents / CPU-s", "dedupe, whole stage", CPU),
    "publish": Measured(1613, "documents / CPU-s", "publish, whole stage", CPU),
    "fetch": Measured(2564, "URLs / CPU-s", "fetch, whole stage, on loopback, without TLS", "`make bench-fetch`"),
    "kafka": Measured(368, "pages / CPU-s", "Kafka broker, all topics, one copy; its warming up is in it", CPU),
    "urls": Measured(400, "bytes / URL", "`urls`, with headers", "upper bound, for a URL of 150 characters"),
    "visits": Measured(400, "bytes / URL", "`visits`", "upper bound"),
    "pages": Measured(29_074, "bytes / page", "`pages`, compressed", LOG),
    "documents": Measured(3_734, "bytes / page", "`documents`, compressed", LOG),
    "verdicts": Measured(871, "bytes / page", "`verdicts`, compressed", LOG),
    "articles": Measured(3_666, "bytes / article", "`articles`, compressed", LOG),
    "duplicates": Measured(669, "bytes / duplicate", "`duplicates`, compressed", LOG),
    "discarded": Measured(
        310,
        "bytes / page",
        "`discarded`, compressed",
        "`kafka-log-dirs --describe` after the 1,414 HTML pages of the evaluation sets",
    ),
    "filter": Measured(93, "bytes / text", "dedupe, memory per text in a segment", "`make bench-window`"),
    "recent": Measured(1130, "bytes / text", "dedupe, memory per recent text", "`make bench-window`"),
    "disk": Measured(975, "bytes / text", "dedupe, segments and snapshots on disk per text", "`make bench-window`"),
    "worker": Measured(103 * MB, "bytes", "a worker of dedupe or publish, under load", PEAK),
    "cleaner": Measured(530 * MB, "bytes", "a worker of clean, two processes, under load", PEAK),
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


def texts(case: Case) -> float:
    """Compute the texts in the window of all ledgers. A near copy's text is kept as an article's is."""
    return case.pages * (1 - case.empty) * case.window


def memory(case: Case, share: float) -> float:
    """Compute the bytes of memory of the ledger that has a share of the pages, just before it writes a segment."""
    own = texts(case) * share
    recent = min(own / SEALED_SHARE, SEALED_MOST)
    return (own - recent) * MEASURED["filter"].value + recent * MEASURED["recent"].value


def state(case: Case) -> float:
    """Compute the bytes of memory of all ledgers together: that of the largest route, and the others as one."""
    return memory(case, case.largest_route) + memory(case, 1 - case.largest_route)


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
    largest = memory(case, case.largest_route) + MEASURED["worker"].value
    return [
        ("pages a second, average / peak hour", f"{number(case.mean)} / {number(case.busiest)}"),
        *((f"cores, {stage}", number(cores(case, stage))) for stage in ("fetch", "clean", "dedupe", "publish")),
        (f"cores, Kafka ({case.copies} copies)", number(cores(case, "kafka"))),
        (f"pods of clean, {POD_CORES} cores each", str(max(1, math.ceil(clean / POD_CORES)))),
        ("partitions of `pages`, `profiles`, `urls`, …", str(partitions(case))),
        ("partitions of `documents`, `verdicts`", f"{PARTITIONS}, fixed"),
        ("busy hosts needed at one request a second each", number(case.busiest * case.fetched)),
        ("written to Kafka in the peak hour, with copies", f"{spell(written(case) * case.busiest * case.copies)}/s"),
        ("disk, `pages` (7 days)", spell(held["pages"])),
        ("disk, `documents` (7 days)", spell(held["documents"])),
        ("disk, `verdicts` (the window)", spell(held["verdicts"])),
        ("disk, `articles` (one year)", spell(held["articles"])),
        (f"disk, all topics, {BUSY:.0%} full", spell(sum(held.values()) / BUSY)),
        (f"dedupe, memory ({case.window:g} days)", spell(state(case))),
        ("dedupe, memory of the largest route (one process)", spell(largest)),
        ("dedupe, disk for segments and snapshots", spell(texts(case) * MEASURED["disk"].value)),
        ("core of the largest route, average / peak hour", f"{mean:.0%} / {busiest:.0%}"),
    ]


def written(case: Case) -> float:
    """Compute the bytes that a page brings into Kafka."""
    return sum(
        a_day(topic.name, case) / case.pages * MEASURED[topic.name].value for topic in TOPICS if topic.name in MEASURED
    )


def verdict(case: Case) -> str:
    """Say what a reader should know about a size, in a sentence or two."""
    mean, busiest = route_load(case)
    largest = memory(case, case.largest_route)
    said = []
    if busiest > 1:
        word = "lags in peak hours and catches up later" if mean < BUSY else "stays behind for good"
        said.append(f"the largest route {word}")
    if largest > 64 * GB:
        week = replace(case, window=7.0)
        said.append(
            f"its state is {spell(largest)}, too much for one process; with CHISTOVIK_WINDOW_DAYS=7 it is "
            f"{spell(memory(week, case.largest_route))}"
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


def page(cases: list[Case]) -> str:
    """Write deploy/SIZING.md."""
    usual = cases[0]
    return f"""<!-- made by `make sizing` (tests/bench/sizing.py) -->
# Sizing

This page gives the hardware that Chistovik needs for a number of pages a day, computed from
measured figures. Assumptions:

- {share(usual.fetched)} of the pages are fetched from URLs;
- the peak hour has {usual.peak:g} times the average rate;
- {usual.repeats:.0%} of the pages are duplicates, and {usual.empty:.0%} contain no article;
- {share(usual.largest_route)} of the pages share one group of writing systems (a *route*);
- the target utilization is {BUSY:.0%};
- Kafka keeps {usual.copies} copies, and dedupe's window is {usual.window:g} days.

To compute your own case:

```sh
python -m tests.bench.sizing --pages 3000000 --peak 2 --repeats 0.5 --fetched 0
```

{table(cases)}

{chr(10).join(map(conclusion, cases))}

Notes:

- The number of cores is for the peak hour. With fewer cores, pages wait in Kafka and are processed
  later.
- Only dedupe's memory grows with the number of pages. It is that of the process; memory for the
  page cache beside it makes decisions faster. A worker of clean uses
  {spell(MEASURED["cleaner"].value)}, and more while it cleans a hostile page
  (`CHISTOVIK_PAGE_MEMORY`). A worker of fetch uses less than 1 GB, and one of publish
  {spell(MEASURED["worker"].value)}.
- `articles` are kept for ever. To bound them, copy them to a topic of your own with a retention.
- One process of dedupe handles a whole route. If the largest route does not fit, there are three
  ways, the cheapest first: a shorter window, finer routes, and shards, which are not built
  ([decision 12](../docs/decisions/0012-sharding-a-language.md)).

## Measurements

The figures were measured on two cores of a shared virtual machine, with Kafka {KAFKA} and Python
{PYTHON}. They are CPU times. Neighbors of a virtual machine, which share its memory bus, can double them:
measure on your own machines.

{measured()}
"""


def conclusion(case: Case) -> str:
    """Write a list item that says whether a size fits."""
    return textwrap.fill(f"- {case.pages:,} pages a day: {verdict(case)}.", width=98, subsequent_indent="  ")


def share(part: float) -> str:
    """Write a share in a word where there is one."""
    return {1.0: "all", 0.5: "half", 0.0: "none"}.get(part, f"{part:.0%}")


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
