"""The fence: up to which document a partition is published, kept as the metadata of a committed offset.

Without it everything would be published again, so a lost one stops the stage.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pydantic import ValidationError

from agents.delivery import StageError
from pipeline.wire import adapter, encode

if TYPE_CHECKING:
    from aiokafka import TopicPartition
    from aiokafka.structs import OffsetAndMetadata


@dataclass(frozen=True, slots=True)
class Fence:
    """The last document that is published, −1 before the first, and the topic that its offset counts in."""

    offset: int
    topic_id: str

    @property
    def metadata(self) -> str:
        """The fence as the metadata of a committed offset."""
        return encode({"fence": self.offset, "topic_id": self.topic_id}).decode("ascii")

    def passed(self, offset: int) -> Fence:
        """Move the fence."""
        return replace(self, offset=offset)


@dataclass(frozen=True, slots=True)
class _Metadata:
    fence: int
    topic_id: str


def fence_of(committed: OffsetAndMetadata | None, *, documents: TopicPartition, group: str, topic_id: str) -> Fence:
    """Read the fence of a partition; StageError where it is missing, emptied or of another topic."""
    where = f"publish: group {group} at {documents.topic}/{documents.partition}"
    again = "Going on would publish everything again"
    if committed is None or committed.offset < 0:
        raise StageError(
            f"{where} has no committed offset (never applied, expired, or deleted). {again}. For new topics run "
            f"`chistovik topics apply`; to derive everything anew use another CHISTOVIK_PREFIX"
        )
    try:
        found: _Metadata = adapter(_Metadata).validate_json(committed.metadata, strict=True)
    except ValidationError:
        raise StageError(
            f"{where} was committed at offset {committed.offset} without a fence (reset by hand?). {again}; "
            f"to derive everything anew use another CHISTOVIK_PREFIX"
        ) from None
    if found.fence != committed.offset - 1:
        raise StageError(f"{where}: the fence says {found.fence}, the offset {committed.offset}. {again}")
    if found.topic_id != topic_id:
        raise StageError(
            f"{where}: the fence belongs to another topic of that name ({found.topic_id}, now {topic_id}): it was "
            f"deleted and made anew. {again}; use another CHISTOVIK_PREFIX"
        )
    return Fence(found.fence, topic_id)
