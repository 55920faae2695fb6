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

# Pages fed and not yet finished. A page is in up to three logs, in two of them as base64 (if it fails), and 3 MB are
# 4 MB then; the rest is for keys, headers and the outcomes of pages that are already finished.
IN_FLIGHT_BYTES = 3_000_000
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
