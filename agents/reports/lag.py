"""Reads from the broker how far each stage is: committed offsets, log ends, group members, age of the oldest record.

It reads one record for each partition with waiting records, and no record twice, however large the topics are.
"""

from __future__ import annotations

import time
from collections import deque
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self

from aiokafka import TopicPartition

from agents.kafka import answering
from agents.kafka.groups import Groups
from agents.kafka.log import recorded_at
from agents.kafka.partitions import partition_numbers
from agents.stage.progress import STUCK_CLEANING_SECONDS, STUCK_SECONDS, Progress
from pipeline.reports.lag import BEHIND_SECONDS, SOURCES, Lag, Sample, StageLag, StageReport, paces, report_of
from pipeline.topics import URLS_LATER, group_of
from pipeline.topics.offsets import Mark, mark_of

if TYPE_CHECKING:
    from types import TracebackType

    from aiokafka import AIOKafkaConsumer

    from agents.kafka import Connection

FETCH_BYTES = 1 << 20  # per fetch response; a larger record is fetched alone
OLDEST_SECONDS = 3.0  # limit for reading the first waiting records; ages that are missing by then stay unknown
PACE_SECONDS = 60.0  # the pace is measured over the last so many seconds, if samples go back that far


@dataclass(slots=True)
class LagReader:
    """Takes samples of all stages from the broker."""

    connection: Connection
    prefix: str
    _resources: AsyncExitStack = field(default_factory=AsyncExitStack)
    _numbers: dict[str, list[int]] = field(default_factory=dict)
    _known: dict[TopicPartition, tuple[int, datetime]] = field(default_factory=dict)  # last offset read, and its time
    _admin: Any = None
    _asker: Any = None
    _groups: Groups | None = None

    async def __aenter__(self) -> Self:
        topics = [self.prefix + topic.name for topic in (*dict.fromkeys(SOURCES.values()), URLS_LATER)]
        self._numbers = await partition_numbers(self.connection, topics)
        self._groups = None if self.connection.embedded else Groups(self.connection)
        async with AsyncExitStack() as opened:
            self._admin = await opened.enter_async_context(self.connection.admin(first=False))
            asker = self.connection.asker(
                name="status", fetch_max_bytes=FETCH_BYTES, fetch_max_wait_ms=100, auto_offset_reset="earliest"
            )
            async with answering(self.connection):
                await asker.start()
            opened.push_async_callback(asker.stop)
            self._asker = asker
            self._resources = opened.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._resources.aclose()

    async def sample(self) -> Sample:
        """Take one sample; BrokerError if Kafka does not answer.

        Committed offsets are read before log ends, so that a stage never seems to be ahead of its source.
        """
        async with answering(self.connection):
            marks = {name: await self._marks(name) for name in SOURCES}
            workers = await self._workers()
            tps = [tp for name in self._numbers for tp in self._tps(name)]
            begins, ends = await self._asker.beginning_offsets(tps), await self._asker.end_offsets(tps)
            stages = [self._stage(name, marks, workers, begins, ends) for name in SOURCES]
            oldest = await self._oldest(stages)
        return Sample(
            at=datetime.now(UTC),
            clock=time.monotonic(),
            stages=tuple(_dated(stage, self.prefix, oldest) for stage in stages),
        )

    def _stage(
        self,
        name: str,
        marks: dict[str, dict[TopicPartition, Mark]],
        workers: dict[str, int | None],
        begins: dict[TopicPartition, int],
        ends: dict[TopicPartition, int],
    ) -> StageLag:
        topic, ours = SOURCES[name].name, marks[name]
        lags = []
        for tp in self._tps(self.prefix + topic):
            end = ends[tp]
            if name == "publish":  # publish waits for verdicts: unjudged documents count for dedupe
                judged = marks["dedupe"].get(tp)
                end = min(end, judged.offset if judged else begins[tp])
            mark = ours.get(tp)
            lags.append(
                Lag(
                    topic=topic,
                    partition=tp.partition,
                    begin=begins[tp],
                    end=end,
                    committed=mark.offset if mark else None,
                    ahead=len(mark.finished) if mark else 0,
                )
            )
        later = 0
        if name == "fetch":
            for tp in self._tps(self.prefix + URLS_LATER.name):
                mark = ours.get(tp, Mark(0))
                later += max(0, ends[tp] - max(begins[tp], mark.offset) - len(mark.finished))
        return StageLag(
            name=name,
            lags=tuple(lags),
            workers=workers[name],
            later=later,
        )

    def _tps(self, topic: str) -> list[TopicPartition]:
        return [TopicPartition(topic, number) for number in self._numbers[topic]]

    async def _marks(self, stage: str) -> dict[TopicPartition, Mark]:
        tps = self._tps(self.prefix + SOURCES[stage].name)
        if stage == "fetch":
            tps += self._tps(self.prefix + URLS_LATER.name)
        committed = await self._admin.list_consumer_group_offsets(group_of(self.prefix, stage), partitions=tps)
        return {
            tp: mark_of(committed[tp].offset, (committed[tp].metadata or "") if stage == "fetch" else "")
            for tp in tps
            if tp in committed and committed[tp].offset >= 0
        }

    async def _workers(self) -> dict[str, int | None]:
        """Count the members of each stage's group; None with the embedded broker, which does not report them."""
        if self._groups is None:
            return dict.fromkeys(SOURCES)
        members = await self._groups.members([group_of(self.prefix, name) for name in SOURCES])
        return {name: members[group_of(self.prefix, name)] for name in SOURCES}

    async def _oldest(self, stages: list[StageLag]) -> dict[tuple[TopicPartition, int], datetime]:
        """Read the timestamps of the first waiting records, by partition and offset."""
        wanted = {
            (TopicPartition(self.prefix + lag.topic, lag.partition), lag.first)
            for stage in stages
            for lag in stage.lags
            if lag.waiting
        }
        times = {}
        for tp, offset in wanted:
            if (known := self._known.get(tp)) and known[0] == offset:
                times[tp, offset] = known[1]
        missing = wanted - times.keys()
        while missing:  # two stages may wait at different offsets of one partition: one round each
            now = dict(missing)
            read = await _times_at(self._asker, now)
            for tp, offset in now.items():
                missing.discard((tp, offset))
                if tp in read:
                    times[tp, offset] = read[tp]
                    self._known[tp] = (offset, read[tp])
        return times


async def _times_at(reader: AIOKafkaConsumer, places: dict[TopicPartition, int]) -> dict[TopicPartition, datetime]:
    """Read the timestamps of single records, or of the next existing record; partitions that time out are left out."""
    reader.assign(list(places))
    for tp, offset in places.items():
        reader.seek(tp, offset)
    times: dict[TopicPartition, datetime] = {}
    until = time.monotonic() + OLDEST_SECONDS
    while len(times) < len(places) and time.monotonic() < until:
        fetched = await reader.getmany(timeout_ms=200, max_records=1)
        for tp, records in fetched.items():
            if records and tp not in times:
                times[tp] = recorded_at(records[0])
                reader.pause(tp)
    return times


def _dated(stage: StageLag, prefix: str, oldest: dict[tuple[TopicPartition, int], datetime]) -> StageLag:
    lags = tuple(
        replace(lag, oldest=oldest.get((TopicPartition(prefix + lag.topic, lag.partition), lag.first)))
        if lag.waiting
        else lag
        for lag in stage.lags
    )
    return replace(stage, lags=lags)


@dataclass(slots=True)
class StageMonitor:
    """Keeps the samples of the last minute, and reports the condition of each stage from them."""

    behind: float = BEHIND_SECONDS
    samples: deque[Sample] = field(default_factory=deque)
    _progress: dict[str, Progress] = field(default_factory=dict)
    _stuck: dict[str, str | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in SOURCES:
            self._progress[name] = Progress(STUCK_CLEANING_SECONDS if name == "clean" else STUCK_SECONDS)

    def take(self, sample: Sample) -> None:
        """Add a sample."""
        self.samples.append(sample)
        while len(self.samples) > 2 and sample.clock - self.samples[1].clock >= PACE_SECONDS:
            self.samples.popleft()
        for stage in sample.stages:
            if stage.name != "fetch":  # fetch may wait for a good reason: the politeness pace of its hosts
                problem = self._progress[stage.name].problem(lag=stage.waiting, finished=stage.done, now=sample.clock)
                self._stuck[stage.name] = problem

    def reports(self) -> list[StageReport]:
        """Return a report for each stage; an empty list before the first sample."""
        if not self.samples:
            return []
        last, measured = self.samples[-1], paces(self.samples)
        return [
            report_of(
                stage,
                at=last.at,
                pace=measured.get(stage.name),
                stuck=self._stuck.get(stage.name),
                behind=self.behind,
            )
            for stage in last.stages
        ]
