"""Find records that retention deleted before a group read them.

A stage checks this before it starts, because Faust would continue without a message.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog
from aiokafka import TopicPartition

from agents.errors import StageError
from pipeline.topics import group_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiokafka import AIOKafkaConsumer

    from agents.kafka import Connection
    from pipeline.topics import Topic

log = structlog.get_logger("chistovik")


async def tell_lost(reader: AIOKafkaConsumer, group: str, begins: Mapping[TopicPartition, int]) -> None:
    """Log the records that retention deleted before a group of readers read them; `begins` holds the first offsets.

    The reader continues after the gap: the deleted records cannot be recovered, and the promise to lose no page covers
    the stages only.
    """
    found = await asyncio.gather(*[reader.committed(tp) for tp in begins])
    for (tp, begin), committed in zip(begins.items(), found, strict=True):
        if committed is not None and committed < begin:
            log.warning(
                "fell behind retention", group=group, lost=f"{tp.topic}/{tp.partition}: {committed} to {begin - 1}"
            )


async def check_retention(connection: Connection, prefix: str, stage: str, source: Topic) -> None:
    """Raise StageError if a committed offset of the stage's group is before the first offset of its log."""
    group, name = group_of(prefix, stage), prefix + source.name
    async with connection.admin() as admin, connection.asker(name="standing") as consumer:
        described = await admin.describe_topics([name])
        tps = [TopicPartition(name, one["partition"]) for one in described[0]["partitions"]]
        begins = await consumer.beginning_offsets(tps)
        committed = await admin.list_consumer_group_offsets(group, partitions=tps)
    fallen = [
        f"{name}/{tp.partition}: {committed[tp].offset} to {begins[tp] - 1}"
        for tp in sorted(tps)
        if tp in committed and 0 <= committed[tp].offset < begins[tp]
    ]
    if fallen:
        reset = f"kafka-consumer-groups --reset-offsets --to-earliest --execute --group {group} --topic {name}"
        raise StageError(
            f"{stage}: group {group} fell behind retention; lost: {', '.join(fallen)}. Note the lost offsets, then "
            f"move the group forward: {reset}"
        )
