"""Fakes for tests of stages: deliveries without a broker, and an outbox in memory.

They test stages as plain generators. The behavior of a broker is tested on a broker.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from agents.stage.delivery import Batch, Delivery

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Sequence

    from agents.kafka.appending import Outgoing


@dataclass(slots=True)
class Stream:
    """Batches of deliveries for one stage. Records the deliveries that the stage acknowledged."""

    batches: list[list[Delivery]]
    stage: str = "test"
    acknowledged: list[tuple[str, int, int]] = field(default_factory=list)  # topic, partition, offset
    errors: list[BaseException] = field(default_factory=list)

    def __aiter__(self) -> AsyncIterator[Batch]:
        return self._iterate()

    async def _iterate(self) -> AsyncIterator[Batch]:
        for deliveries in self.batches:

            async def acknowledge(finished: Sequence[int], taken: list[Delivery] = deliveries) -> None:
                self.acknowledged += [(taken[i].topic, taken[i].partition, taken[i].offset) for i in finished]

            yield Batch(
                stage=self.stage,
                deliveries=deliveries,
                acknowledge=acknowledge,
                on_error=lambda _stage, error: self.errors.append(error),
            )


def stream_of(*batches: Sequence[bytes | None], topic: str = "pages", partition: int = 0) -> Stream:
    """Make a stream of values, batch by batch. Offsets continue from batch to batch."""
    offset, made = 0, []
    for values in batches:
        made.append(
            [
                Delivery(topic=topic, partition=partition, offset=offset + index, value=value)
                for index, value in enumerate(values)
            ]
        )
        offset += len(values)
    return Stream(made)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A record that a stage sent."""

    topic: str
    key: bytes | None
    value: bytes
    partition: int | None
    headers: tuple[tuple[str, bytes], ...]


@dataclass(slots=True)
class MemoryOutbox:
    """An outbox that keeps records in memory. With `fails` every send raises, as on a broker that refuses writes."""

    sent: list[Sent] = field(default_factory=list)
    fails: Exception | None = None

    async def send(
        self,
        topic: str,
        *,
        value: bytes,
        key: bytes | None = None,
        partition: int | None = None,
        headers: Sequence[tuple[str, bytes]] = (),
    ) -> Awaitable[Any]:
        """Keep a record, or fail."""
        arrived: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if self.fails is None:
            self.sent.append(Sent(topic=topic, key=key, value=value, partition=partition, headers=tuple(headers)))
            arrived.set_result(None)
        else:
            arrived.set_exception(self.fails)
        return arrived

    async def send_all(self, topic: str, records: Sequence[Outgoing]) -> list[Awaitable[Any]]:
        """Keep records, or fail."""
        return [await self.send(topic, **record._asdict()) for record in records]
