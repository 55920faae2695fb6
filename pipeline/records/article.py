"""The events that subscribers read: the records of the four outcome topics, one event per page.

An event is made from a document and its verdict. Only `outcome_of` makes events.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from pydantic import Field

from pipeline.records.document import Cleaning, Provenance, Reservations, Sources
from pipeline.records.fields import Base64, Count, Url
from pipeline.records.identity import Identity
from pipeline.records.reason import Reason
from pipeline.records.verdict import Changes, Evidence, Kinship


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """A new or changed article. The field names come from schema.org's `NewsArticle`, in snake_case."""

    event: Literal["created", "updated"]
    article_id: str
    revision: Count  # from 1; the highest revision is the current state of the article
    page_id: str
    url: Url
    article_body: str  # one line per paragraph or table row; tabs separate the cells of a row
    word_count: Count
    in_language: str  # BCP 47; "und" if unknown
    canonical_url: str | None = None
    identity: Identity | None = None  # what was believed; None if the page declares its own URL, or no canonical URL
    headline: str | None = None
    description: str | None = None
    author: tuple[str, ...] = ()
    date_published: str | None = None  # an RFC 3339 date, or date and time with its offset; date_modified likewise
    date_modified: str | None = None
    publisher: str | None = None
    image: str | None = None
    sources: Sources = field(default_factory=Sources)
    changes: Changes | None = None  # for an update: the difference from the previous revision
    cleaning: Cleaning
    reservations: Reservations | None = None  # what the publisher declares about the page's use; None if nothing
    provenance: Provenance
    schema_version: Literal[1] = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicate:
    """A page that duplicates an article."""

    event: Literal["duplicate"] = "duplicate"
    kind: Kinship
    article_id: str  # the article that this page duplicates
    page_id: str
    url: Url
    similarity: float  # Jaccard similarity of the word shingles, 0 to 1; an estimate for near-duplicates
    evidence: Evidence | None = None  # for near-duplicates only
    identity: Identity | None = None  # as in `Article`
    reservations: Reservations | None = None
    provenance: Provenance
    schema_version: Literal[1] = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Discarded:
    """A page that contains no article, and the reason."""

    event: Literal["discarded"] = "discarded"
    reason: Reason
    detail: str = ""
    page_id: str
    url: Url
    identity: Identity | None = None  # as in `Article`, for pages that have a text
    reservations: Reservations | None = None
    provenance: Provenance
    schema_version: Literal[1] = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A page that could not be cleaned because of an error, with the exact bytes of its record in `pages`."""

    event: Literal["dead-letter"] = "dead-letter"
    stage: str
    error: str
    attempt: Count
    page_id: str
    url: Url
    original_base64: Base64 | None = None
    original_key_base64: Base64 | None = None
    provenance: Provenance
    schema_version: Literal[1] = 1


Outcome = Annotated[Article | Duplicate | Discarded | DeadLetter, Field(discriminator="event")]


EPOCH, MILLISECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(milliseconds=1)
EDITIONS = 10_000  # revisions of an article that can be ordered within one millisecond


def edition(fetched_at: datetime | None, revision: int) -> int:
    """Return the number of an article's state: an integer below 2⁶³; the newer of two states has the higher number.

    It is the milliseconds since the epoch times 10,000, plus the revision. Within the window the revision alone would
    do, because no update was fetched before the state it replaces. An article that was not seen for longer than the
    window starts again at revision 1; then only the time shows which state is newer.
    """
    milliseconds = 0 if fetched_at is None else max(0, (fetched_at - EPOCH) // MILLISECOND)
    return milliseconds * EDITIONS + min(revision, EDITIONS - 1)


def kind_of(outcome: Outcome) -> str:
    """Return the kind of an event within its topic: created or updated, kinship, reason, or the stage that failed."""
    match outcome:
        case Article():
            return outcome.event
        case Duplicate():
            return outcome.kind
        case Discarded():
            return outcome.reason
        case _:
            return outcome.stage
