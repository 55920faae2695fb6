"""The step from `documents` and `verdicts` to the outcome topics: one event per page, in transactions.

This file reads, sends and commits for its partitions; `agents/publish/lane.py` decides which event is next in each.
`recovery.py` says what Kafka left of earlier transactions. No other file writes outcome topics.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import structlog
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from agents.kafka.appending import Outgoing, append_all
from agents.kafka.denied import is_unnamed
from agents.kafka.rights import check_rights
from agents.observe.backlog import Backlog, Heads
from agents.publish.checkpoint import Checkpoint, checkpoint_of
from agents.publish.fence import Fence, fence_of
from agents.publish.lane import Lane
from agents.publish.recovery import look_back, new_checkpoint, outcome_partitions, put_barrier
from agents.publish.report import STAGE, finished
from agents.stage.member import GroupStage
from agents.stage.pace import Pace
from agents.stage.polling import poll_log
from agents.stage.progress import Progress
from pipeline.topics import DOCUMENTS, VERDICTS, group_of

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from aiokafka import AIOKafkaConsumer

    from agents.kafka import Connection
    from agents.observe.telemetry import Telemetry
    from agents.settings import Settings
    from pipeline.article.message import Message
CHECK_SECONDS = 5.0  # between two checkpoints of a lane that publishes; the documents since are read again at opening
ASK_SECONDS = 10.0  # for all questions of a checkpoint; without an answer the next one is as good
IDLE_SECONDS = 0.1  # a poll of an idle stage waits that long for records
log = structlog.get_logger("chistovik")


class Publisher(GroupStage):
    """The stage `publish`: documents and verdicts in, outcomes out, each exactly once for a read-committed consumer."""

    name = STAGE
    cancels_loops = False  # the current transaction is completed first

    def __init__(
        self, settings: Settings, connection: Connection, *, documents_id: str, telemetry: Telemetry | None = None
    ) -> None:
        topics = (DOCUMENTS.name, VERDICTS.name)
        super().__init__(settings, connection, topics, progress=Progress(), telemetry=telemetry)
        self._heads = Heads()
        self._pace = Pace()
        self._documents_id = documents_id
        self._group = group_of(settings.prefix, STAGE)
        self._lanes: dict[int, Lane] = {}
        self._looked = 0  # records read to look back
        self._looking: asyncio.Task[None] | None = None
        self._next_check = 0.0  # monotonic

    def loops(self) -> dict[str, Coroutine[Any, Any, None]]:
        """Return the only loop, which reads and publishes one transaction at a time."""
        return {"transactions": self._run()}

    def pace(self) -> tuple[int, int]:
        """Return the number of waiting verdicts, and a counter that grows with each transaction."""
        lag = sum(backlog.records for backlog in self.backlog() if backlog.topic == VERDICTS.name)
        return lag, self._looked + sum(lane.fence.offset for lane in list(self._lanes.values()))

    def backlog(self) -> list[Backlog]:
        """Return the waiting records of our partitions: documents after the fence, and verdicts not yet processed."""
        backlogs = []
        for lane in list(self._lanes.values()):
            first = lane.documents[0].timestamp / 1000 if lane.documents else None
            for name, done in ((DOCUMENTS.name, lane.fence.offset + 1), (VERDICTS.name, lane.verdict_position)):
                end = self._end(name, lane.partition)
                since = first if name == DOCUMENTS.name else None
                backlogs.append(self._heads.backlog(name, lane.partition, end=end, done=done, since=since))
        return backlogs

    def sizes(self) -> dict[str, float]:
        """Return the sizes of the buffers in memory, by metric name."""
        lanes = list(self._lanes.values())
        return {
            "chistovik_publish_buffered_bytes": sum(lane.buffered for lane in lanes),
            "chistovik_publish_buffered_verdicts": sum(len(lane.verdicts) for lane in lanes),
        }

    async def open(self, partitions: list[int]) -> None:
        """Open a lane for each partition, all at once: the open transaction of one may keep another from reading."""
        lanes = await asyncio.gather(*(self._open_lane(partition) for partition in partitions))
        self._lanes.update({lane.partition: lane for lane in lanes})

    async def close(self) -> None:
        """Close the lanes, between two transactions."""
        if self._looking is not None:
            self._looking.cancel()
        lanes, self._lanes = self._lanes, {}
        for lane in lanes.values():
            await lane.producer.stop()

    async def _open_lane(self, partition: int) -> Lane:
        """Initialize the producer, which fences off a zombie; then read the fence, and end what was left open."""
        producer = self._connection.producer(
            f"{STAGE}-{partition}",
            transactional_id=f"{self._group}-{partition}",
            transaction_timeout_ms=60_000,
            linger_ms=0,  # a transaction is a batch already
        )
        await producer.start()
        documents, verdicts = (TopicPartition(name, partition) for name in self._topics)
        async with self._connection.admin(first=False) as admin:
            committed = await admin.list_consumer_group_offsets(self._group, partitions=[documents, verdicts])
        fence = fence_of(committed.get(documents), documents=documents, group=self._group, topic_id=self._documents_id)
        read_from = committed.get(verdicts)
        position, metadata = (max(0, read_from.offset), read_from.metadata) if read_from else (0, "")
        checkpoint = await self._kept(
            partition, checkpoint_of(metadata or "", fence=fence, verdict=position), fence, position
        )
        lane = Lane(
            partition,
            fence.passed(checkpoint.document),
            producer,
            checkpoint,
            claimed=fence.offset,
            verdict_position=checkpoint.verdict,
            ratio=self._telemetry.ratio,
        )
        if not self._connection.embedded and (await self._consumer.end_offsets([documents]))[documents] > 0:
            lane.ready = False  # an earlier owner may have published, or may have tried to
            lane.outcomes = await outcome_partitions(producer, self._settings.prefix)
            await put_barrier(producer, lane.outcomes, lane.offsets(self._settings.prefix), self._group)
        self._consumer.seek(documents, lane.fence.offset + 1)
        self._consumer.seek(verdicts, lane.verdict_position)
        return lane

    async def _kept(self, partition: int, checkpoint: Checkpoint, fence: Fence, position: int) -> Checkpoint:
        """Return a checkpoint whose next document exists: retention may have deleted documents that are published."""
        if self._connection.embedded:  # its log ends with the process, and it loses no marker
            return Checkpoint(fence.offset, position)
        if checkpoint.document == fence.offset:
            return checkpoint
        documents = self._tp(DOCUMENTS.name, partition)
        begin = (await self._consumer.beginning_offsets([documents]))[documents]
        return checkpoint if begin <= checkpoint.document + 1 else Checkpoint(fence.offset, position, checkpoint.ends)

    async def _run(self) -> None:
        consumer = self._consumer
        while not self._stopping.is_set():
            if not self._lanes:  # no partition is ours, or its fence is not read yet: positions are not valid
                await asyncio.sleep(0.05)
                continue
            await self._look_back()
            self._hold_back(consumer)
            fetched = await self._fetch(consumer, self._pace.wait() or IDLE_SECONDS)
            async with self._turn:
                for tp, records in fetched.items():
                    self._hand_over(tp, records)
                # aiokafka fetches no more before these are taken, so only waiting would gather nothing
                if self._pace.wait() and not self._is_full():
                    continue
                began, lanes = time.monotonic(), [lane for lane in self._lanes.values() if lane.ready]
                events = sum(await asyncio.gather(*map(self._publish, lanes)))
                if events:
                    self._pace.took(events, more=any(map(self._is_behind, lanes)), since=began)
                await self._check()

    async def _look_back(self) -> None:
        """Make new lanes ready. Heartbeats go on meanwhile; a rebalance, or the end of the stage, cancels it."""
        lanes = [lane for lane in self._lanes.values() if not lane.ready]
        if not lanes:
            return
        before = self._looked

        def progress(done: int, _total: int) -> None:
            self._looked = before + done

        self._looking = asyncio.create_task(look_back(self._connection, self._settings.prefix, lanes, progress))
        stopping = asyncio.create_task(self._stopping.wait())
        await asyncio.wait([self._looking, stopping], return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if self._looking.done() and not self._looking.cancelled():
            self._looking.result()
        self._looking.cancel()

    async def _check(self) -> None:
        """Move the checkpoints of the lanes forward, and open a lane again if Kafka has left its transaction open."""
        if self._connection.embedded or self._stopping.is_set() or time.monotonic() < self._next_check:
            return
        self._next_check = time.monotonic() + CHECK_SECONDS
        for lane in [lane for lane in self._lanes.values() if lane.ready]:
            try:
                async with asyncio.timeout(ASK_SECONDS):
                    checkpoint, hanging = await new_checkpoint(lane, self._consumer, self._settings.prefix)
            except (KafkaError, TimeoutError) as error:
                if not getattr(error, "retriable", True):
                    raise
                log.debug("no checkpoint", stage=STAGE, partition=lane.partition, error=str(error))
                return  # Kafka does not answer: the old ones hold
            if hanging:
                where = [f"{tp.topic}/{tp.partition}/{offset}" for tp, offset in hanging.items()]
                log.warning("Kafka left a transaction open; opening the lane again", stage=STAGE, at=where)
                await lane.producer.stop()
                self._lanes[lane.partition] = await self._open_lane(lane.partition)
            elif checkpoint is not None:
                lane.checkpoint = checkpoint
                await self._commit(lane, [])

    async def _fetch(self, consumer: AIOKafkaConsumer, seconds: float) -> dict[TopicPartition, list[Any]]:
        return await poll_log(
            consumer,
            records=2000,
            timeout=seconds,
            stage=STAGE,
            missed="published",
            then="Deleted records cannot be published; to process all pages again use another CHISTOVIK_PREFIX",
        )

    def _hand_over(self, tp: TopicPartition, records: list[Any]) -> None:
        lane = self._lanes.get(tp.partition)
        if lane is None:
            return  # fetched before a rebalance; opening the lane seeks back
        if self._topics[tp.topic] == VERDICTS.name:
            lane.take_verdicts(records)
        elif not lane.take_documents(records):
            self._consumer.seek(tp, lane.next_document)

    def _hold_back(self, consumer: AIOKafkaConsumer) -> None:
        """Pause the partitions of lanes that have enough records in memory, and resume the others."""
        for lane in self._lanes.values():
            for name, is_full in lane.full.items():
                tp = self._tp(name, lane.partition)
                if tp in consumer.assignment():
                    (consumer.pause if is_full else consumer.resume)(tp)

    def _is_full(self) -> bool:
        """Return whether a lane has enough records in memory."""
        return any(any(lane.full.values()) for lane in self._lanes.values())

    async def _publish(self, lane: Lane) -> int:
        """Publish the next outcomes, with the offsets in the same transaction, until nothing is ready; count them."""
        events = 0
        while True:
            before = lane.fence
            messages = lane.next_messages(self._settings.prefix)
            if lane.fence is before:
                lane.check_gap()
                return events
            began = time.time()
            await self._commit(lane, messages)
            events += len(messages)
            self._report(messages, began)
            self._report_repairs(lane)

    async def _commit(self, lane: Lane, messages: list[Message]) -> None:
        """Write events, the offsets, the fence and the checkpoint in one transaction."""
        try:
            return await self._write(lane, messages)
        except KafkaError as error:
            if not is_unnamed(error):
                raise
            failed = error
        # Kafka does not say which topic the offsets may not be committed for. Asked here, as an error about it would
        # otherwise be told by the one that it came after.
        await check_rights(self._connection, self._settings.prefix, [STAGE])
        raise failed

    async def _write(self, lane: Lane, messages: list[Message]) -> None:
        async with lane.producer.transaction():
            by_topic: dict[str, list[Outgoing]] = {}
            for message in messages:
                record = Outgoing(message.key, message.value, headers=message.headers)
                by_topic.setdefault(self._settings.prefix + message.topic, []).append(record)
            sent = [
                done for topic, records in by_topic.items() for done in await append_all(lane.producer, topic, records)
            ]
            # Side by side, as nothing counts before the commit. All are awaited: aiokafka cannot abort while it sends
            offsets = lane.producer.send_offsets_to_transaction(lane.offsets(self._settings.prefix), self._group)
            for done in await asyncio.gather(*sent, offsets, return_exceptions=True):
                if isinstance(done, BaseException):
                    raise done

    def _is_behind(self, lane: Lane) -> bool:
        """Return whether more verdicts wait, in memory or in the log."""
        return bool(lane.verdicts) or lane.verdict_end < (self._end(VERDICTS.name, lane.partition) or 0)

    def _report(self, messages: list[Message], began: float) -> None:
        """Count a committed transaction, and report each of its events to telemetry."""
        metrics, ended = self._telemetry.metrics, time.time()
        metrics.commits[STAGE].set(ended)
        metrics.transactions.observe(ended - began)
        metrics.transaction_events.observe(len(messages))
        metrics.published_bytes.inc(sum(len(message.value) for message in messages))
        for message in messages:
            self._telemetry.tell(finished(message, began))

    def _report_repairs(self, lane: Lane) -> None:
        for kind, events in lane.repaired.items():
            self._telemetry.metrics.repaired[kind].inc(events)
            what = "events of a transaction that Kafka did not end"
            log.warning(what, stage=STAGE, partition=lane.partition, repair=kind, events=events)
        lane.repaired.clear()
