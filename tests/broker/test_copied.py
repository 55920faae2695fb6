"""Articles derived anew under another prefix: from the same pages the same articles, without their settling a URL."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from agents.feed.send import feed_page
from agents.kafka import Connection
from agents.kafka.outbox import KafkaOutbox
from pipeline.records.page import Page
from pipeline.records.wire import encode
from pipeline.topics import PAGES
from tests.support.command import Chistovik

if TYPE_CHECKING:
    from tests.support.kafka import Kafka

pytestmark = pytest.mark.broker

DEMO = "deploy/demo/pages"
STAGES = ("clean", "dedupe", "publish")


def anew(chistovik: Chistovik) -> Chistovik:
    """Give the command under another prefix, which the fixture's cleaning up takes along."""
    other = Chistovik(brokers=chistovik.brokers, prefix=f"{chistovik.prefix}b.", folder=chistovik.folder / "b")
    other.folder.mkdir(exist_ok=True)
    other("topics", "apply")
    return other


def test_the_same_pages_under_another_prefix_are_the_same_articles(chistovik: Chistovik):
    with chistovik.worker(*STAGES):
        chistovik("feed", "--pages", DEMO)
        before = chistovik.outcomes(pages=13)
    other = anew(chistovik)

    said = other("feed", "--from-topic", f"{chistovik.prefix}pages").stderr
    with other.worker(*STAGES):
        after = other.outcomes(pages=13)

    assert said == b"13 pages fed\n"
    other("audit", "--settled")
    # Of two copies the other one may be the article: they come from two hosts, whose partitions are read side by side.
    assert {topic: len(found) for topic, found in after.items()} == {
        topic: len(found) for topic, found in before.items()
    }
    pages = [
        sorted((one["page_id"], one["provenance"]["fetched_at"]) for found in outcomes.values() for one in found)
        for outcomes in (before, after)
    ]
    assert pages[0] == pages[1]
    ids = [{one["article_id"] for one in found["articles"]} for found in (before, after)]
    assert len(ids[0] & ids[1]) >= len(ids[0]) - 1


async def test_a_page_that_was_fetched_settles_no_url_of_its_new_prefix(
    kafka: Kafka, chistovik: Chistovik, prefix: str
):
    fetched = Page(
        url="https://news.example/a", fetched_at="2031-01-06T00:00:00Z", body="x", origin="urls/3/7", title="A"
    )
    connection = Connection(brokers=kafka.brokers)
    async with connection.producer("test") as producer:
        await (await feed_page(fetched, KafkaOutbox(producer, prefix), value=encode(fetched)))
        await (await producer.send(f"{prefix}pages", b"no page", key=b"k", headers=[("fetch-settles", b"urls/3/7")]))
    other = anew(chistovik)

    other("feed", "--from-topic", f"{prefix}pages", "--since", "1h")

    copied = {}
    async with connection.consumer(f"{other.prefix}{PAGES.name}", name="test", auto_offset_reset="earliest") as reader:
        while len(copied) < 2:
            for records in (await reader.getmany(timeout_ms=500)).values():
                copied.update({record.key: record for record in records})
    page = json.loads(copied[b"news.example"].value)
    assert "origin" not in page or page["origin"] is None
    assert (page["title"], page["body"], page["fetched_at"]) == ("A", "x", "2031-01-06T00:00:00Z")
    assert copied[b"k"].value == b"no page"
    for record in copied.values():
        names = [name for name, _ in record.headers]
        assert names == ["ce_specversion", "ce_id", "ce_type", "ce_source", "content-type", "traceparent"]
        assert dict(record.headers)["ce_id"].startswith(f"{prefix}pages/".encode())


def test_what_was_recorded_before_the_time_is_left_where_it_is(chistovik: Chistovik):
    chistovik("feed", "--pages", DEMO)

    assert anew(chistovik)("feed", "--from-topic", f"{chistovik.prefix}pages", "--since", "2031-01-06").stderr == (
        b"0 pages fed\n"
    )


@pytest.mark.parametrize(
    ("topic", "code", "says"),
    [("{}pages", 2, b"is the topic to write to: name another topic"), ("{}nothing.pages", 3, b"is missing")],
)
def test_a_topic_that_cannot_be_copied_is_one_line(chistovik: Chistovik, topic: str, code: int, says: bytes):
    done = chistovik("feed", "--from-topic", topic.format(chistovik.prefix), code=code)

    assert says in done.stderr
    assert done.stderr.count(b"\n") == 1
