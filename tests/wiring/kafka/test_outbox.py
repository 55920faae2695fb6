"""What a command waits for at most when Kafka confirms nothing."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiokafka.errors import MessageSizeTooLargeError

from agents.errors import BrokerError
from agents.kafka import outbox
from agents.kafka.outbox import confirmed, sending


def futures(count: int) -> list[asyncio.Future[object]]:
    return [asyncio.get_running_loop().create_future() for _ in range(count)]


async def test_a_broker_that_confirms_nothing_is_not_waited_for_without_end(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(outbox, "SILENT_SECONDS", 0.01)
    sent = futures(3)
    sent[0].set_result(None)

    with pytest.raises(BrokerError, match="Kafka has confirmed nothing for"):
        await confirmed(sent)


async def test_a_broker_that_confirms_slowly_is_waited_for(monkeypatch: pytest.MonkeyPatch):
    sent, waits = futures(4), asyncio.wait

    async def wait(*arguments: Any, **named: Any) -> Any:
        """One more is confirmed each time the limit is over."""
        next(one for one in sent if not one.done()).set_result(None)
        return await waits(*arguments, **named)

    monkeypatch.setattr(outbox, "SILENT_SECONDS", 0.01)
    monkeypatch.setattr(asyncio, "wait", wait)
    await confirmed(sent)

    assert all(one.done() for one in sent)


async def test_a_refused_record_raises_at_once():
    sent = futures(2)
    sent[1].set_exception(MessageSizeTooLargeError())

    with pytest.raises(MessageSizeTooLargeError):
        await confirmed(sent)


async def test_nothing_to_wait_for():
    await confirmed([])


class Hanging:
    """A producer that has something to flush, and a broker that never takes it."""

    def __init__(self) -> None:
        self.closed: list[str] = []
        self._sender, self.client = self._part("sender"), self._part("client")

    def _part(self, name: str) -> Any:
        async def close() -> None:
            self.closed.append(name)

        return type("Part", (), {"close": staticmethod(close)})()

    def producer(self, _name: str) -> Any:
        return self

    async def start(self) -> None:
        pass

    async def stop(self) -> None:
        await asyncio.Event().wait()


async def test_a_producer_that_cannot_flush_is_closed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(outbox, "FLUSH_SECONDS", 0.01)
    made: Any = Hanging()

    with pytest.raises(KeyError):
        async with sending(made, "test"):
            raise KeyError

    assert made.closed == ["sender", "client"]
