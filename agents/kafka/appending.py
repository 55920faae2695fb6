"""Puts records straight into the open batches of an aiokafka producer.

`AIOKafkaProducer.send` suspends, checks and makes a future for each record. That takes longer than putting the record
into its batch. What `send` decides otherwise (metadata, room, errors) is left to it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, NamedTuple

from aiokafka import TopicPartition

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterable, Sequence

    from aiokafka import AIOKafkaProducer

HEAD_BYTES = 1 << 16  # of a record beside its value: a larger value is left to `send`, which checks the size


class Outgoing(NamedTuple):
    """A record to send."""

    key: bytes | None
    value: bytes | None
    partition: int | None = None  # None: by the key
    headers: Sequence[tuple[str, bytes]] = ()


def open_batch(producer: AIOKafkaProducer, topic: str, record: Outgoing) -> Any:
    """Return the batch for the next record of a partition; None if `send` has to decide what happens with the record.

    The batch may be full: then its `append` returns None, and `send` waits for the next one.
    """
    accumulator = getattr(producer, "_message_accumulator", None)  # a producer of another kind has none
    if accumulator is None or accumulator._closed or accumulator._exception:  # noqa: SLF001 — as below: no other way
        return None
    known = producer.client.cluster.partitions_for_topic(topic)
    if not known or len(record.value or b"") > producer._max_request_size - HEAD_BYTES:  # noqa: SLF001
        return None
    transactions = producer._txn_manager  # noqa: SLF001
    if transactions and transactions.transactional_id is not None and not transactions.is_in_transaction():
        return None
    partition = record.partition
    if partition is None:
        partition = producer._partition(topic, None, record.key, record.value, record.key, record.value)  # noqa: SLF001
    if partition not in known:
        return None
    tp = TopicPartition(topic, partition)
    waiting = accumulator._batches.get(tp)  # noqa: SLF001
    return waiting[-1] if waiting else accumulator._append_batch(accumulator.create_builder(), tp)  # noqa: SLF001


async def append_all(producer: AIOKafkaProducer, topic: str, records: Iterable[Outgoing]) -> list[Awaitable[Any]]:
    """Send records in their order; all are in Kafka when all results are done. There is one for each batch."""
    sent: list[Awaitable[Any]] = []
    batches: dict[Any, None] = {}
    for record in records:
        batch = open_batch(producer, topic, record)
        if batch is not None and _put(batch, record):
            batches[batch] = None
            continue
        key, value, partition, headers = record
        sent.append(await producer.send(topic, value, key=key, partition=partition, headers=list(headers)))
    return sent + [asyncio.shield(batch.future) for batch in batches]


def _put(batch: Any, record: Outgoing) -> bool:
    builder = batch._builder  # noqa: SLF001 — its own `append` makes a future
    return builder.append(timestamp=None, key=record.key, value=record.value, headers=list(record.headers)) is not None
