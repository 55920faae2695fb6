"""The topics on the broker, compared with the table of topics."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from confluent_kafka import KafkaException, TopicCollection
from confluent_kafka.admin import AdminClient

from agents.errors import BrokerError
from agents.kafka.rights import check_hidden
from pipeline.topics import DOCUMENTS, TOPICS, URLS, URLS_LATER, VISITS, Topic

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiokafka.admin import AIOKafkaAdminClient

    from agents.kafka.connection import Connection

BESIDE_URLS = (URLS_LATER, VISITS)  # a URL has the same partition in all three
EMBEDDED_ID = "embedded"
MIN_ISR = "min.insync.replicas"
SETTLING_SECONDS = 30.0  # a new broker first creates the log of its groups, and learns of a new topic with a delay


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicState:
    """The state of a topic on the broker, compared with the table."""

    topic: Topic
    name: str
    partitions: int | None  # None if the topic is missing
    copies: int = 0  # replicas of the partition that has the fewest
    differing: tuple[tuple[str, str | None, str], ...] = ()  # setting, its value, the wanted value

    @property
    def status(self) -> str:
        """One word or a few: "missing", "ok", or the differing settings."""
        if self.partitions is None:
            return "missing"
        return "; ".join(f"{key} is {is_set}, should be {wanted}" for key, is_set, wanted in self.differing) or "ok"

    @property
    def fatal(self) -> str | None:
        """Why no stage can work with an existing topic; None if they can."""
        if self.partitions is not None and self.topic.fixed and self.partitions != self.topic.partitions:
            return f"topic {self.name} has {self.partitions} partitions, it must have {self.topic.partitions}"
        return None


async def topic_states(connection: Connection, prefix: str) -> list[TopicState]:
    """Compare every topic of the table with the broker."""
    async with connection.admin() as admin:
        return await _states(admin, connection, prefix)


async def partitions_of(connection: Connection, prefix: str, topic: Topic) -> int:
    """Count the partitions of an existing topic."""
    async with connection.admin() as admin:
        described = await admin.describe_topics([prefix + topic.name])
    return len(described[0]["partitions"])


def check_shapes(states: Sequence[TopicState]) -> None:
    """Raise BrokerError if existing topics have numbers of partitions with which no stage can work."""
    counts = {state.topic.name: state.partitions for state in states if state.partitions is not None}
    for state in states:
        if state.fatal:
            raise BrokerError(
                f"{state.fatal}: the number is fixed, because the partition decides which documents are compared. "
                f"Use another CHISTOVIK_PREFIX and feed the pages again"
            )
        least = counts.get(URLS.name, 0) if state.topic in BESIDE_URLS else 0
        if state.partitions is not None and state.partitions < least:
            raise BrokerError(
                f"topic {state.name} has {state.partitions} partitions, it must have {least}, as many as "
                f"{state.name.removesuffix(state.topic.name)}{URLS.name}: add partitions to it, or use another "
                f"CHISTOVIK_PREFIX"
            )


async def check_topics(connection: Connection, prefix: str) -> None:
    """Raise BrokerError unless every topic exists and is usable."""
    states = await topic_states(connection, prefix)
    missing = [state.name for state in states if state.partitions is None]
    check_shapes(states)  # first, because `topics apply` cannot change them
    if missing:
        what = f"no topic {', '.join(missing)} at {connection.brokers}"
        raise BrokerError(f"{what}: run `chistovik topics apply`, or check CHISTOVIK_PREFIX")


def _in_sync(copies: int) -> int:
    """Return how many replicas must have a write: two of three, so that one broker may fail without loss or a stop.

    0 leaves it to the broker: with two replicas nothing could be written while one is down.
    """
    return copies - 1 if copies > 2 else 0


async def _states(admin: AIOKafkaAdminClient, connection: Connection, prefix: str) -> list[TopicState]:
    existing = set(await admin.list_topics())
    names = [prefix + topic.name for topic in TOPICS if prefix + topic.name in existing]
    await check_hidden(connection, [prefix + topic.name for topic in TOPICS if prefix + topic.name not in existing])
    described = {entry["topic"]: entry for entry in await admin.describe_topics(names)} if names else {}
    configs = await _configs(admin, names)
    return [_state(topic, prefix + topic.name, described, configs) for topic in TOPICS]


def _state(topic: Topic, name: str, described: dict[str, Any], configs: dict[str, dict[str, str]]) -> TopicState:
    if name not in described:
        return TopicState(topic=topic, name=name, partitions=None)
    is_set, partitions = configs.get(name, {}), described[name]["partitions"]
    copies = min(len(partition["replicas"]) for partition in partitions)
    differing = [(key, is_set.get(key), value) for key, value in topic.config.items() if is_set.get(key) != value]
    if (enough := _in_sync(copies)) and int(is_set.get(MIN_ISR) or 1) < 2:
        differing.append((MIN_ISR, is_set.get(MIN_ISR), str(enough)))
    return TopicState(topic=topic, name=name, partitions=len(partitions), copies=copies, differing=tuple(differing))


async def _configs(admin: AIOKafkaAdminClient, names: list[str]) -> dict[str, dict[str, str]]:
    if not names:
        return {}
    responses = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name) for name in names])
    configs: dict[str, dict[str, str]] = {}
    for response in responses:
        for _error, _message, _kind, name, entries in response.resources:
            configs[name] = {entry[0]: entry[1] for entry in entries}
    return configs


async def topic_id(connection: Connection, name: str) -> str:
    """Return Kafka's id of a topic. A changed id means a new topic, whose offsets start again."""
    if connection.embedded:
        return EMBEDDED_ID
    return await asyncio.to_thread(_topic_id, connection, name)


async def documents_id(connection: Connection, prefix: str) -> str:
    """Return Kafka's id of the topic `documents`. A changed id means a new topic, whose offsets start again."""
    return await topic_id(connection, prefix + DOCUMENTS.name)


def _topic_id(connection: Connection, name: str) -> str:
    brokers = connection.brokers
    options: dict[str, Any] = {"bootstrap.servers": brokers, **connection.security.librdkafka()}
    client = AdminClient(options, logger=logging.getLogger("librdkafka"))
    until = time.monotonic() + SETTLING_SECONDS
    while True:
        try:
            described = client.describe_topics(TopicCollection([name]), request_timeout=20)[name].result(25)
        except (KafkaException, TimeoutError) as error:
            if time.monotonic() > until:
                raise BrokerError(f"the id of topic {name} cannot be read from Kafka at {brokers}: {error}") from error
            time.sleep(0.3)
        else:
            return str(described.topic_id)
