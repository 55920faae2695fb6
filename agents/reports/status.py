"""The status of the whole pipeline at one moment, as `chistovik status` and `chistovik ui` show it, and its JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.reports.lag import MINUTE, SOURCES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pipeline.article.newest import Newest, Shelf
    from pipeline.reports.lag import Lag, StageReport


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReport:
    """The condition of each stage and the newest outcomes."""

    brokers: str
    prefix: str
    at: datetime
    reports: Sequence[StageReport]
    newest: Newest

    @property
    def is_well(self) -> bool:
        """Whether no stage needs attention."""
        return all(report.condition.is_well for report in self.reports)

    @property
    def sum(self) -> str:
        """The status in one sentence. A screen reader reads it aloud when it changes."""
        problems = [f"{report.stage.name}: {report.says}" for report in self.reports if not report.condition.is_well]
        if problems:
            return "; ".join(problems)
        busy = [report.stage.name for report in self.reports if report.stage.waiting]
        return f"all is well; {', '.join(busy)} at work" if busy else "all is well, and nothing waits"

    def row(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {
            "at": self.at,
            "brokers": self.brokers,
            "prefix": self.prefix,
            "is_well": self.is_well,
            "says": self.sum,
            "stages": [_stage(report) for report in self.reports],
            "outcomes": {name: _outcome(shelf, self.at) for name, shelf in self.newest.shelves.items()},
        }


def _stage(report: StageReport) -> dict[str, Any]:
    stage, pace = report.stage, report.pace
    return {
        "stage": stage.name,
        "reads": SOURCES[stage.name].name,
        "condition": report.condition,
        "says": report.says,
        "waiting": stage.waiting,
        "later": stage.later,
        "lost": stage.lost,
        "oldest_at": stage.oldest,
        "oldest_seconds": None if report.age is None else round(report.age, 3),
        "workers": stage.workers,
        "arriving_per_second": pace and round(pace.arriving, 3),
        "done_per_second": pace and round(pace.done, 3),
        "measured_seconds": pace and round(pace.seconds, 3),
        "catches_up_seconds": None if report.catches_up is None else round(report.catches_up, 1),
        "partitions": [_lag(lag) for lag in stage.lags],
    }


def _lag(lag: Lag) -> dict[str, Any]:
    return {
        "partition": lag.partition,
        "begin": lag.begin,
        "committed": lag.committed,
        "end": lag.end,
        "waiting": lag.waiting,
        "oldest_at": lag.oldest,
    }


def _outcome(shelf: Shelf, at: datetime) -> dict[str, Any]:
    return {
        "events": len(shelf.glances),
        "since": shelf.since,
        "are_all": not shelf.is_full,
        "last_minute": shelf.within(MINUTE, at),
        "last_minute_is_whole": shelf.is_whole(MINUTE, at),
        "kinds": dict(shelf.kinds.most_common()),
    }
