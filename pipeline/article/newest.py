"""The newest events of the outcome topics, without their texts: a bounded shelf of each, and what is on it in sum.

What is said of a shelf is said of these events, not of the topic: `since` and `is_full` say which they are.
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

LONGEST_BEGIN = 160  # characters of the text of an article without a headline
LONGEST_DETAIL = 300
Key = tuple[datetime, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """An outcome, as a list shows it."""

    topic: str  # without its prefix
    partition: int
    offset: int
    at: datetime  # when its record was written
    what: str  # created, updated; exact, near, redelivered; the reason; the stage that failed
    page_id: str
    url: str
    host: str  # "" where the URL has none
    detail: str = ""  # of what was discarded or failed
    article_id: str | None = None  # of articles and duplicates
    title: str = ""  # of articles, all from here on likewise
    language: str = ""
    words: int = 0
    revision: int = 0
    removed: int = 0  # lines
    provenance: Provenance
    duplicate: Duplicate | None = None  # the event itself, which is small

    @property
    def key(self) -> Key:
        """What orders glances by time."""
        return (self.at, self.partition, self.offset)

    @property
    def place(self) -> str:
        """Where its record lies, the topic without its prefix."""
        return f"{self.topic}/{self.partition}/{self.offset}"


def glance_of(event: Outcome, *, topic: str, partition: int, offset: int, at: datetime) -> Glance:
    """Take from an event what a list shows."""
    match event:
        case Article():
            more = {
                "what": event.event,
                "article_id": event.article_id,
                "title": event.headline or _begin(event.article_body),
                "language": event.in_language,
                "words": event.word_count,
                "revision": event.revision,
                "removed": sum(one.lines for one in event.cleaning.removed),
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
    is_full: bool = False  # older ones were there, and were let go or never read

    def add(self, glance: Glance) -> None:
        """Take one in, and let the oldest one go where there are too many."""
        insort(self.glances, glance, key=lambda one: one.key)
        if len(self.glances) > self.limit:
            del self.glances[0]
            self.is_full = True

    @property
    def since(self) -> datetime | None:
        """When the oldest of them was written."""
        return self.glances[0].at if self.glances else None

    @property
    def kinds(self) -> Counter[str]:
        """How many there are of each kind, reason or stage."""
        return Counter(one.what for one in self.glances)

    def within(self, seconds: float, now: datetime) -> int:
        """Count those of the last so many seconds."""
        begin = (now - timedelta(seconds=seconds), -1, -1)
        return len(self.glances) - bisect_left(self.glances, begin, key=lambda one: one.key)

    def is_whole(self, seconds: float, now: datetime) -> bool:
        """Say whether all of the last so many seconds are on the shelf."""
        return not self.is_full or (self.since is not None and self.since < now - timedelta(seconds=seconds))


@dataclass(frozen=True, slots=True, kw_only=True)
class HostTally:
    """What became of a host's pages, as far as the shelves go back."""

    host: str
    articles: int = 0
    duplicates: int = 0
    discarded: int = 0
    dead_letters: int = 0
    newest: datetime

    @property
    def total(self) -> int:
        """How many outcomes there are."""
        return self.articles + self.duplicates + self.discarded + self.dead_letters


@dataclass(slots=True)
class Newest:
    """A shelf for each outcome topic."""

    limit: int
    letters: int  # likewise, of dead letters: they carry whole pages
    unreadable: int = 0
    shelves: dict[str, Shelf] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in OUTCOMES:
            self.shelves[name] = Shelf(self.letters if name == "dead-letters" else self.limit)

    @property
    def count(self) -> int:
        """How many glances there are."""
        return sum(len(shelf.glances) for shelf in self.shelves.values())

    def hosts(self) -> list[HostTally]:
        """Sum up by host, the most frequent first."""
        counts: Counter[tuple[str, str]] = Counter()
        newest: dict[str, datetime] = {}
        for name, shelf in self.shelves.items():
            for one in shelf.glances:
                counts[one.host, name] += 1
                newest[one.host] = max(one.at, newest.get(one.host, one.at))
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
        return sorted(tallies, key=lambda one: (-one.total, one.host))


def _begin(body: str) -> str:
    return body.split("\n", 1)[0][:LONGEST_BEGIN]
