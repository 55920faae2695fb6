"""The stages on a real Kafka, fed and read by the command as a user would."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import NewTopic

from tests.support.kafka import commit
from tests.support.patience import SECONDS

if TYPE_CHECKING:
    from tests.support.command import Chistovik
    from tests.support.kafka import Kafka

pytestmark = pytest.mark.broker
DEMO = str(Path(__file__).parents[2] / "deploy" / "demo" / "pages")
STAGES = ("clean", "dedupe", "publish")
SENTENCE = "Вечером {} на площади у старой мельницы открыли мост, сообщили в районной администрации. "


def text_of(name: object) -> str:
    return "\n".join(SENTENCE.format(f"{name} {number}") * 2 for number in range(4))


def rows(count: int, *, copies: int = 1) -> bytes:
    pages = [
        {"url": f"https://outlet{copy}.example/news/{number}", "text": text_of(number)}
        for number in range(count)
        for copy in range(copies)
    ]
    return b"".join(orjson.dumps(page, option=orjson.OPT_APPEND_NEWLINE) for page in pages)


def kinds(outcomes: dict[str, list[dict[str, Any]]]) -> Counter[str]:
    return Counter(str(event.get("kind") or event["event"]) for events in outcomes.values() for event in events)


def places(outcomes: dict[str, list[dict[str, Any]]]) -> list[tuple[int, int]]:
    provenance = [event["provenance"] for events in outcomes.values() for event in events]
    return [(one["partition"], one["offset"]) for one in provenance]


def produce(kafka: Kafka, topic: str, *values: bytes | None) -> None:
    async def send() -> None:
        async with AIOKafkaProducer(bootstrap_servers=kafka.brokers) as producer:
            for value in values:
                await producer.send_and_wait(topic, value, key=b"host", partition=0)

    asyncio.run(send())


def records_in(kafka: Kafka, topic: str) -> int:
    async def count() -> int:
        async with AIOKafkaConsumer(topic, bootstrap_servers=kafka.brokers) as consumer:
            return sum((await consumer.end_offsets(consumer.assignment())).values())

    return asyncio.run(count())


def test_demo_pages_become_articles_once_however_often_they_are_fed(chistovik: Chistovik):
    with chistovik.worker(*STAGES):
        chistovik("feed", "--pages", DEMO)
        first = chistovik.outcomes(pages=13)
        assert kinds(first) == {"created": 11, "exact": 1, "discarded": 1}

        chistovik("feed", "--pages", DEMO)
        second = chistovik.outcomes(pages=26)

    assert kinds(second) == {"created": 11, "exact": 1, "redelivered": 12, "discarded": 2}
    assert len(set(places(second))) == 26
    articles = {event["article_id"] for event in second["articles"]}
    assert {event["article_id"] for event in second["duplicates"]} <= articles


def test_the_embedded_broker_gives_the_same_ids_as_kafka(chistovik: Chistovik):
    page = f"{DEMO}/05_ru_kk_ticker.txt"
    with chistovik.worker(*STAGES):
        chistovik("feed", "--pages", page)
        on_kafka = chistovik.outcomes(pages=1)["articles"]

    embedded = [orjson.loads(line) for line in chistovik("run", page).stdout.splitlines()]
    assert [event["article_id"] for event in on_kafka] == [event["article_id"] for event in embedded]
    assert on_kafka[0]["article_body"] == embedded[0]["article_body"]


def test_a_worker_that_is_killed_loses_nothing_and_repeats_nothing(chistovik: Chistovik, tmp_path: Path):
    rows_file = tmp_path / "rows.jsonl"
    rows_file.write_bytes(rows(150, copies=2))
    chistovik("feed", "--jsonl", str(rows_file))
    for stage in STAGES:
        with chistovik.worker(*STAGES) as worker:
            worker.process.kill()
        with chistovik.worker(*(other for other in STAGES if other != stage)), chistovik.worker(stage) as victim:
            victim.end(signal.SIGKILL)
    with chistovik.worker(*STAGES):
        outcomes = chistovik.outcomes(pages=300)

    assert len(places(outcomes)) == 300
    assert len(set(places(outcomes))) == 300
    assert kinds(outcomes) == {"created": 150, "exact": 150}


def test_sigterm_leaves_in_good_order_and_nothing_is_done_again(kafka: Kafka, chistovik: Chistovik, prefix: str):
    chistovik("feed", "--pages", DEMO)
    with chistovik.worker(*STAGES) as worker:
        before = chistovik.outcomes(pages=13)
        assert worker.end(signal.SIGTERM) == 0
    with chistovik.worker(*STAGES):
        chistovik("feed", f"{DEMO}/04_uk_clean.txt")
        after = chistovik.outcomes(pages=14)

    assert len(places(before)) == 13
    assert len(places(after)) == len(set(places(after))) == 14
    assert records_in(kafka, prefix + "documents") == 14  # a page cleaned again would be here, though it emits nothing


def test_two_workers_a_stage_share_the_work(chistovik: Chistovik, tmp_path: Path):
    rows_file = tmp_path / "rows.jsonl"
    rows_file.write_bytes(rows(100, copies=2))
    with chistovik.worker(*STAGES), chistovik.worker(*STAGES):
        chistovik("feed", "--jsonl", str(rows_file))
        outcomes = chistovik.outcomes(pages=200)

    assert len(set(places(outcomes))) == len(places(outcomes)) == 200
    assert kinds(outcomes) == {"created": 100, "exact": 100}


def test_broken_records_become_dead_letters_and_their_neighbours_articles(
    kafka: Kafka, chistovik: Chistovik, prefix: str
):
    page = {"url": "https://outlet.example/1", "fetched_at": "2031-01-06T10:00:00Z", "body": text_of("первый")}
    broken: list[bytes | None] = [None, b"", b"{", b"[]", b'{"url": 1}', orjson.dumps({**page, "schema_version": 9})]
    produce(kafka, prefix + "pages", *broken, orjson.dumps(page))
    with chistovik.worker(*STAGES):
        outcomes = chistovik.outcomes(pages=7)

    assert kinds(outcomes) == {"dead-letter": 6, "created": 1}
    by_offset = {event["provenance"]["offset"]: event for event in outcomes["dead-letters"]}
    assert "schema_version" in by_offset[5]["error"]
    assert all(event["stage"] == "clean" for event in by_offset.values())


def test_changed_text_under_the_same_url_is_the_next_revision_and_an_older_page_is_not(
    chistovik: Chistovik, tmp_path: Path
):
    url = "https://outlet.example/news/bridge"
    states = [
        ("первый", "2031-01-06T10:00:00Z"),
        ("второй", "2031-01-06T12:00:00Z"),
        ("ранний", "2031-01-05T00:00:00Z"),
    ]
    with chistovik.worker(*STAGES):
        for number, (name, fetched_at) in enumerate(states, 1):
            row = orjson.dumps({"url": url, "text": text_of(name), "fetched_at": fetched_at})
            (tmp_path / "row.jsonl").write_bytes(row)
            chistovik("feed", "--jsonl", str(tmp_path / "row.jsonl"))
            outcomes = chistovik.outcomes(pages=number)

    assert [(event["event"], event["revision"]) for event in outcomes["articles"]] == [("created", 1), ("updated", 2)]
    assert len({event["article_id"] for event in outcomes["articles"]}) == 1
    assert [event["reason"] for event in outcomes["discarded"]] == ["superseded"]


@pytest.mark.parametrize("metadata", ["", '{"fence":4,"topic_id":"AAAA"}'])
def test_publish_refuses_offsets_without_their_fence(kafka: Kafka, chistovik: Chistovik, prefix: str, metadata: str):
    commit(kafka, prefix + "publish", TopicPartition(prefix + "documents", 0), (5, metadata))
    done = chistovik("worker", "publish", code=70)

    assert b"would publish everything again" in done.stderr


def test_apply_does_not_open_the_fences_of_topics_in_use(kafka: Kafka, chistovik: Chistovik, prefix: str):
    produce(kafka, prefix + "documents", b"{}")

    async def forget() -> None:
        from confluent_kafka.admin import AdminClient  # noqa: PLC0415

        client = AdminClient({"bootstrap.servers": kafka.brokers})
        await asyncio.to_thread(client.delete_consumer_groups([prefix + "publish"])[prefix + "publish"].result)

    asyncio.run(forget())
    chistovik("topics", "apply")
    done = chistovik("worker", "publish", code=70)

    assert b"has no committed offset" in done.stderr


def test_a_wrong_number_of_partitions_is_refused(kafka: Kafka, prefix: str, tmp_path: Path):
    from tests.support.command import Chistovik  # noqa: PLC0415

    kafka.create(NewTopic(prefix + "documents", 3, 1))
    done = Chistovik(brokers=kafka.brokers, prefix=prefix, folder=tmp_path)("topics", "apply", code=3)

    assert b"has 3 partitions, it must have 4" in done.stderr


def test_a_missing_topic_is_one_line(kafka: Kafka, prefix: str, tmp_path: Path):
    from tests.support.command import Chistovik  # noqa: PLC0415

    command = Chistovik(brokers=kafka.brokers, prefix=prefix, folder=tmp_path)
    for arguments in (("worker", "clean"), ("feed", "--pages", DEMO), ("subscribe", "articles")):
        done = command(*arguments, code=3)
        assert done.stderr.count(b"\n") == 1
        assert b"topics apply" in done.stderr


def test_a_group_goes_on_where_it_stopped(chistovik: Chistovik):
    with chistovik.worker(*STAGES):
        chistovik("feed", "--pages", DEMO)
        chistovik.outcomes(pages=13)

    first = chistovik("subscribe", "articles", "--group", "reader", "--limit", "4").stdout.splitlines()
    rest = chistovik("subscribe", "articles", "--group", "reader", "--follow", "--timeout", "5").stdout.splitlines()

    ids = [orjson.loads(line)["article_id"] for line in [*first, *rest]]
    assert len(first) == 4
    assert len(set(ids)) == 11
    assert len(ids) <= 12  # the fourth may come again: it is committed when the next one is asked for


def test_the_headers_are_cloudevents_and_trace_context(kafka: Kafka, chistovik: Chistovik, prefix: str):
    with chistovik.worker(*STAGES):
        chistovik("feed", f"{DEMO}/04_uk_clean.txt")
        (article,) = chistovik.outcomes(pages=1)["articles"]

    async def read() -> Any:
        async with AIOKafkaConsumer(
            prefix + "articles", bootstrap_servers=kafka.brokers, auto_offset_reset="earliest"
        ) as consumer:
            return await asyncio.wait_for(consumer.getone(), SECONDS)

    record = asyncio.run(read())
    headers = dict(record.headers)
    assert record.key.decode() == article["article_id"]
    assert headers["ce_type"] == b"chistovik.articles.created.v1"
    assert headers["content-type"] == b"application/json"
    assert len(headers["traceparent"].split(b"-")) == 4
