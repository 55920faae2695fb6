"""The arrow from `documents` to `verdicts`: one decision per document, and nothing else."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from pipeline.reading import read_document

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable

    from agents.delivery import Batch, Delivery
    from pipeline.ledger import Ledger
    from pipeline.verdict import Verdict


class Verdicts(Protocol):
    """Where verdicts are kept: a ledger for each partition that is ours, and their changelog."""

    def ledger(self, partition: int) -> Ledger | None:
        """Return the ledger of a partition, None while it is not ours or not recovered."""
        ...

    def record(self, verdict: Verdict) -> Awaitable[object]:
        """Write a verdict; what is returned is done when the broker has it."""
        ...

    async def keep_up(self) -> None:
        """Do what is due after a batch."""
        ...


async def judge_documents(batches: AsyncIterator[Batch], *, verdicts: Verdicts) -> None:
    """Decide on each document in its partition's order; the batch ends when the broker has every verdict.

    A document far below those whose verdicts are at hand was committed before, so its verdict is in the log: it is only
    acknowledged. A document of a partition that is no longer ours, or that has come before its predecessors, is left:
    whoever owns the partition reads it again from the committed offset.
    """
    async for batch in batches:
        async with batch:
            written = []
            for index, delivery in enumerate(batch.deliveries):
                ledger = verdicts.ledger(delivery.partition)
                if ledger and ledger.is_settled(delivery.offset):
                    continue
                verdict = _verdict(ledger, delivery) if ledger else None
                if verdict is None:
                    batch.leave(index)
                else:
                    written.append(verdicts.record(verdict))
            await asyncio.gather(*written)
            await verdicts.keep_up()


def _verdict(ledger: Ledger, delivery: Delivery) -> Verdict | None:
    """Return the verdict on a document, the one that was given or a new one; None where its turn has not come."""
    known = ledger.known(delivery.offset)
    if known is not None or delivery.offset != ledger.passed:
        return known
    document = read_document(delivery.value, partition=delivery.partition, offset=delivery.offset)
    return ledger.judge(document, delivery.offset, timestamp=delivery.timestamp)
