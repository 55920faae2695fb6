"""What /metrics says is what is on the topics: each page once, by its outcome, also after a restart and a replay."""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
from collections import Counter
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

import aiohttp
import orjson
import pytest
from aiohttp import web

from agents.clean.stage import clean_pages
from agents.dedupe.stage import judge_documents
from agents.feed.send import feed_target
from agents.kafka.outbox import KafkaOutbox
from agents.observe.telemetry import Telemetry
from agents.publish.fence import Fence
from agents.publish.lane import Lane
from agents.publish.stage import Publisher
from agents.serve.handlers import Service, application
from agents.settings import NO_SECRET
from agents.testing import MemoryOutbox, stream_of
from pipeline.records.article import Article
from pipeline.records.document import read_document
from pipeline.records.page import Page
from pipeline.records.reason import Reason
from pipeline.records.target import Target
from pipeline.records.verdict import Decision, Kinship, Verdict
from pipeline.records.wire import decode, encode
from pipeline.topics import DOCUMENTS, OUTCOMES, PAGES, URLS_LATER, VERDICTS
from pipeline.verdict.ledger import Ledger
from tests.support.embedded import embedded_broker
from tests.support.fed import serving
from tests.support.observed import PREFIX, Scrape, line
from tests.support.pages import BROKEN, COPY, FIRST, MENU, SECOND
from tests.support.patience import until
from tests.support.stages import HereCleaner, MemoryVerdicts
from tests.support.watching import Site, fed, quickly, rss, settings_of, watching
from tests.support.web import running_web

if TYPE_CHECKING:
    from pathlib import Path

STAGES = ("clean", "dedupe", "publish")


def told(events: dict[str, list[Any]]) -> dict[tuple[str, str], float]:
    """Count events as the metric does, from their JSON alone."""
    found: Counter[tuple[str, str]] = Counter()
    for topic, records in events.items():
        for record in records:
            event = orjson.loads(record.value)
            name = {"articles": "event", "duplicates": "kind", "discarded": "reason", "dead-letters": "stage"}[topic]
            found[topic, event[name]] += 1
    return dict(found)


def outcomes(scrape: Scrape) -> dict[tuple[str, str], float]:
    return scrape.series("chistovik_outcomes_total", "topic", "kind")


def by_decision(verdicts: list[Any]) -> Counter[str]:
    found: Counter[str] = Counter()
    for record in verdicts:
        verdict: Any = decode(Verdict, record.value)
        found[verdict.kinship if verdict.decision is Decision.DUPLICATE else verdict.decision] += 1
    return found


async def test_the_counters_are_the_events_on_the_topics(tmp_path: Path):
    fed = [*FIRST, MENU, COPY, *BROKEN, *SECOND]
    async with line(tmp_path) as made, made.worker(*STAGES) as worker:
        await made.feed(*fed)
        events = await made.outcomes(len(fed))
        found = await worker.scrape_when("chistovik_outcomes_total", len(fed))
        documents, verdicts, pages = [await made.read(topic.name) for topic in (DOCUMENTS, VERDICTS, PAGES)]

    assert outcomes(found) == told(events)
    assert set(told(events)) >= {
        ("articles", "created"),
        ("articles", "updated"),
        ("duplicates", "exact"),
        ("duplicates", "redelivered"),
        ("discarded", "no-article"),
        ("dead-letters", "clean"),
    }
    kinds = Counter(read_document(one.value, partition=0, offset=0).kind for one in documents)
    assert found.series("chistovik_clean_pages_total", "result") == kinds
    assert found.series("chistovik_dedupe_documents_total", "decision") == by_decision(verdicts)
    assert found.value("chistovik_dedupe_replayed_total") == 0
    published = sum(len(one.value) for records in events.values() for one in records)
    assert found.value("chistovik_publish_bytes_total") == published
    assert found.value("chistovik_publish_transaction_events_sum") == len(fed)
    assert found.value("chistovik_clean_page_bytes_total") == sum(len(one.value) for one in pages)
    assert found.value("chistovik_clean_document_bytes_total") == sum(len(one.value) for one in documents)
    assert found.value("chistovik_clean_page_seconds_count") == len(fed)
    assert 0 < found.value("chistovik_clean_page_seconds_sum") < 60
    assert found.value("chistovik_stage_lag_records") == 0
    assert found.value("chistovik_stage_oldest_seconds") == 0
    assert found.series("chistovik_stage_up", "stage") == dict.fromkeys(STAGES, 1)


async def test_what_is_cleaned_and_judged_again_is_no_outcome(tmp_path: Path):
    """The one that publishes stays: on the mock cluster a transaction commits no offsets. For its restart see broker/."""
    first = [*FIRST, *BROKEN]
    async with line(tmp_path) as made, made.worker("publish") as publish:
        async with made.worker("clean", "dedupe"):
            await made.feed(*first)
            await publish.scrape_when("chistovik_outcomes_total", len(first))
        await made.move_back("clean", PAGES.name)  # as after a crash before any commit, and worse
        async with made.worker("clean", "dedupe") as again:
            await made.feed(*SECOND)
            every = len(first) + len(SECOND)
            replayed = await again.scrape_when("chistovik_dedupe_documents_total", every)
            found = await publish.scrape_when("chistovik_outcomes_total", every)
        assert outcomes(found) == told(await made.outcomes(every))
    assert replayed.value("chistovik_clean_pages_total") == every
    assert replayed.series("chistovik_dedupe_documents_total", "decision")["repeat"] == len(first)
    assert replayed.series("chistovik_dedupe_recovery_seconds_count", "source") == {"changelog": 4}
    assert replayed.value("chistovik_dedupe_recovered_records_total") == len(first)
    assert replayed.value("chistovik_dedupe_claims") == len(SECOND) + len(first)
    assert replayed.value("chistovik_dedupe_ledger_bytes") > 1000


async def test_a_verdict_that_is_repeated_is_no_new_one():
    pages = [encode(one) for one in FIRST[:3]]
    outbox = MemoryOutbox()
    await clean_pages(aiter(stream_of(pages)), cleaner=HereCleaner(), outbox=outbox)
    documents = [sent.value for sent in outbox.sent]
    telemetry, verdicts = Telemetry(), MemoryVerdicts({0: Ledger(0)})
    stream = stream_of(documents, topic="documents")
    stream.batches *= 2

    await judge_documents(aiter(stream), verdicts=verdicts, telemetry=telemetry)

    assert len(verdicts.written) == 6
    assert {one.value for one in _values(telemetry, "chistovik_dedupe_replayed_total")} == {3.0}
    assert sum(one.value for one in _values(telemetry, "chistovik_dedupe_documents_total")) == 3


async def test_a_batch_that_fails_counts_nothing():
    telemetry = Telemetry()
    outbox = MemoryOutbox(fails=ConnectionError("no broker"))
    stream = stream_of([encode(one) for one in FIRST[:3]])

    with pytest.raises(ConnectionError):
        await clean_pages(aiter(stream), cleaner=HereCleaner(), outbox=outbox, telemetry=telemetry)

    assert sum(one.value for one in _values(telemetry, "chistovik_clean_pages_total")) == 0


async def test_what_waits_is_told_by_partition_with_the_age_of_the_oldest(tmp_path: Path):
    async with line(tmp_path) as made:
        async with made.worker("clean") as worker:
            await made.feed(*FIRST)
            await worker.scrape_when("chistovik_clean_pages_total", len(FIRST))
        # Nobody judges yet; then a stage that only publishes sees documents for which there is no verdict
        async with made.worker("publish") as worker:
            found = await worker.scrape_when("chistovik_stage_lag_records", len(FIRST))
            await asyncio.sleep(0.3)
            found = await worker.scrape()
        lag = found.series("chistovik_stage_lag_records", "stage", "topic", "partition")
        assert set(lag.values()) == {len(FIRST)}
        ((stage, topic, partition),) = lag
        assert (stage, topic) == ("publish", "documents")
        ages = found.series("chistovik_stage_oldest_seconds", "partition")
        assert set(ages) == {partition}
        head = min(one.timestamp for one in await made.read(DOCUMENTS.name)) / 1000
        assert 0.3 < ages[partition] <= datetime.now(UTC).timestamp() - head


class FailingProducer:
    """A producer whose transaction is not committed."""

    def transaction(self) -> FailingProducer:
        return self

    async def __aenter__(self) -> None:
        pass

    async def __aexit__(self, *_: object) -> None:
        raise ConnectionError("the commit was not answered")

    async def send(self, *_: object, **__: object) -> asyncio.Future[None]:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done

    async def send_offsets_to_transaction(self, *_: object) -> None:
        pass


async def test_an_aborted_transaction_counts_nothing(tmp_path: Path):
    async with line(tmp_path) as made:
        async with made.worker("clean", "dedupe") as worker:
            await made.feed(*FIRST)
            await worker.scrape_when("chistovik_dedupe_documents_total", len(FIRST))
        records = await made.read(DOCUMENTS.name)
        verdicts = await made.read(VERDICTS.name)
        telemetry = Telemetry()
        publisher = Publisher(made.settings, made.connection, documents_id="id", telemetry=telemetry)
        failing: Any = FailingProducer()
        lane = Lane(records[0].partition, Fence(-1, "id"), failing)
        lane.take_documents(records)
        lane.take_verdicts(verdicts)

        with pytest.raises(ConnectionError):
            await publisher._publish(lane)

        assert {one.value for one in _values(telemetry, "chistovik_outcomes_total")} == {0.0}
        assert {one.value for one in _values(telemetry, "chistovik_publish_transaction_events_count")} == {0.0}


def _values(telemetry: Telemetry, name: str) -> list[Any]:
    return [one for family in telemetry.metrics.registry.collect() for one in family.samples if one.name == name]


async def test_every_url_is_counted_once_by_what_it_ended_in(tmp_path: Path):
    with running_web() as sites:
        urls = [sites.url("news-01.test", f"/article/{number}") for number in range(4)]
        urls += [
            sites.url("status.test", "/404"),
            sites.url("news-01.test", "/private/x"),  # robots.txt
            sites.url("moved.test", "/article/7"),
            sites.url("dead-01.test", "/p"),  # nobody answers
            "http://169.254.169.254/latest/",
            "not a URL",
            urls[0],  # again
        ]
        env = sites.settings(tmp_path) | {
            "CHISTOVIK_FETCH_PACE": "0",
            "CHISTOVIK_FETCH_BACKOFF": "0.2",
            "CHISTOVIK_FETCH_ATTEMPTS": "2",
        }
        async with line(tmp_path, **env) as made, made.worker("fetch") as worker:
            async with made.connection.producer("test") as producer:
                outbox = KafkaOutbox(producer, PREFIX)
                for url in urls:
                    target = Target(url=url, submitted_at=datetime.now(UTC))
                    await (await feed_target(target, outbox, value=encode(target)))
            found = await worker.scrape_when("chistovik_fetch_urls_total", len(urls))
            found = await worker.scrape_when("chistovik_stage_lag_records", 0)
            pages: list[Any] = [decode(Page, one.value) for one in await made.read(PAGES.name)]
            later = await made.read(URLS_LATER.name)
        asked = Counter(f"{one.status // 100}xx" for one in sites.log)

    ends = Counter("failed" if one.failed is not None else one.refused or "page" for one in pages)
    assert found.series("chistovik_fetch_urls_total", "result") == ends
    assert ends.total() == len(urls)
    assert found.series("chistovik_fetch_later_total", "why") == {"rest": len(later)}  # nobody answers: never requested
    answered = found.series("chistovik_web_requests_total", "status")
    assert answered.pop("none") >= 1  # the dead host, by its robots.txt
    assert (
        answered.pop("3xx") == asked.pop("0xx") == 1
    )  # the test web logs what it raises, a redirect, without a status
    assert answered == asked
    assert found.value("chistovik_web_request_seconds_count") == found.value("chistovik_web_requests_total")
    assert found.value("chistovik_web_response_bytes_total") > 1000
    assert found.value("chistovik_fetch_waiting_urls") == found.value("chistovik_fetch_settling") == 0


async def test_rows_and_requests_of_the_service_are_counted():
    telemetry, outbox = Telemetry(), MemoryOutbox()
    service = Service(
        outbox=outbox, document=b"{}", token=NO_SECRET, max_bytes=1 << 20, max_rows=9, telemetry=telemetry
    )
    runner = web.AppRunner(application(service), access_log=None, auto_decompress=False)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        async with aiohttp.ClientSession(f"http://127.0.0.1:{runner.addresses[0][1]}") as client:
            for body in ({"urls": ["https://o.example/a", 7]}, {"urls": [7]}, ["no object"]):
                async with client.post("/feed", json=body):
                    pass
            for path in ("/healthz", "/healthz", "/openapi.json", "/wp-admin", "/feed"):
                async with client.get(path):
                    pass
    finally:
        await runner.cleanup()

    metrics = telemetry.metrics
    answers = {key: one._value.get() for key, one in metrics.answers.items() if one._value.get()}
    assert answers[("feed", "202")] == 1
    assert answers[("feed", "405")] == 1
    assert answers[("openapi", "200")] == 1
    assert answers[("other", "404")] == 1
    assert sum(answers.values()) == 6  # /healthz is not one
    assert metrics.rows["accepted"]._value.get() == len(outbox.sent) == 1
    assert metrics.rows["refused"]._value.get() >= 2


async def test_polls_and_what_they_feed_are_counted():
    site = Site({"/feed": rss("b", "a"), "/robots.txt": ""})
    telemetry = Telemetry()
    with embedded_broker() as connection:
        async with (
            serving(site.answer) as host,
            watching(
                connection,
                settings_of(host),
                quickly(f"http://{host}/feed"),
                quickly(f"http://{host}/gone"),
                telemetry=telemetry,
            ) as stage,
        ):
            names = await fed(connection, at_least=2)
            polls = telemetry.metrics.polls
            await until(lambda: polls["unchanged"]._value.get() >= 2 and polls["problem"]._value.get() >= 1)
            sizes = stage.sizes()
    assert telemetry.metrics.entries._value.get() == len(names) == 2
    assert polls["new"]._value.get() == 1
    assert sizes == {"chistovik_watch_watches": 2, "chistovik_watch_failing": 1}


async def test_the_exposition_is_well_formed_and_every_label_is_from_a_short_list(tmp_path: Path):
    async with line(tmp_path) as made, made.worker(*STAGES) as worker:
        idle = await worker.scrape()
        await made.feed(*FIRST, MENU, COPY, *BROKEN)
        found = await worker.scrape_when("chistovik_outcomes_total", len(FIRST) + 4)
    ours = [one for one in found.samples if one.name.startswith("chistovik_")]
    # Not a series more than before the first page: no label comes from what is processed
    assert {(one.name, *sorted(one.labels.items())) for one in ours} == {
        (one.name, *sorted(one.labels.items())) for one in idle.samples if one.name.startswith("chistovik_")
    }
    assert len(ours) < 400
    for one in ours:
        for name, value in one.labels.items():
            if name == "partition":
                assert re.fullmatch("[0-9]{1,3}", value)
            elif name == "le":
                assert value == "+Inf" or float(value) >= 0
            elif name not in {"version", "python"}:
                assert re.fullmatch("[a-z0-9-]{1,30}", value), one
    for family in found.families.values():
        assert family.documentation
        if family.name.startswith("chistovik_") and family.type == "counter":
            assert all(one.name.endswith("_total") for one in family.samples)
    assert "_created" not in found.text
    if promtool := shutil.which("promtool"):
        check = partial(subprocess.run, input=found.text, capture_output=True, text=True, check=False)
        said = await asyncio.to_thread(check, [promtool, "check", "metrics"])
        assert (said.returncode, said.stderr) == (0, "")


def test_every_outcome_that_can_be_has_a_series_of_its_own():
    """A new reason or kinship cannot be forgotten: it would be counted as `other`."""
    known = Telemetry().metrics
    assert {topic for topic, _ in known.outcomes} == set(OUTCOMES)
    assert {kind for topic, kind in known.outcomes if topic == "discarded"} == set(Reason)
    assert {kind for topic, kind in known.outcomes if topic == "duplicates"} == set(Kinship)
    assert {kind for topic, kind in known.outcomes if topic == "articles"} == set(
        get_args(get_type_hints(Article)["event"])
    )
    assert set(known.judged) == {*Kinship, *Decision} - {Decision.DUPLICATE}
    assert set(known.settled) >= set(Reason)


def test_a_value_that_is_in_no_list_is_counted_as_other():
    metrics = Telemetry().metrics
    metrics.outcomes["dead-letters", "https://evil.example/"].inc()
    metrics.requests["7xx"].inc()
    metrics.answers["feed", "418"].inc()

    assert (
        metrics.registry.get_sample_value("chistovik_outcomes_total", {"topic": "dead-letters", "kind": "other"}) == 1
    )
    assert metrics.registry.get_sample_value("chistovik_web_requests_total", {"status": "other"}) == 1
    assert (
        metrics.registry.get_sample_value("chistovik_serve_requests_total", {"route": "feed", "status": "other"}) == 1
    )
