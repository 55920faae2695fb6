"""The arrow from `pages` to `documents`: clean each page, one document (or refusal, or failure) for every record."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from agents.learning import Learning
from pipeline.outbox import child_of, header
from pipeline.topics import DOCUMENTS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

    from agents.cleaning import CleanRecord
    from agents.delivery import Batch, Delivery
    from agents.learning import Profiles
    from agents.outbox import Outbox

# Bytes of pages that are cleaned side by side, unless one page is larger: a page is in memory four times on its way
# through a process, its document twice on its way out.
AT_ONCE = 16 << 20


class Cleaner(Protocol):
    """What cleans pages; never raises for a page."""

    async def clean(self, deliveries: Sequence[Delivery]) -> list[CleanRecord]: ...


async def clean_pages(
    batches: AsyncIterator[Batch], *, cleaner: Cleaner, outbox: Outbox, profiles: Profiles | None = None
) -> None:
    """Turn each batch of pages into documents; the batch ends when the broker has all of them, and what they taught.

    Without `profiles` a page is cleaned by itself alone.
    """
    async for batch in batches:
        async with batch:
            learning = Learning(profiles) if profiles else None
            for deliveries in portions(batch.deliveries, AT_ONCE):
                await _clean_portion(deliveries, cleaner, outbox, learning)
            if learning:
                await learning.write()


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
    deliveries: Sequence[Delivery], cleaner: Cleaner, outbox: Outbox, learning: Learning | None
) -> None:
    records = await cleaner.clean(deliveries)
    if learning:
        records = [learning.clean(record, one.partition) for one, record in zip(deliveries, records, strict=True)]
    sent = [
        await outbox.send(
            DOCUMENTS.name,
            key=record.key,
            value=record.value,
            partition=record.partition,
            headers=(("traceparent", _trace(delivery)),),
        )
        for delivery, record in zip(deliveries, records, strict=True)
    ]
    await asyncio.gather(*sent)


def _trace(delivery: Delivery) -> bytes:
    place = f"{delivery.topic}/{delivery.partition}/{delivery.offset}"
    return child_of(header(delivery.headers, "traceparent"), "clean", place)
