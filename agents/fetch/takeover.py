"""Take over partitions of `urls`: read the commits, the records finished since then, and the visits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiokafka import TopicPartition

from agents.fetch.messages import settled_by
from agents.fetch.owned import SOURCES, OwnedPartition, owned_partition_of
from agents.kafka import answering
from agents.kafka.log import read_spans
from pipeline.records.target import Visit
from pipeline.records.wire import decode
from pipeline.topics import PAGES, URLS_LATER, VISITS, group_of

if TYPE_CHECKING:
    from aiokafka import AIOKafkaConsumer

    from agents.kafka import Connection
    from agents.kafka.log import Span


WORTH_MOVING = 200  # pages


async def take_over(
    connection: Connection, prefix: str, partitions: list[int], *, pages_partitions: int
) -> dict[int, OwnedPartition]:
    """Take over newly assigned partitions where their last owners stopped. Return them by number."""
    if not partitions:
        return {}
    sources = {TopicPartition(prefix + topic, number): topic for topic in SOURCES for number in partitions}
    async with connection.admin(first=False) as admin:
        found = await admin.list_consumer_group_offsets(group_of(prefix, "fetch"), partitions=list(sources))
    async with answering(connection, probing=True), connection.asker(name="fetch-opening") as reader:
        begins = await reader.beginning_offsets(list(sources))
        ours: dict[int, OwnedPartition] = {}
        for number in partitions:
            committed, first = {}, {}
            for tp, topic in sources.items():
                if tp.partition == number:
                    first[topic] = begins[tp]
                    if tp in found and found[tp].offset >= 0:
                        committed[topic] = (found[tp].offset, found[tp].metadata or "")
            ours[number] = owned_partition_of(number, committed, first)
        await _settled_since(reader, prefix, ours, pages_partitions)
        await _visited(reader, prefix, ours)
    return ours


async def _settled_since(
    reader: AIOKafkaConsumer, prefix: str, ours: dict[int, OwnedPartition], pages_partitions: int
) -> None:
    """Finish the records that an earlier worker finished but did not commit. The logs name them."""
    logs = {owned.partition: _logs(prefix, owned, pages_partitions) for owned in ours.values()}
    every = [tp for found in logs.values() for tp in found.values()]
    begins, ends = await reader.beginning_offsets(every), await reader.end_offsets(every)
    spans: dict[TopicPartition, Span] = {}
    for number, owned in ours.items():
        owned.ends = {topic: ends[tp] for topic, tp in logs[number].items()}
        floors = _floors(owned)
        for (_, tp), floor in zip(logs[number].items(), floors, strict=True):
            start = ends[tp] if floor is None else max(begins[tp], floor)
            spans[tp] = (min(start, spans[tp][0]) if tp in spans else start, ends[tp])

    def take(_tp: TopicPartition, record: Any) -> None:
        found = settled_by(record)
        if found is not None and (owned := ours.get(found[1])) is not None:
            owned.windows[found[0]].finish(found[2])

    await read_spans(reader, spans, take)


def _floors(owned: OwnedPartition) -> tuple[int | None, int | None]:
    """Return the first offsets to read: the earlier floors of both commits.

    A group commits before it finishes any record, so without a commit there is nothing to find. An operator who sets
    a commit by hand wants everything replayed. Both cases return None.
    """
    marks = list(owned.committed.values())
    known = [mark.floors for mark in marks if mark.floors is not None]
    if len(known) < len(SOURCES):
        return None, None
    return min(pages for pages, _ in known), min(later for _, later in known)


async def move_ends(reader: AIOKafkaConsumer, prefix: str, ours: list[OwnedPartition], pages_partitions: int) -> None:
    """Move the floors past records of other producers, so that the next owner need not read them.

    Records in progress keep their own floors, and later records are written after these ends.
    """
    logs = {owned.partition: _logs(prefix, owned, pages_partitions) for owned in ours}
    every = [tp for found in logs.values() for tp in found.values()]
    ends = await reader.end_offsets(every) if every else {}
    for owned in ours:
        for topic, tp in logs[owned.partition].items():
            if ends[tp] - owned.ends[topic] > WORTH_MOVING:
                owned.note_sent(topic, ends[tp] - 1)
                owned.committed.clear()  # so that the new floors are committed


def _logs(prefix: str, owned: OwnedPartition, pages_partitions: int) -> dict[str, TopicPartition]:
    """Return the logs that name the finished records of a partition, by topic."""
    return {
        PAGES.name: TopicPartition(prefix + PAGES.name, owned.partition % pages_partitions),
        URLS_LATER.name: TopicPartition(prefix + URLS_LATER.name, owned.partition),
    }


async def _visited(reader: AIOKafkaConsumer, prefix: str, ours: dict[int, OwnedPartition]) -> None:
    tps = [TopicPartition(prefix + VISITS.name, number) for number in ours]
    begins, ends = await reader.beginning_offsets(tps), await reader.end_offsets(tps)

    def take(tp: TopicPartition, record: Any) -> None:
        visit = decode(Visit, record.value)
        if isinstance(visit, Visit) and record.key is not None:
            ours[tp.partition].remember(record.key.decode("ascii", "replace"), visit)

    await read_spans(reader, {tp: (begins[tp], ends[tp]) for tp in tps}, take)
