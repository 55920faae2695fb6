"""The newest events of the outcome topics, without their texts: a shelf of limited size per topic, and its totals.

The totals of a shelf count its events only, not the whole topic; `since` and `is_full` show how far back it goes.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pipeline.records.article import Article, DeadLetter, Discarded, Duplicate, Outcome
from pipeline.records.document import Provenance
from pipeline.records.url import host_of
from pipeline.topics import OUTCOMES

LONGEST_BEGIN = 160  # characters of the text that stand in for a missing headline
LONGEST_DETAIL = 300
Key = tuple[datetime, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """The fields of an outcome that a list shows."""

    topic: str  # without its prefix
    partition: int
    offset: int
    at: datetime  # when its record was written
    what: str  # by topic: created or updated; exact, near or redelivered; the reason; the stage that failed
    page_id: str
    url: str
    host: str  # "" if the URL has none
    detail: str = ""  # for discarded pages and dead letters
    article_id: str | None = None  # for articles and duplicates
    title: str = ""  # for articles only, like the next four fields
    language: str = ""
    words: int = 0
    revision: int = 0
    removed: int = 0  # lines that cleaning removed
    provenance: Provenance
    duplicate: Duplicate | None = None  # the whole event, for duplicates, because it is small

    @property
    def key(self) -> Key:
        """The sort key by time."""
        return (self.at, self.partition, self.offset)

    @property
    def place(self) -> str:
        """The place of its record, "<topic>/<partition>/<offset>", the topic without its prefix."""
        return f"{self.topic}/{self.partition}/{self.offset}"


def glance_of(event: Outcome, *, topic: str, partition: int, offset: int, at: datetime) -> Glance:
    """Return the fields of an event that a list shows."""
    match event:
        case Article():
            more = {
                "what": event.event,
                "article_id": event.article_id,
                "title": event.headline or _begin(event.article_body),
                "language": event.in_language,
                "words": event.word_count,
                "revision": event.revision,
                "removed": sum(removed.lines for removed in event.cleaning.removed),
            }
        case Duplicate():
            more = {"what": str(event.kind), "article_id": event.article_id, "duplicate": event}
        case Discarded():
            more = {"what": str(event.reason), "detail": event.detail[:LONGEST_DETAIL]}
        case DeadLetter():
            more = {"what": event.stage, "detail": event.error[:LONGEST_DETAIL]}
    return Glance(
        topic=topic,
        partition=partition,
        offset=offset,
        at=at,
        page_id=event.page_id,
        url=event.url,
        host=host_of(event.url),
        provenance=event.provenance,
        **more,  # type: ignore[arg-type]
    )


@dataclass(slots=True)
class Shelf:
    """The newest glances of one topic, oldest first."""

    limit: int
    glances: list[Glance] = field(default_factory=list)
    is_full: bool = False  # older events existed, and were dropped or never read

    def add(self, glance: Glance) -> None:
        """Add a glance, and drop the oldest if there are too many."""
        insort(self.glances, glance, key=lambda other: other.key)
        if len(self.glances) > self.limit:
            del self.glances[0]
            self.is_full = True

    @property
    def since(self) -> datetime | None:
        """When the oldest event was written; None if the shelf is empty."""
        return self.glances[0].at if self.glances else None

    @property
    def kinds(self) -> Counter[str]:
        """The number of events of each kind, reason or stage."""
        return Counter(glance.what for glance in self.glances)

    def within(self, seconds: float, now: datetime) -> int:
        """Count the events of the last `seconds`."""
        begin = (now - timedelta(seconds=seconds), -1, -1)
        return len(self.glances) - bisect_left(self.glances, begin, key=lambda glance: glance.key)

    def is_whole(self, seconds: float, now: datetime) -> bool:
        """Return whether the shelf holds all events of the last `seconds`."""
        return not self.is_full or (self.since is not None and self.since < now - timedelta(seconds=seconds))


@dataclass(frozen=True, slots=True, kw_only=True)
class HostTally:
    """The number of outcomes of a host's pages, as far back as the shelves go."""

    host: str
    articles: int = 0
    duplicates: int = 0
    discarded: int = 0
    dead_letters: int = 0
    newest: datetime

    @property
    def total(self) -> int:
        """The number of outcomes."""
        return self.articles + self.duplicates + self.discarded + self.dead_letters


@dataclass(slots=True)
class Newest:
    """A shelf for each outcome topic."""

    limit: int  # events per shelf
    letters: int  # events on the shelf of dead letters: fewer, because they carry whole pages
    unreadable: int = 0
    shelves: dict[str, Shelf] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in OUTCOMES:
            self.shelves[name] = Shelf(self.letters if name == "dead-letters" else self.limit)

    @property
    def count(self) -> int:
        """The number of glances on all shelves."""
        return sum(len(shelf.glances) for shelf in self.shelves.values())

    def hosts(self) -> list[HostTally]:
        """Count outcomes by host, the most frequent host first."""
        counts: Counter[tuple[str, str]] = Counter()
        newest: dict[str, datetime] = {}
        for name, shelf in self.shelves.items():
            for glance in shelf.glances:
                counts[glance.host, name] += 1
                newest[glance.host] = max(glance.at, newest.get(glance.host, glance.at))
        tallies = [
            HostTally(
                host=host,
                articles=counts[host, "articles"],
                duplicates=counts[host, "duplicates"],
                discarded=counts[host, "discarded"],
                dead_letters=counts[host, "dead-letters"],
                newest=at,
            )
            for host, at in newest.items()
        ]
        return sorted(tallies, key=lambda tally: (-tally.total, tally.host))


def _begin(body: str) -> str:
    return body.split("\n", 1)[0][:LONGEST_BEGIN]
