"""How far each stage is: what waits, for how long, how fast it goes, and what to call that in a word.

Offsets, times and counts come in as values; who asks a broker for them is `agents/reports/lag.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pipeline.topics import WORKER_STAGES

BEHIND_SECONDS = 600.0  # that the oldest waiting record may be old
SOURCES = WORKER_STAGES  # each stage that is reported on, and the topic that it reads
MINUTE, HOUR, DAY = 60, 3600, 86_400


class Condition(StrEnum):
    """How a stage is doing."""

    OFF = "off"  # no worker, and nothing waits
    IDLE = "idle"
    WORKING = "working"
    BEHIND = "behind"
    STUCK = "stuck"
    NO_WORKER = "no-worker"
    LOST = "lost"  # retention took what was not read

    @property
    def is_well(self) -> bool:
        """Say whether nobody needs to look."""
        return self in {Condition.OFF, Condition.IDLE, Condition.WORKING}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lag:
    """What a stage has not finished of one partition of its source."""

    topic: str  # without its prefix
    partition: int
    begin: int  # of the log
    end: int  # of what the stage may take: for publish, what dedupe has judged
    committed: int | None  # None: never
    ahead: int = 0  # records that are finished beyond the committed offset
    oldest: datetime | None = None  # when the first waiting record was written, where one waits and that is known

    @property
    def first(self) -> int:
        """The offset of the first record that waits."""
        return max(self.begin, self.committed or 0)

    @property
    def waiting(self) -> int:
        """How many records wait."""
        return max(0, self.end - self.first - self.ahead)

    @property
    def done(self) -> int:
        """A figure that grows by one with each record that is finished."""
        return self.first + self.ahead

    @property
    def lost(self) -> int:
        """How many records retention took before they were read."""
        return 0 if self.committed is None else max(0, self.begin - self.committed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One stage at one moment."""

    name: str
    lags: tuple[Lag, ...]
    workers: int | None  # members of its group; None where the broker does not tell
    later: int = 0  # URLs that wait in `urls-later` for their turn: not behind, but polite

    @property
    def waiting(self) -> int:
        """How many records wait."""
        return sum(one.waiting for one in self.lags)

    @property
    def done(self) -> int:
        """A figure that grows with each record that is finished."""
        return sum(one.done for one in self.lags)

    @property
    def arrived(self) -> int:
        """A figure that grows with each record that comes in."""
        return sum(max(one.end, one.first) for one in self.lags)

    @property
    def lost(self) -> int:
        """How many records retention took before they were read."""
        return sum(one.lost for one in self.lags)

    @property
    def oldest(self) -> datetime | None:
        """When the oldest waiting record was written; None where none waits."""
        return min((one.oldest for one in self.lags if one.waiting and one.oldest), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """All stages at one moment."""

    at: datetime
    clock: float  # seconds of a monotonic clock
    stages: tuple[Stage, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast a stage went between two looks, records a second."""

    arriving: float
    done: float
    seconds: float  # between the looks

    def catches_up(self, waiting: int) -> float | None:
        """Say in how many seconds nothing waits any more; None where that is never."""
        gain = self.done - self.arriving
        return waiting / gain if waiting and gain > 0 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A stage with how it is doing, as it is shown."""

    stage: Stage
    pace: Pace | None  # None after a first look
    condition: Condition
    says: str  # in words what the condition is about, "" where it needs none
    age: float | None  # seconds that the oldest waiting record has waited

    @property
    def catches_up(self) -> float | None:
        """In how many seconds nothing waits any more, at this pace."""
        return self.pace.catches_up(self.stage.waiting) if self.pace else None


def paces(looks: Sequence[Look]) -> dict[str, Pace]:
    """Measure each stage from the first to the last of some looks; none where there are not two."""
    if len(looks) < 2 or looks[-1].clock <= looks[0].clock:
        return {}
    seconds = looks[-1].clock - looks[0].clock
    before = {stage.name: stage for stage in looks[0].stages}
    return {
        stage.name: Pace(
            arriving=max(0, stage.arrived - before[stage.name].arrived) / seconds,
            done=max(0, stage.done - before[stage.name].done) / seconds,
            seconds=seconds,
        )
        for stage in looks[-1].stages
        if stage.name in before
    }


def report_of(
    stage: Stage, *, at: datetime, pace: Pace | None, stuck: str | None = None, behind: float = BEHIND_SECONDS
) -> Report:
    """Say how a stage is doing; `stuck` is what somebody found who looked for longer."""
    age = max(0.0, (at - stage.oldest).total_seconds()) if stage.oldest else None
    condition, says = _condition(stage, age, stuck, behind)
    return Report(stage=stage, pace=pace, condition=condition, says=says, age=age)


def _condition(stage: Stage, age: float | None, stuck: str | None, behind: float) -> tuple[Condition, str]:
    source = SOURCES[stage.name].name
    if stage.lost:
        return Condition.LOST, f"retention took {counted(stage.lost, 'record')} of `{source}` before they were read"
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
    """Write a number with the word for what is counted."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def in_words(seconds: float) -> str:
    """Write how long something took, in the two largest units that say something."""
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
