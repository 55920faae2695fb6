"""What being watched costs: nanoseconds of CPU time a message, the best of seven rounds. python -m tests.bench.telemetry."""

from __future__ import annotations

import sys
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from prometheus_client import generate_latest

from agents.clean import stage as clean
from agents.clean.record import CleanReport
from agents.dedupe import stage as dedupe
from agents.observe.telemetry import Telemetry
from agents.observe.tracing import Traces
from agents.publish.stage import Publisher
from agents.stage.delivery import Delivery
from pipeline.article.message import message_of
from pipeline.records.article import Discarded
from pipeline.records.document import Provenance
from pipeline.records.reason import Reason
from pipeline.records.verdict import Decision, Verdict
from pipeline.topics.traceparent import child_of

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 7


def tell(name: str, work: Callable[[], object], *, times: int, messages: int = 1) -> None:
    """Time a piece of work that is done for so many messages at once."""
    best = float("inf")
    for _ in range(ROUNDS):
        begin = time.process_time_ns()
        for _ in range(times):
            work()
        best = min(best, (time.process_time_ns() - begin) / times / messages)
    sys.stdout.write(f"{name:52}{best:9.0f} ns\n")


def main() -> None:
    """Print a line for each."""
    telemetry = Telemetry()
    metrics = telemetry.metrics

    pages = [Delivery(topic="pages", partition=0, offset=number, value=b"x" * 1000) for number in range(16)]
    report = CleanReport(result="document", url="u", began=1.0, seconds=0.01)

    def cleaned() -> None:
        for page in pages:
            clean._report(page, "id", report, telemetry)

    tell("clean: a page, in batches of 16", cleaned, times=1000, messages=16)

    verdict = Verdict(
        document_partition=0, document_offset=1, decision=Decision.CREATED, page_id="p", page_partition=0, page_offset=1
    )
    judged = [dedupe.Judged(pages[0], verdict, "u", is_new=True)] * 200

    def decided() -> None:
        for one in judged:
            dedupe._report(one, telemetry, 1.0)

    tell("dedupe: a document, in batches of 200", decided, times=200, messages=200)

    source = Provenance(page_id="p", topic="pages", partition=0, offset=1)
    event = Discarded(reason=Reason.EMPTY, page_id="p", url="u", provenance=source)
    events = [message_of(event, prefix="n.", parent=None)] * 200
    publisher: Any = SimpleNamespace(_telemetry=telemetry)
    tell(
        "publish: an event, 200 a transaction",
        lambda: Publisher._report(publisher, events, 1.0),
        times=200,
        messages=200,
    )

    def fetched() -> None:
        metrics.settled["page"].inc()
        metrics.requests["2xx"].inc()
        metrics.request_seconds.observe(0.1)
        metrics.response_bytes.inc(100)

    tell("fetch: a URL", fetched, times=20_000)
    parent = child_of(None, "feed", "x", ratio=1)
    own = child_of(parent, "clean", "pages/0/1")
    tell("traceparent of a hop, traces on or off", lambda: child_of(parent, "clean", "pages/0/1"), times=20_000)

    traces = Traces("http://127.0.0.1:9/v1/traces", 1.0, version="1")
    span: dict[str, Any] = {"began": 1.0, "ended": 2.0, "outcome": "document", "page_id": "x", "url": "http://u/"}
    tell("a span that is recorded", lambda: traces.span("clean", own, parent, **span), times=1000)
    unchosen = own[:-2] + b"00"
    tell("a span that is not, traces on", lambda: traces.span("clean", unchosen, parent, **span), times=10_000)
    tell("/metrics of all stages in one process", lambda: generate_latest(metrics.registry), times=20)
    sys.stdout.write(f"{'its size':52}{len(generate_latest(metrics.registry)):9} bytes\n")
    traces.close()


if __name__ == "__main__":
    main()
