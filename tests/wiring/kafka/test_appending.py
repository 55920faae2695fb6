"""Records that are put straight into the batches of a producer: the same records, in the same order, as by its `send`.

The producer is aiokafka's own, without a broker: a test takes the batches that its sender would take.
"""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaConnectionError, MessageSizeTooLargeError, ProducerClosed
from aiokafka.record.memory_records import MemoryRecords

from agents.kafka.appending import HEAD_BYTES, Outgoing, append_all
from agents.kafka.outbox import KafkaOutbox
from agents.stage.faust_tables import Line

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

TOPIC = "news.documents"
Record = tuple[bytes | None, bytes | None, tuple[tuple[str, bytes], ...]]


class Sender:
    """Takes the batches of a producer, as aiokafka's sender does, and notes their records by partition."""

    def __init__(self, **settings: Any) -> None:
        self.producer = AIOKafkaProducer(bootstrap_servers="nobody.example", **settings)
        self.producer.client.cluster._partitions[TOPIC] = dict.fromkeys(range(3), SimpleNamespace(leader=0))
        self.batches = self.producer._message_accumulator
        self.found: dict[int, list[Record]] = {0: [], 1: [], 2: []}

    def take(self) -> list[Any]:
        """Take the first batch of each partition."""
        taken = [self.batches._pop_batch(tp) for tp in list(self.batches._batches)]
        for batch in taken:
            records = MemoryRecords(bytes(batch.get_data_buffer()))
            while (part := records.next_batch()) is not None:
                self.found[batch.tp.partition] += [(one.key, one.value, tuple(one.headers)) for one in part]
        return taken

    def confirm(self) -> None:
        """Take batches, and answer as a broker does."""
        for batch in self.take():
            batch.done(100, -1)

    async def close(self) -> None:
        """End the producer, which was never started."""
        self.producer._closed = True
        await self.producer.client.close()


@pytest.fixture
async def sender() -> AsyncIterator[Sender]:
    made = Sender()
    yield made
    await made.close()


def outgoing(number: int, *, size: int = 10) -> Outgoing:
    return Outgoing(b"%d" % number, b"%d".ljust(size) % number, number % 3, (("traceparent", b"%d" % number),))


def expected(records: list[Outgoing], partition: int) -> list[Record]:
    return [(one.key, one.value, tuple(one.headers)) for one in records if one.partition == partition]


async def test_records_of_a_partition_are_one_batch_in_their_order(sender: Sender) -> None:
    records = [outgoing(number) for number in range(20)]
    sent = await KafkaOutbox(sender.producer, "news.").send_all("documents", records)

    assert len(sent) == 3
    assert not any(one.done() for one in sent)  # type: ignore[attr-defined]  # they are futures
    sender.confirm()
    await asyncio.gather(*sent)
    for partition in range(3):
        assert sender.found[partition] == expected(records, partition)


async def test_a_batch_that_fails_raises(sender: Sender) -> None:
    sent = await append_all(sender.producer, TOPIC, [outgoing(0), outgoing(1)])
    first, second = sender.take()
    first.failure(KafkaConnectionError("the disk is full"))
    second.done(0, -1)

    with pytest.raises(KafkaConnectionError, match="the disk is full"):
        await asyncio.gather(*sent)


async def test_who_waits_for_a_batch_can_leave_without_the_others(sender: Sender) -> None:
    (mine,), (theirs,) = [await append_all(sender.producer, TOPIC, [outgoing(number)]) for number in (0, 3)]
    asyncio.ensure_future(mine).cancel()
    await asyncio.sleep(0)
    sender.confirm()

    await theirs
    assert len(sender.found[0]) == 2


async def test_a_full_batch_is_waited_for_and_no_record_overtakes() -> None:
    sender = Sender(max_batch_size=2000)
    records = [outgoing(number, size=150 + 40 * (number % 7)) for number in range(120)]
    sending = asyncio.create_task(append_all(sender.producer, TOPIC, records))
    while not sending.done():
        await asyncio.sleep(0)
        sender.confirm()
    sent = await sending
    sender.confirm()
    await asyncio.gather(*sent)

    for partition in range(3):
        assert sender.found[partition] == expected(records, partition)
    await sender.close()


async def test_a_record_without_a_partition_goes_where_its_key_leads(sender: Sender) -> None:
    records = [Outgoing(b"key %d" % number, b"value") for number in range(30)]
    await append_all(sender.producer, TOPIC, records)
    for one in records:
        await sender.producer.send(TOPIC, b"value", key=one.key)
    sender.take()

    for found in sender.found.values():
        keys = [key for key, _, _ in found]
        assert keys
        assert keys[: len(keys) // 2] == keys[len(keys) // 2 :]


async def test_a_record_that_is_too_large_and_a_closed_producer_are_refused_as_by_send(sender: Sender) -> None:
    largest = sender.producer._max_request_size
    await append_all(sender.producer, TOPIC, [outgoing(0, size=largest - HEAD_BYTES - 100)])
    with pytest.raises(MessageSizeTooLargeError):
        await append_all(sender.producer, TOPIC, [outgoing(0, size=largest + 1)])
    sender.batches._closed = True
    with pytest.raises(ProducerClosed):
        await append_all(sender.producer, TOPIC, [outgoing(0)])


# — the changelog of a Faust table —


def line_to(sender: Sender) -> Line:
    app: Any = SimpleNamespace(producer=FaustProducer(sender.producer))
    return Line(app)


class FaustProducer:
    """Faust's producer around aiokafka's."""

    def __init__(self, producer: AIOKafkaProducer) -> None:
        self._producer = producer

    async def send(self, *, topic: str, key: bytes, value: bytes, partition: int, headers: Any, timestamp: None) -> Any:
        return await self._producer.send(topic, value, key=key, partition=partition, headers=headers)


def put(line: Line, number: int, *, size: int = 10) -> Any:
    one = outgoing(number, size=size)
    return line.put(topic=TOPIC, key=one.key, value=one.value, partition=one.partition, headers=list(one.headers))


async def test_a_changelog_record_is_in_its_batch_at_once_and_has_its_own_offset(sender: Sender) -> None:
    line = line_to(sender)
    sent = [put(line, number) for number in (0, 3, 6)]
    assert line._task is None
    batch = sender.batches._batches[TopicPartition(TOPIC, 0)][0]
    assert batch.record_count == 3
    sender.confirm()

    assert [(await one).offset for one in sent] == [100, 101, 102]
    assert [one.message.partition for one in sent] == [0, 0, 0]


async def test_no_changelog_record_overtakes_one_that_waits_for_room() -> None:
    sender = Sender(max_batch_size=1000)
    line = line_to(sender)
    sent = [put(line, 3 * number, size=150) for number in range(20)]
    while not all(one.done() for one in sent):
        await asyncio.sleep(0)
        sender.confirm()

    assert sender.found[0] == expected([outgoing(3 * number, size=150) for number in range(20)], 0)
    await sender.close()
