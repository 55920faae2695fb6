"""Stages in this process on the embedded broker, with their /metrics, for the tests of what they tell of themselves."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import aiohttp
from aiokafka import TopicPartition
from aiokafka.structs import OffsetAndMetadata
from prometheus_client.parser import text_string_to_metric_families

from agents.feed.send import feed_page
from agents.http import serve
from agents.kafka.outbox import KafkaOutbox
from agents.observe.backlog import StageCollector
from agents.observe.telemetry import telemetry_of
from agents.publish.fence import open_fences
from agents.run.app import create_stage
from agents.settings import Settings
from pipeline.records.wire import encode
from pipeline.topics import OUTCOMES, PAGES, TOPICS, group_of
from tests.support.embedded import embedded_broker
from tests.support.patience import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from agents.kafka import Connection
    from agents.observe.telemetry import Telemetry
    from pipeline.records.page import Page

PREFIX = "news."
PARTITIONS = 4  # of a topic of the mock cluster
Labels = frozenset[tuple[str, str]]


@dataclass
class Scrape:
    """One answer of /metrics, parsed."""

    text: str
    families: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self.families = {family.name: family for family in text_string_to_metric_families(self.text)}

    @property
    def samples(self) -> list[Any]:
        return [sample for family in self.families.values() for sample in family.samples]

    def series(self, name: str, *labels: str) -> dict[Any, float]:
        """The samples of a name that are not 0, by the values of some labels."""
        found: Counter[Any] = Counter()
        for sample in self.samples:
            if sample.name == name:
                key = tuple(sample.labels[label] for label in labels)
                found[key[0] if len(key) == 1 else key] += sample.value
        return {key: value for key, value in found.items() if value}

    def value(self, name: str) -> float:
        """The sum of all samples of a name; KeyError where there is none."""
        values = [sample.value for sample in self.samples if sample.name == name]
        if not values:
            raise KeyError(name)
        return sum(values)


async def read_topic(connection: Connection, topic: str, **settings: str) -> list[Any]:
    """Read a topic of the mock cluster, to its end."""
    tps = [TopicPartition(PREFIX + topic, number) for number in range(PARTITIONS)]
    found: list[Any] = []
    async with connection.consumer(name="test", fetch_max_wait_ms=50, **settings) as consumer:
        consumer.assign(tps)
        await consumer.seek_to_beginning(*tps)
        ends = await consumer.end_offsets(tps)
        while any([await consumer.position(tp) < ends[tp] for tp in tps]):
            for records in (await consumer.getmany(timeout_ms=100)).values():
                found += records
    return found


@dataclass
class Line:
    """A broker, and what is asked of it."""

    connection: Connection
    settings: Settings
    folder: Path

    async def make_topics(self) -> None:
        async with self.connection.admin() as admin:
            await admin.describe_topics([PREFIX + topic.name for topic in TOPICS])
        await open_fences(self.connection, PREFIX, new_topics=True)

    @asynccontextmanager
    async def worker(self, *stages: str) -> AsyncIterator[Worker]:
        """Run stages as one worker would, until the block ends."""
        async with AsyncExitStack() as resources:
            telemetry = await resources.enter_async_context(telemetry_of(self.settings, stages))
            made = [
                await create_stage(
                    name,
                    self.settings,
                    self.connection,
                    data_dir=self.folder,
                    resources=resources,
                    telemetry=telemetry,
                )
                for name in stages
            ]
            registry = telemetry.metrics.registry
            registry.register(StageCollector(made))
            runner, port = await serve("127.0.0.1", 0, dict, registry)
            resources.push_async_callback(runner.cleanup)
            await asyncio.gather(*(stage.start() for stage in made))
            try:
                yield Worker(telemetry, port)
            finally:
                await asyncio.gather(*(stage.stop() for stage in made))

    async def feed(self, *pages: Page | bytes, traces: Any = None) -> None:
        """Put pages into `pages`, all into one partition; bytes go there as they are."""
        async with self.connection.producer("test") as producer:
            outbox = KafkaOutbox(producer, PREFIX)
            for page in pages:
                if isinstance(page, bytes):
                    await producer.send_and_wait(PREFIX + PAGES.name, page, partition=0)
                else:
                    await (await feed_page(page, outbox, value=encode(page), partition=0, traces=traces))

    async def read(self, topic: str) -> list[Any]:
        """Read what is committed in a topic, to its end."""
        return await read_topic(self.connection, topic, isolation_level="read_committed")

    async def read_until(self, topics: Sequence[str], count: int) -> dict[str, list[Any]]:
        """Read topics until they hold so many records together."""

        async def read() -> dict[str, list[Any]] | None:
            found = {topic: await self.read(topic) for topic in topics}
            return found if sum(map(len, found.values())) >= count else None

        found = await until(read, every=0.1)
        assert found is not None
        assert sum(map(len, found.values())) == count
        return found

    async def outcomes(self, count: int) -> dict[str, list[Any]]:
        """Wait for so many events."""
        return await self.read_until(OUTCOMES, count)

    async def move_back(self, stage: str, topic: str) -> None:
        """Make a group, of which nobody is there, read its topic again."""
        tps = [TopicPartition(PREFIX + topic, number) for number in range(PARTITIONS)]
        # As a member, which the mock cluster asks for; with a session no longer than the stages', or it keeps them
        # waiting for it longer than theirs lasts, and they join in vain.
        async with self.connection.consumer(
            PREFIX + topic,
            name="test",
            group_id=group_of(PREFIX, stage),
            fetch_max_wait_ms=50,
            session_timeout_ms=int(self.settings.session_timeout * 1000),
            heartbeat_interval_ms=1000,
        ) as consumer:
            while len(consumer.assignment()) < PARTITIONS:
                await consumer.getmany(timeout_ms=50)
            await consumer.commit({tp: OffsetAndMetadata(0, "") for tp in tps})


@dataclass
class Worker:
    """A running worker."""

    telemetry: Telemetry
    port: int

    async def scrape(self) -> Scrape:
        """Ask for /metrics."""
        async with (
            aiohttp.ClientSession() as client,
            client.get(f"http://127.0.0.1:{self.port}/metrics") as answer,
        ):
            assert answer.status == 200
            return Scrape(await answer.text())

    async def scrape_when(self, name: str, value: float) -> Scrape:
        """Ask until the samples of a name add up to a value."""

        async def scraped() -> Scrape | None:
            found = await self.scrape()
            return found if found.value(name) == value else None

        found = await until(scraped, every=0.1)
        assert found is not None
        return found


@asynccontextmanager
async def line(folder: Path, **env: str) -> AsyncIterator[Line]:
    """Make the topics on a broker of its own."""
    settings = Settings.from_env({"CHISTOVIK_PROCESSES": "1", "CHISTOVIK_SESSION_TIMEOUT": "20"} | env)
    with embedded_broker() as connection:
        made = Line(connection, settings, folder)
        await made.make_topics()
        yield made
