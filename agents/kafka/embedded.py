"""The embedded broker: librdkafka's mock cluster, inside this process, for `run` and the demo.

It keeps nothing on disk, and silently drops all but about 5 MB per partition. Callers must bound the data in flight.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from confluent_kafka import Producer

from agents.kafka.connection import Connection

if TYPE_CHECKING:
    from collections.abc import Iterator

IN_FLIGHT_BYTES = 1_500_000  # pages fed and not yet finished; a page is in three logs, in one of them as base64
LARGEST_PAGE_BYTES = 1_200_000


@contextmanager
def embedded_broker() -> Iterator[Connection]:
    """Run the mock cluster inside the context."""
    cluster = Producer({"test.mock.num.brokers": 1, "bootstrap.servers": "unused", "log_level": 0})
    try:
        brokers = cluster.list_topics(timeout=10).brokers.values()
        yield Connection(brokers=",".join(f"{broker.host}:{broker.port}" for broker in brokers), embedded=True)
    finally:
        cluster.flush(0)
        del cluster
