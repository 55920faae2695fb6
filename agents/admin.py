"""Topics on a real Kafka: created, compared and checked against the one table."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiokafka import TopicPartition
from aiokafka.admin import NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    KafkaError,
    NoError,
    TopicAlreadyExistsError,
    TopicAuthorizationFailedError,
    for_code,
)
from aiokafka.structs import OffsetAndMetadata
from confluent_kafka import KafkaError as Code
from confluent_kafka import KafkaException, TopicCollection
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._config import AlterConfigOpType, ConfigEntry
from confluent_kafka.admin._config import ConfigResource as Changed

from agents.fence import Fence
from agents.kafka import BrokerError
from agents.rights import check_hidden, denial, refused
from pipeline.topics import DOCUMENTS, TOPICS, VERDICTS, Topic, group_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiokafka.admin import AIOKafkaAdminClient

    from agents.kafka import Connection
    from agents.settings import Settings

EMBEDDED_ID = "embedded"
MIN_ISR = "min.insync.replicas"
SETTLING_SECONDS = 30.0  # a new broker first creates the log of its groups, and a new topic is not known at once


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicState:
    """How a topic on the broker compares with the table."""

    topic: Topic
    name: str
    partitions: int | None  # None where it is not there
    copies: int = 0  # of the partition that has fewest
    differing: tuple[tuple[str, str | None, str], ...] = ()  # setting, what it is, what it should be

    @property
    def status(self) -> str:
        """In one word or a few: missing, as it should be, or what differs."""
        if self.partitions is None:
            return "missing"
        return "; ".join(f"{key} is {is_set}, should be {wanted}" for key, is_set, wanted in self.differing) or "ok"

    @property
    def fatal(self) -> str | None:
        """What about a topic that is there no stage can work with."""
        if self.partitions is not None and self.topic.fixed and self.partitions != self.topic.partitions:
            return f"topic {self.name} has {self.partitions} partitions, it must have {self.topic.partitions}"
        return None


async def topic_states(connection: Connection, prefix: str) -> list[TopicState]:
    """Compare every topic of the table with the broker's."""
    async with connection.admin() as admin:
        return await _states(admin, connection, prefix)


async def partitions_of(connection: Connection, prefix: str, topic: Topic) -> int:
    """Count the partitions of a topic that is there."""
    async with connection.admin() as admin:
        described = await admin.describe_topics([prefix + topic.name])
    return len(described[0]["partitions"])


async def check_topics(connection: Connection, prefix: str) -> None:
    """BrokerError with one line, unless every topic is there and usable."""
    states = await topic_states(connection, prefix)
    missing = [state.name for state in states if state.partitions is None]
    problems = [f"no topic {', '.join(missing)} at {connection.brokers}"] if missing else []
    problems += [state.fatal for state in states if state.fatal]
    if problems:
        raise BrokerError(f"{'; '.join(problems)}: run `chistovik topics apply`, or look at CHISTOVIK_PREFIX")


async def apply_topics(connection: Connection, settings: Settings) -> list[tuple[TopicState, str]]:
    """Create what is missing, set what differs, leave partition counts alone; say what was done to each."""
    async with connection.admin() as admin:
        states = await _states(admin, connection, settings.prefix)
        for state in states:
            if state.fatal:
                raise BrokerError(
                    f"{state.fatal}: its number is fixed, because a document's place decides what it is compared with. "
                    f"Use another CHISTOVIK_PREFIX and feed the pages anew"
                )
        missing = [state for state in states if state.partitions is None]
        if missing:
            await _create(admin, connection, missing, settings.replication)
        done = [
            (state, "created" if state in missing else await _mend(connection, state, settings.replication))
            for state in states
        ]
    await open_fences(connection, settings.prefix, anew=any(state.topic is DOCUMENTS for state in missing))
    return done


async def _create(
    admin: AIOKafkaAdminClient, connection: Connection, missing: Sequence[TopicState], replication: int
) -> None:
    isr = {MIN_ISR: str(enough)} if (enough := _in_sync(replication)) else {}
    new = [
        NewTopic(state.name, state.topic.partitions, replication, topic_configs=state.topic.config | isr)
        for state in missing
    ]
    response = await admin.create_topics(new)
    errors = {error[0]: (for_code(error[1]), error[2]) for error in response.topic_errors}
    denied = (TopicAuthorizationFailedError, ClusterAuthorizationFailedError)
    if names := [name for name, (kind, _) in errors.items() if kind in denied]:
        raise BrokerError(refused(connection, f"create topic {', '.join(names)}"))
    for name, (kind, message) in errors.items():
        if kind not in (NoError, TopicAlreadyExistsError):  # another `apply` may have been quicker
            raise BrokerError(f"topic {name} was not created: {message or kind.__name__}")
    await _known(admin, {state.name for state in missing})


async def _known(admin: AIOKafkaAdminClient, names: set[str]) -> None:
    """Wait until the broker knows its new topics: the controller has made them a little earlier."""
    until = time.monotonic() + SETTLING_SECONDS
    while time.monotonic() < until:
        if names <= set(await admin.list_topics()):
            return
        await asyncio.sleep(0.05)


async def _mend(connection: Connection, state: TopicState, replication: int) -> str:
    action = "ok"
    if state.differing:
        await asyncio.to_thread(_change, connection, state)
        action = f"changed: {state.status}"
    if state.copies < replication:
        action += f", with {state.copies} of {replication} copies: kafka-reassign-partitions adds some"
    return action


def _in_sync(copies: int) -> int:
    """Say how many copies must have a write: of three two, so that one broker may be lost without loss or stop.

    0: it is left to the broker, as with two copies nothing could be written while one is away.
    """
    return copies - 1 if copies > 2 else 0


def _change(connection: Connection, state: TopicState) -> None:
    """Set what differs, and nothing else: the older request takes away what somebody else has set on the topic."""
    client = AdminClient(
        {"bootstrap.servers": connection.brokers, **connection.security.librdkafka()},
        logger=logging.getLogger("librdkafka"),
    )
    entries = [
        ConfigEntry(key, wanted, incremental_operation=AlterConfigOpType.SET) for key, _, wanted in state.differing
    ]
    wanted = Changed(Changed.Type.TOPIC, state.name, incremental_configs=entries)
    try:
        client.incremental_alter_configs([wanted], request_timeout=20)[wanted].result(25)
    except (KafkaException, TimeoutError) as error:
        code = error.args[0].code() if isinstance(error, KafkaException) else None
        if code in (Code.TOPIC_AUTHORIZATION_FAILED, Code.CLUSTER_AUTHORIZATION_FAILED):
            raise BrokerError(refused(connection, f"alter the settings of topic {state.name}")) from None
        raise BrokerError(f"topic {state.name} was not changed: {error}") from None


async def _states(admin: AIOKafkaAdminClient, connection: Connection, prefix: str) -> list[TopicState]:
    there = set(await admin.list_topics())
    names = [prefix + topic.name for topic in TOPICS if prefix + topic.name in there]
    await check_hidden(connection, [prefix + topic.name for topic in TOPICS if prefix + topic.name not in there])
    described = {one["topic"]: one for one in await admin.describe_topics(names)} if names else {}
    configs = await _configs(admin, names)
    return [_state(topic, prefix + topic.name, described, configs) for topic in TOPICS]


def _state(topic: Topic, name: str, described: dict[str, Any], configs: dict[str, dict[str, str]]) -> TopicState:
    if name not in described:
        return TopicState(topic=topic, name=name, partitions=None)
    is_set, partitions = configs.get(name, {}), described[name]["partitions"]
    copies = min(len(one["replicas"]) for one in partitions)
    differing = [(key, is_set.get(key), value) for key, value in topic.config.items() if is_set.get(key) != value]
    if (enough := _in_sync(copies)) and int(is_set.get(MIN_ISR) or 1) < 2:
        differing.append((MIN_ISR, is_set.get(MIN_ISR), str(enough)))
    return TopicState(topic=topic, name=name, partitions=len(partitions), copies=copies, differing=tuple(differing))


async def _configs(admin: AIOKafkaAdminClient, names: list[str]) -> dict[str, dict[str, str]]:
    if not names:
        return {}
    responses = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name) for name in names])
    found: dict[str, dict[str, str]] = {}
    for response in responses:
        for _error, _message, _kind, name, entries in response.resources:
            found[name] = {entry[0]: entry[1] for entry in entries}
    return found


async def open_fences(connection: Connection, prefix: str, *, anew: bool) -> None:
    """Commit the first fences of the stage publish, at −1: for new topics, or where nothing was ever written.

    A group that has lost its offsets on topics in use is left as it is: publish will refuse to start. Only `verdicts`
    may be new where `documents` is not: publish reads them from the begin, and passes over what it has published.
    """
    group = group_of(prefix, "publish")
    fence = Fence(-1, await documents_id(connection, prefix))
    until = time.monotonic() + SETTLING_SECONDS
    while True:
        try:
            await _commit_fences(connection, prefix, group, fence, anew=anew)
        except KafkaError as error:
            if denied := denial(error):
                raise BrokerError(denied) from None
            if not error.retriable or time.monotonic() > until:
                raise BrokerError(f"the first fences of group {group} were not committed: {error}") from error
            await asyncio.sleep(0.5)
        else:
            return


async def _commit_fences(connection: Connection, prefix: str, group: str, fence: Fence, *, anew: bool) -> None:
    documents = [TopicPartition(prefix + DOCUMENTS.name, number) for number in range(DOCUMENTS.partitions)]
    verdicts = [TopicPartition(prefix + VERDICTS.name, number) for number in range(VERDICTS.partitions)]
    async with connection.admin() as admin, connection.asker(name="fences", group_id=group) as consumer:
        ends = await consumer.end_offsets(documents)
        committed = await admin.list_consumer_group_offsets(group, partitions=[*documents, *verdicts])
        offsets = {}
        for tp, verdict_tp in zip(documents, verdicts, strict=True):
            known = committed.get(tp)
            if anew or (ends[tp] == 0 and not _is_set(known)):
                offsets[tp] = OffsetAndMetadata(0, fence.metadata)
                offsets[verdict_tp] = OffsetAndMetadata(0, "")
            elif _is_set(known) and not _is_set(committed.get(verdict_tp)):  # lost, and to be judged again
                offsets[verdict_tp] = OffsetAndMetadata(0, "")
        if offsets:
            consumer.assign([*documents, *verdicts])
            await consumer.commit(offsets)


def _is_set(committed: OffsetAndMetadata | None) -> bool:
    return committed is not None and committed.offset >= 0


async def topic_id(connection: Connection, name: str) -> str:
    """Return Kafka's id of a topic: another one means that its offsets count anew."""
    if connection.embedded:
        return EMBEDDED_ID
    return await asyncio.to_thread(_topic_id, connection, name)


async def documents_id(connection: Connection, prefix: str) -> str:
    """Return Kafka's id of the topic `documents`: another one means that its offsets count anew."""
    return await topic_id(connection, prefix + DOCUMENTS.name)


def _topic_id(connection: Connection, name: str) -> str:
    brokers = connection.brokers
    known: dict[str, Any] = {"bootstrap.servers": brokers, **connection.security.librdkafka()}
    client = AdminClient(known, logger=logging.getLogger("librdkafka"))
    until = time.monotonic() + SETTLING_SECONDS
    while True:
        try:
            described = client.describe_topics(TopicCollection([name]), request_timeout=20)[name].result(25)
        except (KafkaException, TimeoutError) as error:
            if time.monotonic() > until:
                raise BrokerError(f"the id of topic {name} cannot be read at {brokers}: {error}") from error
            time.sleep(0.3)
        else:
            return str(described.topic_id)
