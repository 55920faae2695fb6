"""Ask the leaders of partitions about transactional producers: Kafka's request DescribeProducers, which aiokafka lacks.

Here: the request and its answer. Not here: what to do about a transaction that Kafka left open (agents/publish).
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiokafka.errors import LeaderNotAvailableError, NoError, for_code
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import CompactArray, CompactString, Int16, Int32, Int64, Schema, TaggedFields

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aiokafka import TopicPartition
    from aiokafka.client import AIOKafkaClient


class DescribeProducersResponse_v0(Response):  # type: ignore[misc]  # noqa: N801 — aiokafka is untyped here; named as there
    """The producers that a leader knows of, by partition (KIP-664, Kafka 2.8)."""

    API_KEY = 61
    API_VERSION = 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "topics",
            CompactArray(
                ("name", CompactString("utf-8")),
                (
                    "partitions",
                    CompactArray(
                        ("partition_index", Int32),
                        ("error_code", Int16),
                        ("error_message", CompactString("utf-8")),
                        (
                            "active_producers",
                            CompactArray(
                                ("producer_id", Int64),
                                ("producer_epoch", Int32),
                                ("last_sequence", Int32),
                                ("last_timestamp", Int64),
                                ("coordinator_epoch", Int32),
                                ("current_txn_start_offset", Int64),
                                ("tags", TaggedFields),
                            ),
                        ),
                        ("tags", TaggedFields),
                    ),
                ),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class DescribeProducersRequest_v0(RequestStruct):  # type: ignore[misc]  # noqa: N801
    """The question to one leader."""

    FLEXIBLE_VERSION = True
    API_KEY = 61
    API_VERSION = 0
    RESPONSE_TYPE = DescribeProducersResponse_v0
    SCHEMA = Schema(
        (
            "topics",
            CompactArray(
                ("name", CompactString("utf-8")), ("partition_indexes", CompactArray(Int32)), ("tags", TaggedFields)
            ),
        ),
        ("tags", TaggedFields),
    )


class DescribeProducersRequest(Request[DescribeProducersRequest_v0]):  # type: ignore[misc]
    """The question, in the version that the broker knows."""

    API_KEY = 61

    def __init__(self, tps: Iterable[TopicPartition]) -> None:
        self._topics: dict[str, list[int]] = defaultdict(list)
        for tp in tps:
            self._topics[tp.topic].append(tp.partition)

    def build(self, request_struct_class: type[DescribeProducersRequest_v0]) -> DescribeProducersRequest_v0:
        """Fill in the request."""
        return request_struct_class([(name, numbers, {}) for name, numbers in self._topics.items()], {})


@dataclass(frozen=True, slots=True)
class ProducerState:
    """A producer as the leader of a partition knows it; `open_since` is the first offset of its open transaction."""

    producer_id: int
    epoch: int
    open_since: int | None


States = dict["TopicPartition", list[ProducerState]]


async def producer_states(client: AIOKafkaClient, tps: Iterable[TopicPartition]) -> States:
    """Ask the leaders of partitions whose topics the client knows; KafkaError if one of them does not answer."""
    by_leader: dict[int, list[TopicPartition]] = defaultdict(list)
    for tp in tps:
        by_leader[client.cluster.leader_for_partition(tp)].append(tp)
    if missing := [tp for leader, led in by_leader.items() if leader in (None, -1) for tp in led]:
        client.force_metadata_update()
        raise LeaderNotAvailableError(missing)
    answers = await asyncio.gather(
        *(client.send(leader, DescribeProducersRequest(led)) for leader, led in by_leader.items())
    )
    asked = {(tp.topic, tp.partition): tp for led in by_leader.values() for tp in led}
    return {
        asked[name, number]: _states(client, name, code, active)
        for answer in answers
        for name, partitions, _ in answer.topics
        for number, code, _, active, _ in partitions
    }


def _states(client: AIOKafkaClient, topic: str, code: int, active: list[Any]) -> list[ProducerState]:
    error = for_code(code)
    if error is not NoError:
        client.force_metadata_update()
        raise error(topic)
    return [
        ProducerState(producer_id, epoch, first if first >= 0 else None)
        for producer_id, epoch, _, _, _, first, _ in active
    ]
