"""An event as a Kafka message: topic, key, headers and value.

Headers are CloudEvents 1.0 in binary mode (Kafka protocol binding) and W3C Trace Context.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from pipeline.records.article import Article, DeadLetter, Discarded, Duplicate, Outcome
from pipeline.records.wire import encode, rfc3339
from pipeline.topics import ARTICLES, DEAD_LETTERS, DISCARDED, DUPLICATES, Topic
from pipeline.topics.headers import ORIGIN, Header
from pipeline.topics.traceparent import TRACEPARENT, child_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A Kafka message before it is sent; `topic` has no prefix."""

    topic: str
    key: bytes
    value: bytes
    headers: tuple[Header, ...]
    outcome: Outcome  # the outcome in `value`, before encoding
    parent: bytes | None = None  # the traceparent of the verdict


def message_of(outcome: Outcome, *, prefix: str, parent: bytes | None, ratio: float = 0.0) -> Message:
    """Return the message of an outcome. `parent` is the traceparent of the verdict; for `ratio` see `child_of`."""
    topic, key = _address(outcome)
    place = outcome.provenance.place
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", place.encode()),
        ("ce_type", f"chistovik.{topic.name}.{outcome.event}.v{outcome.schema_version}".encode()),
        ("ce_source", f"urn:chistovik:{prefix}publish".encode()),
        ("ce_subject", key.encode()),
        ("content-type", b"application/json"),
        (TRACEPARENT, child_of(parent, "publish", place, ratio=ratio)),
    ]
    if outcome.provenance.fetched_at is not None:
        headers.append(("ce_time", rfc3339(outcome.provenance.fetched_at).encode()))
    if outcome.provenance.origin is not None:
        headers.append((ORIGIN, outcome.provenance.origin.encode("utf-8", "replace")))
    if isinstance(outcome, DeadLetter):
        headers += [
            ("stage", outcome.stage.encode()),
            ("error", outcome.error.encode("utf-8", "replace")[:1000].decode("utf-8", "ignore").encode()),
            ("attempt", str(outcome.attempt).encode()),
            ("source-topic", outcome.provenance.topic.encode()),
            ("source-partition", str(outcome.provenance.partition).encode()),
            ("source-offset", str(outcome.provenance.offset).encode()),
        ]
    return Message(
        topic=topic.name,
        key=key.encode(),
        value=encode(outcome),
        headers=tuple(headers),
        outcome=outcome,
        parent=parent,
    )


def _address(outcome: Outcome) -> tuple[Topic, str]:
    match outcome:
        case Article():
            return ARTICLES, outcome.article_id
        case Duplicate():
            return DUPLICATES, outcome.article_id
        case Discarded():
            return DISCARDED, outcome.page_id
        case DeadLetter():
            return DEAD_LETTERS, outcome.page_id
        case _:
            assert_never(outcome)
