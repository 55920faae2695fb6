"""The step from `pages` to `documents`: clean each page and write one document, refusal or failure per record."""

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
    from agents.clean.record import CleanRecord, CleanReport
    from agents.kafka.outbox import Outbox
    from agents.stage.delivery import Batch, Delivery

# Bytes of pages that are cleaned in parallel, unless a single page is larger. While a page is cleaned, memory holds
# four copies of it, and then two copies of its document.
AT_ONCE = 16 << 20
STAGE = "clean"


class Cleaner(Protocol):
    """Cleans pages; it never raises because of a page."""

    async def clean(self, deliveries: Sequence[Delivery]) -> list[CleanRecord]: ...


async def clean_pages(
    batches: AsyncIterator[Batch],
    *,
    cleaner: Cleaner,
    outbox: Outbox,
    profiles: Profiles | None = None,
    telemetry: Telemetry | None = None,
) -> None:
    """Turn each batch of pages into documents. A batch ends when the broker has all documents and changed profiles.

    Without `profiles`, each page is cleaned on its own.
    """
    telemetry = telemetry or Telemetry()
    async for batch in batches:
        reports: list[tuple[str, CleanReport]] = []
        async with batch:
            learning = Learning(profiles) if profiles else None
            for deliveries in portions(batch.deliveries, AT_ONCE):
                reports += await _clean_portion(deliveries, cleaner, outbox, learning, telemetry)
            if learning:
                await learning.write()
        telemetry.metrics.commits[STAGE].set_to_current_time()
        telemetry.metrics.page_bytes.inc(sum(len(one.value or b"") for one in batch.deliveries))
        for delivery, (page_id, report) in zip(batch.deliveries, reports, strict=True):
            _report(delivery, page_id, report, telemetry)


def portions(deliveries: Sequence[Delivery], at_once: int) -> Iterator[Sequence[Delivery]]:
    """Split a batch, in its order, into parts of at most `at_once` bytes; a larger record is a part of its own."""
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
) -> list[tuple[str, CleanReport]]:
    """Clean and write pages; return their ids and reports, for telemetry after the batch has ended."""
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
    return [(record.key.decode(), record.report) for record in records]


def _trace(delivery: Delivery, ratio: float) -> bytes:
    return child_of(header(delivery.headers, TRACEPARENT), STAGE, delivery.place, ratio=ratio)


def _report(delivery: Delivery, page_id: str, report: CleanReport, telemetry: Telemetry) -> None:
    """Count a page whose batch has ended, with the time that it took; log it if its cleaning was aborted."""
    telemetry.metrics.page_seconds.observe(report.seconds)
    if report.broke:
        telemetry.metrics.broke[report.broke].inc()
    telemetry.tell(
        Finished(
            stage=STAGE,
            result=report.result,
            outcome=report.result if report.result == "document" else f"{report.result}: {report.detail}"[:200],
            place=delivery.place,
            page_id=page_id,
            url=report.url,
            error=report.detail if report.result == "failure" else "",
            began=report.began,
            own=_trace(delivery, telemetry.ratio),
            parent=header(delivery.headers, TRACEPARENT),
            line=_broken(delivery, page_id, report) if report.broke else None,
        )
    )


def _broken(delivery: Delivery, page_id: str, report: CleanReport) -> Line:
    facts = {
        "stage": STAGE,
        "page_id": page_id,
        "url": report.url,
        "place": delivery.place,
        "error": report.detail,
        "seconds": round(report.seconds, 3),
    }
    return Line("page broke its cleaning", facts)
