"""The real Kafka of the tests is what they take it for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import NewTopic
from aiokafka.errors import KafkaError

from tests.support.kafka import Kafka, StartError

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.broker


async def test_a_topic_is_not_created_by_writing_to_it(kafka: Kafka, prefix: str):
    async with AIOKafkaProducer(bootstrap_servers=kafka.brokers, request_timeout_ms=10_000) as producer:
        with pytest.raises(KafkaError):
            await producer.send_and_wait(prefix + "nowhere", b"lost")

    assert prefix + "nowhere" not in kafka.ask(lambda admin: admin.list_topics())


@pytest.mark.parametrize("end", [Kafka.stop, Kafka.kill])
async def test_records_are_still_there_after_a_restart(kafka: Kafka, prefix: str, end):
    topic = TopicPartition(prefix + "kept", 0)
    kafka.create(NewTopic(topic.topic, 1, 1))
    async with AIOKafkaProducer(bootstrap_servers=kafka.brokers) as producer:
        await producer.send_and_wait(topic.topic, b"before")

    end(kafka)
    assert not kafka.running
    kafka.restart()

    async with AIOKafkaConsumer(bootstrap_servers=kafka.brokers) as consumer:
        consumer.assign([topic])
        await consumer.seek_to_beginning(topic)
        assert (await consumer.getone()).value == b"before"


@pytest.mark.usefixtures("kafka")
def test_a_broker_that_does_not_start_shows_the_end_of_its_log(tmp_path: Path):
    broken = Kafka(folder=tmp_path, settings={"num.io.threads": "0"})

    with pytest.raises(StartError, match=r"num\.io\.threads"):
        broken.start()

    assert not broken.running
