"""The stage `fetch` on the embedded broker and the test web: submit URLs, and read what they end in."""

from __future__ import annotations

from collections import Counter
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from agents.run.app import create_stage
from agents.settings import Settings
from pipeline.records.page import Page
from pipeline.records.target import Target, Visit, target_id
from pipeline.records.wire import decode, encode
from pipeline.topics import PAGES, TOPICS, URLS, VISITS
from pipeline.topics.headers import ORIGIN, header
from tests.support.embedded import embedded_broker
from tests.support.observed import PREFIX, read_topic
from tests.support.patience import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from agents.kafka import Connection
    from agents.stage.protocol import Stage
    from tests.support.web import Web

# A worker that stands still for two thirds of its session ends itself, and here us with it
PATIENT = {"CHISTOVIK_SESSION_TIMEOUT": "20"}


@dataclass
class Bench:
    """A broker and what is asked of it."""

    connection: Connection
    settings: Settings
    folder: Path
    stage: Stage | None = None
    resources: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def start(self) -> None:
        self.resources = AsyncExitStack()
        self.stage = await create_stage(
            "fetch", self.settings, self.connection, data_dir=self.folder, resources=self.resources
        )
        await self.stage.start()

    async def stop(self) -> None:
        if self.stage is not None:
            await self.stage.stop()
            self.stage = None
        await self.resources.aclose()

    async def submit(self, *urls: str | Target | bytes) -> list[str]:
        """Produce records of `urls`, and return their places."""
        places = []
        async with self.connection.producer("test") as producer:
            for url in urls:
                value, key = url, b"broken"
                if not isinstance(url, bytes):
                    target = url if isinstance(url, Target) else Target(url=url, submitted_at=datetime.now(UTC))
                    value, key = encode(target), target.key
                sent = await producer.send_and_wait(PREFIX + URLS.name, value, key=key)
                places.append(f"urls/{sent.partition}/{sent.offset}")
        return places

    async def visited(self, visit: Visit) -> None:
        """Let the stage begin with a visit that an earlier one wrote."""
        await self.stop()
        async with self.connection.admin() as admin:
            (topic,) = await admin.describe_topics([PREFIX + VISITS.name])
        async with self.connection.producer("test") as producer:
            for number in range(len(topic["partitions"])):
                key = target_id(visit.url).encode()
                await producer.send_and_wait(PREFIX + VISITS.name, encode(visit), key=key, partition=number)
        await self.start()

    async def read(self, topic: str) -> list[Any]:
        """Read a topic to its end."""
        return await read_topic(self.connection, topic)

    async def pages(self, count: int) -> dict[str, Page]:
        """Wait for so many pages; each by the place in `urls` that it settles, and each of another one."""

        async def read() -> list[Any] | None:
            records = await self.read(PAGES.name)
            return records if len(records) >= count else None

        records = await until(read, every=0.2) or []
        origins = Counter((header(one.headers, ORIGIN) or b"").decode() for one in records)
        assert [origin for origin, times in origins.items() if times > 1] == []
        assert len(records) == count
        return {(header(one.headers, ORIGIN) or b"").decode(): decode(Page, one.value) for one in records}


@asynccontextmanager
async def bench(web: Web, folder: Path, **more: str) -> AsyncIterator[Bench]:
    env = web.settings(folder) | {"CHISTOVIK_FETCH_PACE": "0", "CHISTOVIK_FETCH_BACKOFF": "0.3", **PATIENT} | more
    with embedded_broker() as connection:
        async with connection.admin() as admin:
            await admin.describe_topics([PREFIX + topic.name for topic in TOPICS])  # this makes them
        made = Bench(connection, Settings.from_env(env), folder)
        await made.start()
        try:
            yield made
        finally:
            await made.stop()


def seen(page: Page) -> str:
    """Say in a word what a page is."""
    return page.refused or ("failed" if page.failed is not None else "page")
