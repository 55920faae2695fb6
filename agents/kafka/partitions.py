"""The partitions of topics, and the partition of a key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiokafka.partitioner import DefaultPartitioner

from agents.errors import BrokerError
from agents.kafka.connection import answering

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agents.kafka.connection import Connection


async def partition_numbers(connection: Connection, topics: Sequence[str]) -> dict[str, list[int]]:
    """Return the partitions of topics (full names). Raises BrokerError if a topic is missing or hidden from us."""
    async with connection.admin() as admin, answering(connection):
        there = set(await admin.list_topics())
        if missing := [topic for topic in topics if topic not in there]:
            from agents.kafka.rights import check_hidden  # noqa: PLC0415 — librdkafka, needed for errors only

            await check_hidden(connection, missing)
            verb = "is" if len(missing) == 1 else "are"
            raise BrokerError(
                f"topic {', '.join(missing)} {verb} missing: run `chistovik topics apply`, or check CHISTOVIK_PREFIX"
            )
        described = await admin.describe_topics(list(topics))
    return {topic["topic"]: sorted(part["partition"] for part in topic["partitions"]) for topic in described}


def partition_of(key: bytes, partitions: int) -> int:
    """Return the partition that Kafka's default partitioner chooses for a key."""
    every = list(range(partitions))
    return int(DefaultPartitioner()(key, every, every))
