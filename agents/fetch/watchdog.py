"""End a worker that slept longer than its group session, before it writes anything more.

Kafka fences a producer only if it uses transactions. A worker may stop (SIGSTOP, a suspended machine, a blocked loop).
When it wakes, it would write pages that another worker has already written. Its clock shows how long it slept.
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
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)  # also counts while the machine is suspended


class Watchdog:
    """Beats while the loop runs. After `session` seconds without a heartbeat, Kafka replaces a worker.

    The consumer sends a heartbeat every third of the session, so the session may be over after two thirds of sleep.
    """

    def __init__(self, session: float) -> None:
        self._limit = session * 2 / 3
        self._last: float | None = None

    async def run(self) -> None:
        """Beat in an endless loop."""
        while True:
            self.check()
            self._last = time.clock_gettime(_CLOCK)
            await asyncio.sleep(BEAT_SECONDS)

    def check(self) -> None:
        """End the process if the last beat is too long ago. Before the first beat, do nothing."""
        if self._last is None:
            return
        slept = time.clock_gettime(_CLOCK) - self._last
        if slept > self._limit:
            die(
                "fetch",
                StageError(
                    f"fetch: stood still for {slept:.1f} s (CHISTOVIK_SESSION_TIMEOUT is {self._limit * 1.5:g}): "
                    f"another worker may own its partitions now. Restart the worker; the owner fetches the open URLs"
                ),
            )

    def guard(self, producer: AIOKafkaProducer) -> None:
        """Check before each request of a producer, because batches from before the sleep would be sent first."""
        send = producer.client.send

        async def checked(*arguments: Any, **named: Any) -> Any:
            self.check()
            return await send(*arguments, **named)

        producer.client.send = checked
