"""The step from `pages` to `documents`: clean each page and write one document, refusal or failure per record."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from agents.clean.chunk import parts
from agents.clean.learning import Learning
from agents.errors import StoppingError
from agents.kafka.appending import Outgoing
from agents.observe.telemetry import Finished, Line, Telemetry
from pipeline.topics import DOCUMENTS
from pipeline.topics.headers import header
from pipeline.topics.traceparent import TRACEPARENT, child_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Sequence

    from agents.clean.learning import Profiles
    from agents.clean.record import CleanRecord, CleanReport
    from agents.kafka.outbox import Outbox
    from agents.stage.delivery import Batch, Delivery

# Bytes of pages that are under way, unless a single page is larger. While a page is cleaned, memory holds four copies
# of it, and then two copies of its document.
AT_ONCE = 16 << 20
UNDER_WAY = 4  # batches: one is taken, two are cleaned, one is written
STAGE = "clean"


class Cleaner(Protocol):
    """Cleans pages; it never raises because of a page. It raises StoppingError if no process runs and it must stop."""

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

    Up to UNDER_WAY batches overlap, so that no process waits for the broker. They learn, write and end in their order.
    Without `profiles`, each page is cleaned on its own.
    """
    step = _Step(cleaner, outbox, profiles, telemetry or Telemetry())
    under_way: deque[tuple[int, asyncio.Task[None]]] = deque()
    before = _Turn.over()
    try:
        async for batch in batches:
            size = _bytes(batch.deliveries)
            while under_way and (
                len(under_way) == UNDER_WAY or size + sum(others for others, _ in under_way) > AT_ONCE
            ):
                await under_way.popleft()[1]
            turn = _Turn()
            under_way.append((size, asyncio.create_task(step.take(batch, before, turn))))
            before = turn
        while under_way:
            await under_way.popleft()[1]
    finally:
        for _, task in under_way:
            task.cancel()
        await asyncio.gather(*(task for _, task in under_way), return_exceptions=True)


def _bytes(deliveries: Sequence[Delivery]) -> int:
    return sum(len(one.value or b"") for one in deliveries)


@dataclass(slots=True)
class _Turn:
    """How far a batch is, for the batch after it."""

    sent: asyncio.Event = field(default_factory=asyncio.Event)  # all its documents, and it has learned from them
    ended: asyncio.Event = field(default_factory=asyncio.Event)  # it is acknowledged
    learning: Learning | None = None

    @classmethod
    def over(cls) -> _Turn:
        """Return the turn before the first."""
        turn = cls()
        turn.sent.set()
        turn.ended.set()
        return turn


@dataclass(frozen=True, slots=True)
class _Step:
    """Cleans a batch, while other batches are cleaned or written."""

    cleaner: Cleaner
    outbox: Outbox
    profiles: Profiles | None
    telemetry: Telemetry

    async def take(self, batch: Batch, before: _Turn, turn: _Turn) -> None:
        reports: list[tuple[str, CleanReport]] | None = None  # None: the batch is left to whoever reads it next
        async with batch:
            try:
                reports = await self._clean(batch, before, turn)
            except StoppingError:
                batch.left.update(range(len(batch.deliveries)))
                turn.learning = None  # of a first portion, which is learned from when it is read again
                await before.sent.wait()
                turn.sent.set()
            await before.ended.wait()
            if turn.learning:
                await turn.learning.write()
        before.learning = None
        turn.ended.set()
        if reports is not None:
            self._tell(batch, reports)

    async def _clean(self, batch: Batch, before: _Turn, turn: _Turn) -> list[tuple[str, CleanReport]]:
        """Clean the pages and write their documents; return the pages' ids and reports."""
        reports: list[tuple[str, CleanReport]] = []
        portions = list(parts(batch.deliveries, size=AT_ONCE))
        for number, deliveries in enumerate(portions, start=1):
            records = await self.cleaner.clean(deliveries)
            await before.sent.wait()
            if self.profiles and turn.learning is None:
                turn.learning = Learning(self.profiles, before.learning)
            records, sent = await self._send(deliveries, records, turn.learning)
            if number == len(portions):
                turn.sent.set()
            await asyncio.gather(*sent)
            self.telemetry.metrics.document_bytes.inc(sum(len(record.value) for record in records))
            reports += [(record.key.decode(), record.report) for record in records]
        return reports

    def _tell(self, batch: Batch, reports: Sequence[tuple[str, CleanReport]]) -> None:
        """Count and log what the batch brought."""
        self.telemetry.metrics.commits[STAGE].set_to_current_time()
        self.telemetry.metrics.page_bytes.inc(_bytes(batch.deliveries))
        for delivery, (page_id, report) in zip(batch.deliveries, reports, strict=True):
            _report(delivery, page_id, report, self.telemetry)

    async def _send(
        self, deliveries: Sequence[Delivery], records: list[CleanRecord], learning: Learning | None
    ) -> tuple[list[CleanRecord], list[Awaitable[object]]]:
        """Learn from pages and send their documents, both in their order; return what is under way."""
        if learning:
            records = [learning.clean(record, one.partition) for one, record in zip(deliveries, records, strict=True)]
        outgoing = [
            Outgoing(
                record.key, record.value, record.partition, [(TRACEPARENT, _trace(delivery, self.telemetry.ratio))]
            )
            for delivery, record in zip(deliveries, records, strict=True)
        ]
        sent = await self.outbox.send_all(DOCUMENTS.name, outgoing)
        return records, sent


def _trace(delivery: Delivery, ratio: float) -> bytes:
    return child_of(header(delivery.headers, TRACEPARENT), STAGE, delivery.place, ratio=ratio)


def _report(delivery: Delivery, page_id: str, report: CleanReport, telemetry: Telemetry) -> None:
    """Count a page whose batch has ended, with the time that it took; log it if its cleaning was aborted."""
    telemetry.metrics.page_seconds.observe(report.seconds)
    if report.broke:
        telemetry.metrics.broke[report.broke].inc()
    elif telemetry.traces is None:
        telemetry.metrics.count(STAGE, report.result)
        return
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
