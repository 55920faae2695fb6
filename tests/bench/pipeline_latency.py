"""How long a page takes to its article through an idle pipeline, and a record to Kafka and back, one at a time."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import NewTopic

from pipeline.topics import OUTCOMES, PAGES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from tests.bench.pipeline_stages import Pipeline
    from tests.support.kafka import Kafka

PAUSE_SECONDS = 0.05  # between two pages, so that everything is idle again
LONGEST_SECONDS = 60.0


@asynccontextmanager
async def clients(kafka: Kafka, *topics: str) -> AsyncIterator[tuple[AIOKafkaProducer, AIOKafkaConsumer]]:
    """Open a producer that waits for nothing, and a consumer of the new records of topics."""
    async with (
        AIOKafkaProducer(
            bootstrap_servers=kafka.brokers, acks="all", linger_ms=0, max_request_size=8 << 20
        ) as producer,
        AIOKafkaConsumer(*topics, bootstrap_servers=kafka.brokers, isolation_level="read_committed") as consumer,
    ):
        await consumer.seek_to_end()
        for tp in consumer.assignment():
            await consumer.position(tp)
        yield producer, consumer


async def page_to_article(pipeline: Pipeline, values: Sequence[bytes]) -> list[float]:
    """Return the seconds from sending a page to receiving its outcome, for each page, by their records."""
    prefix = pipeline.chistovik.prefix
    async with clients(pipeline.kafka, *(prefix + name for name in OUTCOMES)) as (producer, consumer):
        try:
            return [await _trip(producer, consumer, prefix + PAGES.name, value) for value in values]
        except TimeoutError:
            raise SystemExit(f"a page has no outcome:\n{pipeline.said()}") from None


async def round_trips(kafka: Kafka, values: Sequence[bytes]) -> list[float]:
    """Return the seconds from sending a record to receiving it, for the same records."""
    topic = "bench.round-trip"
    await asyncio.to_thread(kafka.create, NewTopic(topic, 1, 1))
    async with clients(kafka, topic) as (producer, consumer):
        return [await _trip(producer, consumer, topic, value) for value in values]


async def _trip(producer: AIOKafkaProducer, consumer: AIOKafkaConsumer, topic: str, value: bytes) -> float:
    await asyncio.sleep(PAUSE_SECONDS)
    began = time.perf_counter()
    async with asyncio.timeout(LONGEST_SECONDS):
        sent = await producer.send(topic, value)
        await consumer.getone()
    seconds = time.perf_counter() - began
    await sent
    return seconds
