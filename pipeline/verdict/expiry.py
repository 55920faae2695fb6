"""Which documents of a partition are older than the horizon, by their offsets.

Time and horizon come from the verdicts and never go back. The result therefore does not depend on a clock, on a
worker's own window, or on how much a worker has already forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.records.verdict import Verdict

STEP = 3600.0  # seconds; resolution of the marks: offsets within one step expire together


@dataclass(slots=True)
class Ages:
    """The newest timestamp and the horizon so far, in seconds since the epoch; None before the first verdict."""

    time: float | None = None
    horizon: float | None = None
    # (offset, its time): documents from this offset up to the next mark are less than one step younger
    marks: list[tuple[int, float]] = field(default_factory=list)
    expired: int = 0  # every verdict below this document offset is older than the horizon
    forgotten: float | None = None  # the horizon of the last call of `ClaimIndex.forget`

    def is_over(self, timestamp: float | None) -> bool:
        """Return whether a timestamp is older than the horizon."""
        return timestamp is not None and self.horizon is not None and timestamp < self.horizon

    def learn(self, verdict: Verdict) -> bool:
        """Take a verdict's time and horizon into account; return whether old claims should be forgotten now."""
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
