"""How far each stage is: waiting records, their age, the pace, and the stage's condition in one word.

Offsets, times and counts are passed in as values; `agents/reports/lag.py` reads them from a broker.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pipeline.topics import WORKER_STAGES

BEHIND_SECONDS = 600.0  # a stage is behind if its oldest waiting record is older than this
SOURCES = WORKER_STAGES  # the stages that are reported on, and the topic that each reads
MINUTE, HOUR, DAY = 60, 3600, 86_400


class Condition(StrEnum):
    """The condition of a stage."""

    OFF = "off"  # no worker, and no record waits
    IDLE = "idle"
    WORKING = "working"
    BEHIND = "behind"
    STUCK = "stuck"
    NO_WORKER = "no-worker"
    LOST = "lost"  # retention deleted records that were not read

    @property
    def is_well(self) -> bool:
        """Whether the stage needs no attention."""
        return self in {Condition.OFF, Condition.IDLE, Condition.WORKING}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lag:
    """The lag of a stage in one partition of its source."""

    topic: str  # without its prefix
    partition: int
    begin: int  # first offset of the log
    end: int  # end of the records that the stage may take: for publish, those that dedupe has judged
    committed: int | None  # None if the group has never committed
    ahead: int = 0  # finished records beyond the committed offset
    oldest: datetime | None = None  # when the first waiting record was written; None if none waits or it is unknown

    @property
    def first(self) -> int:
        """The offset of the first record that waits."""
        return max(self.begin, self.committed or 0)

    @property
    def waiting(self) -> int:
        """The number of waiting records."""
        return max(0, self.end - self.first - self.ahead)

    @property
    def done(self) -> int:
        """A counter that grows by one with each finished record."""
        return self.first + self.ahead

    @property
    def lost(self) -> int:
        """The number of records that retention deleted before they were read."""
        return 0 if self.committed is None else max(0, self.begin - self.committed)


@dataclass(frozen=True, slots=True, kw_only=True)
class StageLag:
    """One stage at one moment."""

    name: str
    lags: tuple[Lag, ...]
    workers: int | None  # members of its group; None if the broker does not report them
    later: int = 0  # URLs in `urls-later` that wait for their host's pace; they do not count as lag

    @property
    def waiting(self) -> int:
        """The number of waiting records."""
        return sum(lag.waiting for lag in self.lags)

    @property
    def done(self) -> int:
        """A counter that grows by one with each finished record."""
        return sum(lag.done for lag in self.lags)

    @property
    def arrived(self) -> int:
        """A counter that grows by one with each arriving record."""
        return sum(max(lag.end, lag.first) for lag in self.lags)

    @property
    def lost(self) -> int:
        """The number of records that retention deleted before they were read."""
        return sum(lag.lost for lag in self.lags)

    @property
    def oldest(self) -> datetime | None:
        """When the oldest waiting record was written; None if no record waits."""
        return min((lag.oldest for lag in self.lags if lag.waiting and lag.oldest), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """All stages at one moment."""

    at: datetime
    clock: float  # seconds of a monotonic clock
    stages: tuple[StageLag, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """The pace of a stage between two samples, in records per second."""

    arriving: float
    done: float
    seconds: float  # between the samples

    def catches_up(self, waiting: int) -> float | None:
        """Return the seconds until no record waits; None if the stage does not catch up or nothing waits."""
        gain = self.done - self.arriving
        return waiting / gain if waiting and gain > 0 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class StageReport:
    """A stage with its pace and condition, as it is shown."""

    stage: StageLag
    pace: Pace | None  # None after the first sample
    condition: Condition
    says: str  # explains the condition in words; "" if no explanation is needed
    age: float | None  # seconds that the oldest waiting record has waited

    @property
    def catches_up(self) -> float | None:
        """The seconds until no record waits, at this pace; None if unknown or never."""
        return self.pace.catches_up(self.stage.waiting) if self.pace else None


def paces(samples: Sequence[Sample]) -> dict[str, Pace]:
    """Measure the pace of each stage from the first to the last sample; empty with fewer than two samples."""
    if len(samples) < 2 or samples[-1].clock <= samples[0].clock:
        return {}
    seconds = samples[-1].clock - samples[0].clock
    before = {stage.name: stage for stage in samples[0].stages}
    return {
        stage.name: Pace(
            arriving=max(0, stage.arrived - before[stage.name].arrived) / seconds,
            done=max(0, stage.done - before[stage.name].done) / seconds,
            seconds=seconds,
        )
        for stage in samples[-1].stages
        if stage.name in before
    }


def report_of(
    stage: StageLag, *, at: datetime, pace: Pace | None, stuck: str | None = None, behind: float = BEHIND_SECONDS
) -> StageReport:
    """Return the report on a stage; `stuck` is the problem that a longer observation found, if any."""
    age = max(0.0, (at - stage.oldest).total_seconds()) if stage.oldest else None
    condition, says = _condition(stage, age, stuck, behind)
    return StageReport(stage=stage, pace=pace, condition=condition, says=says, age=age)


def _condition(stage: StageLag, age: float | None, stuck: str | None, behind: float) -> tuple[Condition, str]:
    source = SOURCES[stage.name].name
    if stage.lost:
        return Condition.LOST, f"retention deleted {counted(stage.lost, 'record')} of `{source}` before they were read"
    if not stage.waiting:
        return (Condition.OFF, "no worker is running") if stage.workers == 0 else (Condition.IDLE, "")
    if stage.workers == 0:
        waits = f"{counted(stage.waiting, 'record')} wait{'s' if stage.waiting == 1 else ''}"
        return Condition.NO_WORKER, f"{waits} and no worker is running: chistovik worker {stage.name}"
    if stuck:
        return Condition.STUCK, stuck
    if age is not None and age > behind:
        return Condition.BEHIND, f"the oldest record of `{source}` has waited for {in_words(age)}"
    return Condition.WORKING, ""


def counted(number: int, what: str) -> str:
    """Write a number with its noun, in the plural where needed."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def in_words(seconds: float) -> str:
    """Write a duration in its two largest useful units."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < MINUTE:
        return f"{whole} s"
    if whole < HOUR:
        return f"{whole // MINUTE} min" + (f" {whole % MINUTE} s" if whole < 10 * MINUTE and whole % MINUTE else "")
    if whole < DAY:
        minutes = whole % HOUR // MINUTE
        return f"{whole // HOUR} h" + (f" {minutes} min" if minutes else "")
    hours = whole % DAY // HOUR
    return f"{whole // DAY} d" + (f" {hours} h" if hours else "")
