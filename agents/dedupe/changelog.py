"""Reading a partition of a changelog back, up to the end it has now: Faust's recovery takes ten times as long."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from agents.errors import StageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aiokafka import AIOKafkaConsumer, TopicPartition

RECORDS = 2000  # at once; the event loop has its turn between
SILENCE_SECONDS = 60.0


async def read_back(
    consumer: AIOKafkaConsumer, tp: TopicPartition, start: int, take: Callable[[Sequence[Any]], None]
) -> int | None:
    """Hand over every record from an offset on; return the last one's offset, None where the log ends before `start`.

    The last record of a compacted partition is never compacted, so the end is always reached.
    """
    end = (await consumer.end_offsets([tp]))[tp]
    if start > end:
        return None
    position: int = max(start, (await consumer.beginning_offsets([tp]))[tp])
    consumer.assign([tp])
    consumer.seek(tp, position)
    heard = time.monotonic()
    while position < end:
        records = (await consumer.getmany(tp, timeout_ms=1000, max_records=RECORDS)).get(tp)
        if records:
            take(records)
            position, heard = records[-1].offset + 1, time.monotonic()
            await asyncio.sleep(0)
        elif time.monotonic() - heard > SILENCE_SECONDS:
            raise StageError(f"{tp.topic}/{tp.partition} ends at offset {end}, but nothing comes from {position} on")
    return position - 1
