"""Is a stage stuck? It is when records wait and nothing was finished for a while."""

from __future__ import annotations

from dataclasses import dataclass

STUCK_SECONDS = 45.0  # dedupe and publish finish a batch in far less than a second
STUCK_CLEANING_SECONDS = 300.0  # a batch of 16 pages that all take 30 s, in two processes, is finished in 240


@dataclass(slots=True)
class Progress:
    """What a stage had finished when it was last looked at, and when that last changed."""

    limit: float = STUCK_SECONDS
    finished: int = -1
    since: float = 0.0  # seconds of a monotonic clock

    def problem(self, *, lag: int, finished: int, now: float) -> str | None:
        """Take note of how far the stage is; say so when it is stuck.

        `lag` counts the records that wait, `finished` is any figure that moves whenever something is committed.
        """
        if lag <= 0 or finished != self.finished or self.finished < 0:
            self.finished, self.since = finished, now
            return None
        idle = now - self.since
        return f"stuck: {lag} records wait and nothing was committed for {idle:.0f} s" if idle > self.limit else None
