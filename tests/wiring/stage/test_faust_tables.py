"""What a table sends arrives in the order in which it was given, or fails as a whole."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from agents.stage.faust_tables import Line


class Producer:
    """A producer that takes some records at once and lets others wait, and refuses one."""

    def __init__(self, *, refused: bytes | None = None) -> None:
        self.refused = refused
        self.taken: list[tuple[bytes, int]] = []
        self.deliveries: list[asyncio.Future[str]] = []

    async def send(self, *, topic: str, key: bytes, value: bytes, partition: int, headers: Any, timestamp: None) -> Any:
        if len(self.taken) % 3 == 1:  # its batch is full
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        if key == self.refused:
            raise ConnectionError("no broker")
        self.taken.append((key, partition))
        self.deliveries.append(asyncio.get_running_loop().create_future())
        return self.deliveries[-1]


def line_to(producer: Producer) -> Line:
    app: Any = SimpleNamespace(producer=producer)
    return Line(app)


def put(line: Line, number: int) -> Any:
    return line.put(topic="news.verdicts", key=b"%d" % number, value=b"", partition=number % 4, headers=None)


async def settle() -> None:
    for _ in range(50):
        await asyncio.sleep(0)


async def test_records_are_sent_in_their_order_though_the_producer_lets_some_wait() -> None:
    producer = Producer()
    line = line_to(producer)
    sent = [put(line, number) for number in range(10)]
    await asyncio.sleep(0)
    sent += [put(line, number) for number in range(10, 20)]
    await settle()
    assert producer.taken == [(b"%d" % number, number % 4) for number in range(20)]
    assert [one.message.partition for one in sent] == [number % 4 for number in range(20)]


async def test_a_record_has_arrived_when_its_delivery_is_done_and_not_before() -> None:
    producer = Producer()
    sent = [put(line_to(producer), 1)]
    await settle()
    assert not sent[0].done()
    producer.deliveries[0].set_result("offset 7")
    assert await sent[0] == "offset 7"


async def test_a_delivery_that_fails_fails_its_record() -> None:
    producer = Producer()
    line = line_to(producer)
    sent = [put(line, 0), put(line, 1)]
    await settle()
    producer.deliveries[0].set_exception(ConnectionError("the disk is full"))
    producer.deliveries[1].set_result("offset 7")
    with pytest.raises(ConnectionError, match="the disk is full"):
        await sent[0]
    assert await sent[1] == "offset 7"


async def test_no_record_overtakes_one_that_could_not_be_sent() -> None:
    producer = Producer(refused=b"2")
    line = line_to(producer)
    sent = [put(line, number) for number in range(5)]
    await settle()
    assert [key for key, _ in producer.taken] == [b"0", b"1"]
    for one in sent[2:]:
        with pytest.raises(ConnectionError, match="no broker"):
            await one
    producer.refused = None
    again = put(line, 5)
    await settle()
    assert producer.taken[-1][0] == b"5"
    assert not again.done()
    again.cancel()
