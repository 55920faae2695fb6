"""The arrow from `documents` to `verdicts`: one decision per document, and nothing else."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from typing import TYPE_CHECKING, Protocol

from agents.observe.telemetry import Telemetry
from pipeline.records.document import read_document
from pipeline.records.verdict import Decision
from pipeline.topics.headers import header
from pipeline.topics.traceparent import TRACEPARENT, child_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Sequence

    from agents.stage.delivery import Batch, Delivery
    from pipeline.records.document import Cleaned
    from pipeline.records.verdict import Verdict
    from pipeline.verdict.ledger import Ledger

STAGE = "dedupe"


class Verdicts(Protocol):
    """Where verdicts are kept: a ledger for each partition that is ours, and their changelog."""

    def ledger(self, partition: int) -> Ledger | None:
        """Return the ledger of a partition, None while it is not ours or not recovered."""
        ...

    def record(self, verdict: Verdict, traceparent: bytes | None = None) -> Awaitable[object]:
        """Write a verdict; what is returned is done when the broker has it. The header is for traces that are kept."""
        ...

    async def keep_up(self) -> None:
        """Do what is due after a batch."""
        ...


async def judge_documents(
    batches: AsyncIterator[Batch], *, verdicts: Verdicts, telemetry: Telemetry | None = None
) -> None:
    """Decide on each document in its partition's order; the batch ends when the broker has every verdict.

    A document far below those whose verdicts are at hand was committed before, so its verdict is in the log: it is only
    acknowledged. A document of a partition that is no longer ours, or that has come before its predecessors, is left:
    whoever owns the partition reads it again from the committed offset.
    """
    telemetry = telemetry or Telemetry()
    async for batch in batches:
        judged: list[tuple[Delivery, str | None, Verdict]] = []
        began = time.time()
        async with batch:
            written = []
            for index, delivery in enumerate(batch.deliveries):
                ledger = verdicts.ledger(delivery.partition)
                if ledger and ledger.is_settled(delivery.offset):
                    continue
                document, verdict = _verdict(ledger, delivery) if ledger else (None, None)
                if verdict is None:
                    batch.leave(index)
                    continue
                trace = _trace(delivery, telemetry.ratio) if telemetry.traces else None
                written.append(verdicts.record(verdict, trace) if trace else verdicts.record(verdict))
                judged.append((delivery, document.url if document else None, verdict))
            await asyncio.gather(*written)
            await verdicts.keep_up()
        _tell(judged, telemetry, began)


def _verdict(ledger: Ledger, delivery: Delivery) -> tuple[Cleaned | None, Verdict | None]:
    """Return the verdict on a document, the one that was given or a new one; None where its turn has not come.

    The document is there where the verdict is new.
    """
    known = ledger.known(delivery.offset)
    if known is not None or delivery.offset != ledger.passed:
        return None, known
    document = read_document(delivery.value, partition=delivery.partition, offset=delivery.offset)
    return document, ledger.judge(document, delivery.offset, timestamp=delivery.timestamp)


def _trace(delivery: Delivery, ratio: float) -> bytes:
    return child_of(header(delivery.headers, TRACEPARENT), STAGE, delivery.place, ratio=ratio)


def _tell(judged: Sequence[tuple[Delivery, str | None, Verdict]], telemetry: Telemetry, began: float) -> None:
    """Count the verdicts of a batch that has ended, and record their spans; a repeated one has its span already."""
    metrics, traces, ended = telemetry.metrics, telemetry.traces, time.time()
    metrics.commits[STAGE].set(ended)
    for said, times in Counter(_said(verdict) for _, url, verdict in judged if url is not None).items():
        metrics.judged[said].inc(times)
    metrics.replayed.inc(sum(url is None for _, url, _ in judged))
    for delivery, url, verdict in judged if traces else ():
        if url is not None and traces is not None:
            traces.span(
                STAGE,
                _trace(delivery, telemetry.ratio),
                header(delivery.headers, TRACEPARENT),
                began=began,
                ended=ended,
                outcome=_said(verdict),
                page_id=verdict.page_id,
                url=url,
                place=delivery.place,
            )


def _said(verdict: Verdict) -> str:
    return (verdict.kinship or verdict.decision) if verdict.decision is Decision.DUPLICATE else verdict.decision
