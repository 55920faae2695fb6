"""Which documents of a partition are behind the horizon, by their offsets.

Time and horizon come from the verdicts and go forward only, so neither a clock, a worker with another window nor one
that has forgotten more decides otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.records.verdict import Verdict

STEP = 3600.0  # seconds; of what lies within one the offsets are not told apart


@dataclass(slots=True)
class Ages:
    """The newest timestamp and the horizon so far, in seconds since the epoch; None before any."""

    time: float | None = None
    horizon: float | None = None
    # (offset, the time that it brought): those after it, up to the next mark, are less than a step younger
    marks: list[tuple[int, float]] = field(default_factory=list)
    expired: int = 0  # every verdict below this document offset is behind the horizon
    forgotten: float | None = None  # the horizon that the claims were told last

    def is_over(self, timestamp: float | None) -> bool:
        """Say whether a timestamp is behind the horizon."""
        return timestamp is not None and self.horizon is not None and timestamp < self.horizon

    def learn(self, verdict: Verdict) -> bool:
        """Take over a verdict's time and horizon; say whether it is time to forget."""
        self.time, self.horizon = _later(self.time, verdict.timestamp), _later(self.horizon, verdict.horizon)
        if self.time is not None and (not self.marks or self.time >= self.marks[-1][1] + STEP):
            self.marks.append((verdict.document_offset, self.time))
        if self.horizon is None or (self.forgotten is not None and self.horizon < self.forgotten + STEP):
            return False
        self.forgotten = self.horizon
        while len(self.marks) > 1 and self.marks[0][1] + STEP <= self.horizon:
            del self.marks[0]
            self.expired = self.marks[0][0]
        return True


def _later(one: float | None, other: float | None) -> float | None:
    if one is None or other is None:
        return one if other is None else other
    return max(one, other)
