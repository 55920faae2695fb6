"""Which partitions a topic has, and in which of them a key lies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiokafka.partitioner import DefaultPartitioner

from agents.errors import BrokerError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agents.kafka.connection import Connection


async def partition_numbers(connection: Connection, topics: Sequence[str]) -> dict[str, list[int]]:
    """Return the partitions of topics (full names); BrokerError where one is missing, or hidden from us."""
    async with connection.admin() as admin:
        there = set(await admin.list_topics())
        if missing := [topic for topic in topics if topic not in there]:
            from agents.kafka.rights import check_hidden  # noqa: PLC0415 — only where something is wrong is librdkafka needed

            await check_hidden(connection, missing)
            verb = "is" if len(missing) == 1 else "are"
            raise BrokerError(
                f"topic {', '.join(missing)} {verb} missing: run `chistovik topics apply`, or look at CHISTOVIK_PREFIX"
            )
        described = await admin.describe_topics(list(topics))
    return {one["topic"]: sorted(part["partition"] for part in one["partitions"]) for one in described}


def partition_of(key: bytes, partitions: int) -> int:
    """Say where Kafka's own partitioner puts a key."""
    every = list(range(partitions))
    return int(DefaultPartitioner()(key, every, every))
