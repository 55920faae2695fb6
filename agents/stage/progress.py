"""Detect a stuck stage: records wait, but none was finished for a while."""

from __future__ import annotations

from dataclasses import dataclass

STUCK_SECONDS = 45.0  # dedupe and publish finish a batch in much less than a second
STUCK_CLEANING_SECONDS = 300.0  # 16 pages of 30 s each take two processes 240 s


@dataclass(slots=True)
class Progress:
    """How much a stage had finished at the last check, and when that last changed."""

    limit: float = STUCK_SECONDS
    finished: int = -1
    since: float = 0.0  # seconds of a monotonic clock

    def problem(self, *, lag: int, finished: int, now: float) -> str | None:
        """Record the stage's progress; return the problem if it is stuck, else None.

        `lag` counts the waiting records. `finished` is any number that changes whenever something is committed.
        """
        if lag <= 0 or finished != self.finished or self.finished < 0:
            self.finished, self.since = finished, now
            return None
        idle = now - self.since
        return f"stuck: {lag} records wait and nothing was committed for {idle:.0f} s" if idle > self.limit else None
