"""Gathering: a stage takes what comes until its batch is due, as a client fetches no more before that is taken."""

from __future__ import annotations

import asyncio
import time
from types import SimpleNamespace
from typing import Any

from agents.stage.pace import Pace
from agents.stage.polling import gather
from tests.support.patience import SECONDS


class Client:
    """Holds one record at a time, as aiokafka holds one fetch; the next one comes when that is taken."""

    def __init__(self, *values: bytes) -> None:
        self.coming = [SimpleNamespace(value=value) for value in values]
        self.asked: list[float] = []

    async def take(self, seconds: float, _records: int) -> dict[str, list[Any]]:
        self.asked.append(seconds)
        if not seconds:  # nothing more is there at once
            return {}
        if self.coming:
            return {"tp": [self.coming.pop(0)]}
        await asyncio.sleep(seconds)
        return {}


def due_in(seconds: float) -> Pace:
    return Pace(due=time.monotonic() + seconds)


def record(value: bytes = b"first") -> dict[str, list[Any]]:
    return {"tp": [SimpleNamespace(value=value)]}


def values(found: dict[str, list[Any]]) -> list[bytes]:
    return [one.value for ones in found.values() for one in ones]


async def test_records_that_come_before_the_batch_is_due_are_part_of_it() -> None:
    found, client = record(), Client(b"second", b"third")
    await asyncio.wait_for(gather(found, client.take, pace=due_in(0.05), records=100), SECONDS)
    assert values(found) == [b"first", b"second", b"third"]


async def test_a_batch_that_is_due_takes_no_more() -> None:
    found, client = record(), Client(b"second")
    await gather(found, client.take, pace=Pace(), records=100)
    assert (values(found), client.asked) == ([b"first"], [])


async def test_gathering_ends_with_the_most_records() -> None:
    found, client = record(), Client(b"second", b"third")
    await asyncio.wait_for(gather(found, client.take, pace=due_in(SECONDS * 10), records=2), SECONDS)
    assert values(found) == [b"first", b"second"]


async def test_gathering_ends_with_the_most_bytes() -> None:
    found, client = record(b"x" * 60), Client(b"x" * 60, b"x")
    await asyncio.wait_for(gather(found, client.take, pace=due_in(SECONDS * 10), records=100, size=100), SECONDS)
    assert len(values(found)) == 2


async def test_a_client_that_returns_nothing_at_once_ends_it() -> None:
    """It does so while the flow is stopped, for example in a rebalance."""

    async def nothing(_seconds: float, _records: int) -> dict[str, list[Any]]:
        return {}

    found = record()
    await asyncio.wait_for(gather(found, nothing, pace=due_in(SECONDS * 10), records=100), SECONDS)
    assert values(found) == [b"first"]
