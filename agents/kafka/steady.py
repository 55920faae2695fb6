"""Clients of aiokafka that get on where connections are slow or are cut.

aiokafka asks for up to 50 MB at once, and after a lost connection for the same again. Where so much does not arrive
within the time limit of a request, or before the connection is cut, a consumer that has fallen behind reads nothing
any more, without an end. The consumers here ask for less then, and for more as long as it arrives. And aiokafka's
consumers and producers ask again after a lost connection, its admin client does not.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaConnectionError, KafkaError, RequestTimedOutError
from aiokafka.protocol.fetch import FetchRequest

FIRST_BYTES = 1 << 20
LEAST_BYTES = 1 << 16  # Kafka returns at least one batch, even a larger one
SLOW_SECONDS = 3.0  # an answer that takes longer is large enough
GROWTH, CUT = 2, 4
AGAIN_SECONDS = 10.0  # an admin client asks again for so long
PAUSE_SECONDS = 0.1


class FetchSize:
    """How much a client asks for at once: `limit` bytes in all, and at most what its consumer was set to."""

    def __init__(self, client: Any) -> None:
        self.limit = FIRST_BYTES
        self._send = client.send

    async def send(self, node_id: int, request: Any, **settings: Any) -> Any:
        """Send a request; a fetch is limited, and its answer changes the limit."""
        if not isinstance(request, FetchRequest):
            return await self._send(node_id, request, **settings)
        asked = min(self.limit, request._max_bytes)  # noqa: SLF001 — aiokafka has no way to change it
        began = time.monotonic()
        try:
            answer = await self._send(node_id, _limited(request, asked), **settings)
        except (KafkaConnectionError, RequestTimedOutError):
            self.limit = max(asked // CUT, LEAST_BYTES)
            raise
        if 2 * _size(answer) >= asked and time.monotonic() - began < SLOW_SECONDS:
            self.limit = max(self.limit, GROWTH * asked)
        return answer


def size_fetches(consumer: Any) -> None:
    """Let a consumer of aiokafka ask for as much at once as arrives; call it before its start."""
    client = consumer._client  # noqa: SLF001 — the only place that all fetches pass
    client.send = FetchSize(client).send


def _limited(request: FetchRequest, most: int) -> FetchRequest:
    return FetchRequest(
        request._max_wait_ms,  # noqa: SLF001 — as above
        request._min_bytes,  # noqa: SLF001
        most,
        request._isolation_level,  # noqa: SLF001
        [
            (topic, [(partition, offset, min(most, size)) for partition, offset, size in partitions])
            for topic, partitions in request.topics
        ],
        request._rack_id,  # noqa: SLF001
    )


def _size(answer: Any) -> int:
    """Return how many bytes of records an answer to a fetch holds."""
    return sum(len(partition[-1] or b"") for _, partitions in answer.topics for partition in partitions)


class SteadyAdmin(AIOKafkaAdminClient):  # type: ignore[misc]  # aiokafka is untyped here
    """An admin client that asks again where a connection is lost meanwhile."""

    async def _send_request(self, request: Any, node_id: int | None = None) -> Any:
        """Send one request; all that ask or set something come here, and none that creates or deletes."""
        until = time.monotonic() + AGAIN_SECONDS
        while True:
            try:
                return await super()._send_request(request, node_id)
            except KafkaError as error:
                if not error.retriable or time.monotonic() > until:
                    raise
            await asyncio.sleep(PAUSE_SECONDS)
