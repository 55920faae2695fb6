"""The fence: the last published document of a partition, stored as the metadata of a committed offset.

`lane.py` compares each verdict with the fence and publishes only the next one. Without the fence everything would be
published again, so the stage does not start if it is lost.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError, KafkaTimeoutError
from aiokafka.structs import OffsetAndMetadata
from pydantic import ValidationError

from agents.errors import BrokerError, StageError
from agents.kafka.denied import denial
from agents.kafka.topics import documents_id
from pipeline.records.wire import adapter, encode
from pipeline.topics import DOCUMENTS, VERDICTS, group_of

if TYPE_CHECKING:
    from agents.kafka import Connection

SETTLING_SECONDS = 90.0  # a busy broker has no leaders of new topics for half a minute


@dataclass(frozen=True, slots=True)
class Fence:
    """The offset of the last published document, −1 before the first one, and the id of the topic `documents`."""

    offset: int
    topic_id: str

    @property
    def metadata(self) -> str:
        """The fence as the metadata of a committed offset."""
        return encode({"fence": self.offset, "topic_id": self.topic_id}).decode("ascii")

    def passed(self, offset: int) -> Fence:
        """Return the fence at a later offset."""
        return replace(self, offset=offset)


@dataclass(frozen=True, slots=True)
class _Metadata:
    fence: int
    topic_id: str


def fence_of(committed: OffsetAndMetadata | None, *, documents: TopicPartition, group: str, topic_id: str) -> Fence:
    """Read the fence of a partition; StageError if it is missing, incomplete or belongs to another topic."""
    where = f"publish: group {group} at {documents.topic}/{documents.partition}"
    again = "Continuing would publish everything again"
    if committed is None or committed.offset < 0:
        raise StageError(
            f"{where} has no committed offset (never applied, expired, or deleted). {again}. For new topics run "
            f"`chistovik topics apply`; to process all pages again use another CHISTOVIK_PREFIX"
        )
    try:
        metadata: _Metadata = adapter(_Metadata).validate_json(committed.metadata, strict=True)
    except ValidationError:
        raise StageError(
            f"{where} was committed at offset {committed.offset} without a fence (reset by hand?). {again}; "
            f"to process all pages again use another CHISTOVIK_PREFIX"
        ) from None
    if metadata.fence != committed.offset - 1:
        raise StageError(
            f"{where}: the fence is at {metadata.fence}, but the committed offset is {committed.offset} (reset by "
            f"hand?). {again}; to process all pages again use another CHISTOVIK_PREFIX"
        )
    if metadata.topic_id != topic_id:
        raise StageError(
            f"{where}: the fence belongs to another topic of that name ({metadata.topic_id}, now {topic_id}): the "
            f"topic was deleted and recreated. {again}; use another CHISTOVIK_PREFIX"
        )
    return Fence(metadata.fence, topic_id)


async def open_fences(connection: Connection, prefix: str, *, new_topics: bool) -> None:
    """Commit the first fences of the stage publish, at −1, for new topics or for topics that were never written.

    If the group has lost its offsets on topics in use, nothing is committed, and publish will refuse to start. Only
    `verdicts` may be new while `documents` is not: publish then reads it from the start and skips published documents.
    """
    group = group_of(prefix, "publish")
    fence = Fence(-1, await documents_id(connection, prefix))
    until = time.monotonic() + SETTLING_SECONDS
    while True:
        try:
            await _commit_fences(connection, prefix, group, fence, new_topics=new_topics)
        except KafkaError as error:
            if denied := denial(error):
                raise BrokerError(denied) from None
            may_settle = error.retriable or isinstance(error, KafkaTimeoutError)  # a busy broker still makes the topics
            if not may_settle or time.monotonic() > until:
                raise BrokerError(f"the first fences of group {group} were not committed: {error}") from error
            await asyncio.sleep(0.5)
        else:
            return


async def _commit_fences(connection: Connection, prefix: str, group: str, fence: Fence, *, new_topics: bool) -> None:
    documents = [TopicPartition(prefix + DOCUMENTS.name, number) for number in range(DOCUMENTS.partitions)]
    verdicts = [TopicPartition(prefix + VERDICTS.name, number) for number in range(VERDICTS.partitions)]
    async with connection.admin() as admin, connection.asker(name="fences", group_id=group) as consumer:
        ends = await consumer.end_offsets(documents)
        committed = await admin.list_consumer_group_offsets(group, partitions=[*documents, *verdicts])
        offsets = {}
        for tp, verdict_tp in zip(documents, verdicts, strict=True):
            known = committed.get(tp)
            if new_topics or (ends[tp] == 0 and not _is_set(known)):
                offsets[tp] = OffsetAndMetadata(0, fence.metadata)
                offsets[verdict_tp] = OffsetAndMetadata(0, "")
            elif _is_set(known) and not _is_set(committed.get(verdict_tp)):  # verdicts were lost: dedupe judges again
                offsets[verdict_tp] = OffsetAndMetadata(0, "")
        if offsets:
            consumer.assign([*documents, *verdicts])
            await consumer.commit(offsets)


def _is_set(committed: OffsetAndMetadata | None) -> bool:
    return committed is not None and committed.offset >= 0
