"""The metrics of a process: their meaning, and the possible values of their labels.

backlog.py has the gauges that are read from the stages at a scrape. Labels come from closed lists: no host, URL or id
is a label. Nothing is global: each process and each test has its own `Metrics`.
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

OTHER = "other"  # any value that is not in a list: a label never has a value from outside
CLEANED = ("document", "refusal", "failure")
BROKE = ("timeout", "died", "memory", "raised")
JUDGED = (*Kinship, *(decision for decision in Decision if decision is not Decision.DUPLICATE))
LEDGER_SOURCES = ("snapshot", "memory", "changelog")
REPAIRS = ("published", "kept")
AUDITED = ("audited", "in-flight", "missing", "twice")
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
    """The series of a metric by label values. All exist from the start, so that rates begin at zero."""

    def __init__(self, metric: T, values: Iterable[tuple[str, ...]]) -> None:
        super().__init__()
        for labels in values:
            self[labels[0] if len(labels) == 1 else labels] = metric.labels(*labels)

    def __missing__(self, key: Any) -> T:
        """Return the series `other` for an unknown value; with two labels, the first one is kept."""
        return self[(key[0], OTHER) if isinstance(key, tuple) else OTHER]


class Metrics:
    """The metrics of a process, in their own registry. Only the metrics of its stages are exported."""

    def __init__(self, stages: Iterable[str] = STAGES) -> None:
        self.registry = CollectorRegistry()
        self.stages = tuple(stages)
        disable_created_metrics()  # type: ignore[no-untyped-call]  # they would double the number of series
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
            "Version of this process; always 1.",
            ["version", "extractor", "python"],
            registry=self.registry,
        )
        self.commits = self._gauges(
            "chistovik_stage_last_commit_timestamp_seconds",
            "When a stage last finished a batch, a transaction or a poll; 0 before the first.",
            stage=self.stages,
        )
        self.rebalances = self._counters(
            "chistovik_stage_rebalances_total", "How often a stage was assigned partitions.", stage=self.stages
        )

    def _of_cleaning(self) -> None:
        self.pages = self._counters(
            "chistovik_clean_pages_total",
            "Pages cleaned and acknowledged, by result; a page that is cleaned again counts again.",
            result=CLEANED,
        )
        self.page_seconds = self._histogram(
            "chistovik_clean_page_seconds", "Time to clean a page in a cleaning process.", PAGE_SECONDS
        )
        self.page_bytes = self._counter("chistovik_clean_page_bytes_total", "Bytes of the cleaned records of `pages`.")
        self.document_bytes = self._counter(
            "chistovik_clean_document_bytes_total", "Bytes of the records written to `documents`."
        )
        self.broke = self._counters(
            "chistovik_clean_crashes_total",
            "Pages whose cleaning timed out, killed its process, ran out of memory or raised an error.",
            why=BROKE,
        )

    def _of_deduplication(self) -> None:
        self.judged = self._counters(
            "chistovik_dedupe_documents_total",
            "New verdicts that Kafka has acknowledged, by decision; duplicates by their kind.",
            decision=JUDGED,
        )
        self.replayed = self._counter(
            "chistovik_dedupe_replayed_total", "Documents that already had a verdict, which was repeated."
        )
        self.recovery_seconds = self._histogram(
            "chistovik_dedupe_recovery_seconds",
            "Time to restore the ledger of a partition, by starting point.",
            RECOVERY_SECONDS,
            source=LEDGER_SOURCES,
        )
        self.recovered = self._counter(
            "chistovik_dedupe_recovered_records_total", "Records of `verdicts` that were read to restore ledgers."
        )
        self.snapshot_seconds = self._histogram(
            "chistovik_dedupe_snapshot_seconds", "Time to write a snapshot.", RECOVERY_SECONDS
        )
        self.snapshot_bytes = self._counter("chistovik_dedupe_snapshot_bytes_total", "Bytes of the snapshots written.")

    def _of_publishing(self) -> None:
        self.outcomes = self._counters(
            "chistovik_outcomes_total",
            "Events committed, one per page. `kind` is created or updated for an article, the kind of a duplicate,"
            " the reason of a discarded page, or the stage of a dead letter.",
            product_of=OUTCOMES,
            topic=(),
            kind=(),
        )
        self.transactions = self._histogram(
            "chistovik_publish_transaction_seconds", "Duration of a transaction.", BATCH_SECONDS
        )
        self.transaction_events = self._histogram(
            "chistovik_publish_transaction_events", "Events in a transaction.", EVENTS
        )
        self.published_bytes = self._counter("chistovik_publish_bytes_total", "Bytes of the committed events.")
        self.repaired = self._counters(
            "chistovik_publish_repaired_total",
            "Events of transactions that Kafka confirmed and did not end: published again because nobody could read"
            " them, or kept because they were visible.",
            repair=REPAIRS,
        )
        self.audited = self._gauges(
            "chistovik_audit_pages",
            "Pages of the last audit of the newest pages: audited, in flight, without an outcome, with more than one."
            " One worker of publish audits; 0 in the others.",
            result=AUDITED,
        )
        self.audit_ended = Gauge(
            "chistovik_audit_timestamp_seconds",
            "End of the last audit, or when this worker began to audit; 0 in workers that do not audit.",
            registry=self._shown,
        )
        self.audit_window = Gauge(
            "chistovik_audit_window_seconds", "How far back the last audit looked.", registry=self._shown
        )
        self.audit_failures = self._counter(
            "chistovik_audit_failures_total",
            "Audits that failed: Kafka did not answer, a transaction hangs, or too many records wait.",
        )

    def _of_fetching(self) -> None:
        self.settled = self._counters(
            "chistovik_fetch_urls_total",
            "URLs finished with a record of `pages`: fetched, given up, or refused for a reason; each counts once.",
            result=SETTLED,
        )
        self.later = self._counters(
            "chistovik_fetch_later_total",
            "URLs moved to `urls-later`: for a retry, or because their host is paused or has too many URLs.",
            why=LATER,
        )

    def _of_the_web(self) -> None:
        self.requests = self._counters(
            "chistovik_web_requests_total",
            "Requests to web servers, for pages, robots.txt and listings; status none: no answer.",
            status=ANSWERS,
        )
        self.request_seconds = self._histogram(
            "chistovik_web_request_seconds", "Time from a request to the end of its answer.", WEB_SECONDS
        )
        self.response_bytes = self._counter(
            "chistovik_web_response_bytes_total", "Bytes of response bodies, as they were sent (compressed)."
        )

    def _of_watching(self) -> None:
        self.polls = self._counters("chistovik_watch_polls_total", "Polls of feeds and sitemaps.", result=POLLS)
        self.entries = self._counter("chistovik_watch_entries_total", "Entries of listings that were fed as URLs.")

    def _of_the_service(self) -> None:
        self.answers = self._counters(
            "chistovik_serve_requests_total",
            "Requests answered by the HTTP service.",
            product_of=tuple(product(ROUTES, STATUSES)),
            route=(),
            status=(),
        )
        self.answer_seconds = self._histogram(
            "chistovik_serve_request_seconds", "Time until POST /feed was answered.", WEB_SECONDS
        )
        self.rows = self._counters(
            "chistovik_serve_rows_total", "Rows of the answered requests.", result=("accepted", "refused")
        )

    def count(self, stage: str, result: str | tuple[str, str]) -> None:
        """Count a finished record of a stage under its result, the labels of the stage's counter."""
        counters = {
            "fetch": self.later if result in LATER else self.settled,
            "clean": self.pages,
            "dedupe": self.judged,
            "publish": self.outcomes,
            "watch": self.polls,
        }
        counters[stage][result].inc()

    def describe(self, *, version: str, extractor: str) -> None:
        """Set the labels of the build metric."""
        self.build.labels(version, extractor, platform.python_version()).set(1)

    # — making metrics —

    def _counter(self, name: str, help_text: str) -> Counter:
        return Counter(name, help_text, registry=self._shown)

    def _counters(
        self, name: str, help_text: str, product_of: Sequence[tuple[str, ...]] = (), **labels: Sequence[str]
    ) -> Series[Counter]:
        metric = Counter(name, help_text, list(labels), registry=self._shown)
        return Series(metric, product_of or product(*labels.values()))

    def _gauges(self, name: str, help_text: str, **labels: Sequence[str]) -> Series[Gauge]:
        return Series(Gauge(name, help_text, list(labels), registry=self._shown), product(*labels.values()))

    def _histogram(self, name: str, help_text: str, buckets: Sequence[float], **labels: Sequence[str]) -> Any:
        metric = Histogram(name, help_text, list(labels), buckets=buckets, registry=self._shown)
        return Series(metric, product(*labels.values())) if labels else metric
