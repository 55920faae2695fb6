"""One decision per document: the noun of the topic `verdicts`, which is also the changelog of the duplicates' state.

A verdict is immutable: whoever meets its document again repeats it, verbatim.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from pipeline.records.fields import Count, Packed, Share


class Decision(StrEnum):
    """What becomes of a document. `repeat` is a second cleaning of the same delivery: it emits nothing."""

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
    NEAR = "near"  # nearly the same words, or a part of them
    REDELIVERED = "redelivered"  # the same page, fed again


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Why a page is taken for a near copy: its text beside that of an earlier page of the article.

    Of the texts only sketches are at hand, so all but the counts of bands and shingles are estimates.
    """

    bands: Count  # of the 44 by which near copies are looked for, those that agree
    jaccard: Share  # of the word shingles; its standard error is at most .044
    containment: Share  # of the smaller text's shingles, those that the larger one has too
    contained: Literal["page", "article"]  # the smaller text
    agreeing: Count = 0  # figures and names that both have in the same place
    differing: Count = 0  # places in which they have others


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What an update changed, in size."""

    words_before: Count
    words_after: Count
    similarity: Share | None = None  # of the two texts, as in `Evidence.jaccard`; None where one is too short


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The decision on the document at one offset, with all that later decisions lean on."""

    document_partition: Count
    document_offset: Count
    decision: Decision
    page_id: str
    page_partition: Count
    page_offset: Count
    article_id: str | None = None
    revision: Count | None = None  # of the article, from 1; on a duplicate the newest one
    kinship: Kinship | None = None
    similarity: Share | None = None  # to the article that is repeated, 1 where the words are the same
    evidence: Evidence | None = None  # on near-duplicates
    changes: Changes | None = None  # on `updated`
    text_hash: str | None = None  # where the text is now claimed by the article
    fetched_at: float | None = None  # of that revision, seconds since the epoch; orders the revisions of an article
    words: Count | None = None  # of that revision
    fingerprint: Packed | None = None  # where near copies of the text will be looked for
    timestamp: float | None = None  # of the record of the document, seconds since the epoch; never goes back
    horizon: float | None = None  # likewise; what is older was not compared
    schema_version: Literal[1] = 1

    @property
    def key(self) -> bytes:
        """The record's key: the place of the document."""
        return verdict_key(self.document_partition, self.document_offset)


def verdict_key(partition: int, offset: int) -> bytes:
    """Spell the place of a document as a key of `verdicts`."""
    return b"%d:%d" % (partition, offset)


def place_of(key: bytes) -> tuple[int, int]:
    """Read partition and offset from a key; ValueError where it is none."""
    partition, _, offset = key.decode("ascii").partition(":")
    return int(partition), int(offset)
