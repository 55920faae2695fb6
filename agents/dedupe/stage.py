"""The step from `documents` to `verdicts`: one decision per document, and nothing else."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, NamedTuple, Protocol

from agents.observe.telemetry import Finished, Telemetry
from pipeline.records.document import read_document
from pipeline.records.verdict import Decision
from pipeline.topics.headers import header
from pipeline.topics.traceparent import TRACEPARENT, child_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable

    from agents.stage.delivery import Batch, Delivery
    from pipeline.records.document import Cleaned
    from pipeline.records.verdict import Verdict
    from pipeline.verdict.ledger import Ledger

STAGE = "dedupe"


class Verdicts(Protocol):
    """The store of verdicts: a ledger for each of our partitions, and the changelog."""

    def ledger(self, partition: int) -> Ledger | None:
        """Return the ledger of a partition; None while it is not ours or not recovered yet."""
        ...

    def record(self, verdict: Verdict, traceparent: bytes | None = None) -> Awaitable[object]:
        """Write a verdict; the result is done when the broker has it. `traceparent` is given if traces are recorded."""
        ...

    async def keep_up(self) -> None:
        """Do the work that is due after a batch: tombstones and snapshots."""
        ...


class Judged(NamedTuple):
    """A document of a batch with its verdict."""

    delivery: Delivery
    verdict: Verdict
    url: str  # "" if the verdict is not new
    is_new: bool  # False if the document already had its verdict
    trace: bytes | None = None  # the traceparent that was written with the verdict, if traces are recorded


async def judge_documents(
    batches: AsyncIterator[Batch], *, verdicts: Verdicts, telemetry: Telemetry | None = None
) -> None:
    """Decide on each document in the order of its partition. A batch ends when the broker has every verdict.

    - A finished document, whose verdict is no longer in memory, is only acknowledged: its verdict is in the changelog.
    - A document of a partition that is no longer ours, or that came before its predecessors, is not acknowledged. The
      owner of the partition reads it again from the committed offset.
    """
    telemetry = telemetry or Telemetry()
    async for batch in batches:
        judged: list[Judged] = []
        began = time.time()
        async with batch:
            written = []
            for index, delivery in enumerate(batch.deliveries):
                ledger = verdicts.ledger(delivery.partition)
                if ledger and ledger.is_finished(delivery.offset):
                    continue
                document, verdict = _verdict(ledger, delivery) if ledger else (None, None)
                if verdict is None:
                    batch.leave(index)
                    continue
                trace = _trace(delivery, telemetry.ratio) if telemetry.traces else None
                written.append(verdicts.record(verdict, trace) if trace else verdicts.record(verdict))
                url, is_new = (document.url, True) if document else ("", False)
                judged.append(Judged(delivery, verdict, url, is_new, trace))
            await asyncio.gather(*written)
            await verdicts.keep_up()
        telemetry.metrics.commits[STAGE].set_to_current_time()
        telemetry.metrics.replayed.inc(sum(not one.is_new for one in judged))
        for one in judged:
            if one.is_new:  # a repeated verdict was counted and traced when it was new
                report(one, telemetry, began)


def _verdict(ledger: Ledger, delivery: Delivery) -> tuple[Cleaned | None, Verdict | None]:
    """Return the existing or a new verdict on a document; None if an earlier document has no verdict yet.

    The document is returned only if the verdict is new.
    """
    known = ledger.verdict_on(delivery.offset)
    if known is not None or delivery.offset != ledger.passed:
        return None, known
    document = read_document(delivery.value, partition=delivery.partition, offset=delivery.offset)
    return document, ledger.judge(document, delivery.offset, timestamp=delivery.timestamp)


def _trace(delivery: Delivery, ratio: float) -> bytes:
    return child_of(header(delivery.headers, TRACEPARENT), STAGE, delivery.place, ratio=ratio)


def report(judged: Judged, telemetry: Telemetry, began: float) -> None:
    """Count a new verdict, and record its span; `began` is in seconds since the epoch."""
    verdict, delivery = judged.verdict, judged.delivery
    telemetry.tell(
        Finished(
            stage=STAGE,
            result=_label(verdict),
            place=delivery.place,
            page_id=verdict.page_id,
            url=judged.url,
            began=began,
            own=judged.trace,
            parent=header(delivery.headers, TRACEPARENT) if judged.trace else None,
        )
    )


def _label(verdict: Verdict) -> str:
    """Return the metric's label of a verdict; for a duplicate, this is its kinship."""
    return (verdict.kinship or verdict.decision) if verdict.decision is Decision.DUPLICATE else verdict.decision
