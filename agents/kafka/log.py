"""Reading a log: a known range of offsets, whatever is written meanwhile, or one record at its offset."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from agents.errors import BrokerError
from agents.kafka.connection import answering

if TYPE_CHECKING:
    from aiokafka import AIOKafkaConsumer, TopicPartition

    from agents.kafka.connection import Connection


if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from aiokafka import AIOKafkaConsumer, TopicPartition

POLL_MS = 200
POLL_RECORDS = 5000
STALLED_SECONDS = 150.0  # an open transaction holds readers up; Kafka aborts one of a dead publish after 60 s
LATEST_MS = 253_402_300_799_000  # the end of the year 9999: a record's timestamp may be anything
Span = tuple[int, int]


def recorded_at(record: Any) -> datetime:
    """Read a record's timestamp."""
    return datetime.fromtimestamp(min(max(record.timestamp, 0), LATEST_MS) / 1000, UTC)


async def kept_spans(reader: AIOKafkaConsumer, tps: Sequence[TopicPartition]) -> dict[TopicPartition, Span]:
    """Say where all is that is there now."""
    begins, ends = await reader.beginning_offsets(tps), await reader.end_offsets(tps)
    return {tp: (begins[tp], ends[tp]) for tp in tps}


async def spans_since(
    reader: AIOKafkaConsumer, tps: Sequence[TopicPartition], since_ms: int
) -> dict[TopicPartition, Span]:
    """Say where all is that is there now and was recorded since a Unix time.

    The ends are asked for first: of a partition without such a record, one that came between the questions would be
    below the end and not in the span.
    """
    ends = await reader.end_offsets(tps)
    begins = await reader.offsets_for_times(dict.fromkeys(tps, since_ms))
    return {tp: (begins[tp].offset if begins[tp] else ends[tp], ends[tp]) for tp in tps}


async def read_spans(
    reader: AIOKafkaConsumer,
    spans: dict[TopicPartition, Span],
    take: Callable[[TopicPartition, Any], None],
    progress: Callable[[int, int], None] = lambda _passed, _total: None,
    *,
    patience: float = STALLED_SECONDS,
    what_then: str = "",
) -> None:
    """Hand over every record of the spans, as `stretches` gives them."""
    async for tp, records in stretches(reader, spans, progress, patience=patience, what_then=what_then):
        for record in records:
            take(tp, record)


async def stretches(
    reader: AIOKafkaConsumer,
    spans: dict[TopicPartition, Span],
    progress: Callable[[int, int], None] = lambda _passed, _total: None,
    *,
    patience: float = STALLED_SECONDS,
    what_then: str = "",
) -> AsyncIterator[tuple[TopicPartition, list[Any]]]:
    """Give the records of the spans as they come; BrokerError where one cannot be read to its end.

    `progress` gets (records passed, records to pass); `patience` is in seconds; `what_then` says in the error what to
    do.
    """
    at = {tp: start for tp, (start, end) in spans.items() if start < end}
    if not at:
        return
    reader.assign(list(at))
    for tp, start in at.items():
        reader.seek(tp, start)
    passed, total = 0, sum(spans[tp][1] - start for tp, start in at.items())
    moved = time.monotonic()
    while at:
        fetched = await reader.getmany(timeout_ms=POLL_MS, max_records=POLL_RECORDS)
        for tp, records in fetched.items():
            yield tp, [record for record in records if record.offset < spans[tp][1]]
        # Markers of transactions count as offsets and are never records, so positions are compared
        steps = await _steps(reader, at, spans)
        passed += steps
        progress(passed, total)
        if steps:
            moved = time.monotonic()
        elif time.monotonic() - moved > patience:
            where = ", ".join(f"{tp.topic}/{tp.partition}" for tp in at)
            why = f"{where} gave no record for {patience:g} s: is a transaction open, or a broker down? {what_then}"
            raise BrokerError(why.strip())


async def _steps(reader: AIOKafkaConsumer, at: dict[TopicPartition, int], spans: dict[TopicPartition, Span]) -> int:
    """Note how far each partition was read, take those out that are done, and say how many records were passed."""
    steps = 0
    for tp in list(at):
        position = min(await reader.position(tp), spans[tp][1])
        steps += position - at[tp]
        at[tp] = position
        if position == spans[tp][1]:
            reader.pause(tp)
            del at[tp]
    return steps


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
