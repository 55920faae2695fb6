"""What Faust reads again after a seek, on a real Kafka."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from agents.kafka import Connection
from agents.settings import Settings
from agents.stage.faust_app import FaustStage, new_app
from pipeline.topics import PAGES, group_of
from tests.support.patience import SECONDS, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from agents.stage.delivery import Batch
    from tests.support.command import Chistovik
    from tests.support.kafka import Kafka

pytestmark = pytest.mark.broker


def leaving_stage(kafka: Kafka, prefix: str, folder: Path, seen: list[tuple[int, int]]) -> FaustStage:
    """Make a stage that notes the partition and offset of what it reads, and acknowledges nothing."""
    connection = Connection(brokers=kafka.brokers)
    app = new_app("clean", Settings.from_env({"CHISTOVIK_PREFIX": prefix}), connection, data_dir=folder)

    async def body(batches: AsyncIterator[Batch]) -> None:
        async for batch in batches:
            async with batch:
                for index, delivery in enumerate(batch.deliveries):
                    seen.append((delivery.partition, delivery.offset))
                    batch.leave(index)

    return FaustStage(name="clean", app=app, source=PAGES, prefix=prefix, body=body, batch_size=4)


async def put(kafka: Kafka, prefix: str, *partitions: int) -> None:
    async with AIOKafkaProducer(bootstrap_servers=kafka.brokers) as producer:
        for partition in partitions:
            await producer.send_and_wait(prefix + PAGES.name, b"{}", key=b"host", partition=partition)


async def commit_first(kafka: Kafka, prefix: str) -> None:
    """Commit the first record of each partition, as if it were finished."""
    group = group_of(prefix, "clean")
    async with AIOKafkaConsumer(bootstrap_servers=kafka.brokers, group_id=group, enable_auto_commit=False) as consumer:
        partitions = [TopicPartition(prefix + PAGES.name, number) for number in range(PAGES.partitions)]
        consumer.assign(partitions)
        await consumer.commit(dict.fromkeys(partitions, 1))


async def test_pages_that_were_read_before_the_first_commit_are_read_again_after_a_seek(
    kafka: Kafka, chistovik: Chistovik, prefix: str, tmp_path: Path
):
    await put(kafka, prefix, 0, 0, 0)
    seen: list[tuple[int, int]] = []
    stage = leaving_stage(kafka, prefix, tmp_path, seen)
    await stage.start()
    try:
        await until(lambda: len(seen) >= 3)  # Faust has no event for it
        await stage.app.consumer.perform_seek()
        await until(lambda: len(seen) >= 6)
    finally:
        await stage.stop()
    assert [offset for _, offset in seen] == [0, 1, 2, 0, 1, 2]


async def test_a_rebalance_within_a_seek_does_not_end_the_stage(
    kafka: Kafka, chistovik: Chistovik, prefix: str, tmp_path: Path
):
    """aiokafka asks for the committed offset of one partition after the other, and refuses to seek in a lost one."""
    await put(kafka, prefix, *range(PAGES.partitions))
    await commit_first(kafka, prefix)
    seen: list[tuple[int, int]] = []
    first, second = (leaving_stage(kafka, prefix, tmp_path / name, seen) for name in ("first", "second"))
    await first.start()
    consumer: Any = first.app.consumer
    client = consumer._thread._consumer
    every, committed, asked = client.assignment(), client.committed, asyncio.Event()

    async def slowly(tp: TopicPartition) -> int | None:
        loop.call_soon_threadsafe(asked.set)
        while client.assignment() == every:  # noqa: ASYNC110 — in the client's own thread, which has no event for it
            await asyncio.sleep(0.01)
        found: int | None = await committed(tp)
        return found

    loop = asyncio.get_running_loop()
    client.committed = slowly
    consumer.seeks += 1  # as a seek of Faust's that ends while a fetch is under way: what is fetched is dropped
    try:
        await put(kafka, prefix, *range(PAGES.partitions))
        await asyncio.wait_for(asked.wait(), SECONDS)
        await second.start()
        try:
            await until(lambda: set(seen) == {(number, 1) for number in range(PAGES.partitions)})
            assert len(client.assignment()) < len(every)
            assert not first.app.crashed
        finally:
            await second.stop()
    finally:
        await first.stop()
