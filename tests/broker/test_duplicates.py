"""`chistovik duplicates` on a real Kafka: only committed events, only the partitions of a key, nothing left behind."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import NewPartitions

from pipeline.topics import ARTICLES, DUPLICATES

if TYPE_CHECKING:
    from pathlib import Path

    from aiokafka.admin import AIOKafkaAdminClient

    from tests.support.command import Chistovik
    from tests.support.kafka import Kafka

pytestmark = pytest.mark.broker
STAGES = ("clean", "dedupe", "publish")
SENTENCE = "Вечером {} на площади у старой мельницы открыли мост, сообщили в районной администрации. "
FETCHED = "2031-01-06T09:3{}:00Z"


def row(host: str, number: int, minute: int) -> dict[str, str]:
    text = "\n".join(SENTENCE.format(f"{number} {line}") * 2 for line in range(4))
    return {"url": f"https://{host}.example/{number}", "text": text, "fetched_at": FETCHED.format(minute)}


def told(chistovik: Chistovik, asked: str, **env: str) -> tuple[dict[str, Any], list[tuple[str, str, bool]]]:
    head, *events = map(orjson.loads, chistovik("duplicates", asked, "--json", **env).stdout.splitlines())
    return head, [(one["url"], one["kind"] or one["event"], one["asked"]) for one in events]


async def abort(kafka: Kafka, topic: str, key: bytes, value: bytes) -> None:
    async with AIOKafkaProducer(bootstrap_servers=kafka.brokers, transactional_id=f"{topic}.test") as producer:
        await producer.begin_transaction()
        await producer.send_and_wait(topic, value, key=key)
        await producer.abort_transaction()


def test_a_user_asks_by_url_and_by_id_and_topics_may_have_grown(
    kafka: Kafka, chistovik: Chistovik, prefix: str, tmp_path: Path
):
    rows = [row("first", number, 0) for number in range(20)] + [row("second", 7, 1), row("first", 7, 2)]
    (tmp_path / "rows.jsonl").write_bytes(b"\n".join(map(orjson.dumps, rows)))
    with chistovik.worker(*STAGES):
        for _ in range(2):
            chistovik("feed", "--jsonl", str(tmp_path / "rows.jsonl"))
            chistovik.outcomes(pages=22)
        chistovik.outcomes(pages=44)

    async def groups(admin: AIOKafkaAdminClient) -> set[str]:
        return {name for name, _ in await admin.list_consumer_groups()}

    async def grow(admin: AIOKafkaAdminClient) -> None:
        more = {prefix + topic.name: NewPartitions(total_count=31) for topic in (ARTICLES, DUPLICATES)}
        await admin.create_partitions(more)

    before = kafka.ask(groups)
    head, events = told(chistovik, "https://second.example/7#part")
    article = head["article_id"]
    aborted = {"event": "duplicate", "kind": "exact", "article_id": article, "page_id": "ab" * 16, "url": "file:x"}
    aborted |= {"similarity": 1.0, "provenance": {"page_id": "ab" * 16, "topic": "pages", "partition": 0, "offset": 1}}
    asyncio.run(abort(kafka, prefix + DUPLICATES.name, article.encode(), orjson.dumps(aborted)))

    assert (head["revisions"], head["exact"], head["redelivered"]) == (1, 1, 4)
    assert head["asked"] == "an exact copy of the article, fed again 1 time"
    assert sorted(events)[-2:] == [
        ("https://second.example/7", "exact", True),
        ("https://second.example/7", "redelivered", True),
    ]
    assert {url for url, _, _ in events} == {"https://first.example/7", "https://second.example/7"}
    by_id = told(chistovik, article)
    assert by_id[0] == head | {"asked": "the article itself"}
    assert [one[:2] for one in by_id[1]] == [one[:2] for one in events]
    assert told(chistovik, article[:12])[0] == by_id[0]
    assert kafka.ask(groups) <= before  # Kafka drops groups of earlier tests, whenever it likes

    kafka.ask(grow)
    assert told(chistovik, article) == by_id


def test_an_outcome_that_is_no_article_is_one_line_with_the_way_on(chistovik: Chistovik):
    said = chistovik("duplicates", "https://o.example/menu", code=1).stderr.decode()

    assert said == (
        "chistovik: no article and no copy of one has the URL https://o.example/menu: "
        "`chistovik trace https://o.example/menu` shows what happened to it\n"
    )
