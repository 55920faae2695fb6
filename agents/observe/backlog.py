"""What waits before a stage, partition by partition: how many records, and since when the first of them."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from prometheus_client.core import GaugeMetricFamily

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CGROUPS = Path("/sys/fs/cgroup")
UNBOUNDED = 1 << 60  # bytes: what cgroup v1 says where there is no limit


@dataclass(frozen=True, slots=True)
class Backlog:
    """The records of a partition that a stage has not finished, of those that it knows of."""

    topic: str
    partition: int
    records: int
    since: float  # when the first of them was written, or the latest time by which it was; seconds since the epoch


@dataclass(slots=True)
class Heads:
    """Since when the first unfinished record of each partition is known, where its own time is not at hand."""

    seen: dict[tuple[str, int], tuple[int, float]] = field(default_factory=dict)  # offset, and when it came first

    def backlog(self, topic: str, partition: int, *, end: int | None, done: int, since: float | None = None) -> Backlog:
        """Tell what waits between the first unfinished offset and the end of the log, as it is known."""
        records = max(0, (end or 0) - done)
        now = time.time()
        known = self.seen.get((topic, partition))
        if known is None or known[0] != done or not records:
            known = self.seen[topic, partition] = (done, now)
        return Backlog(topic, partition, records, since if since is not None and records else known[1])


class Observed(Protocol):
    """What a stage shows of itself, for metrics and health; `agents/stage/protocol.py` has the whole stage."""

    name: str

    def problem(self) -> str | None:
        """Return what is wrong with it, None while it is well."""
        ...

    def backlog(self) -> list[Backlog]:
        """Return the records that wait, by topic and partition."""
        ...

    def sizes(self) -> dict[str, float]:
        """Return figures of it as they are now, by the names in `SIZES`."""
        ...


# The figures that a stage reads off itself when it is asked
SIZES = {
    "chistovik_clean_processes": "Processes that clean pages.",
    "chistovik_dedupe_claims": "Documents in the window of the ledgers that are open here.",
    "chistovik_dedupe_verdicts": "Verdicts that are kept verbatim.",
    "chistovik_dedupe_ledger_bytes": "Bytes of the ledgers' arrays.",
    "chistovik_dedupe_partitions": "Partitions whose ledgers are open here.",
    "chistovik_publish_buffered_bytes": "Bytes of documents that wait for their verdicts.",
    "chistovik_publish_buffered_verdicts": "Verdicts that wait for their documents or their turn.",
    "chistovik_fetch_waiting_urls": "URLs in memory that wait for their host.",
    "chistovik_fetch_waiting_hosts": "Hosts that they wait for.",
    "chistovik_fetch_settling": "URLs that are being fetched or written.",
    "chistovik_serve_in_hand": "Requests that are not answered yet.",
    "chistovik_watch_watches": "Watches whose partitions are ours.",
    "chistovik_watch_failing": "Of their feeds and sitemaps, those whose last poll failed.",
}


class StageCollector:
    """Asks the stages of a process how they are, whenever it is scraped."""

    def __init__(self, stages: Sequence[Observed]) -> None:
        self._stages = stages

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Give the gauges of the stages, and of the memory that the process shares with its children."""
        up = GaugeMetricFamily("chistovik_stage_up", "1 while a stage has no problem.", labels=["stage"])
        place = ["stage", "topic", "partition"]
        lag = GaugeMetricFamily("chistovik_stage_lag_records", "Records that a stage has not finished.", labels=place)
        oldest = GaugeMetricFamily(
            "chistovik_stage_oldest_seconds", "Age of the first unfinished record; 0 where there is none.", labels=place
        )
        now = time.time()
        for stage in self._stages:
            up.add_metric([stage.name], 0.0 if stage.problem() else 1.0)
            for one in stage.backlog():
                where = [stage.name, one.topic, str(one.partition)]
                lag.add_metric(where, one.records)
                oldest.add_metric(where, max(0.0, now - one.since) if one.records else 0.0)
        yield from (up, lag, oldest)
        for stage in self._stages:
            for name, value in stage.sizes().items():
                yield GaugeMetricFamily(name, SIZES[name], value=value)
        yield from memory()


def memory(root: Path = CGROUPS) -> Iterator[GaugeMetricFamily]:
    """Tell what the control group uses and may use: what a kill for memory goes by, children included.

    Used is what cannot be taken away at once, as Kubernetes counts it: without inactive files. Nothing where there is
    no group, no limit where it has none.
    """
    v2 = (root / "memory.current", root / "memory.max", root / "memory.stat", "inactive_file")
    folder = root / "memory"
    v1 = (
        folder / "memory.usage_in_bytes",
        folder / "memory.limit_in_bytes",
        folder / "memory.stat",
        "total_inactive_file",
    )
    for usage, limit, stat, inactive in (v2, v1):
        try:
            stats = dict(line.split(" ", 1) for line in stat.read_text().splitlines())
            used = int(usage.read_text()) - int(stats.get(inactive, 0))
            most = limit.read_text().strip()
        except (OSError, ValueError):
            continue
        yield GaugeMetricFamily(
            "chistovik_memory_working_set_bytes", "Memory of the control group, without inactive files.", value=used
        )
        if most.isdigit() and int(most) < UNBOUNDED:
            yield GaugeMetricFamily(
                "chistovik_memory_limit_bytes", "Memory that the control group may use.", value=int(most)
            )
        return
