"""Counts the outcomes of a run: each page must have exactly one, in the order of the pages."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field


@dataclass(slots=True)
class Tally:
    """The pages and outcomes of a run."""

    fed: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    missing: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    _waiting: deque[str] = field(default_factory=deque)  # where the pages without an outcome are from, oldest first

    @property
    def whole(self) -> bool:
        """True if every page has exactly one outcome."""
        return not self.missing and not self.twice and self.fed == self.outcomes.total()

    def feed(self, where: str) -> int:
        """Count a page, and return its number from 0."""
        self._waiting.append(where)
        self.fed += 1
        return self.fed - 1

    def take(self, number: int, topic: str) -> bool:
        """Count the outcome of a page; return False if it has one already. Older pages without one are missing."""
        oldest = self.fed - len(self._waiting)
        if number < oldest:
            self.twice.append(f"page {number + 1}")
            return False
        for _ in range(number - oldest):
            self.missing.append(self._waiting.popleft())
        self._waiting.popleft()
        self.outcomes[topic] += 1
        return True

    def close(self) -> None:
        """Count the pages that still have no outcome as missing."""
        self.missing += self._waiting
        self._waiting.clear()
