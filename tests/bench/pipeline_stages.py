"""One run of the whole pipeline on a real Kafka, with the project's own commands: the time, and what it cost.

The workers are started, and some pages go through, before anything is measured. The time is from the first page fed to
the last outcome committed. Every page must have exactly one outcome.
"""

from __future__ import annotations

import asyncio
import os
import resource
import subprocess
import time
from collections import Counter
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from agents.kafka import Connection
from agents.subscribe import subscribe
from pipeline.topics import DOCUMENTS, OUTCOMES, PAGES, group_of
from tests.bench.pipeline_processes import Memory, cpu, cpu_of_children
from tests.support.command import COMMAND, Chistovik

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.support.command import Worker
    from tests.support.kafka import Kafka

STAGES = ("clean", "dedupe", "publish")
LOOK_SECONDS = 0.1
STALLED_SECONDS = 120.0  # without a new outcome: a stage is broken


@dataclass(frozen=True, slots=True)
class Run:
    """What a run took. CPU seconds are by process: feed, clean, cleaning, dedupe, publish, broker."""

    pages: int
    seconds: float
    cpu: Mapping[str, float]
    memory: Mapping[str, int] = field(default_factory=dict)  # bytes, by worker
    outcomes: Mapping[str, int] = field(default_factory=dict)  # by topic
    stored: Mapping[str, int] = field(default_factory=dict)  # bytes in the broker's log, by topic

    @property
    def rate(self) -> float:
        """Pages a second."""
        return self.pages / self.seconds


@dataclass
class Pipeline:
    """A running pipeline: the workers, and how many pages it has been fed."""

    chistovik: Chistovik
    kafka: Kafka
    workers: dict[str, Worker]
    fed: int = 0
    since: Mapping[TopicPartition, int] = field(default_factory=dict)  # where the last file of pages begins

    @property
    def pids(self) -> dict[str, int]:
        """The processes to weigh, by name."""
        return {name: worker.process.pid for name, worker in self.workers.items()}

    def feed(self, rows: Path, pages: int) -> Run:
        """Feed a file of pages, and wait for all outcomes."""
        self.fed += pages
        self.since = self._ends()
        before, waited = self._cpu(), _cpu_of_waited()
        with Memory(self.pids) as memory:
            feeding = subprocess.Popen(
                [*COMMAND, "feed", "--jsonl", str(rows)], env=self.chistovik.env, stderr=subprocess.PIPE
            )
            try:
                ended = asyncio.run(self._outcomes(feeding))
            finally:
                feeding.kill()
            after = self._cpu()
            _, said = feeding.communicate()
        if feeding.returncode:
            raise SystemExit(f"feed failed: {said.decode()}")
        used = {name: after[name] - before[name] for name in after}
        began = asyncio.run(self._first_fed(self.since))
        return Run(pages, ended - began, {"feed": _cpu_of_waited() - waited} | used, memory.peaks)

    def _cpu(self) -> dict[str, float]:
        found = {name: cpu(pid) for name, pid in self.pids.items()}
        assert self.kafka._process is not None
        return found | {"cleaning": cpu_of_children(self.pids["clean"]), "broker": cpu(self.kafka._process.pid)}

    async def _outcomes(self, feeding: subprocess.Popen[bytes]) -> float:
        """Wait until publish has committed every document; return the time, in seconds since the epoch."""
        group = group_of(self.chistovik.prefix, "publish")
        tps = [TopicPartition(self.chistovik.prefix + DOCUMENTS.name, n) for n in range(DOCUMENTS.partitions)]
        admin = AIOKafkaAdminClient(bootstrap_servers=self.kafka.brokers)
        await admin.start()
        known, since = -1, time.monotonic()
        try:
            while True:
                found = await admin.list_consumer_group_offsets(group, partitions=tps)
                done = sum(max(0, one.offset) for one in found.values())
                if done >= self.fed:
                    await asyncio.to_thread(feeding.wait)
                    return time.time()
                if done != known:
                    known, since = done, time.monotonic()
                if time.monotonic() - since > STALLED_SECONDS or self.broken:
                    raise SystemExit(f"{done} of {self.fed} pages have an outcome:\n{self.said()}")
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            await admin.close()

    def stored(self) -> dict[str, int]:
        """Return the bytes that the broker has on its disk, by topic."""
        found: dict[str, int] = {}
        for path in (self.kafka.folder / "data").glob(f"{self.chistovik.prefix}*/*.log"):
            topic = path.parent.name.removeprefix(self.chistovik.prefix).rpartition("-")[0]
            found[topic] = found.get(topic, 0) + path.stat().st_size
        return found

    @property
    def broken(self) -> bool:
        """Whether a worker has ended."""
        return any(worker.process.poll() is not None for worker in self.workers.values())

    def said(self) -> str:
        """What the workers have logged."""
        return "\n".join(worker.said() for worker in self.workers.values())

    def _ends(self) -> dict[TopicPartition, int]:
        async def ask() -> dict[TopicPartition, int]:
            async with AIOKafkaConsumer(bootstrap_servers=self.kafka.brokers) as consumer:
                tps = [TopicPartition(self.chistovik.prefix + PAGES.name, n) for n in range(PAGES.partitions)]
                found: dict[TopicPartition, int] = await consumer.end_offsets(tps)
                return found

        return asyncio.run(ask())

    async def _first_fed(self, ends: Mapping[TopicPartition, int]) -> float:
        """Return the time of the first page after these offsets; seconds since the epoch."""
        times = []
        async with AIOKafkaConsumer(bootstrap_servers=self.kafka.brokers) as consumer:
            now = await consumer.end_offsets(list(ends))
            for tp, end in ends.items():
                if now[tp] > end:
                    consumer.assign([tp])
                    consumer.seek(tp, end)
                    times.append((await consumer.getone(tp)).timestamp / 1000)
        return min(times)

    async def outcomes(self) -> Counter[str]:
        """Count the outcomes of the last file by topic; SystemExit unless each page fed has exactly one."""
        counts: Counter[str] = Counter()
        pages: Counter[tuple[int, int]] = Counter()
        names = [self.chistovik.prefix + name for name in OUTCOMES]
        connection = Connection(brokers=self.kafka.brokers)
        async for event in subscribe(connection, *names, from_beginning=True, follow=False):
            source = event.json()["provenance"]
            pages[source["partition"], source["offset"]] += 1
            if source["offset"] >= self.since[TopicPartition(self.chistovik.prefix + PAGES.name, source["partition"])]:
                counts[event.topic.removeprefix(self.chistovik.prefix)] += 1
        twice = sum(count > 1 for count in pages.values())
        if len(pages) != self.fed or twice:
            raise SystemExit(f"{self.fed} pages fed: {self.fed - len(pages)} without an outcome, {twice} with several")
        return counts


@contextmanager
def running(kafka: Kafka, prefix: str, folder: Path) -> Iterator[Pipeline]:
    """Run a pipeline with topics of its own, a worker for each stage; delete the topics at the end."""
    chistovik = Chistovik(
        brokers=kafka.brokers,
        prefix=prefix,
        folder=folder / prefix.strip("."),
        processes=len(os.sched_getaffinity(0)),
    )
    chistovik.folder.mkdir(parents=True, exist_ok=True)
    chistovik("topics", "apply")
    with ExitStack() as workers:
        yield Pipeline(chistovik, kafka, {stage: workers.enter_context(chistovik.worker(stage)) for stage in STAGES})
    ours = [name for name in kafka.ask(AIOKafkaAdminClient.list_topics) if name.startswith(prefix)]
    kafka.ask(lambda admin: admin.delete_topics(ours))


def measured(kafka: Kafka, prefix: str, folder: Path, *, warm: tuple[Path, int], pages: tuple[Path, int]) -> Run:
    """Run a pipeline on a file of pages, after it has warmed up on another one."""
    with running(kafka, prefix, folder) as pipeline:
        pipeline.feed(*warm)
        before = pipeline.stored()
        run = pipeline.feed(*pages)
        stored = {topic: size - before.get(topic, 0) for topic, size in pipeline.stored().items()}
        outcomes = asyncio.run(pipeline.outcomes())
    return replace(run, outcomes=dict(outcomes), stored=stored)


def _cpu_of_waited() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
