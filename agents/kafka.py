"""How we connect to Kafka: one place for clients, their sizes and their errors."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaConnectionError, KafkaError

from pipeline.topics import LARGE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

REQUEST_MS = 30_000


class BrokerError(RuntimeError):
    """The broker cannot be used as it is; one line says which, why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """Where the broker is and what kind it is.

    `embedded` is librdkafka's mock cluster: it rewrites transactional batches without their checksum, knows no topic
    ids, and creates topics by itself.
    """

    brokers: str
    embedded: bool = False

    def client(self, name: str) -> dict[str, Any]:
        """Give the settings that every client shares."""
        return {
            "bootstrap_servers": self.brokers,
            "client_id": f"chistovik-{name}",
            "request_timeout_ms": REQUEST_MS,
        }

    def consumer(self, *topics: str, name: str, **settings: Any) -> AIOKafkaConsumer:
        """Make a consumer that commits nothing by itself."""
        return AIOKafkaConsumer(
            *topics,
            **self.client(name),
            enable_auto_commit=False,
            check_crcs=not self.embedded,
            max_partition_fetch_bytes=4 << 20,
            **settings,
        )

    def producer(self, name: str, **settings: Any) -> AIOKafkaProducer:
        """Make an idempotent producer: acknowledged by all replicas, in order."""
        return AIOKafkaProducer(
            **self.client(name),
            enable_idempotence=True,
            acks="all",
            max_request_size=LARGE,
            max_batch_size=1 << 19,
            linger_ms=5,
            compression_type=None if self.embedded else "gzip",
            **settings,
        )

    @asynccontextmanager
    async def admin(self) -> AsyncIterator[AIOKafkaAdminClient]:
        """Open an admin client; BrokerError where nobody answers."""
        client = AIOKafkaAdminClient(**self.client("admin"))
        async with answering(self):
            await client.start()
        try:
            yield client
        finally:
            await client.close()


@asynccontextmanager
async def answering(connection: Connection) -> AsyncIterator[None]:
    """Turn the errors of a broker that does not answer into a BrokerError."""
    try:
        yield
    except KafkaConnectionError:
        raise BrokerError(
            f"no Kafka answers at {connection.brokers}: is it up, and is CHISTOVIK_BROKERS right?"
        ) from None
    except KafkaError as error:
        raise BrokerError(f"Kafka at {connection.brokers}: {error}") from error
