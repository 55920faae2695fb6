"""Grafana's dashboards as one table. `agents/observe/grafana.py` converts it to Grafana's JSON.

A panel has a title, a unit and lines: PromQL with a legend for each. Every metric in it must exist.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel; `lines` are pairs of PromQL and legend."""

    title: str
    unit: str  # Grafana's unit: short, s, bytes, ops, percentunit …
    lines: tuple[tuple[str, str], ...]
    description: str = ""
    width: int = 12
    kind: str = "timeseries"  # or "stat"
    stacked: bool = False
    optional: bool = False  # may be empty: its stage may not run, or no such event may have happened


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A dashboard: its panels from left to right and from top to bottom."""

    name: str
    title: str
    panels: tuple[Panel, ...]


def _quantiles(metric: str, *by: str) -> tuple[tuple[str, str], ...]:
    labels, legend = ", ".join(("le", *by)), "".join(f" {{{{{label}}}}}" for label in by)
    return tuple(
        (f"histogram_quantile({share}, sum by ({labels}) (rate({metric}_bucket[5m])))", f"p{share * 100:g}{legend}")
        for share in (0.5, 0.95, 0.99)
    )


def _mean(metric: str, by: str) -> str:
    total, count = (f"sum by ({by}) ({metric}_{part})" for part in ("sum", "count"))
    return f"{total} / ({count} > 0)"


OVERVIEW = Dashboard(
    "overview",
    "Chistovik: overview",
    (
        Panel("Stages up", "short", (("sum by (stage) (chistovik_stage_up)", "{{stage}}"),), kind="stat", width=8),
        Panel(
            "Oldest waiting record",
            "s",
            (("stage:chistovik_stage_oldest_seconds:max", "{{stage}}"),),
            kind="stat",
            width=8,
            description="URLs in urls-later that wait for their retry time are not counted.",
        ),
        Panel(
            "Events in the last hour",
            "short",
            (("sum by (topic) (increase(chistovik_outcomes_total[1h]))", "{{topic}}"),),
            kind="stat",
            width=8,
        ),
        Panel(
            "Flow",
            "ops",
            (
                ("sum(rate(chistovik_clean_pages_total[5m]))", "pages cleaned"),
                ("sum(rate(chistovik_dedupe_documents_total[5m]))", "documents judged"),
                ("sum(rate(chistovik_outcomes_total[5m]))", "events published"),
            ),
            description="If the lines stay apart for long, a stage is too slow.",
        ),
        Panel("Events by topic", "ops", (("topic:chistovik_outcomes:rate5m", "{{topic}}"),), stacked=True),
        Panel("Waiting records", "short", (("stage:chistovik_stage_lag_records:sum", "{{stage}}"),)),
        Panel("Age of the oldest waiting record", "s", (("stage:chistovik_stage_oldest_seconds:max", "{{stage}}"),)),
        Panel(
            "Discarded pages, by reason",
            "ops",
            (('sum by (kind) (rate(chistovik_outcomes_total{topic="discarded"}[5m])) > 0', "{{kind}}"),),
            stacked=True,
        ),
        Panel(
            "Duplicates, by kind",
            "ops",
            (('sum by (kind) (rate(chistovik_outcomes_total{topic="duplicates"}[5m]))', "{{kind}}"),),
            stacked=True,
        ),
        Panel(
            "Dead letters in the last hour",
            "short",
            (('sum by (kind) (increase(chistovik_outcomes_total{topic="dead-letters"}[1h]))', "failed in {{kind}}"),),
        ),
        Panel(
            "Seconds since the last commit",
            "s",
            (("time() - max by (stage) (chistovik_stage_last_commit_timestamp_seconds > 0)", "{{stage}}"),),
            description="A long time is normal while no records arrive.",
        ),
        Panel("Time to clean a page", "s", _quantiles("chistovik_clean_page_seconds")),
        Panel(
            "Pages whose cleaning failed",
            "short",
            (("sum by (why) (increase(chistovik_clean_crashes_total[1h]))", "{{why}}"),),
        ),
        Panel(
            "Bytes",
            "Bps",
            (
                ("sum(rate(chistovik_clean_page_bytes_total[5m]))", "pages in"),
                ("sum(rate(chistovik_clean_document_bytes_total[5m]))", "documents"),
                ("sum(rate(chistovik_publish_bytes_total[5m]))", "events out"),
            ),
        ),
        Panel("Duration of a transaction", "s", _quantiles("chistovik_publish_transaction_seconds")),
        Panel(
            "Audit of the newest pages",
            "short",
            (
                ('max by (result) (chistovik_audit_pages{result=~"missing|twice"})', "{{result}}"),
                ("sum by (repair) (increase(chistovik_publish_repaired_total[1h]))", "repaired: {{repair}}"),
            ),
            description="Both must be 0. Repaired events were left in the middle by Kafka; they break no promise.",
        ),
    ),
)

FETCHING = Dashboard(
    "fetch",
    "Chistovik: fetching, watching, serving",
    (
        Panel(
            "URLs finished",
            "ops",
            (("sum by (result) (rate(chistovik_fetch_urls_total[5m])) > 0", "{{result}}"),),
            stacked=True,
            optional=True,
        ),
        Panel(
            "Requests to the web, by status",
            "ops",
            (("sum by (status) (rate(chistovik_web_requests_total[5m]))", "{{status}}"),),
            stacked=True,
            optional=True,
        ),
        Panel(
            "Waiting URLs",
            "short",
            (
                ("sum(chistovik_fetch_waiting_urls)", "in memory, waiting for their host"),
                ('sum(chistovik_stage_lag_records{stage="fetch",topic="urls"})', "in urls"),
                ('sum(chistovik_stage_lag_records{stage="fetch",topic="urls-later"})', "in urls-later"),
            ),
            optional=True,
        ),
        Panel(
            "Work in progress",
            "short",
            (
                ("sum(chistovik_fetch_settling)", "URLs in progress"),
                ("sum(chistovik_fetch_waiting_hosts)", "hosts with a queue"),
            ),
            optional=True,
        ),
        Panel("Duration of a web request", "s", _quantiles("chistovik_web_request_seconds"), optional=True),
        Panel(
            "Bytes from the web",
            "Bps",
            (("sum(rate(chistovik_web_response_bytes_total[5m]))", "response bodies, compressed"),),
            optional=True,
        ),
        Panel(
            "URLs moved to urls-later",
            "ops",
            (("sum by (why) (rate(chistovik_fetch_later_total[5m]))", "{{why}}"),),
            optional=True,
        ),
        Panel(
            "Polls of feeds and sitemaps",
            "ops",
            (("sum by (result) (rate(chistovik_watch_polls_total[5m]))", "{{result}}"),),
            stacked=True,
            optional=True,
        ),
        Panel(
            "Watches",
            "short",
            (
                ("sum(chistovik_watch_watches)", "watched"),
                ("sum(chistovik_watch_failing)", "failing feeds and sitemaps"),
                ("sum(increase(chistovik_watch_entries_total[1h]))", "entries fed in the last hour"),
            ),
            optional=True,
        ),
        Panel(
            "Requests to the service",
            "ops",
            (("sum by (status) (rate(chistovik_serve_requests_total[5m])) > 0", "{{status}}"),),
            stacked=True,
            optional=True,
        ),
        Panel(
            "Rows sent to the service",
            "ops",
            (("sum by (result) (rate(chistovik_serve_rows_total[5m]))", "{{result}}"),),
            optional=True,
        ),
        Panel("Response time of POST /feed", "s", _quantiles("chistovik_serve_request_seconds"), optional=True),
    ),
)

DEDUPE = Dashboard(
    "dedupe",
    "Chistovik: duplicates and their state",
    (
        Panel(
            "Verdicts",
            "ops",
            (("sum by (decision) (rate(chistovik_dedupe_documents_total[5m])) > 0", "{{decision}}"),),
            stacked=True,
        ),
        Panel(
            "Repeated verdicts",
            "ops",
            (("sum(rate(chistovik_dedupe_replayed_total[5m]))", "replayed"),),
            description="Happens only after a restart or a rebalance.",
        ),
        Panel(
            "Documents in the window",
            "short",
            (
                ("sum(chistovik_dedupe_claims)", "claims"),
                ("sum(chistovik_dedupe_verdicts)", "stored verdicts"),
            ),
        ),
        Panel("Memory of the ledgers", "bytes", (("chistovik_dedupe_ledger_bytes", "{{instance}}"),)),
        Panel("Open partitions", "short", (("chistovik_dedupe_partitions", "{{instance}}"),)),
        Panel(
            "Waiting documents",
            "short",
            (('chistovik_stage_lag_records{stage="dedupe"}', "partition {{partition}}"),),
            description="By partition. One partition uses one CPU core.",
        ),
        Panel(
            "Partitions restored since the start",
            "short",
            (("sum by (source) (chistovik_dedupe_recovery_seconds_count)", "from {{source}}"),),
            description="Total counts: a process restores its state before the first scrape, so no increase is seen.",
        ),
        Panel(
            "Time to restore a partition",
            "s",
            ((_mean("chistovik_dedupe_recovery_seconds", "source"), "from {{source}}"),),
        ),
        Panel(
            "Snapshots",
            "bytes",
            (("sum(increase(chistovik_dedupe_snapshot_bytes_total[1h]))", "bytes in the last hour"),),
        ),
        Panel(
            "Records restored since the start",
            "short",
            (("sum by (instance) (chistovik_dedupe_recovered_records_total)", "{{instance}}"),),
        ),
    ),
)

PROCESSES = Dashboard(
    "processes",
    "Chistovik: processes",
    (
        Panel(
            "CPU of the main process",
            "percentunit",
            (('rate(process_cpu_seconds_total{job="chistovik"}[5m])', "{{service}} {{instance}}"),),
            description="Without the cleaning processes, which are separate.",
        ),
        Panel(
            "Memory used, share of the limit",
            "percentunit",
            (
                (
                    "chistovik_memory_working_set_bytes / chistovik_memory_limit_bytes",
                    "{{service}} {{instance}}",
                ),
            ),
            description="Of the control group, including child processes.",
            optional=True,
        ),
        Panel(
            "Memory of the main process",
            "bytes",
            (('process_resident_memory_bytes{job="chistovik"}', "{{service}} {{instance}}"),),
        ),
        Panel(
            "Time since the start",
            "s",
            (('time() - process_start_time_seconds{job="chistovik"}', "{{service}} {{instance}}"),),
        ),
        Panel(
            "Rebalances in the last hour",
            "short",
            (("sum by (stage) (increase(chistovik_stage_rebalances_total[1h]))", "{{stage}}"),),
        ),
        Panel("Open files", "short", (('process_open_fds{job="chistovik"}', "{{service}} {{instance}}"),)),
        Panel(
            "Garbage collections",
            "ops",
            (('sum by (service, instance) (rate(python_gc_collections_total{job="chistovik"}[5m]))', "{{service}}"),),
        ),
        Panel(
            "Versions",
            "short",
            (
                (
                    "count by (service, version, extractor, python) (chistovik_build_info)",
                    "{{service}} {{version}} {{extractor}}",
                ),
            ),
            kind="stat",
        ),
    ),
)

DASHBOARDS = (OVERVIEW, FETCHING, DEDUPE, PROCESSES)
