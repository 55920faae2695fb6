"""The arrow from `pages` to `documents`: clean each page, one document (or refusal, or failure) for every record."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from agents.clean.learning import Learning
from agents.observe.telemetry import Finished, Line, Telemetry
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
        telemetry.metrics.commits[STAGE].set_to_current_time()
        telemetry.metrics.page_bytes.inc(sum(len(one.value or b"") for one in batch.deliveries))
        for delivery, (page_id, one) in zip(batch.deliveries, told, strict=True):
            _tell(delivery, page_id, one, telemetry)


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


def _tell(delivery: Delivery, page_id: str, told: Told, telemetry: Telemetry) -> None:
    """Count a page whose batch has ended, and the time that it took; log what broke the cleaning."""
    telemetry.metrics.page_seconds.observe(told.seconds)
    if told.broke:
        telemetry.metrics.broke[told.broke].inc()
    telemetry.tell(
        Finished(
            stage=STAGE,
            result=told.result,
            outcome=told.result if told.result == "document" else f"{told.result}: {told.detail}"[:200],
            place=delivery.place,
            page_id=page_id,
            url=told.url,
            error=told.detail if told.result == "failure" else "",
            began=told.began,
            own=_trace(delivery, telemetry.ratio),
            parent=header(delivery.headers, TRACEPARENT),
            line=_broken(delivery, page_id, told) if told.broke else None,
        )
    )


def _broken(delivery: Delivery, page_id: str, told: Told) -> Line:
    facts = {
        "stage": STAGE,
        "page_id": page_id,
        "url": told.url,
        "place": delivery.place,
        "error": told.detail,
        "seconds": round(told.seconds, 3),
    }
    return Line("page broke its cleaning", facts)
