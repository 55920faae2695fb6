"""How we connect to Kafka: one place for clients, their sizes and their errors."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.conn import collect_hosts
from aiokafka.errors import KafkaConnectionError, KafkaError

from agents.errors import BrokerError, SettingsError
from agents.kafka.denied import denial
from agents.kafka.probe import knock
from agents.kafka.security import Security, security_of
from pipeline.topics import LARGE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from agents.settings import Settings

__all__ = ["BrokerError", "Connection", "answering", "connect"]

REQUEST_MS = 30_000
ASK_AGAIN_MS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """Where the broker is and what kind it is.

    `embedded` is librdkafka's mock cluster: it rewrites transactional batches without their checksum, knows no topic
    ids, and creates topics by itself.
    """

    brokers: str
    embedded: bool = False
    security: Security = field(default_factory=Security)

    def client(self, name: str) -> dict[str, Any]:
        """Give the settings that every client shares."""
        return {
            "bootstrap_servers": self.brokers,
            "client_id": f"chistovik-{name}",
            "request_timeout_ms": REQUEST_MS,
            **self.security.aiokafka(),
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

    def asker(self, *, name: str, **settings: Any) -> AIOKafkaConsumer:
        """Make a consumer for questions, or for a reading that ends.

        The first question about a topic fails, as aiokafka has its partitions' leaders only then, and is put again
        after the backoff (0.1 s): here that is short, as in an outage nobody waits with it for long.
        """
        return self.consumer(name=name, retry_backoff_ms=ASK_AGAIN_MS, **settings)

    def producer(self, name: str, **settings: Any) -> AIOKafkaProducer:
        """Make an idempotent producer: acknowledged by all replicas, in order."""
        usual = {"compression_type": "gzip", "linger_ms": 5} | settings
        if self.embedded:
            usual["compression_type"] = None
        return AIOKafkaProducer(
            **self.client(name),
            enable_idempotence=True,
            acks="all",
            max_request_size=LARGE,
            max_batch_size=1 << 19,
            **usual,
        )

    @asynccontextmanager
    async def admin(self, *, first: bool = True) -> AsyncIterator[AIOKafkaAdminClient]:
        """Open an admin client; BrokerError where nobody answers or, the `first` time, we cannot work with who does."""
        if first and not self.embedded:
            await knock(self.brokers, self.security)
        client = AIOKafkaAdminClient(**self.client("admin"))
        async with answering(self):
            await client.start()
        try:
            yield client
        finally:
            await client.close()


def connect(settings: Settings) -> Connection:
    """Make the connection that the settings name; SettingsError where they do not fit together."""
    try:
        collect_hosts(settings.brokers)
    except ValueError:
        raise SettingsError(f"CHISTOVIK_BROKERS={settings.brokers!r}: expected host:port, comma-separated") from None
    return Connection(brokers=settings.brokers, security=security_of(settings))


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
        raise BrokerError(denial(error) or f"Kafka at {connection.brokers}: {error}") from error
