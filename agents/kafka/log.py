"""Read a log: fixed ranges of offsets, unaffected by new writes, or one record at its offset."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from agents.errors import BrokerError
from agents.kafka.connection import answering

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from aiokafka import AIOKafkaConsumer, TopicPartition

    from agents.kafka.connection import Connection

POLL_MS = 200
POLL_RECORDS = 5000
READ_SECONDS = 30.0
STALLED_SECONDS = 150.0  # an open transaction blocks readers; Kafka aborts the one of a crashed publish after 60 s
LATEST_MS = 253_402_300_799_000  # the end of the year 9999, because a record's timestamp may be any number
Span = tuple[int, int]


def recorded_at(record: Any) -> datetime:
    """Return a record's timestamp, limited to the years 1970 to 9999."""
    return datetime.fromtimestamp(min(max(record.timestamp, 0), LATEST_MS) / 1000, UTC)


async def kept_spans(reader: AIOKafkaConsumer, tps: Sequence[TopicPartition]) -> dict[TopicPartition, Span]:
    """Return the offsets of all records that exist now, as (first, end) per partition."""
    begins, ends = await reader.beginning_offsets(tps), await reader.end_offsets(tps)
    return {tp: (begins[tp], ends[tp]) for tp in tps}


async def spans_since(
    reader: AIOKafkaConsumer, tps: Sequence[TopicPartition], since_ms: int
) -> dict[TopicPartition, Span]:
    """Return the offsets of all records that exist now and were written since a Unix time in milliseconds.

    The ends are read first. In the other order, a record that arrives between the two queries could be before the end
    but outside of the span.
    """
    ends = await reader.end_offsets(tps)
    begins = await reader.offsets_for_times(dict.fromkeys(tps, since_ms))
    return {tp: (begins[tp].offset if begins[tp] else ends[tp], ends[tp]) for tp in tps}


async def read_spans(
    reader: AIOKafkaConsumer,
    spans: dict[TopicPartition, Span],
    take: Callable[[TopicPartition, Any], None],
    progress: Callable[[int, int], None] = lambda _done, _total: None,
    *,
    patience: float = STALLED_SECONDS,
    what_then: str = "",
) -> None:
    """Call `take` with every record of the spans; parameters and errors as in `stretches`."""
    async for tp, records in stretches(reader, spans, progress, patience=patience, what_then=what_then):
        for record in records:
            take(tp, record)


async def stretches(
    reader: AIOKafkaConsumer,
    spans: dict[TopicPartition, Span],
    progress: Callable[[int, int], None] = lambda _done, _total: None,
    *,
    patience: float = STALLED_SECONDS,
    what_then: str = "",
) -> AsyncIterator[tuple[TopicPartition, list[Any]]]:
    """Yield the records of the spans as they arrive. Raises BrokerError if a span cannot be read to its end.

    `progress` gets (offsets done, offsets in all). `patience` is the time without progress in seconds. `what_then` is
    the advice at the end of the error.
    """
    at = {tp: start for tp, (start, end) in spans.items() if start < end}
    if not at:
        return
    reader.assign(list(at))
    for tp, start in at.items():
        reader.seek(tp, start)
    done, total = 0, sum(spans[tp][1] - start for tp, start in at.items())
    moved = time.monotonic()
    while at:
        fetched = await reader.getmany(timeout_ms=POLL_MS, max_records=POLL_RECORDS)
        for tp, records in fetched.items():
            yield tp, [record for record in records if record.offset < spans[tp][1]]
        # Compare positions, not records: transaction markers have offsets and are never returned
        steps = await _steps(reader, at, spans)
        done += steps
        progress(done, total)
        if steps:
            moved = time.monotonic()
        elif time.monotonic() - moved > patience:
            where = ", ".join(f"{tp.topic}/{tp.partition}" for tp in at)
            why = f"{where} gave no record for {patience:g} s: is a transaction open, or a broker down? {what_then}"
            raise BrokerError(why.strip())


async def _steps(reader: AIOKafkaConsumer, at: dict[TopicPartition, int], spans: dict[TopicPartition, Span]) -> int:
    """Update the position of each partition, remove finished ones, and return the number of offsets passed."""
    steps = 0
    for tp in list(at):
        position = min(await reader.position(tp), spans[tp][1])
        steps += position - at[tp]
        at[tp] = position
        if position == spans[tp][1]:
            reader.pause(tp)
            del at[tp]
    return steps


async def record_at(
    connection: Connection, reader: AIOKafkaConsumer, tp: TopicPartition, offset: int, *, seconds: float = READ_SECONDS
) -> Any:
    """Return the record at an offset; None if it does not exist, was deleted, or does not arrive in time."""
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
