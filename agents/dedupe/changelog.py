"""Reads a partition of a changelog back, up to its current end. Faust's own recovery takes ten times as long."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from agents.errors import StageError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from aiokafka import AIOKafkaConsumer, TopicPartition

RECORDS = 2000  # per poll; after it, other tasks of the event loop get a turn
SILENCE_SECONDS = 60.0  # without a record, before the stage ends


async def read_back(
    consumer: AIOKafkaConsumer, tp: TopicPartition, start: int, take: Callable[[Sequence[Any]], Awaitable[None]]
) -> int | None:
    """Pass every record from offset `start` on to `take`; return the last offset, None if the log ends before `start`.

    Compaction never removes the last record of a partition, so the end is always reached.
    """
    end = (await consumer.end_offsets([tp]))[tp]
    if start > end:
        return None
    position: int = max(start, (await consumer.beginning_offsets([tp]))[tp])
    consumer.assign([tp])
    consumer.seek(tp, position)
    last_record_at = time.monotonic()
    while position < end:
        records = (await consumer.getmany(tp, timeout_ms=1000, max_records=RECORDS)).get(tp)
        if records:
            await take(records)
            position, last_record_at = records[-1].offset + 1, time.monotonic()
            await asyncio.sleep(0)
        elif time.monotonic() - last_record_at > SILENCE_SECONDS:
            raise StageError(
                f"{tp.topic}/{tp.partition} ends at offset {end}, but no record arrived from offset {position} on for "
                f"{SILENCE_SECONDS:g} s. Check the brokers, then restart the worker"
            )
    return position - 1
