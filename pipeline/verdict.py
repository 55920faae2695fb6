"""One decision per document: the noun of the topic `verdicts`, which is also the changelog of the duplicates' state.

A verdict is immutable: whoever meets its document again repeats it, verbatim.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from pipeline.page import Count


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

    EXACT = "exact"
    REDELIVERED = "redelivered"


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
    revision: Count | None = None  # of the article, from 1; on `created` and `updated`
    kinship: Kinship | None = None
    text_hash: str | None = None
    fetched_at: float | None = None  # seconds since the epoch; orders the revisions of an article
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
