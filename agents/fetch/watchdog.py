"""Ends a worker that slept longer than its partitions are kept for, before it writes anything more.

Kafka fences a producer off only where it has transactions. A worker that was stopped (SIGSTOP, a machine suspended, a
loop blocked) and wakes would write pages that another one has written meanwhile; by its clock it knows that.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from agents.errors import StageError
from agents.stage.ending import die

if TYPE_CHECKING:
    from aiokafka import AIOKafkaProducer

BEAT_SECONDS = 0.25
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)  # goes on while the machine is suspended


class Watchdog:
    """Beats while the loop runs; `session` is the seconds without a heartbeat after which a worker is replaced.

    Heartbeats go out every third of it, so that after two thirds without one it may be over.
    """

    def __init__(self, session: float) -> None:
        self._limit = session * 2 / 3
        self._last: float | None = None

    async def run(self) -> None:
        """Beat, for ever."""
        while True:
            self.check()
            self._last = time.clock_gettime(_CLOCK)
            await asyncio.sleep(BEAT_SECONDS)

    def check(self) -> None:
        """End the process where the last beat is too long ago; nothing is said before the first one."""
        if self._last is None:
            return
        slept = time.clock_gettime(_CLOCK) - self._last
        if slept > self._limit:
            die(
                "fetch",
                StageError(
                    f"fetch: stood still for {slept:.1f} s (CHISTOVIK_SESSION_TIMEOUT is {self._limit * 1.5:g}): what "
                    f"was in hand may be another worker's by now. Start again: it is fetched by whoever owns it"
                ),
            )

    def guard(self, producer: AIOKafkaProducer) -> None:
        """Check before each request of a producer: batches that were packed before would go out first of all."""
        send = producer.client.send

        async def checked(*arguments: Any, **named: Any) -> Any:
            self.check()
            return await send(*arguments, **named)

        producer.client.send = checked
