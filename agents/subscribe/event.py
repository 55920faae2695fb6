"""One event as a reader has it: bytes, headers and place, and how to tell whether it was met before."""

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
    """A record is no event of this schema version; the message names its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An outcome as it was read: its JSON, and its place in the topic."""

    topic: str
    partition: int
    offset: int
    value: bytes
    key: bytes | None = None
    headers: tuple[tuple[str, bytes], ...] = ()
    timestamp: int = 0  # milliseconds since the epoch

    @property
    def place(self) -> str:
        """Where it lies, for messages."""
        return f"{self.topic}/{self.partition} offset {self.offset}"

    @property
    def id(self) -> str | None:
        """The CloudEvents id, which is the page's place in `pages`; None where the record has none."""
        found = header(self.headers, "ce_id")
        return None if found is None else found.decode("utf-8", "replace")

    def json(self) -> dict[str, Any]:
        """Decode the event as it is, with fields that this version does not know."""
        decoded: dict[str, Any] = orjson.loads(self.value)
        return decoded

    def outcome(self) -> Article | Duplicate | Discarded | DeadLetter:
        """Decode the event strictly, as what it is; EventError where it is none. Unknown fields are passed over."""
        found: Article | Duplicate | Discarded | DeadLetter | Malformed = decode(Outcome, self.value)
        if isinstance(found, Malformed):
            raise EventError(f"{self.place} is no event of schema version 1: {found.error}")
        return found

    def mark(self) -> Mark | None:
        """Name what the event tells of, with a number that grows; None where it does not say.

        Of an article its id and its `edition` (`pipeline/records/article.py`); of the others the CloudEvents id and the
        record's timestamp in milliseconds, which a topic that was made anew does not repeat. Whoever has the same name
        with the same number, or a higher one, has the event.
        """
        kind = header(self.headers, "ce_type")
        if kind is not None and not kind.startswith(ARTICLE_TYPE):
            return None if self.id is None else (self.id, self.timestamp)
        try:
            told = self.json()
            if "revision" in told:
                return str(told["article_id"]), edition(
                    read_time(told["provenance"]["fetched_at"]), int(told["revision"])
                )
            source = told["provenance"]
            return f"{source['topic']}/{source['partition']}/{source['offset']}", self.timestamp
        except (ValueError, KeyError, TypeError, AttributeError):  # no event of ours: whoever reads it shall see it
            return None


def event_of(record: Any) -> Event:
    """Make the event of a consumer's record, which has a value."""
    return Event(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        value=record.value,
        key=record.key,
        headers=tuple(record.headers),
        timestamp=record.timestamp,
    )
