"""What Faust reads again after a seek, on a real Kafka."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from aiokafka import AIOKafkaProducer

from agents.kafka import Connection
from agents.settings import Settings
from agents.stage.faust_app import FaustStage, new_app
from pipeline.topics import PAGES
from tests.support.patience import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from agents.stage.delivery import Batch
    from tests.support.command import Chistovik
    from tests.support.kafka import Kafka

pytestmark = pytest.mark.broker


async def until_seen(seen: list[int], count: int) -> None:
    await until(lambda: len(seen) >= count)  # Faust has no event for it


async def offsets_around_a_seek(kafka: Kafka, prefix: str, folder: Path) -> list[int]:
    """Return the offsets that a stage sees that leaves what it read, then seeks while nothing is committed."""
    connection = Connection(brokers=kafka.brokers)
    app = new_app("clean", Settings.from_env({"CHISTOVIK_PREFIX": prefix}), connection, data_dir=folder)
    seen: list[int] = []

    async def body(batches: AsyncIterator[Batch]) -> None:
        async for batch in batches:
            async with batch:
                for index, delivery in enumerate(batch.deliveries):
                    seen.append(delivery.offset)
                    batch.leave(index)

    stage = FaustStage(name="clean", app=app, source=PAGES, prefix=prefix, body=body, batch_size=4)
    await stage.start()
    try:
        await until_seen(seen, 3)
        await app.consumer.perform_seek()
        await until_seen(seen, 6)
    finally:
        await stage.stop()
    return seen


def test_pages_that_were_read_before_the_first_commit_are_read_again_after_a_seek(
    kafka: Kafka, chistovik: Chistovik, prefix: str, tmp_path: Path
):
    async def run() -> list[int]:
        async with AIOKafkaProducer(bootstrap_servers=kafka.brokers) as producer:
            for _ in range(3):
                await producer.send_and_wait(prefix + PAGES.name, b"{}", key=b"host", partition=0)
        return await offsets_around_a_seek(kafka, prefix, tmp_path)

    assert asyncio.run(run()) == [0, 1, 2, 0, 1, 2]
