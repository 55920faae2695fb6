"""Clients of aiokafka that get on where connections are slow or are cut.

aiokafka asks for up to 50 MB at once, and sends the batches of all partitions at once; after a lost connection it does
the same again. Where so much does not pass within the time limit of a request, or before the connection is cut, nothing
passes any more, without an end. The clients here ask for less and send less then, and more as long as it passes. And
aiokafka's consumers and producers ask again after a lost connection, its admin client does not.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaConnectionError, KafkaError, RequestTimedOutError
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.protocol.produce import ProduceRequest

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

FIRST_BYTES = 1 << 20
BATCH_BYTES = 1 << 17  # a batch passes whole or not at all, also the next time: aiokafka cannot split one that was sent
LEAST_BYTES = 1 << 16  # Kafka returns at least one batch, even a larger one
SLOW_SECONDS = 3.0  # an answer that takes longer is large enough
ALL_BATCHES = 1 << 10
GROWTH, CUT = 2, 4
AGAIN_SECONDS = 10.0  # an admin client asks again for so long
PAUSE_SECONDS = 0.1
METADATA_TRIES = 3
LATER_SECONDS = 1.0
LOST = (KafkaConnectionError, RequestTimedOutError)


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
        except LOST:
            self.limit = max(asked // CUT, LEAST_BYTES)
            raise
        if 2 * _size(answer) >= asked and time.monotonic() - began < SLOW_SECONDS:
            self.limit = max(self.limit, GROWTH * asked)
        return answer


class ProduceSize:
    """How many batches a client sends at once: `limit`, each of another partition; the oldest go first."""

    def __init__(self, client: Any, batches: Any) -> None:
        self.limit = ALL_BATCHES
        self._batches = batches
        self._send, self._drain = client.send, batches.drain_by_nodes

    def drain(self, ignore_nodes: Any, muted_partitions: AbstractSet[Any] = frozenset()) -> Any:
        """Take the batches that may be sent now; the others wait for their turn."""
        waiting = self._batches._batches  # noqa: SLF001 — by partition, each a queue
        if len(waiting) > self.limit:
            turn = sorted(waiting.keys() - muted_partitions, key=lambda tp: waiting[tp][0]._ctime)  # noqa: SLF001
            muted_partitions = muted_partitions | set(turn[self.limit :])
        return self._drain(ignore_nodes=ignore_nodes, muted_partitions=muted_partitions)

    async def send(self, node_id: int, request: Any, **settings: Any) -> Any:
        """Send a request; what becomes of batches changes the limit."""
        if not isinstance(request, ProduceRequest):
            return await self._send(node_id, request, **settings)
        sent = sum(len(partitions) for _, partitions in request._topics)  # noqa: SLF001 — aiokafka has no other way
        try:
            answer = await self._send(node_id, request, **settings)
        except LOST:
            self.limit = max(min(self.limit, sent) // CUT, 1)
            raise
        self.limit = max(self.limit, GROWTH * sent)
        return answer


def steady_producer(producer: Any) -> None:
    """Let a producer of aiokafka get on where connections are slow or are cut; call it before its start."""
    client, batches = producer.client, producer._message_accumulator  # noqa: SLF001 — it takes the batches to send
    size = ProduceSize(client, batches)
    client.send, batches.drain_by_nodes = size.send, size.drain


class Metadata:
    """Asks for metadata again after a lost connection; aiokafka would wait for five minutes.

    The leader of a group that does not know the partitions of its topics gives nobody a partition, also if it knows
    them a moment later and nothing else happens.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self._update = client._metadata_update  # noqa: SLF001 — all updates pass there

    async def update(self, cluster: Any, topics: Any) -> bool:
        """Update the metadata; if that fails several times, return False and have it done later."""
        for _ in range(METADATA_TRIES):
            if await self._update(cluster, topics):
                return True
            await asyncio.sleep(PAUSE_SECONDS)
        asyncio.get_running_loop().call_later(LATER_SECONDS, self._client.force_metadata_update)
        return False


def steady_consumer(consumer: Any) -> None:
    """Let a consumer of aiokafka get on where connections are slow or are cut; call it before its start."""
    client = consumer._client  # noqa: SLF001 — the only place that all fetches pass
    client.send, client._metadata_update = FetchSize(client).send, Metadata(client).update  # noqa: SLF001


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
