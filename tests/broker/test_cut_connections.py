"""Behind a network that cuts each connection after some bytes, a reader with more than that before it gets on."""

from __future__ import annotations

import asyncio
import os
import random
from dataclasses import replace
from typing import TYPE_CHECKING

import orjson
import pytest
from aiokafka import AIOKafkaProducer, TopicPartition

from agents.kafka import Connection
from agents.kafka.log import kept_spans, read_spans
from agents.settings import Settings
from agents.stage.faust_app import new_app
from agents.subscribe import subscribe
from tests.broker.test_pipeline import STAGES, places, records_in
from tests.chaos.network import far_cluster
from tests.chaos.workload import Workload
from tests.support.command import Chistovik
from tests.support.patience import SECONDS
from tests.support.relay import Weather

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.chaos.network import FarCluster

pytestmark = [pytest.mark.broker, pytest.mark.usefixtures("kafka")]  # `kafka` says where none can run
CUT_BYTES = 150_000
RECORDS, RECORD_BYTES, BATCH_BYTES = 400, 10_000, 32_000
PREFIX = "cut."
PAGES, AT_ONCE = 1500, 300  # fed in parts, so that no batch is larger than what a connection carries
FED = 240
PARTITIONS, CHANGELOG_BYTES = 12, 100_000
DELAY_SECONDS = 0.02  # so that batches gather meanwhile


class Short(Weather):
    """Every connection carries the same."""

    def bytes_until_cut(self) -> float:
        return CUT_BYTES


@pytest.fixture(scope="module")
def far(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FarCluster]:
    with far_cluster(tmp_path_factory.mktemp("far"), Short(delay=DELAY_SECONDS)) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def chistovik(far: FarCluster, tmp_path_factory: pytest.TempPathFactory) -> Chistovik:
    command = Chistovik(brokers=far.brokers, prefix=PREFIX, folder=tmp_path_factory.mktemp("command"))
    command("topics", "apply")
    return command


async def fill(far: FarCluster, topic: str) -> list[bytes]:
    """Write what no connection carries at once to a partition; return the values."""
    values = [os.urandom(RECORD_BYTES) for _ in range(RECORDS)]
    async with AIOKafkaProducer(bootstrap_servers=far.brokers, max_batch_size=BATCH_BYTES) as producer:
        for number, value in enumerate(values):  # a key, as some of the topics are compacted
            await producer.send(topic, value, key=b"%d" % number, partition=0)
    return values


@pytest.mark.usefixtures("chistovik")
async def test_a_reader_of_events_catches_up(far: FarCluster):
    values = await fill(far, PREFIX + "articles")
    cuts, far_away = far.relay.cuts, Connection(brokers=far.relay.brokers)

    async with asyncio.timeout(SECONDS):
        events = subscribe(far_away, PREFIX + "articles", from_beginning=True, follow=False)
        read = [event.value async for event in events]

    assert read == values
    assert far.relay.cuts > cuts


@pytest.mark.usefixtures("chistovik")
async def test_a_log_is_read_back(far: FarCluster):
    values = await fill(far, PREFIX + "verdicts")
    tp = TopicPartition(PREFIX + "verdicts", 0)
    read: list[bytes] = []

    async with asyncio.timeout(SECONDS), Connection(brokers=far.relay.brokers).asker(name="test") as reader:
        await read_spans(reader, await kept_spans(reader, [tp]), lambda _tp, record: read.append(record.value))

    assert read == values


async def test_changelog_records_that_no_connection_carries_at_once(far: FarCluster, chistovik: Chistovik):
    """Faust's producer would send the batches of all partitions in one request, again and again."""
    settings = Settings.from_env({"CHISTOVIK_PREFIX": PREFIX})
    app = new_app("clean", settings, Connection(brokers=far.relay.brokers), data_dir=chistovik.folder)
    producer = app.producer
    await producer.start()
    try:
        sent = [
            await producer.send(PREFIX + "profiles", b"a host", os.urandom(CHANGELOG_BYTES), partition, None, None)
            for partition in range(PARTITIONS)
        ]
        async with asyncio.timeout(SECONDS):
            await asyncio.gather(*sent)
    finally:
        await producer.stop()

    assert await asyncio.to_thread(records_in, far.nodes[0], PREFIX + "profiles") == PARTITIONS


def test_pages_that_no_connection_carries_at_once_are_fed(chistovik: Chistovik, far: FarCluster, tmp_path: Path):
    """A batch of each of twelve partitions is a request; the pages cannot be compressed much."""
    dice, file = random.Random(1), tmp_path / "pages.jsonl"
    pages = [
        {"url": f"https://h{number % 40}.example/{number}", "text": dice.randbytes(2000).hex()} for number in range(FED)
    ]
    file.write_bytes(b"".join(orjson.dumps(page) + b"\n" for page in pages))

    fed = replace(chistovik, brokers=far.relay.brokers)("feed", "--jsonl", str(file))

    assert b"%d pages fed" % FED in fed.stderr
    assert records_in(far.nodes[0], PREFIX + "pages") == FED


def test_stages_catch_up(far: FarCluster, tmp_path: Path):
    near = Chistovik(brokers=far.brokers, prefix="late.", folder=tmp_path)
    near("topics", "apply")
    pages = [{"url": url, "text": text} for url, text in Workload.of(PAGES, random.Random(1)).pages]
    for first in range(0, PAGES, AT_ONCE):
        file = tmp_path / f"{first}.jsonl"
        file.write_bytes(b"".join(orjson.dumps(page) + b"\n" for page in pages[first : first + AT_ONCE]))
        near("feed", "--jsonl", str(file))

    with replace(near, brokers=far.relay.brokers).worker(*STAGES):
        outcomes = near.outcomes(pages=PAGES)

    found = places(outcomes)
    assert len(found) == len(set(found)) == PAGES
