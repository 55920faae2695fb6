"""A look at a partition that a rebalance takes away has no answer, and is no error."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from agents.kafka.places import end_of, position_of
from tests.support.patience import SECONDS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

OURS, LOST = TopicPartition("news.pages", 0), TopicPartition("news.pages", 1)


@pytest.fixture
async def consumer() -> AsyncIterator[Any]:
    """A consumer of aiokafka, without a broker, that got one partition."""
    made = AIOKafkaConsumer(bootstrap_servers="nobody.example")
    made._subscription.subscribe(topics={OURS.topic})
    made._coordinator = SimpleNamespace(check_errors=lambda: None)
    made._subscription.assign_from_subscribed([OURS])
    yield made
    made._closed = True
    await made._client.close()


async def test_the_end_is_known_after_a_fetch(consumer: Any) -> None:
    assert end_of(consumer, OURS) is None
    consumer._subscription.subscription.assignment.state_value(OURS).highwater = 7
    assert end_of(consumer, OURS) == 7


async def test_a_partition_of_another_has_no_end_and_no_position(consumer: Any) -> None:
    assert end_of(consumer, LOST) is None
    assert await position_of(consumer, LOST) is None


async def test_a_partition_that_goes_in_the_midst_of_the_question_has_none() -> None:
    def gone(_: TopicPartition) -> int:
        state: Any = None  # the other thread has taken it between the check and this
        return int(state.highwater)

    assert end_of(SimpleNamespace(highwater=gone), OURS) is None


async def test_a_position_is_waited_for_until_it_is_known_or_the_partition_is_lost(consumer: Any) -> None:
    waiting = asyncio.create_task(position_of(consumer, OURS))
    await asyncio.sleep(0)
    consumer._subscription.seek(OURS, 5)
    assert await asyncio.wait_for(waiting, SECONDS) == 5

    consumer._subscription.assign_from_subscribed([OURS])  # a new assignment has no position yet
    waiting = asyncio.create_task(position_of(consumer, OURS))
    await asyncio.sleep(0)
    consumer._subscription.assign_from_subscribed([LOST])
    assert await asyncio.wait_for(waiting, SECONDS) is None
