"""Has retention taken what a group had not read yet? Asked before a stage starts: Faust would go on without a word."""

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
    """Log what retention took of partitions (and where they begin) before a group of readers had read it.

    A reader goes on behind it: what is gone is gone, and who reads outcomes is not what the promise is about.
    """
    found = await asyncio.gather(*[reader.committed(tp) for tp in begins])
    for (tp, begin), committed in zip(begins.items(), found, strict=True):
        if committed is not None and committed < begin:
            log.warning(
                "fell behind retention", group=group, lost=f"{tp.topic}/{tp.partition}: {committed} to {begin - 1}"
            )


async def check_standing(connection: Connection, prefix: str, stage: str, source: Topic) -> None:
    """StageError where a committed offset of the stage's group lies before the begin of its log."""
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
            f"{stage}: group {group} fell behind retention; lost from {', '.join(fallen)}. Note the ranges, then move "
            f"the group on: {reset}"
        )
