"""Host profiles on a real Kafka: learned by one worker, known to the next, and never in the way of an outcome."""

from __future__ import annotations

import asyncio
import random
import signal
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from agents.clean.profiles import partition_of
from pipeline.records.profile import read_profile
from tests.support.patience import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tests.support.command import Chistovik
    from tests.support.kafka import Kafka

pytestmark = pytest.mark.broker
STAGES = ("clean", "dedupe", "publish")
STANDING = (
    "Наш дежурный редактор отвечает на письма читателей каждый вечер и рассказывает, как устроена работа в городе."
)
HOSTS = [f"outlet{number}.example" for number in range(8)]  # of several partitions
_WORDS = [f"{head}{tail}" for head in ("мост", "завод", "рек", "школ", "рынк", "поезд") for tail in "абвгдежзиклмн"]


def text_of(host: str, number: int) -> str:
    rng = random.Random(f"{host}/{number}")
    lines = [" ".join(rng.choices(_WORDS, k=16)).capitalize() + "." for _ in range(6)]
    return "\n".join([*lines, STANDING])


def feed(chistovik: Chistovik, folder: Path, numbers: Iterable[int]) -> None:
    pages = [{"url": f"https://{host}/{number}", "text": text_of(host, number)} for number in numbers for host in HOSTS]
    file = folder / "rows.jsonl"
    file.write_bytes(b"\n".join(map(orjson.dumps, pages)))
    chistovik("feed", "--jsonl", str(file))


def repeats(outcomes: dict[str, list[dict[str, Any]]], number: int) -> dict[str, bool]:
    """Say for each host whether the standing line is in its article of that number."""
    return {
        event["url"].split("/")[2]: STANDING in event["article_body"]
        for event in outcomes["articles"]
        if event["url"].endswith(f"/{number}")
    }


def records_of(kafka: Kafka, topic: str) -> list[tuple[int, bytes, bytes]]:
    async def read() -> list[tuple[int, bytes, bytes]]:
        consumer = AIOKafkaConsumer(topic, bootstrap_servers=kafka.brokers, auto_offset_reset="earliest")
        async with consumer:
            ends = await consumer.end_offsets(consumer.assignment())
            found: list[tuple[int, bytes, bytes]] = []
            while len(found) < sum(ends.values()):
                for records in (await consumer.getmany(timeout_ms=200)).values():
                    found += [(one.partition, one.key, one.value) for one in records]
            return found

    return asyncio.run(read())


def learned(kafka: Kafka, prefix: str) -> dict[str, int]:
    """Say of how many articles each profile is, as they stand now."""
    found = records_of(kafka, prefix + "profiles")
    return {key.decode().partition(":")[2]: read_profile(value).articles for _, key, value in found}


def spoil(kafka: Kafka, topic: str, spoilt: Iterable[tuple[int, bytes]]) -> None:
    async def write() -> None:
        async with AIOKafkaProducer(bootstrap_servers=kafka.brokers) as producer:
            for partition, key in spoilt:
                await producer.send_and_wait(topic, b"{no profile", key=key, partition=partition)

    asyncio.run(write())


def test_a_profile_outlives_the_worker_that_learned_it(chistovik: Chistovik, kafka: Kafka, prefix: str, tmp_path: Path):
    with chistovik.worker("dedupe", "publish"):
        feed(chistovik, tmp_path, range(5))
        with chistovik.worker("clean") as first:
            chistovik.outcomes(pages=40)
            wait_until(
                lambda: learned(kafka, prefix) == dict.fromkeys(HOSTS, 5)
            )  # they are written behind the documents
            first.end(signal.SIGKILL)
        written = records_of(kafka, prefix + "profiles")
        feed(chistovik, tmp_path, range(5, 7))
        with chistovik.worker("clean"):
            outcomes = chistovik.outcomes(pages=56)

    assert {partition_of(key) for _, key, _ in written} == {partition for partition, _, _ in written}
    assert len({partition for partition, _, _ in written}) > 1
    assert len({key for _, key, _ in written}) == len(HOSTS)
    assert max(read_profile(value).articles for _, _, value in written) == 5
    assert len(outcomes["articles"]) == 56
    assert repeats(outcomes, 0) == dict.fromkeys(HOSTS, True)
    assert repeats(outcomes, 5) == repeats(outcomes, 6) == dict.fromkeys(HOSTS, False)


def test_profiles_move_with_their_partitions_and_broken_ones_are_begun_anew(
    chistovik: Chistovik, kafka: Kafka, prefix: str, tmp_path: Path
):
    with chistovik.worker("dedupe", "publish"):
        feed(chistovik, tmp_path, range(5))
        with chistovik.worker("clean"):
            chistovik.outcomes(pages=40)
        known = {(partition, key) for partition, key, _ in records_of(kafka, prefix + "profiles")}
        broken = {one for one in known if one[1].endswith(b":outlet0.example")}
        spoil(kafka, prefix + "profiles", [*broken, (0, b"no key of ours")])
        with chistovik.worker("clean"), chistovik.worker("clean"):  # each has half of the partitions
            feed(chistovik, tmp_path, range(5, 6))
            outcomes = chistovik.outcomes(pages=48)

    assert len(outcomes["articles"]) == 48
    assert repeats(outcomes, 5) == dict.fromkeys(HOSTS, False) | {"outlet0.example": True}


def test_without_profiles_nothing_is_learned(
    chistovik: Chistovik, kafka: Kafka, prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("CHISTOVIK_PROFILES", "off")
    with chistovik.worker(*STAGES):
        feed(chistovik, tmp_path, range(5))
        outcomes = chistovik.outcomes(pages=40)

    assert repeats(outcomes, 4) == dict.fromkeys(HOSTS, True)
    assert records_of(kafka, prefix + "profiles") == []
