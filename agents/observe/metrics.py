"""What is counted: the metrics of a process, what each means and which values its labels may have.

The gauges that are read off the stages at a scrape are backlog.py's. Labels come from closed lists: no host, URL or id
is one. Nothing is global: a process has its `Metrics`, a test too.
"""

from __future__ import annotations

import platform
from itertools import product
from typing import TYPE_CHECKING, Any, TypeVar

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.metrics import MetricWrapperBase

from pipeline.records.reason import Reason
from pipeline.records.verdict import Decision, Kinship
from pipeline.topics import ARTICLES, DEAD_LETTERS, DISCARDED, DUPLICATES, STAGES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

OTHER = "other"  # what is in no list: a label never has a value that came from outside
CLEANED = ("document", "refusal", "failure")
BROKE = ("timeout", "died", "memory", "raised")
JUDGED = (*Kinship, *(one for one in Decision if one is not Decision.DUPLICATE))
LEDGER_SOURCES = ("snapshot", "memory", "changelog")
SETTLED = ("page", "failed", *Reason)
LATER = ("retry", "rest")
ANSWERS = ("2xx", "3xx", "4xx", "5xx", "none", OTHER)
POLLS = ("new", "nothing", "unchanged", "problem")
STATUSES = ("200", "202", "400", "401", "404", "405", "408", "413", "415", "421", "422", "500", "503", OTHER)
ROUTES = ("feed", "openapi", OTHER)
OUTCOMES = (
    *((ARTICLES.name, event) for event in ("created", "updated")),
    *((DUPLICATES.name, kinship) for kinship in Kinship),
    *((DISCARDED.name, reason) for reason in Reason),
    *((DEAD_LETTERS.name, stage) for stage in ("clean", "fetch", OTHER)),
)
PAGE_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
WEB_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
BATCH_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
RECOVERY_SECONDS = (0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)
EVENTS = (1, 5, 10, 50, 100, 200, 500)

T = TypeVar("T", bound=MetricWrapperBase)


class Series(dict[Any, T]):
    """The series of a metric by the values of its labels: all of them from the start, so that rates begin at zero."""

    def __init__(self, metric: T, values: Iterable[tuple[str, ...]]) -> None:
        super().__init__()
        for found in values:
            self[found[0] if len(found) == 1 else found] = metric.labels(*found)

    def __missing__(self, key: Any) -> T:
        """Count what is in no list as `other`, alone or beside the first label's value."""
        return self[(key[0], OTHER) if isinstance(key, tuple) else OTHER]


class Metrics:
    """The metrics of a process, in a registry of their own. All can be counted; those of its stages are shown."""

    def __init__(self, stages: Iterable[str] = STAGES) -> None:
        self.registry = CollectorRegistry()
        self.stages = tuple(stages)
        disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for each
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self._shown: CollectorRegistry | None = self.registry
        self._of_stages()
        for make, of in (
            (self._of_cleaning, {"clean"}),
            (self._of_deduplication, {"dedupe"}),
            (self._of_publishing, {"publish"}),
            (self._of_fetching, {"fetch"}),
            (self._of_watching, {"watch"}),
            (self._of_the_web, {"fetch", "watch"}),
            (self._of_the_service, {"serve"}),
        ):
            self._shown = self.registry if of & set(self.stages) else None
            make()

    def _of_stages(self) -> None:
        self.build = Gauge(
            "chistovik_build_info",
            "What runs here; always 1.",
            ["version", "extractor", "python"],
            registry=self.registry,
        )
        self.commits = self._gauges(
            "chistovik_stage_last_commit_timestamp_seconds",
            "When a stage last finished a batch, a transaction or a poll; 0 before the first.",
            stage=self.stages,
        )
        self.rebalances = self._counters(
            "chistovik_stage_rebalances_total", "How often a stage was handed its partitions.", stage=self.stages
        )

    def _of_cleaning(self) -> None:
        self.pages = self._counters(
            "chistovik_clean_pages_total",
            "Pages that were cleaned and acknowledged, by what came of them; one that is cleaned again counts again.",
            result=CLEANED,
        )
        self.page_seconds = self._histogram(
            "chistovik_clean_page_seconds", "Time that a page took in its cleaning process.", PAGE_SECONDS
        )
        self.page_bytes = self._counter("chistovik_clean_page_bytes_total", "Bytes of the records of `pages` cleaned.")
        self.document_bytes = self._counter(
            "chistovik_clean_document_bytes_total", "Bytes of the records of `documents` written."
        )
        self.broke = self._counters(
            "chistovik_clean_crashes_total",
            "Pages whose cleaning took too long, ended its process, needed too much memory or raised.",
            why=BROKE,
        )

    def _of_deduplication(self) -> None:
        self.judged = self._counters(
            "chistovik_dedupe_documents_total",
            "New verdicts that Kafka has, by decision; of duplicates by kinship.",
            decision=JUDGED,
        )
        self.replayed = self._counter(
            "chistovik_dedupe_replayed_total", "Documents that had their verdict already: it was repeated."
        )
        self.recovery_seconds = self._histogram(
            "chistovik_dedupe_recovery_seconds",
            "Time until the ledger of a partition was read back, by where it began.",
            RECOVERY_SECONDS,
            source=LEDGER_SOURCES,
        )
        self.recovered = self._counter(
            "chistovik_dedupe_recovered_records_total", "Records of `verdicts` that were read back."
        )
        self.snapshot_seconds = self._histogram(
            "chistovik_dedupe_snapshot_seconds", "Time that writing a snapshot took.", RECOVERY_SECONDS
        )
        self.snapshot_bytes = self._counter(
            "chistovik_dedupe_snapshot_bytes_total", "Bytes of the snapshots that were written."
        )

    def _of_publishing(self) -> None:
        self.outcomes = self._counters(
            "chistovik_outcomes_total",
            "Events that were committed: each page once. `kind` is the event of an article, the kinship of a duplicate,"
            " the reason of a discarded page, the stage of a dead letter.",
            product_of=OUTCOMES,
            topic=(),
            kind=(),
        )
        self.transactions = self._histogram(
            "chistovik_publish_transaction_seconds", "Time that a transaction took.", BATCH_SECONDS
        )
        self.transaction_events = self._histogram(
            "chistovik_publish_transaction_events", "Events in a transaction.", EVENTS
        )
        self.published_bytes = self._counter("chistovik_publish_bytes_total", "Bytes of the events committed.")

    def _of_fetching(self) -> None:
        self.settled = self._counters(
            "chistovik_fetch_urls_total",
            "URLs that ended in a record of `pages`: with a body, given up, or refused for a reason; each once.",
            result=SETTLED,
        )
        self.later = self._counters(
            "chistovik_fetch_later_total",
            "URLs that were handed on to `urls-later`: tried again, or their host rests or has too many.",
            why=LATER,
        )

    def _of_the_web(self) -> None:
        self.requests = self._counters(
            "chistovik_web_requests_total",
            "Requests to web servers, for pages, robots.txt and listings; none: there was no answer.",
            status=ANSWERS,
        )
        self.request_seconds = self._histogram(
            "chistovik_web_request_seconds", "Time from a request to the end of its answer.", WEB_SECONDS
        )
        self.response_bytes = self._counter("chistovik_web_response_bytes_total", "Bytes of bodies, as they were sent.")

    def _of_watching(self) -> None:
        self.polls = self._counters("chistovik_watch_polls_total", "Polls of feeds and sitemaps.", result=POLLS)
        self.entries = self._counter("chistovik_watch_entries_total", "Entries of listings that were fed as URLs.")

    def _of_the_service(self) -> None:
        self.answers = self._counters(
            "chistovik_serve_requests_total",
            "Requests that the HTTP service answered.",
            product_of=tuple(product(ROUTES, STATUSES)),
            route=(),
            status=(),
        )
        self.answer_seconds = self._histogram(
            "chistovik_serve_request_seconds", "Time until POST /feed was answered.", WEB_SECONDS
        )
        self.rows = self._counters(
            "chistovik_serve_rows_total", "Rows of the requests that were answered.", result=("accepted", "refused")
        )

    def count(self, stage: str, result: str | tuple[str, str]) -> None:
        """Count a record that a stage has finished, by what came of it: the labels of the stage's counter."""
        counters = {
            "fetch": self.later if result in LATER else self.settled,
            "clean": self.pages,
            "dedupe": self.judged,
            "publish": self.outcomes,
            "watch": self.polls,
        }
        counters[stage][result].inc()

    def describe(self, *, version: str, extractor: str) -> None:
        """Say what runs here."""
        self.build.labels(version, extractor, platform.python_version()).set(1)

    # — how they are made —

    def _counter(self, name: str, says: str) -> Counter:
        return Counter(name, says, registry=self._shown)

    def _counters(
        self, name: str, says: str, product_of: Sequence[tuple[str, ...]] = (), **labels: Sequence[str]
    ) -> Series[Counter]:
        metric = Counter(name, says, list(labels), registry=self._shown)
        return Series(metric, product_of or product(*labels.values()))

    def _gauges(self, name: str, says: str, **labels: Sequence[str]) -> Series[Gauge]:
        return Series(Gauge(name, says, list(labels), registry=self._shown), product(*labels.values()))

    def _histogram(self, name: str, says: str, buckets: Sequence[float], **labels: Sequence[str]) -> Any:
        metric = Histogram(name, says, list(labels), buckets=buckets, registry=self._shown)
        return Series(metric, product(*labels.values())) if labels else metric
