"""A worker's state of one partition of `urls`: finished offsets and recent visits."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline.records.reason import Reason
from pipeline.topics import PAGES, URLS, URLS_LATER
from pipeline.topics.offsets import Mark, Window, mark_of

if TYPE_CHECKING:
    from datetime import datetime

    from agents.fetch.frontier import Item
    from pipeline.records.target import Visit

MOST_VISITS = 200_000  # per partition, 0.5 KB each; the oldest are dropped
_CONTENT = {"page", Reason.NOT_MODIFIED}  # results of a visit for which the server had a page
SOURCES = (URLS.name, URLS_LATER.name)
# Results that say nothing about the page: the URL was not requested, or was not answered. Another try may fetch it,
# such as after a change of the settings, of DNS or of robots.txt, or once the site lets us in.
NOT_FETCHED = frozenset(
    {
        "failed",
        Reason.BLOCKED_ADDRESS,
        Reason.NOT_FETCHABLE,
        Reason.REFUSED,
        Reason.ROBOTS,
        Reason.UNKNOWN_HOST,
    }
)


@dataclass(slots=True)
class OwnedPartition:
    """A partition that this worker owns.

    `ends` are offsets of `pages` and `urls-later`. The windows have finished every record that we wrote before them.
    A record in progress keeps the ends from the time when it was sent, so that the floors of a mark never pass it.
    """

    partition: int
    windows: dict[str, Window]
    ends: dict[str, int]  # of `pages` and `urls-later`
    visits: dict[str, Visit] = field(default_factory=dict)  # by the URL's id, oldest first
    pending: dict[str, str] = field(default_factory=dict)  # id of a URL in progress or waiting → its origin
    doubted: dict[str, int] = field(default_factory=dict)  # topic → the end of its window at the last jump of offsets
    under_way: dict[tuple[str, int], tuple[int, int]] = field(default_factory=dict)  # topic, offset → floors when sent
    committed: dict[str, Mark] = field(default_factory=dict)
    closed: bool = False

    @property
    def floors(self) -> tuple[int, int]:
        """The offsets in `pages` and `urls-later` from which a new owner looks for results that are in no mark."""
        now = (self.ends[PAGES.name], self.ends[URLS_LATER.name])
        every = [now, *self.under_way.values()]
        return min(pages for pages, _ in every), min(later for _, later in every)

    def note_sending(self, topic: str, offset: int) -> None:
        """Note that the result for a record of `urls` or `urls-later` is about to be sent."""
        self.under_way[topic, offset] = (self.ends[PAGES.name], self.ends[URLS_LATER.name])

    def note_sent(self, topic: str, offset: int) -> None:
        """Note that the broker acknowledged a record that we wrote."""
        self.ends[topic] = max(self.ends[topic], offset + 1)

    def note_finished(self, topic: str, offset: int) -> None:
        """Note that a record of `urls` or `urls-later` is finished."""
        self.windows[topic].finish(offset)
        self.under_way.pop((topic, offset), None)

    def marks(self) -> dict[str, Mark]:
        """Return the marks that are not committed yet, by topic."""
        floors = self.floors
        found = {topic: window.mark(floors) for topic, window in self.windows.items()}
        return {
            topic: mark
            for topic, mark in found.items()
            if (known := self.committed.get(topic)) is None
            or (known.offset, known.finished) != (mark.offset, mark.finished)
        }

    def remember(self, name: str, visit: Visit) -> None:
        """Keep the last answer to a URL."""
        self.visits.pop(name, None)
        self.visits[name] = visit
        if len(self.visits) > MOST_VISITS:
            del self.visits[next(iter(self.visits))]

    def fetched_within(self, item: Item, now: datetime, window: float) -> Visit | None:
        """Return the visit that makes another one unnecessary, or None. A visit for the same origin does not count.

        A visit without a page counts for its own spelling of the URL only: the server may know the other one.
        """
        visit = self.visits.get(item.name)
        if visit is None or visit.origin == item.origin or visit.result in NOT_FETCHED:
            return None
        if visit.result not in _CONTENT and visit.url != item.url:
            return None
        return visit if (now - visit.at).total_seconds() < window else None


def owned_partition_of(partition: int, committed: dict[str, tuple[int, str]], begins: dict[str, int]) -> OwnedPartition:
    """Open a partition at its committed marks: topic → (offset, metadata); without one, at the begin of the topic."""
    marks = {topic: mark_of(*committed[topic]) if topic in committed else Mark(begins[topic]) for topic in SOURCES}
    windows = {topic: Window(mark.offset, finished=set(mark.finished)) for topic, mark in marks.items()}
    return OwnedPartition(partition, windows, {}, committed={topic: marks[topic] for topic in committed})
