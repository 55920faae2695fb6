"""A worker that stood still for longer than its partitions are kept for ends before it writes."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from agents.fetch import watchdog as module
from agents.fetch.watchdog import Watchdog


class Ended(BaseException):
    """What `die` is here: the end of the process."""


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    def die(_stage: str, error: BaseException) -> None:
        raise Ended(str(error))

    now = [100.0]
    monkeypatch.setattr(module, "die", die)
    monkeypatch.setattr(time, "clock_gettime", lambda _: now[0])
    return now


async def beating(made: Watchdog) -> None:
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(made.run(), 0.01)


class Producer:
    """As much of a producer as is guarded."""

    def __init__(self) -> None:
        self.client, self.sent = self, []  # type: ignore[var-annotated]

    async def send(self, *what: Any) -> None:
        self.sent.append(what)


@pytest.mark.parametrize(("seconds", "ends"), [(0.3, False), (5.9, False), (6.1, True), (86_400.0, True)])
async def test_two_thirds_of_a_session_are_the_limit(clock: list[float], seconds: float, ends: bool) -> None:
    made, producer = Watchdog(9.0), Producer()
    made.guard(producer)  # type: ignore[arg-type]
    await beating(made)
    clock[0] += seconds
    if ends:
        with pytest.raises(Ended, match=r"stood still for .* s \(CHISTOVIK_SESSION_TIMEOUT is 9\)"):
            await producer.client.send("a batch that was packed before")
        with pytest.raises(Ended):
            await made.run()
    else:
        await producer.client.send("a batch")
    assert producer.sent == ([] if ends else [("a batch",)])


async def test_nothing_is_late_before_the_first_beat(clock: list[float]) -> None:
    made = Watchdog(9.0)
    clock[0] += 3600.0
    made.check()
