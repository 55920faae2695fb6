"""Fixtures of the tests on a real Apache Kafka: one broker a session, a topic prefix of its own for each test."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from aiokafka.errors import KafkaError

from tests.support.command import Chistovik
from tests.support.kafka import Kafka, why_not

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from aiokafka.admin import AIOKafkaAdminClient


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    """Start a broker; skips where none can run, fails there when CHISTOVIK_REQUIRE_KAFKA=1."""
    if reason := why_not():
        if os.environ.get("CHISTOVIK_REQUIRE_KAFKA") == "1":
            pytest.fail(f"no real Kafka: {reason}", pytrace=False)
        pytest.skip(f"no real Kafka: {reason}")
    broker = Kafka(folder=tmp_path_factory.mktemp("kafka"))
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture
def prefix(kafka: Kafka) -> Iterator[str]:
    """Give a prefix that no other test has; its topics are deleted after the test, to keep the broker quick."""
    name = f"t{secrets.token_hex(4)}."
    yield name

    async def delete(admin: AIOKafkaAdminClient) -> None:
        ours = [topic for topic in await admin.list_topics() if topic.startswith(name)]
        if ours:
            await admin.delete_topics(ours)

    if kafka.running:
        with suppress(KafkaError):
            kafka.ask(delete)


@pytest.fixture
def chistovik(kafka: Kafka, prefix: str, tmp_path: Path) -> Chistovik:
    """Give the command, with topics that were just applied."""
    command = Chistovik(brokers=kafka.brokers, prefix=prefix, folder=tmp_path)
    command("topics", "apply")
    return command
