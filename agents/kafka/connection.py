"""Connections to Kafka: one place for clients, their sizes and their errors."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.conn import collect_hosts
from aiokafka.errors import KafkaConnectionError, KafkaError, KafkaTimeoutError

from agents.errors import BrokerError, SettingsError
from agents.kafka.denied import denial
from agents.kafka.probe import probe_broker
from agents.kafka.security import Security, security_of
from agents.kafka.steady import BATCH_BYTES, SteadyAdmin, steady_consumer, steady_producer
from pipeline.topics import LARGE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiokafka.admin import AIOKafkaAdminClient

    from agents.settings import Settings

__all__ = ["BrokerError", "Connection", "answering", "connect"]

REQUEST_MS = 30_000
RETRY_MS = 10
EMBEDDED_FETCH_MS = 10  # the embedded broker answers a fetch that finds nothing only when its wait is over


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """The address of the broker, and its kind.

    `embedded` means librdkafka's mock cluster. It rewrites transactional batches without their checksum, has no topic
    ids, and creates topics by itself.
    """

    brokers: str
    embedded: bool = False
    security: Security = field(default_factory=Security)

    def client(self, name: str) -> dict[str, Any]:
        """Return the settings that all clients share."""
        return {
            "bootstrap_servers": self.brokers,
            "client_id": f"chistovik-{name}",
            "request_timeout_ms": REQUEST_MS,
            **self.security.aiokafka(),
        }

    def consumer(self, *topics: str, name: str, **settings: Any) -> AIOKafkaConsumer:
        """Make a consumer without automatic commits."""
        consumer = AIOKafkaConsumer(
            *topics,
            **self.client(name),
            enable_auto_commit=False,
            check_crcs=not self.embedded,
            **({"max_partition_fetch_bytes": 4 << 20} | settings),
        )
        if not self.embedded:
            steady_consumer(consumer)
        return consumer

    def asker(self, *, name: str, **settings: Any) -> AIOKafkaConsumer:
        """Make a consumer for single queries, or for reading a bounded range.

        aiokafka's first query about a topic fails, because it learns the partition leaders only by asking. It retries
        after a backoff (0.1 s by default). Here the backoff is short: in an outage these queries do not run for long.
        """
        return self.consumer(name=name, retry_backoff_ms=RETRY_MS, **settings)

    def producer(self, name: str, **settings: Any) -> AIOKafkaProducer:
        """Make an idempotent producer: all replicas acknowledge, records stay in order.

        zstd takes a quarter of the time of Python's gzip and packs about as well (docs/decisions/0030).
        """
        usual = {"compression_type": "zstd", "linger_ms": 5} | settings
        if self.embedded:
            usual["compression_type"] = None
        producer = AIOKafkaProducer(
            **self.client(name),
            enable_idempotence=True,
            acks="all",
            max_request_size=LARGE,
            max_batch_size=BATCH_BYTES,
            **usual,
        )
        if not self.embedded:
            steady_producer(producer)
        return producer

    @asynccontextmanager
    async def admin(self, *, first: bool = True) -> AsyncIterator[AIOKafkaAdminClient]:
        """Open an admin client. Raises BrokerError if no broker answers.

        The `first` time it probes the broker, and also raises BrokerError if the broker refuses us or is too old.
        """
        if first and not self.embedded:
            await probe_broker(self.brokers, self.security)
        client = SteadyAdmin(**self.client("admin"))
        async with answering(self):
            await client.start()
        try:
            yield client
        finally:
            await client.close()


def connect(settings: Settings) -> Connection:
    """Make the connection that the settings describe. Raises SettingsError if they do not fit together."""
    try:
        collect_hosts(settings.brokers)
    except ValueError:
        raise SettingsError(f"CHISTOVIK_BROKERS={settings.brokers!r}: expected host:port, comma-separated") from None
    return Connection(brokers=settings.brokers, security=security_of(settings))


@asynccontextmanager
async def answering(connection: Connection, *, probing: bool = False) -> AsyncIterator[None]:
    """Turn errors of aiokafka inside the block into a BrokerError of one line.

    aiokafka only logs why a broker refused a connection. With `probing`, the broker is asked again for the reason.
    """
    try:
        yield
    except KafkaConnectionError:
        if probing and not connection.embedded:
            await probe_broker(connection.brokers, connection.security)
        raise BrokerError(
            f"no Kafka answers at {connection.brokers}: check that it is up and that CHISTOVIK_BROKERS is right"
        ) from None
    except KafkaTimeoutError:
        raise BrokerError(
            f"Kafka at {connection.brokers} did not answer in time: check that it is up and that the network to it is "
            "neither slow nor cutting connections; then run the command again"
        ) from None
    except KafkaError as error:
        raise BrokerError(denial(error) or f"Kafka at {connection.brokers}: {error}") from error
