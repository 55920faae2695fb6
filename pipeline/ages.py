"""Which documents of a partition are behind the horizon, by their offsets.

Time and horizon come from the verdicts and go forward only, so neither a clock, a worker with another window nor one
that has forgotten more decides otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.verdict import Verdict

STEPS = 720  # of a window: of 30 days an hour each


@dataclass(slots=True)
class Ages:
    """The newest timestamp and the horizon so far, in seconds since the epoch; None before any."""

    time: float | None = None
    horizon: float | None = None
    marks: list[tuple[int, float]] = field(default_factory=list)  # (offset, the time that it brought), in steps
    expired: int = 0  # every verdict below this document offset is behind the horizon
    forgotten: float | None = None  # the horizon that the claims were told last

    def is_over(self, timestamp: float | None) -> bool:
        """Say whether a timestamp is behind the horizon."""
        return timestamp is not None and self.horizon is not None and timestamp < self.horizon

    def learn(self, verdict: Verdict, window: float) -> bool:
        """Take over a verdict's time and horizon; say whether it is time to forget."""
        step = window / STEPS
        self.time, self.horizon = _later(self.time, verdict.timestamp), _later(self.horizon, verdict.horizon)
        if self.time is not None and (not self.marks or self.time >= self.marks[-1][1] + step):
            self.marks.append((verdict.document_offset, self.time))
        if self.horizon is None or (self.forgotten is not None and self.horizon < self.forgotten + step):
            return False
        self.forgotten = self.horizon
        while self.marks and self.marks[0][1] <= self.horizon:
            self.expired = self.marks.pop(0)[0]
        return True


def _later(one: float | None, other: float | None) -> float | None:
    if one is None or other is None:
        return one if other is None else other
    return max(one, other)
