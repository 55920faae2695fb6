"""How many members the consumer groups have, asked with librdkafka: aiokafka 0.14 cannot read Kafka 4's answer."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from confluent_kafka import KafkaError as Code
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agents.kafka.connection import Connection

ASK_SECONDS = 5.0


class Groups:
    """Asks one broker, again and again with the same client."""

    def __init__(self, connection: Connection) -> None:
        known: dict[str, Any] = {"bootstrap.servers": connection.brokers, **connection.security.librdkafka()}
        self._client = AdminClient(known, logger=logging.getLogger("librdkafka"))

    async def members(self, names: Sequence[str]) -> dict[str, int | None]:
        """Count the members of each group: 0 of one that is not there, None where the broker does not tell."""
        return await asyncio.to_thread(self._members, names)

    def _members(self, names: Sequence[str]) -> dict[str, int | None]:
        answers = self._client.describe_consumer_groups(list(names), request_timeout=ASK_SECONDS)
        found: dict[str, int | None] = {}
        for name, answer in answers.items():
            try:
                found[name] = len(answer.result(ASK_SECONDS + 1).members)
            except KafkaException as error:
                found[name] = 0 if error.args[0].code() == Code.GROUP_ID_NOT_FOUND else None
            except TimeoutError:
                found[name] = None
        return found
