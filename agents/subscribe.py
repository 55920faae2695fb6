"""Reading the outcomes: an async iterator over committed events."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from aiokafka import TopicPartition

from agents.kafka import BrokerError, answering
from agents.partitions import partition_numbers

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from aiokafka import AIOKafkaConsumer

    from agents.kafka import Connection

POLL_MS = 200
JOIN_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An outcome as it was read: its JSON, and its place in the topic."""

    topic: str
    partition: int
    offset: int
    value: bytes
    key: bytes | None = None
    headers: tuple[tuple[str, bytes], ...] = ()
    timestamp: int = 0  # milliseconds since the epoch

    def json(self) -> dict[str, Any]:
        """Decode the event."""
        decoded: dict[str, Any] = orjson.loads(self.value)
        return decoded


async def subscribe(
    connection: Connection,
    topic: str,
    *,
    group: str | None = None,
    from_beginning: bool = False,
    follow: bool = True,
    timeout: float | None = None,  # noqa: ASYNC109 — of silence, not of the call
) -> AsyncGenerator[Event, None]:
    """Yield the events of an outcome topic (its full name), committed transactions only.

    A `group` shares the partitions among its members and goes on where it stopped, a new one at the beginning; an event
    is committed when the next one is asked for (at least once). Without a group, reading begins at the beginning, or
    with `follow` at the end. Without `follow` it ends at what is there now; `timeout` seconds of silence end it too.
    """
    numbers = (await partition_numbers(connection, [topic]))[topic]
    consumer = connection.consumer(
        name="subscribe", group_id=group, isolation_level="read_committed", auto_offset_reset="earliest"
    )
    async with answering(connection):
        await consumer.start()
    try:
        tps = await (_join(consumer, topic) if group else _take(consumer, topic, numbers))
        if from_beginning:
            await consumer.seek_to_beginning(*tps)
        elif group is None and follow:
            await consumer.seek_to_end(*tps)
        ends = None if follow else await consumer.end_offsets(tps)
        async for event in _events(consumer, ends, timeout):
            yield event
            if group:
                await consumer.commit({TopicPartition(event.topic, event.partition): event.offset + 1})
    finally:
        await consumer.stop()


async def _take(consumer: AIOKafkaConsumer, topic: str, numbers: list[int]) -> list[TopicPartition]:
    tps = [TopicPartition(topic, number) for number in numbers]
    consumer.assign(tps)
    return tps


async def _join(consumer: AIOKafkaConsumer, topic: str) -> list[TopicPartition]:
    consumer.subscribe([topic])
    for _ in range(int(JOIN_SECONDS / 0.1)):
        if tps := consumer.assignment():
            return sorted(tps)
        await asyncio.sleep(0.1)
    raise BrokerError(
        f"the group got no partition of {topic} within {JOIN_SECONDS:g} s: has it more members than those?"
    )


async def _events(
    consumer: AIOKafkaConsumer,
    ends: dict[TopicPartition, int] | None,
    timeout: float | None,  # noqa: ASYNC109
) -> AsyncIterator[Event]:
    heard = time.monotonic()
    while True:
        fetched = await consumer.getmany(timeout_ms=POLL_MS, max_records=500)
        for tp, records in fetched.items():
            for record in records:
                if record.value is not None and (ends is None or record.offset < ends.get(tp, 0)):
                    yield Event(
                        topic=tp.topic,
                        partition=tp.partition,
                        offset=record.offset,
                        value=record.value,
                        key=record.key,
                        headers=tuple(record.headers),
                        timestamp=record.timestamp,
                    )
                    heard = time.monotonic()
        if ends is not None and await _reached(consumer, ends):
            return
        if timeout is not None and time.monotonic() - heard > timeout:
            return


async def _reached(consumer: AIOKafkaConsumer, ends: dict[TopicPartition, int]) -> bool:
    """Say whether every partition was read to its end; transaction markers count, so positions are compared."""
    ours = consumer.assignment()
    return all([await consumer.position(tp) >= end for tp, end in ends.items() if tp in ours])
