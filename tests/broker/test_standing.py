"""What cannot go on says so: a group behind retention, a worker that is stuck."""

from __future__ import annotations

import asyncio
import re
import signal
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import RecordsToDelete

from tests.support.kafka import commit
from tests.support.patience import SECONDS

if TYPE_CHECKING:
    from tests.support.command import Chistovik, Worker
    from tests.support.kafka import Kafka

pytestmark = pytest.mark.broker


def cut(kafka: Kafka, topic: str, *, committed_by: str) -> None:
    """Commit offset 1 for a group, write five records and let the log begin at offset 3, as retention would."""
    tp = TopicPartition(topic, 0)
    commit(kafka, committed_by, tp, 1)

    async def write() -> None:
        async with AIOKafkaProducer(bootstrap_servers=kafka.brokers) as producer:
            for _ in range(5):
                await producer.send_and_wait(topic, b"{}", partition=0)

    asyncio.run(write())
    kafka.ask(lambda admin: admin.delete_records({tp: RecordsToDelete(before_offset=3)}))


@pytest.mark.parametrize(("stage", "source"), [("clean", "pages"), ("dedupe", "documents")])
def test_a_group_that_fell_behind_retention_says_so_and_ends(
    kafka: Kafka, chistovik: Chistovik, prefix: str, stage: str, source: str
):
    cut(kafka, prefix + source, committed_by=prefix + stage)

    done = chistovik("worker", stage, code=70)

    assert f"lost: {prefix}{source}/0: 1 to 2".encode() in done.stderr


BEGINS = b'{"document_partition":0,"document_offset":0,"decision":"created","page_id":"1",'
WHOLE = BEGINS + b'"page_partition":0,"page_offset":0,"schema_version":1}'


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        (b"0:0", b"{", "is not a verdict: "),
        (b"0:0", BEGINS, "is not a verdict: "),
        (b"0:0", b'{"decision":"created"}', "is not a verdict: "),
        (b"nonsense", WHOLE, "is not a verdict: its key b'nonsense' is not the place of a document"),
        (b"", WHOLE, "is not a verdict: its key b'' is not the place of a document"),
        (b"1:0", WHOLE, "is not a verdict of its partition: its key is b'1:0'"),
        (b"0:1", WHOLE, "is not a verdict of its key b'0:1': it is on b'0:0'"),
    ],
)
def test_a_record_that_is_no_verdict_ends_dedupe_with_one_line(
    kafka: Kafka, chistovik: Chistovik, prefix: str, key: bytes, value: bytes, says: str
):
    async def write() -> None:
        async with AIOKafkaProducer(bootstrap_servers=kafka.brokers) as producer:
            await producer.send_and_wait(prefix + "verdicts", value, key=key, partition=0)

    asyncio.run(write())

    said = chistovik("worker", "dedupe", code=70).stderr.decode()

    (line,) = [one for one in said.splitlines() if "ended" in one]
    assert f"verdicts/0 offset 0 {says}" in line


def health(worker: Worker, seconds: float = SECONDS) -> tuple[int, str]:
    (port,) = set(re.findall(r"http=127\.0\.0\.1:(\d+)", worker.said()))
    try:
        with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=seconds) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode()


def test_a_worker_is_well_once_it_is_ready_and_listens_on_loopback_only(chistovik: Chistovik):
    with chistovik.worker("clean", "publish") as worker:
        assert health(worker) == (200, "clean: ok\npublish: ok\n")


def test_a_worker_whose_loop_is_blocked_does_not_answer(chistovik: Chistovik):
    with chistovik.worker("publish") as worker:
        worker.process.send_signal(signal.SIGSTOP)
        try:
            with pytest.raises(TimeoutError):
                health(worker, seconds=5)
        finally:
            worker.process.send_signal(signal.SIGCONT)
