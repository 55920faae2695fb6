"""What subscribers read: the events of the four outcome topics, one per page.

An event is made from a document and its verdict; `outcome_of` is the only way to make one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from pydantic import Field

from pipeline.records.document import Cleaning, Provenance, Sources
from pipeline.records.fields import Base64, Count, Url
from pipeline.records.reason import Reason
from pipeline.records.verdict import Changes, Evidence, Kinship


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """An article, new or changed. The field names are schema.org's `NewsArticle`, in snake_case."""

    event: Literal["created", "updated"]
    article_id: str
    revision: Count  # from 1; the newest is the article
    page_id: str
    url: Url
    article_body: str  # a line a paragraph, or a row of a table, its cells parted by tabs
    word_count: Count
    in_language: str  # BCP 47; "und" where it is not known
    canonical_url: str | None = None
    headline: str | None = None
    description: str | None = None
    author: tuple[str, ...] = ()
    date_published: str | None = None  # RFC 3339 date or date and time, date_modified likewise
    date_modified: str | None = None
    publisher: str | None = None
    image: str | None = None
    sources: Sources = field(default_factory=Sources)
    changes: Changes | None = None  # of an update: against the revision before it
    cleaning: Cleaning
    provenance: Provenance
    schema_version: Literal[1] = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicate:
    """A page that repeats an article."""

    event: Literal["duplicate"] = "duplicate"
    kind: Kinship
    article_id: str  # of the article that is repeated
    page_id: str
    url: Url
    similarity: float  # Jaccard of the word shingles, 0 to 1; of near copies an estimate
    evidence: Evidence | None = None  # of a near copy
    provenance: Provenance
    schema_version: Literal[1] = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Discarded:
    """A page without an article, with the reason."""

    event: Literal["discarded"] = "discarded"
    reason: Reason
    detail: str = ""
    page_id: str
    url: Url
    provenance: Provenance
    schema_version: Literal[1] = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A page that broke the cleaning, with its record in `pages`, byte for byte."""

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
EDITIONS = 10_000  # revisions that are told apart within a millisecond


def edition(fetched_at: datetime | None, revision: int) -> int:
    """Give a state of an article its number: an integer below 2⁶³, higher for the newer of two states.

    Milliseconds since the epoch times 10,000, plus the revision. Within the window revisions alone would do, as no
    update was fetched before the state that it replaces; but an article that was not seen for longer than the window
    begins again at revision 1, and then only the time tells that this is the newer state.
    """
    milliseconds = 0 if fetched_at is None else max(0, (fetched_at - EPOCH) // MILLISECOND)
    return milliseconds * EDITIONS + min(revision, EDITIONS - 1)


def kind_of(outcome: Outcome) -> str:
    """Say which of its topic's kinds an event is: created or updated, the kinship, the reason, the stage that broke."""
    match outcome:
        case Article():
            return outcome.event
        case Duplicate():
            return outcome.kind
        case Discarded():
            return outcome.reason
        case _:
            return outcome.stage
