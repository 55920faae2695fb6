"""Count the members of consumer groups. Uses librdkafka, because aiokafka 0.14 cannot read Kafka 4's answer."""

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
    """Queries one broker, with the same client each time."""

    def __init__(self, connection: Connection) -> None:
        options: dict[str, Any] = {"bootstrap.servers": connection.brokers, **connection.security.librdkafka()}
        self._client = AdminClient(options, logger=logging.getLogger("librdkafka"))

    async def members(self, names: Sequence[str]) -> dict[str, int | None]:
        """Count the members of each group: 0 for a missing group, None if the broker does not answer."""
        return await asyncio.to_thread(self._members, names)

    def _members(self, names: Sequence[str]) -> dict[str, int | None]:
        answers = self._client.describe_consumer_groups(list(names), request_timeout=ASK_SECONDS)
        counts: dict[str, int | None] = {}
        for name, answer in answers.items():
            try:
                counts[name] = len(answer.result(ASK_SECONDS + 1).members)
            except KafkaException as error:
                counts[name] = 0 if error.args[0].code() == Code.GROUP_ID_NOT_FOUND else None
            except TimeoutError:
                counts[name] = None
        return counts
