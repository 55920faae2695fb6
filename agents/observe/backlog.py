"""The backlog of a stage by partition: the number of waiting records, and how long the first one has waited."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from prometheus_client.core import GaugeMetricFamily

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CGROUPS = Path("/sys/fs/cgroup")
UNBOUNDED = 1 << 60  # bytes: cgroup v1 reports more than this if there is no limit


@dataclass(frozen=True, slots=True)
class Backlog:
    """The unfinished records of a partition that the stage knows of."""

    topic: str
    partition: int
    records: int
    since: float  # when the first one was written, or was first seen; seconds since the epoch


@dataclass(slots=True)
class Heads:
    """When the first unfinished record of each partition was first seen, for stages that do not know its own time."""

    seen: dict[tuple[str, int], tuple[int, float]] = field(
        default_factory=dict
    )  # offset, and the time at which it was first seen

    def backlog(self, topic: str, partition: int, *, end: int | None, done: int, since: float | None = None) -> Backlog:
        """Return the backlog between the first unfinished offset and the known end of the log."""
        records = max(0, (end or 0) - done)
        now = time.time()
        first = self.seen.get((topic, partition))
        if first is None or first[0] != done or not records:
            first = self.seen[topic, partition] = (done, now)
        return Backlog(topic, partition, records, since if since is not None and records else first[1])


class Observed(Protocol):
    """The state that a stage shows to metrics and health checks; `agents/stage/protocol.py` has the whole stage."""

    name: str

    def problem(self) -> str | None:
        """Return what is wrong with the stage; None while it is well."""
        ...

    def backlog(self) -> list[Backlog]:
        """Return the waiting records by topic and partition."""
        ...

    def sizes(self) -> dict[str, float]:
        """Return the present values of its gauges, by the names in `SIZES`."""
        ...


# Gauges that a stage computes at each scrape: metric and help text
SIZES = {
    "chistovik_clean_processes": "Cleaning processes.",
    "chistovik_dedupe_claims": "Documents in the window of the open ledgers.",
    "chistovik_dedupe_verdicts": "Verdicts stored to be repeated.",
    "chistovik_dedupe_ledger_bytes": "Bytes of the ledgers' arrays in memory.",
    "chistovik_dedupe_segment_bytes": "Bytes of the ledgers' segments, which are mapped from files.",
    "chistovik_dedupe_partitions": "Partitions with an open ledger in this process.",
    "chistovik_publish_buffered_bytes": "Bytes of documents that wait for their verdicts.",
    "chistovik_publish_buffered_verdicts": "Verdicts that wait for their documents or their turn.",
    "chistovik_fetch_waiting_urls": "URLs in memory, waiting for their host.",
    "chistovik_fetch_waiting_hosts": "Hosts with waiting URLs.",
    "chistovik_fetch_settling": "URLs in progress: being fetched or written.",
    "chistovik_serve_in_hand": "Requests without an answer yet.",
    "chistovik_watch_watches": "Watches in the partitions of this process.",
    "chistovik_watch_failing": "Feeds and sitemaps whose last poll failed.",
}


class StageCollector:
    """Reads the state of a process's stages at each scrape."""

    def __init__(self, stages: Sequence[Observed]) -> None:
        self._stages = stages

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the gauges of the stages, and of the memory of this process and its children."""
        up = GaugeMetricFamily("chistovik_stage_up", "1 while a stage has no problem.", labels=["stage"])
        place = ["stage", "topic", "partition"]
        lag = GaugeMetricFamily("chistovik_stage_lag_records", "Unfinished records of a stage.", labels=place)
        oldest = GaugeMetricFamily(
            "chistovik_stage_oldest_seconds", "Age of the first unfinished record; 0 if there is none.", labels=place
        )
        now = time.time()
        for stage in self._stages:
            up.add_metric([stage.name], 0.0 if stage.problem() else 1.0)
            for backlog in stage.backlog():
                labels = [stage.name, backlog.topic, str(backlog.partition)]
                lag.add_metric(labels, backlog.records)
                oldest.add_metric(labels, max(0.0, now - backlog.since) if backlog.records else 0.0)
        yield from (up, lag, oldest)
        for stage in self._stages:
            for name, value in stage.sizes().items():
                yield GaugeMetricFamily(name, SIZES[name], value=value)
        yield from memory()


def memory(root: Path = CGROUPS) -> Iterator[GaugeMetricFamily]:
    """Yield the memory use and limit of the control group, children included: the figures that the OOM killer uses.

    As in Kubernetes, inactive files do not count, because the kernel can free them at once. Without a control group
    there are no gauges; without a limit there is no gauge of it.
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
                "chistovik_memory_limit_bytes", "Memory limit of the control group.", value=int(most)
            )
        return
