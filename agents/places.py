"""Reading single records by their place: topic, partition, offset."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from agents.kafka import answering

if TYPE_CHECKING:
    from aiokafka import AIOKafkaConsumer, TopicPartition

    from agents.kafka import Connection

READ_SECONDS = 30.0


async def record_at(
    connection: Connection, reader: AIOKafkaConsumer, tp: TopicPartition, offset: int, *, seconds: float = READ_SECONDS
) -> Any:
    """Read a record; None where it is not there any more, was never there, or does not come in time."""
    async with answering(connection):
        reader.assign([tp])
        first, end = (await reader.beginning_offsets([tp]))[tp], (await reader.end_offsets([tp]))[tp]
        if not first <= offset < end:
            return None
        reader.seek(tp, offset)
        try:
            record = await asyncio.wait_for(reader.getone(tp), seconds)
        except TimeoutError:
            return None
    return record if record.offset == offset else None
