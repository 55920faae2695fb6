"""The output of a stage: a producer that adds the prefix to topic names.

An idempotent producer sends again without a limit. A command that waits for it alone would hang for as long as Kafka is
down, also at its end; `sending` and `confirmed` are its limits. A worker has others: it is watched.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from agents.errors import BrokerError
from agents.kafka.appending import append_all

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Sequence

    from aiokafka import AIOKafkaProducer

    from agents.kafka.appending import Outgoing
    from agents.kafka.connection import Connection

SILENT_SECONDS = 60.0  # without a single confirmation; two requests of a client
FLUSH_SECONDS = 5.0  # for what is unconfirmed when a command ends


class Outbox(Protocol):
    """Takes records. Awaiting the result of `send` waits until the broker has the record, or raises if that failed.

    `send_all` is for many records with their partitions; its results are fewer.
    """

    async def send(
        self,
        topic: str,
        *,
        value: bytes,
        key: bytes | None = None,
        partition: int | None = None,
        headers: Sequence[tuple[str, bytes]] = (),
    ) -> Awaitable[Any]: ...

    async def send_all(self, topic: str, records: Sequence[Outgoing]) -> list[Awaitable[Any]]: ...


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

    async def send_all(self, topic: str, records: Sequence[Outgoing]) -> list[Awaitable[Any]]:
        """Pass records to the producer, in their order; await all results to know that the broker has all records."""
        return await append_all(self.producer, self.prefix + topic, records)


@asynccontextmanager
async def sending(connection: Connection, name: str) -> AsyncIterator[AIOKafkaProducer]:
    """Run a producer inside the block. At its end, what Kafka does not confirm in FLUSH_SECONDS is given up."""
    producer = connection.producer(name)
    await producer.start()
    try:
        yield producer
    finally:
        try:
            async with asyncio.timeout(FLUSH_SECONDS):
                await producer.stop()
        except TimeoutError:
            await producer._sender.close()  # noqa: SLF001 — there is no way to stop without a flush
            await producer.client.close()


async def confirmed(sent: Sequence[Awaitable[Any]]) -> None:
    """Wait until Kafka has everything that was sent. Raises if it refuses a record, or confirms none for long."""
    waiting, known = [asyncio.ensure_future(one) for one in sent], 0
    together = asyncio.gather(*waiting)
    together.add_done_callback(lambda whole: whole.cancelled() or whole.exception())  # or asyncio logs it
    try:
        while not (await asyncio.wait([together], timeout=SILENT_SECONDS))[0]:
            count = sum(one.done() for one in waiting)
            if count == known:
                raise BrokerError(
                    f"Kafka has confirmed nothing for {SILENT_SECONDS:g} s: check that it is up and that its disk is "
                    f"not full, then run the command again"
                )
            known = count
        together.result()
    finally:
        together.cancel()
