"""What cannot go on says so: a group behind retention, a worker that is stuck."""

from __future__ import annotations

import asyncio
import re
import signal
import time
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

if TYPE_CHECKING:
    from tests.command import Chistovik, Worker
    from tests.kafka import Kafka

pytestmark = [pytest.mark.broker, pytest.mark.timeout(280)]


def cut(kafka: Kafka, topic: str, *, committed_by: str) -> None:
    """Commit offset 0 for a group, write five records and let the log begin at offset 3, as retention would."""

    async def go() -> None:
        tp = TopicPartition(topic, 0)
        async with AIOKafkaConsumer(
            bootstrap_servers=kafka.brokers, group_id=committed_by, enable_auto_commit=False
        ) as consumer:
            consumer.assign([tp])
            await consumer.commit({tp: 1})
        async with AIOKafkaProducer(bootstrap_servers=kafka.brokers) as producer:
            for _ in range(5):
                await producer.send_and_wait(topic, b"{}", partition=0)
        from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete  # noqa: PLC0415

        admin = AIOKafkaAdminClient(bootstrap_servers=kafka.brokers)
        await admin.start()
        await admin.delete_records({tp: RecordsToDelete(before_offset=3)})
        await admin.close()

    asyncio.run(go())


@pytest.mark.parametrize(("stage", "source"), [("clean", "pages"), ("dedupe", "documents")])
def test_a_group_that_fell_behind_retention_says_so_and_ends(
    kafka: Kafka, chistovik: Chistovik, prefix: str, stage: str, source: str
):
    cut(kafka, prefix + source, committed_by=prefix + stage)

    done = chistovik("worker", stage, code=70)

    assert f"lost from {prefix}{source}/0: 1 to 2".encode() in done.stderr


def health(worker: Worker) -> tuple[int, str]:
    (port,) = set(re.findall(r"http=127\.0\.0\.1:(\d+)", worker.said()))
    try:
        with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode()


def test_a_worker_is_well_once_it_is_ready_and_listens_on_loopback_only(chistovik: Chistovik):
    with chistovik.worker("clean", "publish") as worker:
        assert health(worker) == (200, "clean: ok\npublish: ok\n")


def test_a_worker_whose_loop_is_blocked_does_not_answer(chistovik: Chistovik):
    with chistovik.worker("publish") as worker:
        worker.process.send_signal(signal.SIGSTOP)
        started = time.monotonic()
        try:
            with pytest.raises(TimeoutError):
                health(worker)
        finally:
            worker.process.send_signal(signal.SIGCONT)
        assert time.monotonic() - started >= 4
