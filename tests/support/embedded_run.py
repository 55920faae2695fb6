"""The whole pipeline in one process tree on the embedded broker: pages in, outcomes out in the order of the pages.

The data in flight is bounded, because the broker keeps 5 MB per partition. Every page must have exactly one outcome.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections import deque
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from agents.errors import StageError
from agents.feed.send import feed_page, record_of
from agents.kafka.connection import EMBEDDED_FETCH_MS
from agents.kafka.outbox import KafkaOutbox
from agents.observe.telemetry import telemetry_of
from agents.publish.fence import open_fences
from agents.run.app import CLEANING, create_stage
from agents.run.tally import Tally
from pipeline.topics import OUTCOMES, PAGES, TOPICS
from tests.support.embedded import IN_FLIGHT_BYTES, LARGEST_PAGE_BYTES, embedded_broker

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from agents.feed.page_files import Input
    from agents.kafka import Connection
    from agents.observe.telemetry import Telemetry
    from agents.observe.tracing import Traces
    from agents.settings import Settings
    from agents.stage.protocol import Stage

    # Pages that were sent: the broker's answer to come, the place of the input, its bytes; None after the last one
    Sent = asyncio.Queue[tuple[Awaitable[Any], str, int] | None]

STALLED_SECONDS = 60.0  # in addition to the time limit of the pages in flight
PARTITION = 0  # one partition keeps the order of the input, so the same input gives the same output


@dataclass(slots=True)
class Fed:
    """A page that was fed, and its outcome when it has arrived."""

    where: str
    size: int
    outcome: bytes | None = None
    topic: str = ""


@dataclass(slots=True)
class Window:
    """The pages in flight, in feed order, and the bytes written since the oldest page without an outcome.

    `size` is not the sum of the unfinished pages. The log drops its oldest records, so everything written after the
    oldest unfinished page counts.
    """

    tally: Tally
    emit: Callable[[str, bytes], None]
    limit: int = IN_FLIGHT_BYTES
    pages: deque[int] = field(default_factory=deque)
    fed: dict[int, Fed] = field(default_factory=dict)
    early: dict[int, tuple[str, bytes]] = field(default_factory=dict)
    size: int = 0
    moved: asyncio.Event = field(default_factory=asyncio.Event)

    async def room_for(self, size: int) -> None:
        """Wait until a page of `size` bytes may be fed."""
        while self.size and self.size + size > self.limit:
            self.moved.clear()
            await self.moved.wait()

    def add(self, offset: int, where: str, size: int) -> None:
        """Record a page that is in the topic `pages`."""
        self.pages.append(offset)
        self.fed[offset] = Fed(where, size)
        self.tally.fed += 1
        if offset in self.early:
            self.resolve(offset, *self.early.pop(offset))

    def reserve(self, size: int) -> None:
        """Count the bytes of a page that is about to be sent."""
        self.size += size

    def resolve(self, offset: int, topic: str, outcome: bytes) -> None:
        """Record a page's outcome, and emit all outcomes before the oldest unfinished page."""
        page = self.fed.get(offset)
        if page is None:
            self._resolve_unknown(offset, topic, outcome)
            return
        if page.outcome is not None:
            self.tally.twice.append(page.where)
            return
        page.outcome, page.topic = outcome, topic
        self.tally.outcomes[topic] += 1
        while self.pages and (done := self.fed[self.pages[0]]).outcome is not None:
            self.emit(done.topic, done.outcome)
            self.size -= done.size
            del self.fed[self.pages.popleft()]
        self.moved.set()

    def _resolve_unknown(self, offset: int, topic: str, outcome: bytes) -> None:
        highest = self.tally.fed
        if offset < highest or offset in self.early:  # a second outcome of a page
            self.tally.twice.append(f"offset {offset}")
        else:  # the outcome arrived before the broker confirmed the page to the feeder
            self.early[offset] = (topic, outcome)


async def run(
    inputs: Iterable[Input],
    settings: Settings,
    *,
    emit: Callable[[str, bytes], None],
    progress: Callable[[Tally], None],
) -> Tally:
    """Run all stages on the inputs. `emit` gets (topic, event) in the order of the pages."""
    tally = Tally()
    async with AsyncExitStack() as resources:
        connection = resources.enter_context(embedded_broker())
        folder = Path(resources.enter_context(tempfile.TemporaryDirectory(prefix="chistovik-")))
        telemetry = await resources.enter_async_context(telemetry_of(settings, CLEANING))
        stages = await _start_stages(settings, connection, folder, resources, telemetry)
        window = Window(tally, emit)
        producer = connection.producer("feed")
        await producer.start()
        resources.push_async_callback(producer.stop)
        sent: Sent = asyncio.Queue()
        reader = await _start_reader(connection, settings, resources)
        tasks = {
            asyncio.create_task(
                _feed(inputs, KafkaOutbox(producer, settings.prefix), window, sent, telemetry.traces), name="feed"
            ),
            asyncio.create_task(_confirm(sent, window), name="confirm"),
            asyncio.create_task(_read(reader, settings.prefix, window, progress), name="read"),
            asyncio.create_task(_watch(stages), name="watch"),
        }
        try:
            await _finish(tasks, window, settings)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await asyncio.gather(*(stage.stop() for stage in stages))
    return tally


async def _start_stages(
    settings: Settings, connection: Connection, folder: Path, resources: AsyncExitStack, telemetry: Telemetry
) -> list[Stage]:
    async with connection.admin() as admin:
        await admin.describe_topics([settings.prefix + topic.name for topic in TOPICS])  # this makes them
    await open_fences(connection, settings.prefix, new_topics=True)
    stages = [
        await create_stage(name, settings, connection, data_dir=folder, resources=resources, telemetry=telemetry)
        for name in CLEANING
    ]
    await asyncio.gather(*(stage.start() for stage in stages))
    return stages


async def _start_reader(connection: Connection, settings: Settings, resources: AsyncExitStack) -> Any:
    reader = connection.consumer(
        *(settings.prefix + name for name in OUTCOMES),
        name="run",
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        fetch_max_wait_ms=EMBEDDED_FETCH_MS,
    )
    await reader.start()
    resources.push_async_callback(reader.stop)
    return reader


async def _feed(
    inputs: Iterable[Input], outbox: KafkaOutbox, window: Window, sent: Sent, traces: Traces | None
) -> None:
    """Feed pages without waiting for the broker's answer to each."""
    for page_input in inputs:
        value = record_of(page_input.page, largest=LARGEST_PAGE_BYTES)
        await window.room_for(len(value))
        window.reserve(len(value))
        answer = await feed_page(page_input.page, outbox, value=value, partition=PARTITION, traces=traces)
        sent.put_nowait((answer, page_input.where, len(value)))
        await asyncio.sleep(0)  # reading the inputs does not suspend
    sent.put_nowait(None)


async def _confirm(sent: Sent, window: Window) -> None:
    """Pass the pages on to the window as the broker confirms them, in their order; end after the last one."""
    while (one := await sent.get()) is not None:
        answer, where, size = one
        window.add((await answer).offset, where, size)


async def _read(reader: Any, prefix: str, window: Window, progress: Callable[[Tally], None]) -> None:
    while True:
        fetched = await reader.getmany(timeout_ms=100, max_records=500)
        for tp, records in fetched.items():
            for record in records:
                provenance = orjson.loads(record.value)["provenance"]
                if provenance["topic"] == PAGES.name:
                    window.resolve(provenance["offset"], tp.topic.removeprefix(prefix), record.value)
        progress(window.tally)


async def _watch(stages: list[Stage]) -> None:
    """Raise StageError as soon as a stage ends."""
    ends = [asyncio.create_task(stage.ended()) for stage in stages]
    try:
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for end in ends:
            end.cancel()
    problems = [f"{stage.name}: {stage.problem()}" for stage in stages if stage.problem()]
    raise StageError("; ".join(problems) or "a stage ended")


async def _finish(tasks: set[asyncio.Task[None]], window: Window, settings: Settings) -> None:
    """Wait until all pages have outcomes. After a long time without progress, list the unfinished pages as missing."""
    feeding = next(task for task in tasks if task.get_name() == "confirm")  # it ends after the task "feed"
    patience = STALLED_SECONDS + settings.page_timeout * 2
    seen, since = -1, asyncio.get_running_loop().time()
    while not (feeding.done() and not window.pages):
        for task in tasks:
            if task.done() and (error := task.exception()) is not None:
                raise error
        done = window.tally.outcomes.total() + window.tally.fed
        now = asyncio.get_running_loop().time()
        if done != seen:
            seen, since = done, now
        if now - since > patience:
            window.tally.missing = [page.where for page in window.fed.values() if page.outcome is None]
            return
        await asyncio.sleep(0.02)
    if (error := feeding.exception()) is not None:
        raise error
