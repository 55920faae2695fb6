"""Fetching on a real Kafka from the test web, with kills: every URL has one outcome, and the audit says so."""

from __future__ import annotations

import asyncio
import signal
import time
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from aiokafka import TopicPartition

from agents.kafka import Connection
from agents.kafka.log import read_spans
from agents.kafka.outbox import KafkaOutbox
from pipeline.records.target import Target
from pipeline.records.wire import encode
from pipeline.topics import PAGES, URLS
from pipeline.topics.headers import ORIGIN, header
from pipeline.topics.offsets import Mark
from tests.support.kafka import commit
from tests.support.patience import SECONDS, wait_until
from tests.support.sites import NEWS, SLOW
from tests.support.web import Web, impolite, running_web

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.command import Chistovik
    from tests.support.kafka import Kafka

pytestmark = pytest.mark.broker
OTHERS = ("clean", "dedupe", "publish")
PACE = 0.1


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Web]:
    with running_web() as made:
        more = {"CHISTOVIK_FETCH_PACE": str(PACE), "CHISTOVIK_FETCH_BACKOFF": "0.5", "CHISTOVIK_FETCH_ATTEMPTS": "3"}
        more["CHISTOVIK_FETCH_GIVE_UP"] = "8"  # which a host that is down for good is waited for
        for name, value in made.settings(tmp_path, CHISTOVIK_FETCH_TIMEOUT="30", **more).items():
            monkeypatch.setenv(name, value)
        yield made


def submit(chistovik: Chistovik, urls: list[str]) -> None:
    async def send() -> None:
        async with Connection(brokers=chistovik.brokers).producer("test") as producer:
            outbox = KafkaOutbox(producer, chistovik.prefix)
            targets = [Target(url=url, submitted_at=datetime.now(UTC)) for url in urls]
            sent = [await outbox.send(URLS.name, value=encode(one), key=one.key) for one in targets]
            await asyncio.gather(*sent)

    asyncio.run(send())


def audited(chistovik: Chistovik, *options: str, code: int = 0) -> Counter[str]:
    """Run the audit; the totals of all partitions of `urls`."""
    totals: Counter[str] = Counter()
    for line in chistovik("audit", "--json", *options, code=code).stdout.splitlines():
        row = orjson.loads(line)
        if row["topic"] == "urls":
            totals.update({name: value for name, value in row.items() if isinstance(value, int)})
    return totals


def origins(outcomes: dict[str, list[dict[str, Any]]]) -> Counter[str]:
    return Counter(event["provenance"]["origin"] for events in outcomes.values() for event in events)


def reasons(outcomes: dict[str, list[dict[str, Any]]]) -> Counter[str]:
    return Counter(event["reason"] for event in outcomes["discarded"])


def test_every_url_has_one_outcome_whatever_is_killed(chistovik: Chistovik, web: Web) -> None:
    urls = [web.url(host, f"/article/{number}") for number in range(25) for host in NEWS[:16]]
    urls += [web.url("news-01.test", "/private/1"), web.url("status.test", "/404"), web.url("down.test", "/p")]
    urls += [web.url("dead-01.test", f"/{number}") for number in range(20)]
    urls += [web.url("flaky.test", "/p"), web.url("busy-seconds.test", "/p"), web.url("robots-5xx.test", "/p")]
    submit(chistovik, urls)
    with chistovik.worker(*OTHERS):
        for patience in (0.3, 1.0, 0.6, 1.5):
            with chistovik.worker("fetch") as worker:
                time.sleep(patience)
                worker.end(signal.SIGKILL)
            assert not audited(chistovik)["missing_pages"]
        with chistovik.worker("fetch"):
            outcomes = chistovik.outcomes(pages=len(urls))
            totals = audited(chistovik, "--settled")

    assert len(origins(outcomes)) == len(urls)
    assert set(origins(outcomes).values()) == {1}  # what a killed worker had written is found by the next
    assert len(outcomes["articles"]) + len(outcomes["duplicates"]) == 402
    assert reasons(outcomes) == {"robots": 1, "not-found": 1}
    letters = Counter((event["stage"], event["error"].partition(" (")[0]) for event in outcomes["dead-letters"])
    assert sum(letters.values()) == 22
    assert {stage for stage, _ in letters} == {"fetch"}
    assert (totals["pages"], totals["missing_pages"], totals["twice_pages"]) == (len(urls), 0, 0)
    # A worker that is killed takes what it knew of the pace with it
    assert [one for one in impolite(web.log, pace=PACE) if "disallowed" in one] == []


def test_two_workers_share_the_hosts_and_keep_the_pace(chistovik: Chistovik, web: Web) -> None:
    urls = [web.url(host, f"/article/{number}") for number in range(10) for host in NEWS]
    with chistovik.worker("fetch"), chistovik.worker("fetch"), chistovik.worker(*OTHERS):
        submit(chistovik, urls)
        outcomes = chistovik.outcomes(pages=len(urls))
    assert set(origins(outcomes).values()) == {1}
    assert len(origins(outcomes)) == len(urls)
    assert impolite(web.log, pace=PACE) == []


def test_sigterm_leaves_in_good_order_and_nothing_is_fetched_again(chistovik: Chistovik, web: Web) -> None:
    urls = [web.url(host, f"/article/{number}") for number in range(20) for host in NEWS]
    submit(chistovik, urls)
    with chistovik.worker(*OTHERS):
        with chistovik.worker("fetch") as worker:
            time.sleep(0.5)
            assert worker.end(signal.SIGTERM) == 0
        with chistovik.worker("fetch"):
            outcomes = chistovik.outcomes(pages=len(urls))
    assert len(origins(outcomes)) == len(urls)
    asked = Counter((one.host, one.path) for one in web.log if one.path != "/robots.txt")
    assert set(asked.values()) == {1}


def test_a_worker_that_wakes_after_its_partitions_are_gone_writes_nothing(chistovik: Chistovik, web: Web) -> None:
    urls = [web.url(host, f"/article/{number}") for number in range(8) for host in (*NEWS, *SLOW)]
    with chistovik.worker("fetch") as zombie:
        submit(chistovik, urls)
        # Answers are on their way, and pages wait to be written
        wait_until(lambda: len(web.log) >= 60, every=0.02, said=zombie.said)
        zombie.process.send_signal(signal.SIGSTOP)
        try:
            with chistovik.worker("fetch"):  # ready when the partitions are its own
                wait_until(lambda: len(set(asyncio.run(settled(chistovik)))) == len(urls), every=0.5)
                written = asyncio.run(settled(chistovik))
                assert Counter(written) == Counter(dict.fromkeys(written, 1))
                assert len(written) == len(urls)
                zombie.process.send_signal(signal.SIGCONT)
                assert zombie.process.wait(SECONDS) == 70
                assert Counter(asyncio.run(settled(chistovik))) == Counter(written)
        finally:
            zombie.process.send_signal(signal.SIGCONT)
    assert "stood still for" in zombie.said()


async def settled(chistovik: Chistovik) -> list[str]:
    """Read the origins of all records of `pages`."""
    tps = [TopicPartition(chistovik.prefix + PAGES.name, number) for number in range(PAGES.partitions or 0)]
    found: list[str] = []
    async with Connection(brokers=chistovik.brokers).consumer(name="test") as consumer:
        ends = await consumer.end_offsets(tps)
        begins = await consumer.beginning_offsets(tps)
        await read_spans(
            consumer,
            {tp: (begins[tp], ends[tp]) for tp in tps},
            lambda _, record: found.append((header(record.headers, ORIGIN) or b"").decode()),
        )
    return found


def test_the_story_of_a_url_is_told_in_any_spelling(chistovik: Chistovik, web: Web) -> None:
    flaky, gone = web.url("flaky.test", "/p"), web.url("status.test", "/410")
    with chistovik.worker("fetch", *OTHERS):
        # The third is no article: those of the test web are near copies, and which of two comes first is no matter here
        submit(chistovik, [flaky, gone, web.url("robots-deny.test", "/p")])
        chistovik.outcomes(pages=3)
        # What is known of it is written behind its page
        wait_until(lambda: b'"visits"' in chistovik("trace", flaky).stdout)
        submit(chistovik, [flaky + "?utm_source=x"])
        chistovik.outcomes(pages=4)

    def told(url: str, code: int = 0) -> list[tuple[str, str]]:
        lines = chistovik("trace", url, code=code).stdout.splitlines()
        return [(row["topic"], row["says"]) for row in map(orjson.loads, lines)]

    story = told(web.url("FLAKY.test", "//p?utm_campaign=y#z"))
    topics = [topic for topic, _ in story]
    assert topics[:4] == ["urls", "urls-later", "urls-later", "pages"]
    assert topics.index("visits") > topics.index("pages")
    assert Counter(topics) == {
        "urls": 2,
        "urls-later": 2,
        "visits": 1,
        "pages": 2,
        "documents": 2,
        "verdicts": 2,
        "articles": 1,
        "discarded": 1,
    }
    said = dict(reversed(story))
    assert said["urls-later"].endswith("for attempt 2: HTTP 500")
    assert said["articles"].startswith("created: ")
    assert said["discarded"].startswith("discarded: already-fetched: ")
    assert dict(told(gone))["discarded"] == "discarded: gone: HTTP 410"
    assert told(web.url("news-02.test", "/article/1"), code=1) == []


def test_a_url_that_failed_is_fetched_again_from_its_dead_letter(chistovik: Chistovik, web: Web) -> None:
    with chistovik.worker("fetch", *OTHERS):
        web.sites.counts["flaky.test/p"] = -1  # fails three times, as often as it is tried, and then never again
        submit(chistovik, [web.url("flaky.test", "/p")])
        (letter,) = chistovik.outcomes(pages=1)["dead-letters"]
        chistovik("dead-letters", "replay", letter["page_id"][:12])
        outcomes = chistovik.outcomes(pages=2)
        totals = audited(chistovik, "--settled")
    assert (letter["stage"], letter["attempt"]) == ("fetch", 3)
    assert letter["error"] == "HTTP 500 (attempt 3 of 3)"
    assert [event["event"] for event in outcomes["articles"]] == ["created"]
    assert (totals["pages"], totals["missing_pages"]) == (2, 0)
    assert letter["page_id"][:12].encode() not in chistovik("dead-letters", "ls").stdout


def test_a_url_that_was_committed_and_has_no_page_is_missing(kafka: Kafka, chistovik: Chistovik, web: Web) -> None:
    submit(chistovik, [web.url("news-01.test", f"/article/{number}") for number in range(5)])
    (row,) = (row for row in urls_of(chistovik) if row["pages"])
    assert (row["pages"], row["in_flight"], row["missing_pages"]) == (5, 5, 0)
    chistovik("audit", "--settled", code=1)

    group, tp = chistovik.prefix + "fetch", TopicPartition(chistovik.prefix + "urls", row["partition"])
    commit(kafka, group, tp, (2, Mark(2, frozenset({3})).metadata))
    (row,) = (row for row in urls_of(chistovik, code=1) if row["pages"])
    assert (row["missing"], row["in_flight"]) == ([[0, 2]], 3)


def urls_of(chistovik: Chistovik, code: int = 0) -> list[dict[str, Any]]:
    lines = chistovik("audit", code=code).stdout.splitlines()
    return [row for row in map(orjson.loads, lines) if row["topic"] == "urls"]


def test_a_worker_that_does_not_say_who_it_is_does_not_start(chistovik: Chistovik) -> None:
    done = chistovik("worker", "fetch", code=2, CHISTOVIK_USER_AGENT="Bot/1.0")
    assert b"CHISTOVIK_USER_AGENT='Bot/1.0': to fetch, name yourself" in done.stderr
