"""Create the topics on a real Kafka, and correct their settings, from the table of topics."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from aiokafka.admin import NewTopic
from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    NoError,
    TopicAlreadyExistsError,
    TopicAuthorizationFailedError,
    for_code,
)
from confluent_kafka import KafkaError as Code
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._config import AlterConfigOpType, ConfigEntry
from confluent_kafka.admin._config import ConfigResource as Changed

from agents.errors import BrokerError
from agents.kafka.rights import refused
from agents.kafka.topics import MIN_ISR, SETTLING_SECONDS, TopicState, _in_sync, _states, check_shapes
from agents.publish.fence import open_fences
from pipeline.topics import DOCUMENTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiokafka.admin import AIOKafkaAdminClient

    from agents.kafka import Connection
    from agents.settings import Settings


async def apply_topics(connection: Connection, settings: Settings) -> list[tuple[TopicState, str]]:
    """Create missing topics, correct settings, keep partition counts. Return each state with the action taken."""
    async with connection.admin() as admin:
        states = await _states(admin, connection, settings.prefix)
        check_shapes(states)
        missing = [state for state in states if state.partitions is None]
        if missing:
            await _create(admin, connection, missing, settings.replication)
        done = [
            (state, "created" if state in missing else await _correct(connection, state, settings.replication))
            for state in states
        ]
    await open_fences(connection, settings.prefix, new_topics=any(state.topic is DOCUMENTS for state in missing))
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
        if kind not in (NoError, TopicAlreadyExistsError):  # another `apply` may have created it first
            raise BrokerError(f"topic {name} was not created: {message or kind.__name__}")
    await _wait_for(admin, {state.name for state in missing})


async def _wait_for(admin: AIOKafkaAdminClient, names: set[str]) -> None:
    """Wait until the broker lists its new topics; the controller creates them a little earlier."""
    until = time.monotonic() + SETTLING_SECONDS
    while time.monotonic() < until:
        if names <= set(await admin.list_topics()):
            return
        await asyncio.sleep(0.05)


async def _correct(connection: Connection, state: TopicState, replication: int) -> str:
    action = "ok"
    if state.differing:
        await asyncio.to_thread(_change, connection, state)
        action = f"changed: {state.status}"
    if state.copies < replication:
        action += f", with {state.copies} of {replication} replicas: add more with kafka-reassign-partitions"
    return action


def _change(connection: Connection, state: TopicState) -> None:
    """Set only the differing settings. The older request, which is not incremental, would reset all others."""
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
