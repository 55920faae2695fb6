"""The arrow from `pages` to `documents`: clean each page, one document (or refusal, or failure) for every record."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Protocol

import structlog

from agents.clean.learning import Learning
from agents.observe.telemetry import Telemetry
from pipeline.topics import DOCUMENTS
from pipeline.topics.headers import header
from pipeline.topics.traceparent import TRACEPARENT, child_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

    from agents.clean.learning import Profiles
    from agents.clean.record import CleanRecord, Told
    from agents.kafka.outbox import Outbox
    from agents.stage.delivery import Batch, Delivery

# Bytes of pages that are cleaned side by side, unless one page is larger: a page is in memory four times on its way
# through a process, its document twice on its way out.
AT_ONCE = 16 << 20
STAGE = "clean"
log = structlog.get_logger("chistovik")


class Cleaner(Protocol):
    """What cleans pages; never raises for a page."""

    async def clean(self, deliveries: Sequence[Delivery]) -> list[CleanRecord]: ...


async def clean_pages(
    batches: AsyncIterator[Batch],
    *,
    cleaner: Cleaner,
    outbox: Outbox,
    profiles: Profiles | None = None,
    telemetry: Telemetry | None = None,
) -> None:
    """Turn each batch of pages into documents; the batch ends when the broker has all of them, and what they taught.

    Without `profiles` a page is cleaned by itself alone.
    """
    telemetry = telemetry or Telemetry()
    async for batch in batches:
        told: list[tuple[str, Told]] = []
        async with batch:
            learning = Learning(profiles) if profiles else None
            for deliveries in portions(batch.deliveries, AT_ONCE):
                told += await _clean_portion(deliveries, cleaner, outbox, learning, telemetry)
            if learning:
                await learning.write()
        _tell(batch, told, telemetry)


def portions(deliveries: Sequence[Delivery], at_once: int) -> Iterator[Sequence[Delivery]]:
    """Part a batch, in its order, so that the records of a part hold so many bytes at most, or there is only one."""
    start = size = 0
    for index, delivery in enumerate(deliveries):
        own = len(delivery.value or b"")
        if index > start and size + own > at_once:
            yield deliveries[start:index]
            start, size = index, 0
        size += own
    if start < len(deliveries):
        yield deliveries[start:]


async def _clean_portion(
    deliveries: Sequence[Delivery],
    cleaner: Cleaner,
    outbox: Outbox,
    learning: Learning | None,
    telemetry: Telemetry,
) -> list[tuple[str, Told]]:
    """Clean and write; return the pages' ids, and what is to be told of them when the batch has ended."""
    records = await cleaner.clean(deliveries)
    if learning:
        records = [learning.clean(record, one.partition) for one, record in zip(deliveries, records, strict=True)]
    sent = [
        await outbox.send(
            DOCUMENTS.name,
            key=record.key,
            value=record.value,
            partition=record.partition,
            headers=((TRACEPARENT, _trace(delivery, telemetry.ratio)),),
        )
        for delivery, record in zip(deliveries, records, strict=True)
    ]
    await asyncio.gather(*sent)
    telemetry.metrics.document_bytes.inc(sum(len(record.value) for record in records))
    return [(record.key.decode(), record.told) for record in records]


def _trace(delivery: Delivery, ratio: float) -> bytes:
    return child_of(header(delivery.headers, TRACEPARENT), STAGE, delivery.place, ratio=ratio)


def _tell(batch: Batch, told: Sequence[tuple[str, Told]], telemetry: Telemetry) -> None:
    """Count the pages of a batch that has ended, record their spans, and say what broke the cleaning."""
    metrics, traces, ended = telemetry.metrics, telemetry.traces, time.time()
    metrics.commits[STAGE].set(ended)
    metrics.page_bytes.inc(sum(len(one.value or b"") for one in batch.deliveries))
    for delivery, (page_id, one) in zip(batch.deliveries, told, strict=True):
        metrics.pages[one.result].inc()
        metrics.page_seconds.observe(one.seconds)
        if one.broke:
            metrics.broke[one.broke].inc()
            log.warning(
                "page broke its cleaning",
                stage=STAGE,
                page_id=page_id,
                url=one.url,
                place=delivery.place,
                error=one.detail,
                seconds=round(one.seconds, 3),
            )
        if traces:
            traces.span(
                STAGE,
                _trace(delivery, telemetry.ratio),
                header(delivery.headers, TRACEPARENT),
                began=one.began or ended,
                ended=ended,
                outcome=one.result if one.result == "document" else f"{one.result}: {one.detail}"[:200],
                page_id=page_id,
                url=one.url,
                error=one.detail if one.result == "failure" else "",
                place=delivery.place,
            )
