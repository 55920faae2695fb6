"""The state of dedupe on a real Kafka: snapshots, a window, tombstones, and a changelog that was compacted."""

from __future__ import annotations

import asyncio
import signal
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import RecordsToDelete
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from pipeline.records.verdict import Decision, Verdict
from pipeline.records.wire import decode, encode
from pipeline.topics import DOCUMENTS, VERDICTS
from tests.support.documents import document
from tests.support.patience import SECONDS, wait_until

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pipeline.records.document import Document
    from tests.support.command import Chistovik, Worker
    from tests.support.kafka import Kafka

pytestmark = pytest.mark.broker
DAY = 86_400


def text_of(name: object) -> str:
    return f"В городе {name} открыли новый мост через реку, сообщили в районной администрации."


def made(*names: object, first: int = 0) -> list[Document]:
    """Make documents at their places, each of a page of its own."""
    return [document(f"{first + n}", text_of(name), first + n) for n, name in enumerate(names)]


def write(kafka: Kafka, prefix: str, documents: Sequence[Document], *, days_ago: float = 0) -> None:
    async def send() -> None:
        async with AIOKafkaProducer(bootstrap_servers=kafka.brokers) as producer:
            for one in documents:
                at = int((time.time() - days_ago * DAY) * 1000)
                await producer.send_and_wait(prefix + DOCUMENTS.name, encode(one), partition=0, timestamp_ms=at)

    asyncio.run(send())


def changelog(kafka: Kafka, prefix: str) -> list[Any]:
    """Read what partition 0 of `verdicts` holds."""
    tp = TopicPartition(prefix + VERDICTS.name, 0)

    async def read() -> list[Any]:
        async with AIOKafkaConsumer(bootstrap_servers=kafka.brokers) as consumer:
            consumer.assign([tp])
            await consumer.seek_to_beginning(tp)
            end, found = (await consumer.end_offsets([tp]))[tp], []
            while (await consumer.position(tp)) < end:
                found += (await consumer.getmany(tp, timeout_ms=500)).get(tp, [])
            return found

    return asyncio.run(read())


def verdicts(kafka: Kafka, prefix: str, *, upto: int) -> dict[int, Verdict]:
    """Wait until the document at an offset has its verdict; return all there are, by the offset of the document."""

    def there() -> dict[int, Verdict]:
        found = [decode(Verdict, one.value) for one in changelog(kafka, prefix) if one.value is not None]
        return {one.document_offset: one for one in found}

    wait_until(
        lambda: upto in there(), every=0.2, said=lambda: f"no verdict on document {upto} among {sorted(there())}"
    )
    return there()


def buried(kafka: Kafka, prefix: str) -> set[bytes]:
    """Return the keys of the verdicts that have a tombstone."""
    return {one.key for one in changelog(kafka, prefix) if one.value is None}


def snapshot(chistovik: Chistovik) -> Path:
    return chistovik.folder / "data" / "dedupe-1" / f"{chistovik.prefix}verdicts-0.snapshot"


def starts(worker: Worker) -> str:
    """Return what a worker said of reading partition 0 back, last."""
    return next(
        line for line in reversed(worker.said().splitlines()) if "verdicts read" in line and "partition=0" in line
    )


def test_a_killed_worker_goes_on_from_its_snapshot_and_the_rest_of_the_changelog(
    chistovik: Chistovik, kafka: Kafka, prefix: str
):
    write(kafka, prefix, made("А", "Б", "В"))
    with chistovik.worker("dedupe"):
        verdicts(kafka, prefix, upto=2)
    assert snapshot(chistovik).exists()  # it left in good order
    write(kafka, prefix, made("Г", "А", first=3))
    with chistovik.worker("dedupe") as worker:
        assert "begun=snapshot " in starts(worker)
        verdicts(kafka, prefix, upto=4)
        worker.end(signal.SIGKILL)
    write(kafka, prefix, made("Г", "Д", "Б", first=5))
    with chistovik.worker("dedupe") as worker:
        found = verdicts(kafka, prefix, upto=7)
        assert "begun=snapshot " in starts(worker)
    decisions = [found[n].decision for n in range(8)]
    assert decisions == [Decision.CREATED] * 4 + [Decision.DUPLICATE] * 2 + [Decision.CREATED, Decision.DUPLICATE]
    assert [found[n].article_id for n in (4, 5, 7)] == [found[n].article_id for n in (0, 3, 1)]


@pytest.mark.parametrize("how", ["torn", "ahead of its changelog", "of another topic"])
def test_a_snapshot_that_does_not_fit_is_left_with_a_line(chistovik: Chistovik, kafka: Kafka, prefix: str, how: str):
    write(kafka, prefix, made("А", "Б"))
    with chistovik.worker("dedupe"):
        verdicts(kafka, prefix, upto=1)
    whole = snapshot(chistovik).read_bytes()
    if how == "torn":
        snapshot(chistovik).write_bytes(whole[:-20])
    elif how == "of another topic":
        kafka.delete(prefix + VERDICTS.name, prefix + DOCUMENTS.name)
        chistovik("topics", "apply")
        assert not changelog(kafka, prefix)
        write(kafka, prefix, made("В", "А"))
    else:
        from pipeline.verdict.snapshot import ChangelogPosition, pack, unpack  # noqa: PLC0415

        ids = next(line for line in whole.splitlines() if b"topic_id" in line).split(b'"topic_id":"')[1].split(b'"')[0]
        ledger, _ = unpack(whole, topic=prefix + VERDICTS.name, topic_id=ids.decode(), partition=0)
        stand = ChangelogPosition(topic=prefix + VERDICTS.name, topic_id=ids.decode(), partition=0, offset=10)
        snapshot(chistovik).write_bytes(b"".join(pack(ledger, stand)))
    with chistovik.worker("dedupe") as worker:
        assert "begun=changelog " in starts(worker)
        assert worker.said().count("snapshot not used") == 1
        write(kafka, prefix, made("А", first=2))
        found = verdicts(kafka, prefix, upto=2)
    assert found[2].decision is Decision.DUPLICATE


def test_expired_verdicts_are_buried_and_a_compacted_changelog_is_read_back(
    chistovik: Chistovik, kafka: Kafka, prefix: str
):
    tp = TopicPartition(prefix + DOCUMENTS.name, 0)
    write(kafka, prefix, made(*range(20)), days_ago=40)
    write(kafka, prefix, made("А", first=20))
    with chistovik.worker("dedupe"):
        verdicts(kafka, prefix, upto=20)
    assert not buried(kafka, prefix)  # their documents are in the log
    kafka.ask(lambda admin: admin.delete_records({tp: RecordsToDelete(before_offset=20)}))
    with chistovik.worker("dedupe"):
        write(kafka, prefix, made("Б", first=21))
        verdicts(kafka, prefix, upto=21)
        wait_until(lambda: buried(kafka, prefix), every=0.2)  # tombstones follow the verdict
    assert buried(kafka, prefix) == {b"0:%d" % offset for offset in range(20)}

    compact_now(kafka, prefix)
    snapshot(chistovik).unlink()
    with chistovik.worker("dedupe") as worker:
        assert "begun=changelog " in starts(worker)
        write(kafka, prefix, made("А", 3, "В", first=22))
        found = verdicts(kafka, prefix, upto=24)
    assert [found[n].decision for n in (22, 23, 24)] == [Decision.DUPLICATE, Decision.CREATED, Decision.CREATED]
    kafka.ask(lambda admin: admin.delete_records({tp: RecordsToDelete(before_offset=25)}))
    with chistovik.worker("dedupe") as worker:  # no document is left to ask for a verdict
        write(kafka, prefix, made("В", first=25))
        assert verdicts(kafka, prefix, upto=25)[25].decision is Decision.DUPLICATE


def compact_now(kafka: Kafka, prefix: str) -> None:
    """Let Kafka clean the changelog at once, tombstones too, and wait until it has."""
    topic = prefix + VERDICTS.name
    configs = {
        "cleanup.policy": "compact",
        "segment.ms": "100",
        "min.cleanable.dirty.ratio": "0.001",
        "min.compaction.lag.ms": "0",
        "delete.retention.ms": "0",
    }
    resource = ConfigResource(ConfigResourceType.TOPIC, topic, configs=configs)
    kafka.ask(lambda admin: admin.alter_configs([resource]))

    def is_compacted() -> bool:
        records = changelog(kafka, prefix)
        if any(one.key == b"0:0" for one in records):
            asyncio.run(again(kafka, [one for one in records if one.value is not None][-1]))
            return False
        return True

    wait_until(is_compacted, every=2)


async def again(kafka: Kafka, record: Any, value: bytes | None = None) -> None:
    """Write a verdict once more, as a zombie may."""
    async with AIOKafkaProducer(bootstrap_servers=kafka.brokers) as producer:
        await producer.send_and_wait(record.topic, value or record.value, key=record.key, partition=record.partition)


def test_what_a_zombie_repeats_is_read_before_the_next_snapshot(chistovik: Chistovik, kafka: Kafka, prefix: str):
    write(kafka, prefix, made("А", "Б"), days_ago=5)
    with chistovik.worker("dedupe") as worker:
        verdicts(kafka, prefix, upto=1)
        asyncio.run(again(kafka, changelog(kafka, prefix)[0]))
        write(kafka, prefix, made("В", first=2), days_ago=4.9)
        verdicts(kafka, prefix, upto=2)
        stood = snapshot(chistovik).read_bytes()  # for all before the zombie
        write(kafka, prefix, made("Г", first=3), days_ago=3)  # a day later: a snapshot is due
        wait_until(lambda: snapshot(chistovik).read_bytes() != stood, every=0.2, said=worker.said)
        worker.end(signal.SIGKILL)
    write(kafka, prefix, made("Б", first=4))
    with chistovik.worker("dedupe") as worker:
        assert "begun=snapshot " in starts(worker)
        assert verdicts(kafka, prefix, upto=4)[4].decision is Decision.DUPLICATE


def test_another_verdict_on_the_same_document_ends_a_worker_and_the_first_one_stays(
    chistovik: Chistovik, kafka: Kafka, prefix: str
):
    write(kafka, prefix, made("А", "Б"), days_ago=5)
    with chistovik.worker("dedupe") as worker:
        first = verdicts(kafka, prefix, upto=1)[1]
        record = changelog(kafka, prefix)[1]
        other = replace(first, decision=Decision.DISCARDED, article_id=None, revision=None)
        asyncio.run(again(kafka, record, encode(other)))
        write(kafka, prefix, made("В", first=2), days_ago=3)
        assert worker.process.wait(SECONDS) == 70
        assert "is another verdict on document 1 than ours" in worker.said()
    write(kafka, prefix, made("Б", first=3))
    with chistovik.worker("dedupe"):
        found = verdicts(kafka, prefix, upto=3)
    assert (found[3].decision, found[3].article_id) == (Decision.DUPLICATE, first.article_id)


def test_a_group_that_was_moved_back_writes_nothing_new(chistovik: Chistovik, kafka: Kafka, prefix: str):
    from tests.support.kafka import commit  # noqa: PLC0415

    write(kafka, prefix, made("А", "Б", "А"))
    with chistovik.worker("dedupe"):
        before = verdicts(kafka, prefix, upto=2)
    commit(kafka, prefix + "dedupe", TopicPartition(prefix + DOCUMENTS.name, 0), 0)
    with chistovik.worker("dedupe"):
        write(kafka, prefix, made("В", first=3))
        after = verdicts(kafka, prefix, upto=3)
    assert {n: after[n] for n in before} == before
