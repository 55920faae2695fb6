"""One event as a reader gets it: bytes, headers and position, and the mark by which a repetition is recognized."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from pipeline.records.article import Outcome, edition
from pipeline.records.wire import Malformed, decode, read_time
from pipeline.topics.headers import header

if TYPE_CHECKING:
    from pipeline.records.article import Article, DeadLetter, Discarded, Duplicate

ARTICLE_TYPE = b"chistovik.articles."
Mark = tuple[str, int]


class EventError(ValueError):
    """A record is not an event of this schema version. The message names its position."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An outcome as it was read: its JSON, and its position in the topic."""

    topic: str
    partition: int
    offset: int
    value: bytes
    key: bytes | None = None
    headers: tuple[tuple[str, bytes], ...] = ()
    timestamp: int = 0  # milliseconds since the epoch

    @property
    def place(self) -> str:
        """Its position, as text for messages."""
        return f"{self.topic}/{self.partition} offset {self.offset}"

    @property
    def id(self) -> str | None:
        """The CloudEvents id: the page's position in `pages`. None if the record has none."""
        raw = header(self.headers, "ce_id")
        return None if raw is None else raw.decode("utf-8", "replace")

    def json(self) -> dict[str, Any]:
        """Decode the JSON without a schema, including fields that this version does not know."""
        decoded: dict[str, Any] = orjson.loads(self.value)
        return decoded

    def outcome(self) -> Article | Duplicate | Discarded | DeadLetter:
        """Decode the event into its type; unknown fields are ignored. Raises EventError if it is not valid."""
        outcome: Article | Duplicate | Discarded | DeadLetter | Malformed = decode(Outcome, self.value)
        if isinstance(outcome, Malformed):
            raise EventError(f"{self.place} is not an event of schema version 1: {outcome.error}")
        return outcome

    def mark(self) -> Mark | None:
        """Return the name of the event's subject and a number that grows; None if the event does not contain them.

        - article: its id and its `edition` (`pipeline/records/article.py`);
        - any other event: its CloudEvents id and the record's timestamp in milliseconds. A topic that was deleted and
          created again does not repeat the timestamp.

        A reader that has the same name with the same number, or with a higher one, already has the event.
        """
        kind = header(self.headers, "ce_type")
        if kind is not None and not kind.startswith(ARTICLE_TYPE):
            return None if self.id is None else (self.id, self.timestamp)
        try:
            event = self.json()
            if "revision" in event:
                return str(event["article_id"]), edition(
                    read_time(event["provenance"]["fetched_at"]), int(event["revision"])
                )
            source = event["provenance"]
            return f"{source['topic']}/{source['partition']}/{source['offset']}", self.timestamp
        except (ValueError, KeyError, TypeError, AttributeError):  # not one of our events: the reader should see it
            return None


def event_of(record: Any) -> Event:
    """Make an event from a consumer's record. The record must have a value."""
    return Event(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        value=record.value,
        key=record.key,
        headers=tuple(record.headers),
        timestamp=record.timestamp,
    )
