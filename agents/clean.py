"""The arrow from `pages` to `documents`: clean each page, one document (or refusal, or failure) for every record."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from pipeline.outbox import child_of, header
from pipeline.topics import DOCUMENTS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from agents.cleaning import CleanRecord
    from agents.delivery import Batch, Delivery
    from agents.outbox import Outbox


class Cleaner(Protocol):
    """What cleans pages; never raises for a page."""

    async def clean(self, deliveries: Sequence[Delivery]) -> list[CleanRecord]: ...


async def clean_pages(batches: AsyncIterator[Batch], *, cleaner: Cleaner, outbox: Outbox) -> None:
    """Turn each batch of pages into documents; the batch ends when the broker has all of them."""
    async for batch in batches:
        async with batch:
            records = await cleaner.clean(batch.deliveries)
            sent = [
                await outbox.send(
                    DOCUMENTS.name,
                    key=record.key,
                    value=record.value,
                    partition=record.partition,
                    headers=(("traceparent", _trace(delivery)),),
                )
                for delivery, record in zip(batch.deliveries, records, strict=True)
            ]
            await asyncio.gather(*sent)


def _trace(delivery: Delivery) -> bytes:
    place = f"{delivery.topic}/{delivery.partition}/{delivery.offset}"
    return child_of(header(delivery.headers, "traceparent"), "clean", place)
