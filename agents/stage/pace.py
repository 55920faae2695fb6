"""When to take the next records: at once while a stage is idle, and after a while where records come in a flow.

Each batch costs a stage and the broker several requests, whatever it holds. So the more records the last batch held,
the longer the next one gathers. A page that comes alone never waits, and neither does a backlog: it is there already.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

PER_RECORD = 0.015  # seconds
GATHERING = 0.1  # seconds at most


@dataclass(slots=True)
class Pace:
    """Counts the records of the last batch; `wait` tells for how long the next one still gathers."""

    longest: float = GATHERING
    due: float = 0.0  # monotonic seconds

    def took(self, records: int, *, more: bool = False, since: float | None = None) -> None:
        """Count records that were taken, now or `since` a monotonic time; `more` if others are waiting already."""
        began = time.monotonic() if since is None else since
        self.due = 0.0 if more else began + min(self.longest, PER_RECORD * records)

    def wait(self) -> float:
        """Return the seconds until the next records should be taken; 0 if now."""
        return max(0.0, self.due - time.monotonic())
