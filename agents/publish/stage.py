"""The step from `documents` and `verdicts` to the outcome topics: one event per page, in transactions.

This file reads, sends and commits for its partitions; `agents/publish/lane.py` decides which event is next in each.
No other file writes outcome topics.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from aiokafka import TopicPartition

from agents.observe.backlog import Backlog, Heads
from agents.observe.telemetry import Finished, Line, Telemetry
from agents.publish.fence import fence_of
from agents.publish.lane import STAGE, Lane
from agents.stage.member import GroupStage
from agents.stage.polling import poll_log
from agents.stage.progress import Progress
from pipeline.records.article import DeadLetter, kind_of
from pipeline.topics import DOCUMENTS, VERDICTS, group_of
from pipeline.topics.headers import header
from pipeline.topics.traceparent import TRACEPARENT

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from aiokafka import AIOKafkaConsumer

    from agents.kafka import Connection
    from agents.settings import Settings
    from pipeline.article.message import Message


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
        self._documents_id = documents_id
        self._group = group_of(settings.prefix, STAGE)
        self._lanes: dict[int, Lane] = {}

    def loops(self) -> dict[str, Coroutine[Any, Any, None]]:
        """Return the only loop, which reads and publishes one transaction at a time."""
        return {"transactions": self._run()}

    def pace(self) -> tuple[int, int]:
        """Return the number of waiting verdicts, and a counter that grows with each transaction."""
        lag = sum(backlog.records for backlog in self.backlog() if backlog.topic == VERDICTS.name)
        return lag, sum(lane.fence.offset for lane in list(self._lanes.values()))

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
        """Open a lane for each partition."""
        for partition in partitions:
            self._lanes[partition] = await self._open_lane(partition)

    async def close(self) -> None:
        """Close the lanes, between two transactions."""
        lanes, self._lanes = self._lanes, {}
        for lane in lanes.values():
            await lane.producer.stop()

    async def _open_lane(self, partition: int) -> Lane:
        """Initialize the producer, which fences off a zombie, and only then read the fence."""
        producer = self._connection.producer(
            f"{STAGE}-{partition}",
            transactional_id=f"{self._group}-{partition}",
            transaction_timeout_ms=60_000,
        )
        await producer.start()
        documents, verdicts = (TopicPartition(name, partition) for name in self._topics)
        async with self._connection.admin(first=False) as admin:
            committed = await admin.list_consumer_group_offsets(self._group, partitions=[documents, verdicts])
        fence = fence_of(committed.get(documents), documents=documents, group=self._group, topic_id=self._documents_id)
        read_from = committed.get(verdicts)
        verdict_position = max(0, read_from.offset) if read_from else 0
        self._consumer.seek(documents, fence.offset + 1)
        self._consumer.seek(verdicts, verdict_position)
        return Lane(partition, fence, producer, verdict_position=verdict_position, ratio=self._telemetry.ratio)

    async def _run(self) -> None:
        consumer = self._consumer
        while not self._stopping.is_set():
            if not self._lanes:  # no partition is ours, or its fence is not read yet: positions are not valid
                await asyncio.sleep(0.05)
                continue
            self._hold_back(consumer)
            fetched = await self._fetch(consumer)
            async with self._turn:
                for tp, records in fetched.items():
                    self._hand_over(tp, records)
                for lane in list(self._lanes.values()):
                    await self._publish(lane)
                    lane.check_gap()

    async def _fetch(self, consumer: AIOKafkaConsumer) -> dict[TopicPartition, list[Any]]:
        return await poll_log(
            consumer,
            records=2000,
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

    async def _publish(self, lane: Lane) -> None:
        """Publish the next outcomes, with the offsets in the same transaction, until nothing is ready."""
        while True:
            before = lane.fence
            messages = lane.next_messages(self._settings.prefix)
            if lane.fence is before:
                return
            began = time.time()
            async with lane.producer.transaction():
                sent = [
                    await lane.producer.send(
                        self._settings.prefix + message.topic,
                        message.value,
                        key=message.key,
                        headers=list(message.headers),
                    )
                    for message in messages
                ]
                await asyncio.gather(*sent)
                await lane.producer.send_offsets_to_transaction(lane.offsets(self._settings.prefix), self._group)
            self._report(messages, began)

    def _report(self, messages: list[Message], began: float) -> None:
        """Count a committed transaction, and report each of its events to telemetry."""
        metrics, ended = self._telemetry.metrics, time.time()
        metrics.commits[STAGE].set(ended)
        metrics.transactions.observe(ended - began)
        metrics.transaction_events.observe(len(messages))
        metrics.published_bytes.inc(sum(len(message.value) for message in messages))
        for message in messages:
            self._telemetry.tell(_finished(message, began))


def _finished(message: Message, began: float) -> Finished:
    outcome = message.outcome
    letter = outcome if isinstance(outcome, DeadLetter) else None
    return Finished(
        stage=STAGE,
        result=(message.topic, kind_of(outcome)),
        place=outcome.provenance.place,
        page_id=outcome.page_id,
        url=outcome.url,
        error=letter.error if letter else "",
        began=began,
        own=header(message.headers, TRACEPARENT),
        parent=message.parent,
        line=_dead(letter) if letter else None,
    )


def _dead(letter: DeadLetter) -> Line:
    facts = {
        "stage": letter.stage,
        "page_id": letter.page_id,
        "url": letter.url,
        "place": letter.provenance.place,
        "attempt": letter.attempt,
        "error": letter.error[:500],
    }
    return Line("dead letter", facts)
