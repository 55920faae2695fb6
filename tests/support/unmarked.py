"""A lane whose transactions Kafka confirms and ends only in part, as a broker that shuts down may do.

The producer does not tell the coordinator of some partitions that it writes, so they get no marker: the same state that
the coordinator leaves when it takes a partition for deleted. The broker must not verify transactions
(`transaction.partition.verification.enable=false`).
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from aiokafka import AIOKafkaProducer, TopicPartition

from agents.kafka import Connection
from agents.kafka.topics import documents_id
from agents.publish.stage import Publisher
from agents.settings import Settings
from pipeline.document.clean import clean
from pipeline.records.page import Page
from pipeline.records.wire import encode
from pipeline.topics import DOCUMENTS, VERDICTS, VISITS
from pipeline.verdict.ledger import Ledger
from tests.support.kafka import commit
from tests.support.patience import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from agents.publish.lane import Lane
    from tests.support.kafka import Kafka

TEXT = "В посёлке Ясном открыли пекарню номер {}, сообщила районная газета. Хлеб там пекут с шести утра.\n"
THIN = 4  # one page in so many has no article: its event is in another topic


class Story:
    """Pages, their documents and their verdicts, written in parts to partition 0."""

    def __init__(self, kafka: Kafka, prefix: str) -> None:
        self._kafka, self._prefix = kafka, prefix
        self._ledger, self._count = Ledger(0), 0

    async def goes_on(self, pages: int) -> None:
        """Write so many pages more, cleaned and judged."""
        numbers = range(self._count, self._count + pages)
        self._count += pages
        bodies = ["" if number % THIN == THIN - 1 else TEXT.format(number) * 2 for number in numbers]
        at = datetime(2031, 1, 6, tzinfo=UTC)
        made = [
            clean(
                Page(url=f"https://o.example/{number}", fetched_at=at, body=body),
                topic="pages",
                partition=0,
                offset=number,
            )
            for number, body in zip(numbers, bodies, strict=True)
        ]
        verdicts = [self._ledger.judge(one, number) for number, one in zip(numbers, made, strict=True)]
        async with AIOKafkaProducer(bootstrap_servers=self._kafka.brokers, linger_ms=50) as producer:
            for topic, values in (
                ("pages", [b"{}"] * pages),
                (DOCUMENTS.name, [encode(one) for one in made]),
                (VERDICTS.name, [encode(one) for one in verdicts]),
            ):
                sent = [await producer.send(self._prefix + topic, value, key=b"k", partition=0) for value in values]
                await asyncio.gather(*sent)
        done = TopicPartition(self._prefix + "pages", 0), self._count
        await asyncio.to_thread(commit, self._kafka, self._prefix + "clean", *done)


@asynccontextmanager
async def publisher(kafka: Kafka, prefix: str) -> AsyncIterator[Publisher]:
    """Run the stage in this process."""
    connection = Connection(brokers=kafka.brokers)
    settings = Settings(brokers=kafka.brokers, prefix=prefix, session_timeout=30.0)
    stage = Publisher(settings, connection, documents_id=await documents_id(connection, prefix))
    await stage.start()
    try:
        yield stage
    finally:
        await stage.stop()


async def has_published(stage: Publisher, documents: int) -> Lane:
    """Wait until the lane of partition 0 has published so many documents, and return it."""
    await until(lambda: stage._lanes[0].fence.offset >= documents - 1, every=0.02)
    return stage._lanes[0]


def lose_markers(lane: Lane, prefix: str, *, outcome: Callable[[int], bool], offsets: bool) -> set[TopicPartition]:
    """Let the lane's transactions lose markers from now on; return the partitions without one, as they are written.

    `outcome` says of each outcome partition, in the order in which they are written, whether its marker is lost.
    """
    manager: Any = lane.producer._txn_manager
    begin, add, add_offsets = manager.begin_transaction, manager.maybe_add_partition_to_txn, manager.add_offsets_to_txn
    seen: list[TopicPartition] = []
    lost: set[TopicPartition] = set()

    def begun() -> None:
        begin()
        add(TopicPartition(prefix + VISITS.name, 0))  # the coordinator ends no transaction that is empty

    def added(tp: TopicPartition) -> None:
        if tp not in seen:
            seen.append(tp)
        if not outcome(seen.index(tp)):
            add(tp)
        elif tp not in manager._txn_partitions:
            lost.add(tp)
            manager._txn_partitions.add(tp)

    def offsets_added(positions: Any, group: str) -> Any:
        if offsets:
            manager.consumer_group_added(group)
        return add_offsets(positions, group)

    manager.begin_transaction, manager.maybe_add_partition_to_txn = begun, added
    manager.add_offsets_to_txn = offsets_added
    return lost


def keep_markers(lane: Lane) -> None:
    """Let the lane's transactions be whole again."""
    manager: Any = lane.producer._txn_manager
    for name in ("begin_transaction", "maybe_add_partition_to_txn", "add_offsets_to_txn"):
        delattr(manager, name)
