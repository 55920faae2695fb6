"""A Faust app with one agent, whose batches are acknowledged only when they are finished.

Stages see `Batch` and `Delivery`. Other files that know Faust: faust_consumer.py, faust_events.py, faust_tables.py,
agents/dedupe/verdicts.py and agents/clean/profiles.py.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import faust
import structlog

from agents.errors import SettingsError, StageError
from agents.kafka.places import end_of
from agents.kafka.steady import BATCH_BYTES
from agents.observe.backlog import Backlog, Heads
from agents.observe.telemetry import Telemetry
from agents.stage.delivery import Batch, Delivery
from agents.stage.ending import die
from agents.stage.faust_consumer import mend
from agents.stage.faust_events import taken
from agents.stage.faust_tables import PromptTables
from agents.stage.pace import GATHERING
from agents.stage.progress import Progress
from pipeline.topics import DOCUMENTS, LARGE, Topic, group_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
    from pathlib import Path

    from agents.kafka import Connection
    from agents.kafka.security import Security
    from agents.settings import Settings

COMMIT_SECONDS = 0.5
log = structlog.get_logger("chistovik")
CRASH_SECONDS = 1.0  # between two looks whether Faust crashed while the stage stops
START_SECONDS = 90.0  # without progress; a rebalance with a dead member takes less


@dataclass(slots=True)
class Gate:
    """Lets a worker finish the batches that are under way before it leaves the group."""

    under_way: int = 0
    closed: bool = False
    idle: asyncio.Event = field(default_factory=asyncio.Event)

    def enter(self) -> bool:
        """Count a batch that begins; return False if none may begin any more."""
        if not self.closed:
            self.under_way += 1
        return not self.closed

    def leave(self) -> None:
        """Count a batch that has ended."""
        self.under_way -= 1
        if self.closed and not self.under_way:
            self.idle.set()

    async def close(self) -> None:
        """Wait for the batches that are under way; let no other batch begin."""
        self.closed = True
        if self.under_way:
            await self.idle.wait()


def check_folder(data_dir: Path) -> None:
    """Make the folder for a worker's state; SettingsError if that fails or if we may not write there."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        why = "" if os.access(data_dir, os.W_OK | os.X_OK) else "no permission to write there"
    except (FileExistsError, NotADirectoryError):
        why = "this is a file, or is below a file"
    except OSError as error:
        why = error.strerror or str(error)
    if why:
        raise SettingsError(f"CHISTOVIK_DATA_DIR={str(data_dir)!r}: {why}: name a folder that the worker may write to")


def new_app(
    stage: str,
    settings: Settings,
    connection: Connection,
    *,
    data_dir: Path,
    buffered: int = 64,
    gathering: float = GATHERING,
) -> faust.App:
    """Return a new Faust app for a stage, without global state.

    `buffered` is the most records that it queues, `gathering` the longest time in seconds that they gather in a flow.
    """
    check_folder(data_dir)
    app = faust.App(
        group_of(settings.prefix, stage),
        broker=[f"kafka://{address.strip()}" for address in connection.brokers.split(",")],
        broker_credentials=_credentials(connection.security),
        store="memory://",
        datadir=str(data_dir / stage),
        topic_allow_declare=False,  # `chistovik topics apply` creates topics
        topic_disable_leader=True,
        web_enabled=False,
        autodiscover=False,
        processing_guarantee="at_least_once",
        broker_check_crcs=not connection.embedded,
        broker_commit_interval=COMMIT_SECONDS,
        broker_session_timeout=settings.session_timeout,
        broker_heartbeat_interval=settings.session_timeout / 3,
        broker_request_timeout=max(90.0, settings.session_timeout + 10),
        consumer_auto_offset_reset="earliest",
        consumer_max_fetch_size=4 << 20,
        producer_acks=-1,
        producer_linger=0.0,  # the records of a batch are sent together
        producer_max_batch_size=BATCH_BYTES,  # Faust's 16 KB hold four profiles
        producer_request_timeout=30.0,
        producer_max_request_size=LARGE,
        # A fetch of 4 MB may hold 1 GB of well-compressed pages; each poll unpacks a part. These two settings count
        # messages, so agents/stage/faust_consumer.py limits bytes as well.
        broker_max_poll_records=buffered,
        stream_buffer_maxsize=buffered,
        stream_wait_empty=False,
        stream_recovery_delay=0.0,
        TableManager=PromptTables,
    )
    mend(app, connection, dense=settings.prefix + DOCUMENTS.name, gathering=gathering)
    return app


def _credentials(security: Security) -> faust.SASLCredentials | faust.SSLCredentials | None:
    if security.mechanism:
        return faust.SASLCredentials(
            username=security.user,
            password=security.password.reveal(),
            ssl_context=security.tls,
            mechanism=security.mechanism,
        )
    return faust.SSLCredentials(security.tls) if security.tls else None


def raw_topic(app: faust.App, prefix: str, topic: Topic, **settings: Any) -> Any:
    """Declare a topic of raw bytes to Faust: pipeline/records/wire.py decodes records, not Faust."""
    return app.topic(
        prefix + topic.name,
        key_type=bytes,
        value_type=bytes,
        key_serializer="raw",
        value_serializer="raw",
        partitions=topic.partitions,
        allow_empty=True,
        **settings,
    )


@dataclass(slots=True)
class FaustStage:
    """A stage that reads its topic through Faust: `body` takes the batches and finishes them one by one."""

    name: str
    app: faust.App
    source: Topic
    prefix: str
    body: Callable[[AsyncIterator[Batch]], Awaitable[None]]
    batch_size: int
    gate: Gate = field(default_factory=Gate)
    ready: bool = False
    finished: int = 0  # deliveries that were acknowledged
    positions: dict[int, int] = field(
        default_factory=dict
    )  # partition → the offset after its last acknowledged delivery
    progress: Progress = field(default_factory=Progress)
    recovered: Callable[[], int] = lambda: 0  # records of its state that the stage has recovered so far
    worked: Callable[[], int] = lambda: 0  # records that the stage has worked on, also of batches under way
    prepared: Callable[[], Awaitable[None]] | None = None  # returns when the processes that do its work are running
    give_up: Callable[[], None] = lambda: None  # called when the stage stops: batches do not wait for them any more
    before_leaving: Callable[[], Awaitable[None]] | None = None
    telemetry: Telemetry = field(default_factory=Telemetry)
    sizes: Callable[[], dict[str, float]] = dict  # gauges of the stage, by metric name
    _heads: Heads = field(default_factory=Heads)
    _in_hand: deque[Sequence[Delivery]] = field(default_factory=deque)  # batches that are under way
    _running: int = 0  # running agents: 1, or 0 if it has died

    def __post_init__(self) -> None:
        topic = raw_topic(self.app, self.prefix, self.source)
        self.app.on_partitions_assigned.connect(self._assigned, weak=False)

        async def agent(stream: Any) -> None:
            self._running += 1
            try:
                await self.body(self._batches(stream))
            finally:
                self._running -= 1

        agent.__doc__ = f"The stage {self.name}."
        self.app.agent(topic, name=self.name, concurrency=1)(agent)

    def _assigned(self, _app: Any, /, *given: Any, **_named: Any) -> None:
        assigned: Iterable[Any] = given[0]
        ours = sorted(tp.partition for tp in assigned if tp.topic == self.prefix + self.source.name)
        self.telemetry.metrics.rebalances[self.name].inc()
        log.info("partitions assigned", stage=self.name, topic=self.source.name, partitions=ours)

    async def start(self) -> None:
        """Start the stage; return when it has joined its group, recovered its state and can do its work.

        Raises StageError if it made no progress for START_SECONDS.
        """
        ready = asyncio.Event()

        async def started() -> None:
            ready.set()

        self.app.on_startup_finished = started
        await self.app.maybe_start()
        starting = asyncio.create_task(self._until_ready(ready))
        waiting = [starting, asyncio.create_task(self.app.wait_until_stopped())]
        try:
            read = -1
            while read < self.recovered():
                read = self.recovered()
                done, _ = await asyncio.wait(waiting, timeout=START_SECONDS, return_when=asyncio.FIRST_COMPLETED)
                if done:
                    break
        finally:
            for task in waiting:
                task.cancel()
        if starting not in done:
            raise StageError(f"{self.name}: not ready after {START_SECONDS:g} s: {self.problem()}")
        starting.result()
        self.ready = True

    async def _until_ready(self, joined: asyncio.Event) -> None:
        await joined.wait()
        if self.prepared is not None:
            await self.prepared()

    async def stop(self) -> None:
        """Finish the current batch, commit, leave the group.

        If Faust has crashed, the batch may wait for its producer for ever: then the process ends at once, or, while the
        stage has not started, this returns and leaves the error to `start`.
        """
        leaving = asyncio.create_task(self._leave())
        while not (await asyncio.wait([leaving], timeout=CRASH_SECONDS))[0]:
            if self.app.crashed and not self.ready:
                leaving.cancel()
                return
            if self.app.crashed:
                die(self.name, StageError(self.problem() or "Faust crashed"))
        leaving.result()

    async def _leave(self) -> None:
        self.give_up()
        await self.gate.close()
        if self.ready:
            # Faust commits when it stops, but not if a commit is under way then: that one lacks the last batch
            await self.app.consumer.commit()
        if self.before_leaving is not None:
            await self.before_leaving()
        await self.app.stop()

    async def ended(self) -> None:
        """Wait until the stage ends by itself."""
        await self.app.wait_until_stopped()

    def problem(self) -> str | None:
        """Return what is wrong with the stage; None while it is healthy."""
        if self.app.crashed:
            return f"Faust crashed: {self.app.crash_reason!r}"
        if self.app.should_stop:
            return "Faust has stopped"
        if not self.ready:
            return "starting"
        if not self._running:
            return "its agent has died"
        lag = sum(one.records for one in self.backlog())
        return self.progress.problem(
            lag=lag, finished=self.finished + self.recovered() + self.worked(), now=time.monotonic()
        )

    def backlog(self) -> list[Backlog]:
        """Return the unfinished records of our partitions, counted from the last acknowledged or committed offset."""
        if not self.ready:
            return []
        consumer: Any = self.app.consumer
        since = self._times(consumer)
        found = []
        for tp in sorted(consumer.assignment()):
            if tp.topic == self.prefix + self.source.name:
                committed = consumer._committed_offset[tp] or 0  # noqa: SLF001 — Faust has no public access
                done = max(committed, self.positions.get(tp.partition, 0))
                end, head = end_of(consumer, tp), since.get(tp.partition)
                found.append(self._heads.backlog(self.source.name, tp.partition, end=end, done=done, since=head))
        return found

    def _times(self, consumer: Any) -> dict[int, float]:
        """Return when the first record in memory of each partition was written; seconds since the epoch."""
        since: dict[int, float] = {}
        for event in list(consumer.queued):
            since.setdefault(event.message.partition, event.message.timestamp or time.time())
        for delivery in reversed([one for deliveries in self._in_hand for one in deliveries]):
            since[delivery.partition] = delivery.timestamp or time.time()
        return since

    async def _batches(self, stream: Any) -> AsyncIterator[Batch]:
        consumer: Any = self.app.consumer
        consumer.queued = stream.channel.queue._queue  # noqa: SLF001 — Faust publishes only their number
        async for events in taken(stream, self.batch_size):
            if not self.gate.enter():
                return

            deliveries = [_delivery(event, self.source) for event in events]
            self._in_hand.append(deliveries)

            async def acknowledge(finished: Sequence[int], taken: Sequence[Any] = tuple(events)) -> None:
                for index in finished:
                    await stream.ack(taken[index])
                    self.positions[taken[index].message.partition] = taken[index].message.offset + 1
                self.finished += len(finished)
                consumer.forget(event.message for event in taken)
                self._in_hand.popleft()  # batches end in their order

            yield Batch(
                stage=self.name,
                deliveries=deliveries,
                acknowledge=acknowledge,
                done=self.gate.leave,
            )


def _delivery(event: Any, topic: Topic) -> Delivery:
    message = event.message
    headers = message.headers.items() if isinstance(message.headers, dict) else message.headers or ()
    return Delivery(
        topic=topic.name,
        partition=message.partition,
        offset=message.offset,
        key=message.key,
        value=message.value,
        headers=tuple(headers),
        timestamp=message.timestamp if message.timestamp and message.timestamp > 0 else None,
    )
