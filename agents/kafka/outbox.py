"""Where a stage's records go: a producer that names topics without their prefix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence

    from aiokafka import AIOKafkaProducer


class Outbox(Protocol):
    """Takes records; what `send` returns is done when the broker has the record, and raises if it never will."""

    async def send(
        self,
        topic: str,
        *,
        value: bytes,
        key: bytes | None = None,
        partition: int | None = None,
        headers: Sequence[tuple[str, bytes]] = (),
    ) -> Awaitable[Any]: ...


@dataclass(frozen=True, slots=True)
class KafkaOutbox:
    """An outbox on a running producer."""

    producer: AIOKafkaProducer
    prefix: str

    async def send(
        self,
        topic: str,
        *,
        value: bytes,
        key: bytes | None = None,
        partition: int | None = None,
        headers: Sequence[tuple[str, bytes]] = (),
    ) -> Awaitable[Any]:
        """Hand a record to the producer; it is in the broker when the result is awaited."""
        delivery: Awaitable[Any] = await self.producer.send(
            self.prefix + topic, value, key=key, partition=partition, headers=list(headers)
        )
        return delivery
