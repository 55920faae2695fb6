"""One decision per document: the record of the topic `verdicts`, which is also the changelog of the dedupe state.

A verdict is immutable: if its document is read again, the same verdict is written again, byte for byte.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from pipeline.records.fields import Count, Outlined, Packed, Share
from pipeline.records.identity import Identity

UrlKey = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]  # the beginning of the id of the article with this URL


class Decision(StrEnum):
    """The decision on a document. `repeat` marks a second cleaning of the same delivery, which emits no event."""

    CREATED = "created"
    UPDATED = "updated"
    DUPLICATE = "duplicate"
    DISCARDED = "discarded"
    SUPERSEDED = "superseded"
    DEAD_LETTER = "dead-letter"
    REPEAT = "repeat"


class Kinship(StrEnum):
    """How a duplicate resembles its article."""

    EXACT = "exact"  # the same words
    NEAR = "near"  # nearly the same words, or an excerpt
    REDELIVERED = "redelivered"  # the same page, fed again


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The evidence for a near-duplicate: the page's text compared with an earlier page of the article.

    Only sketches of the texts are stored, so every value except the number of agreeing bands is an estimate.
    """

    bands: Count  # bands that agree, out of the 44 used to find near-duplicates
    jaccard: Share  # Jaccard similarity of the word shingles; its standard error is at most .044
    containment: Share  # share of the smaller text's shingles that also occur in the larger text
    contained: Literal["page", "article"]  # the smaller text
    agreeing: Count = 0  # figures and names that both texts have in the same place
    differing: Count = 0  # places in which the two texts have different figures or names


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """The size of an update: word counts before and after, and the similarity of the two texts."""

    words_before: Count
    words_after: Count
    similarity: Share | None = None  # of the two texts, as in `Evidence.jaccard`; None if one is too short


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The decision on the document at one offset, with all facts that later decisions need."""

    document_partition: Count
    document_offset: Count
    decision: Decision
    page_id: str
    page_partition: Count
    page_offset: Count
    article_id: str | None = None
    revision: Count | None = None  # of the article, from 1; for a duplicate, the article's newest revision
    kinship: Kinship | None = None
    similarity: Share | None = None  # to the duplicated article; 1 if the words are the same
    evidence: Evidence | None = None  # for near-duplicates only
    changes: Changes | None = None  # for `updated` only
    text_hash: str | None = None  # set if this text now belongs to the article
    fetched_at: float | None = None  # of that revision, seconds since the epoch; orders the revisions of an article
    words: Count | None = None  # of that revision
    source_key: UrlKey | None = None  # of the URL from which that revision was fetched; None if unknown
    url_key: UrlKey | None = None  # of the page's URL, if it is not `source_key`
    identity: Identity | None = None  # what the texts decided; None if they left it to the page's own declarations
    fingerprint: Packed | None = None  # set if near-duplicates of this text can be found later
    outline: Outlined = None  # of the same text; None in records of older releases
    timestamp: float | None = None  # of the document's record, seconds since the epoch; never decreases
    horizon: float | None = None  # seconds since the epoch; older articles were not compared
    schema_version: Literal[1] = 1

    @property
    def key(self) -> bytes:
        """The record's key: partition and offset of the document."""
        return verdict_key(self.document_partition, self.document_offset)


def verdict_key(partition: int, offset: int) -> bytes:
    """Return the key in `verdicts` of the document at a partition and offset."""
    return b"%d:%d" % (partition, offset)


def place_of(key: bytes) -> tuple[int, int]:
    """Read partition and offset from a key; raise ValueError if it is malformed."""
    partition, _, offset = key.decode("ascii").partition(":")
    return int(partition), int(offset)
