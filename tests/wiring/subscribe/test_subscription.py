"""A subscription is used inside `async with`; with a broker it is tried in tests/broker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from unittest.mock import AsyncMock, MagicMock

import pytest

from agents.kafka import Connection
from agents.subscribe import subscription as module
from agents.subscribe.subscription import Subscription

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

SAYS = (
    r"^the subscription is not open: read its events and commit inside `async with Subscription\(…\) as subscription`$"
)
USES: dict[str, Callable[[Subscription], Awaitable[Any]]] = {
    "events": lambda one: anext(one.events()),
    "batches": lambda one: anext(one.batches()),
    "commit": lambda one: one.commit(),
}


@pytest.fixture
def subscription(monkeypatch: pytest.MonkeyPatch) -> Subscription:
    """Read a topic that has no records, of a broker that always answers."""
    consumer = MagicMock(start=AsyncMock(), stop=AsyncMock(), end_offsets=AsyncMock(return_value={}))
    monkeypatch.setattr(Connection, "consumer", lambda self, **how: consumer)
    monkeypatch.setattr(module, "partition_numbers", AsyncMock(return_value={"articles": [0]}))
    return Subscription(Connection(brokers="nowhere:9092"), ["articles"], follow=False)


@pytest.mark.parametrize("use", USES)
async def test_before_it_is_open_it_says_what_to_do(subscription: Subscription, use: str) -> None:
    with pytest.raises(RuntimeError, match=SAYS):
        await USES[use](subscription)


@pytest.mark.parametrize("use", USES)
async def test_after_it_is_closed_it_says_what_to_do(subscription: Subscription, use: str) -> None:
    async with subscription:
        assert [event async for event in subscription.events()] == []
        await subscription.commit()
    with pytest.raises(RuntimeError, match=SAYS):
        await USES[use](subscription)
