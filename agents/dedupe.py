"""The arrow from `documents` to `verdicts`: one decision per document, and nothing else."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from pipeline.reading import read_document

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable

    from agents.delivery import Batch
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


async def judge_documents(batches: AsyncIterator[Batch], *, verdicts: Verdicts) -> None:
    """Decide on each document in its partition's order; the batch ends when the broker has every verdict.

    A document of a partition that is no longer ours, or that has come before its predecessors, is left: whoever owns
    the partition reads it again from the committed offset.
    """
    async for batch in batches:
        async with batch:
            written = []
            for index, delivery in enumerate(batch.deliveries):
                ledger = verdicts.ledger(delivery.partition)
                document = read_document(delivery.value, partition=delivery.partition, offset=delivery.offset)
                verdict = ledger.judge(document, delivery.offset) if ledger else None
                if verdict is None:
                    batch.leave(index)
                else:
                    written.append(verdicts.record(verdict))
            await asyncio.gather(*written)
