"""Traces: one a page over all hops, with the right parents; a collector that is down holds nothing up."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections import Counter, defaultdict
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web as http
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from agents.errors import SettingsError
from agents.feed.send import feed_target
from agents.kafka.outbox import KafkaOutbox
from agents.observe import tracing
from agents.observe.tracing import traces_of
from agents.settings import Settings
from pipeline.records.target import Target
from pipeline.records.wire import encode
from pipeline.topics import OUTCOMES, PAGES, URLS, VERDICTS
from pipeline.topics.headers import header
from pipeline.topics.traceparent import TRACEPARENT, read
from tests.support.observed import PREFIX, line
from tests.support.pages import BROKEN, FIRST, MENU
from tests.support.patience import SECONDS
from tests.support.ports import nobody
from tests.support.web import Web, running_web

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

STAGES = ("clean", "dedupe", "publish")


@dataclass
class Collector:
    """An OTLP receiver on loopback: the spans that were sent to it."""

    port: int = 0
    requests: list[ExportTraceServiceRequest] = field(default_factory=list)

    async def take(self, request: http.Request) -> http.Response:
        assert request.content_type == "application/x-protobuf"
        self.requests.append(ExportTraceServiceRequest.FromString(await request.read()))
        return http.Response(content_type="application/x-protobuf")

    @property
    def spans(self) -> list[Any]:
        return [
            span
            for request in self.requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    @property
    def services(self) -> set[str]:
        return {
            one.value.string_value
            for request in self.requests
            for resource in request.resource_spans
            for one in resource.resource.attributes
            if one.key == "service.name"
        }

    def traces(self) -> dict[str, dict[str, Any]]:
        """The spans by trace and by name; each name once a trace."""
        found: dict[str, dict[str, Any]] = defaultdict(dict)
        for span in self.spans:
            assert span.name not in found[span.trace_id.hex()]
            found[span.trace_id.hex()][span.name] = span
        return found


@asynccontextmanager
async def collecting() -> AsyncIterator[Collector]:
    """Receive spans; a busy machine may take longer to send them than those who leave wait for a collector."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("EXPORT_SECONDS", "LEAVING_SECONDS"):
            patch.setattr(tracing, name, SECONDS)
        async with _receiving() as collector:
            yield collector


@asynccontextmanager
async def _receiving() -> AsyncIterator[Collector]:
    collector = Collector()
    app = http.Application(client_max_size=1 << 26)
    app.add_routes([http.post("/v1/traces", collector.take)])
    runner = http.AppRunner(app, access_log=None)
    await runner.setup()
    await http.TCPSite(runner, "127.0.0.1", 0).start()
    collector.port = runner.addresses[0][1]
    try:
        yield collector
    finally:
        await runner.cleanup()


def said(span: Any) -> dict[str, str]:
    return {one.key: one.value.string_value for one in span.attributes}


def traceparent(record: Any) -> Any:
    found = read(header(record.headers, TRACEPARENT))
    assert found is not None
    return found


@pytest.fixture
def web() -> Iterator[Web]:
    with running_web() as made:
        yield made


async def test_a_page_is_one_trace_from_its_url_to_its_outcome(web: Web, tmp_path: Path):
    urls = [web.url("news-01.test", f"/article/{number}") for number in range(3)] + [web.url("status.test", "/404")]
    async with collecting() as collector:
        traced = {"CHISTOVIK_TRACES": f"http://127.0.0.1:{collector.port}", "CHISTOVIK_TRACES_RATIO": "1"}
        env = web.settings(tmp_path) | {"CHISTOVIK_FETCH_PACE": "0"} | traced
        async with line(tmp_path, **env) as made, made.worker("fetch", *STAGES) as worker:
            async with made.connection.producer("test") as producer:
                outbox = KafkaOutbox(producer, PREFIX)
                for url in urls:
                    target = Target(url=url, submitted_at=datetime.now(UTC))
                    sent = await feed_target(target, outbox, value=encode(target), traces=worker.telemetry.traces)
                    await sent
            events = await made.outcomes(len(urls))
            verdicts = await made.read(VERDICTS.name)
            records = [await made.read(name) for name in (URLS.name, PAGES.name)]
        # The workers have left: what was in their queues has been sent
    found = collector.traces()

    assert len(found) == len(urls)
    assert collector.services == {"chistovik"}
    for trace, spans in found.items():
        assert set(spans) == {"feed", "fetch", *STAGES}
        chain = [spans[name] for name in ("feed", "fetch", *STAGES)]
        assert chain[0].parent_span_id == b""
        for above, below in pairwise(chain):
            assert below.parent_span_id == above.span_id
            assert below.trace_id.hex() == trace
            assert below.start_time_unix_nano <= below.end_time_unix_nano
        assert len({span.span_id for span in chain}) == 5
        assert {said(span)["chistovik.page_id"] for span in chain[2:]} == {said(chain[-1])["chistovik.page_id"]}
        assert {said(span)["url.full"] for span in chain} == {said(chain[0])["url.full"]}
    ends = Counter(said(spans["publish"])["chistovik.outcome"] for spans in found.values())
    assert ends["discarded: not-found"] == 1
    assert {said(spans["feed"])["url.full"] for spans in found.values()} == set(urls)
    # The records name the spans that wrote them
    for name, every in (("feed", records[0]), ("fetch", records[1]), ("dedupe", verdicts)):
        assert {traceparent(one).span for one in every} == {spans[name].span_id.hex() for spans in found.values()}
    outcomes = [one for topic in OUTCOMES for one in events[topic]]
    assert {(traceparent(one).trace, traceparent(one).span) for one in outcomes} == {
        (trace, spans["publish"].span_id.hex()) for trace, spans in found.items()
    }
    assert all(traceparent(one).is_sampled for one in outcomes)


async def test_what_goes_wrong_is_an_error_in_its_span(tmp_path: Path):
    async with collecting() as collector:
        traced = {"CHISTOVIK_TRACES": f"http://127.0.0.1:{collector.port}/", "CHISTOVIK_TRACES_RATIO": "1"}
        async with line(tmp_path, **traced) as made, made.worker(*STAGES):
            await made.feed(*FIRST[:2], MENU, BROKEN[0])
            await made.outcomes(4)
    errors = [span for span in collector.spans if span.status.code == 2]

    assert Counter(span.name for span in errors) == {"clean": 1, "publish": 1}
    assert all(span.status.message.startswith("not a page") for span in errors)
    assert len(collector.traces()) == 4


@pytest.mark.parametrize(("ratio", "fewest", "most"), [("0", 0, 0), ("0.5", 1, 11), ("1", 12, 12)])
async def test_the_ratio_chooses_whole_traces(tmp_path: Path, ratio: str, fewest: int, most: int):
    async with collecting() as collector:
        traced = {"CHISTOVIK_TRACES": f"http://127.0.0.1:{collector.port}", "CHISTOVIK_TRACES_RATIO": ratio}
        async with line(tmp_path, **traced) as made, made.worker(*STAGES):
            await made.feed(*FIRST)
            events = await made.outcomes(len(FIRST))
            verdicts = await made.read(VERDICTS.name)
    found = collector.traces()

    assert fewest <= len(found) <= most
    assert all(set(spans) == set(STAGES) for spans in found.values())
    outcomes = [traceparent(one) for topic in OUTCOMES for one in events[topic]]
    assert {one.trace for one in outcomes if one.is_sampled} == set(found)
    assert len([one for one in verdicts if header(one.headers, TRACEPARENT)]) == len(found)


@pytest.mark.parametrize("collector", ["refuses", "is silent"])
async def test_a_collector_that_is_down_holds_nothing_up(tmp_path: Path, collector: str):
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        if collector == "is silent":
            bound.listen()  # and accept nothing
        traced = {"CHISTOVIK_TRACES": f"http://127.0.0.1:{bound.getsockname()[1]}", "CHISTOVIK_TRACES_RATIO": "1"}
        async with line(tmp_path, **traced) as made, made.worker(*STAGES) as worker:
            await made.feed(*FIRST)
            await made.outcomes(len(FIRST))
            found = await worker.scrape_when("chistovik_outcomes_total", len(FIRST))
            assert found.series("chistovik_stage_up", "stage") == dict.fromkeys(STAGES, 1)


def test_spans_that_are_never_taken_are_left_behind(monkeypatch: pytest.MonkeyPatch):
    traces, held = traces_of(Settings(traces=f"http://{nobody()}"), "1"), threading.Event()
    assert traces is not None
    monkeypatch.setattr(tracing, "LEAVING_SECONDS", 0.1)
    with monkeypatch.context() as patch:
        patch.setattr(traces._provider, "shutdown", held.wait)
        traces.close()  # else it would wait for ever
        assert not held.is_set()
        held.set()
    traces.close()


def test_where_traces_are_off_nothing_of_opentelemetry_is_loaded():
    code = (
        "import sys, agents.run.app, agents.run.worker, agents.cli, agents.fetch.stage, agents.observe.tracing as t;"
        "from agents.settings import Settings; assert t.traces_of(Settings(), '1') is None;"
        "print([name for name in sys.modules if name.startswith(('opentelemetry', 'google.protobuf', 'requests'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("env", "what"),
    [
        ({"CHISTOVIK_TRACES": "localhost:4318"}, "expected an OTLP endpoint"),
        ({"CHISTOVIK_TRACES": "grpc://localhost:4317"}, "expected an OTLP endpoint"),
        ({"CHISTOVIK_TRACES": "http://localhost:4318", "CHISTOVIK_TRACES_RATIO": "2"}, "share from 0 to 1"),
    ],
)
def test_what_cannot_be_used_is_said_in_a_line(env: dict[str, str], what: str):
    with pytest.raises(SettingsError, match=what):
        traces_of(Settings.from_env(env), "1")
