"""The output of a stage: a producer that adds the prefix to topic names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence

    from aiokafka import AIOKafkaProducer


class Outbox(Protocol):
    """Takes records. Awaiting the result of `send` waits until the broker has the record, or raises if that failed."""

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
        """Pass a record to the producer; await the result to know that the broker has it."""
        delivery: Awaitable[Any] = await self.producer.send(
            self.prefix + topic, value, key=key, partition=partition, headers=list(headers)
        )
        return delivery
