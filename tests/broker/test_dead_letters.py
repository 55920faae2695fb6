"""Dead letters on a real Kafka: a page that failed is seen, replayed, marked; nothing is lost, deleted or sent in a loop."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from pipeline.article.message import message_of
from pipeline.records.article import DeadLetter
from pipeline.records.document import Provenance
from pipeline.records.page import Page, page_id
from pipeline.records.wire import encode
from tests.support.command import stuck_on

if TYPE_CHECKING:
    from tests.support.command import Chistovik
    from tests.support.kafka import Kafka

pytestmark = pytest.mark.broker
STAGES = ("clean", "dedupe", "publish")
SENTENCE = "Вечером {} на площади у старой мельницы открыли мост, сообщили в районной администрации. "
AT = datetime(2031, 1, 6, 10, tzinfo=UTC)
TRACE = b"0af7651916cd43dd8448eb211c80319c"
PARENT = b"00-" + TRACE + b"-b7ad6b7169203331-01"


def page(name: str) -> bytes:
    body = "".join(f"<p>{SENTENCE.format(f'{name} {number}') * 2}</p>\n" for number in range(4))
    html = f"<html><head><title>{name}</title></head><body><article>{body}</article></body></html>"
    return encode(Page(url=f"https://outlet.example/{name}", fetched_at=AT, media_type="text/html", body=html))


def produce(kafka: Kafka, topic: str, *records: tuple[bytes, bytes, tuple[tuple[str, bytes], ...]]) -> None:
    async def send() -> None:
        async with AIOKafkaProducer(bootstrap_servers=kafka.brokers, max_request_size=24 << 20) as producer:
            for key, value, headers in records:
                await producer.send_and_wait(topic, value, key=key, headers=list(headers), partition=0)

    asyncio.run(send())


def records_of(kafka: Kafka, topic: str) -> list[Any]:
    async def read() -> list[Any]:
        found: list[Any] = []
        settings = {"auto_offset_reset": "earliest", "isolation_level": "read_committed"}
        async with AIOKafkaConsumer(topic, bootstrap_servers=kafka.brokers, **settings) as consumer:
            ends = await consumer.end_offsets(consumer.assignment())
            while any([await consumer.position(tp) < end for tp, end in ends.items()]):
                for records in (await consumer.getmany(timeout_ms=200)).values():
                    found += records
        return sorted(found, key=lambda record: record.timestamp)

    return asyncio.run(read())


def ls(chistovik: Chistovik, *options: str) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in chistovik("dead-letters", "ls", *options).stdout.splitlines()]


def letter(name: str, **fields: Any) -> DeadLetter:
    """Forge the letter of a page that failed for a reason which is gone."""
    value = page(name)
    id_ = page_id(Page(**orjson.loads(value) | {"fetched_at": AT}))
    given: dict[str, Any] = {
        "stage": "clean",
        "error": "took longer than 30 s",
        "attempt": 1,
        "page_id": id_,
        "url": f"https://outlet.example/{name}",
        "original_base64": value,
        "original_key_base64": b"outlet.example",
        "provenance": Provenance(page_id=id_, topic="pages", partition=0, offset=1_000_000),
    }
    return DeadLetter(**given | fields)


def file_letters(kafka: Kafka, prefix: str, *letters: DeadLetter) -> None:
    messages = [message_of(one, prefix=prefix, parent=PARENT) for one in letters]
    produce(kafka, prefix + "dead-letters", *((one.key, one.value, one.headers) for one in messages))


def test_a_failed_page_is_replayed_into_one_article_and_a_broken_one_does_not_loop(
    kafka: Kafka, chistovik: Chistovik, prefix: str, monkeypatch: pytest.MonkeyPatch
):
    heavy = page("heavy")
    hanging = replace(chistovik, command=stuck_on("outlet.example/heavy"))
    produce(kafka, prefix + "pages", (b"poison", b"{", ()), (b"outlet.example", heavy, (("traceparent", PARENT),)))
    with monkeypatch.context() as impatient:
        impatient.setenv("CHISTOVIK_PAGE_TIMEOUT", "5")
        with hanging.worker(*STAGES):
            chistovik.outcomes(pages=2)

    rows = {row["url"]: row for row in ls(chistovik)}
    poison, failed = rows["kafka:pages/0/0"], rows["https://outlet.example/heavy"]
    assert "took longer than 5 s" in failed["error"]
    assert chistovik("dead-letters", "show", poison["id"][:10], "--raw").stdout == b"{"

    with chistovik.worker(*STAGES):
        chistovik("dead-letters", "replay", "--all")
        replayed = chistovik.outcomes(pages=4)
        chistovik("dead-letters", "replay", failed["id"])
        outcomes = chistovik.outcomes(pages=5)

    assert {topic: len(events) for topic, events in replayed.items() if events} == {"articles": 1, "dead-letters": 3}
    assert Counter(event.get("kind", event["event"]) for events in outcomes.values() for event in events) == {
        "dead-letter": 3,
        "created": 1,
        "redelivered": 1,
    }
    fed = records_of(kafka, prefix + "pages")
    assert len(fed) == 5  # nothing was replayed by itself
    assert {(one.key, one.value) for one in fed} == {(b"poison", b"{"), (b"outlet.example", heavy)}
    again = dict(next(one.headers for one in fed[2:] if one.value == heavy))
    assert (again["replay-of"], again["attempt"]) == (failed["id"].encode(), b"2")
    assert again["traceparent"].split(b"-")[1] == TRACE
    assert Counter((row["id"], row["attempt"], row["state"]) for row in ls(chistovik, "--all")) == {
        (poison["id"], 1, "replayed"): 1,
        (failed["id"], 1, "replayed"): 1,
        (poison["id"], 2, None): 1,
    }


def test_a_letter_that_is_dropped_can_be_shown_is_not_listed_and_not_deleted(
    kafka: Kafka, chistovik: Chistovik, prefix: str
):
    one, other = letter("one"), letter("other", error="its process died: SIGSEGV")
    file_letters(kafka, prefix, one, other, letter("one"))
    before = records_of(kafka, prefix + "dead-letters")

    assert b"1 dropped" in chistovik("dead-letters", "drop", one.page_id[:8]).stderr

    shown = orjson.loads(chistovik("dead-letters", "show", one.page_id[:8]).stdout)
    assert (shown["id"], shown["state"], shown["source"]) == (one.page_id, "dropped", "pages/0/1000000")
    assert (shown["headers"]["source-offset"], shown["headers"]["error"]) == ("1000000", one.error)
    assert shown["text"].encode() == chistovik("dead-letters", "show", one.page_id[:8], "--body").stdout
    assert [row["id"] for row in ls(chistovik)] == [other.page_id]
    assert [row["state"] for row in ls(chistovik, "--all", "--limit", "2")] == ["dropped", None]
    assert b"0 replayed" in chistovik("dead-letters", "replay", "--all", "--grep", "longer").stderr
    after = records_of(kafka, prefix + "dead-letters")
    assert [(record.offset, record.value) for record in after] == [(record.offset, record.value) for record in before]


def test_what_cannot_be_replayed_is_a_line_each_and_the_rest_is(kafka: Kafka, chistovik: Chistovik, prefix: str):
    kept = page("kept")
    produce(kafka, prefix + "pages", (b"a-key", kept, ()))
    there = {"topic": "pages", "partition": 0, "offset": 0}
    bare = {"original_base64": None, "original_key_base64": None}
    still = letter("kept", **bare, provenance=Provenance(page_id=letter("kept").page_id, **there))
    another = letter("another", **bare, provenance=Provenance(page_id=letter("another").page_id, **there))
    often = letter("often", attempt=5)
    broken = letter("broken", provenance=Provenance(page_id="x", topic="documents", partition=0, offset=3))
    file_letters(kafka, prefix, still, another, letter("gone", **bare), often, broken)

    done = chistovik("dead-letters", "replay", "--all", code=1)

    said = done.stderr.decode().splitlines()
    assert len(said) == 5
    assert said[-1] == "1 replayed, 4 failed"
    for what in (
        "pages/0 offset 0: feed",
        "pages/0 offset 1000000: feed",
        "failed 5 times",
        "a record of documents",
    ):
        assert sum(what in line for line in said) == 1
    assert [(record.key, record.value) for record in records_of(kafka, prefix + "pages")] == [(b"a-key", kept)] * 2

    assert b"1 replayed\n" in chistovik("dead-letters", "replay", often.page_id, "--force").stderr
    assert dict(records_of(kafka, prefix + "pages")[-1].headers)["attempt"] == b"6"


def test_an_id_of_no_page_or_of_several_is_one_line(kafka: Kafka, chistovik: Chistovik, prefix: str):
    names = [f"name{number}" for number in range(17)]  # of 17 pages two begin with the same digit
    file_letters(kafka, prefix, *map(letter, names))
    (digit, _), *_ = Counter(letter(name).page_id[0] for name in names).most_common(1)

    for arguments, says in (
        (("replay", digit), "is not one dead letter but"),
        (("show", "nope"), "no dead letter nope"),
    ):
        done = chistovik("dead-letters", *arguments, code=1)
        assert says in done.stderr.decode().splitlines()[0]
    assert records_of(kafka, prefix + "pages") == []
