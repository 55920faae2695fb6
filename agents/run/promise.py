"""Audit the newest pages again and again, so that a broken promise is noticed.

One worker of `publish` does it: the one that has partition 0 of `documents`. The audit is bounded in time and records.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import structlog

from agents.reports.audit import Bound, audit
from pipeline.topics import DOCUMENTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agents.kafka import Connection
    from agents.observe.metrics import Metrics
    from agents.reports.audit import Findings
    from agents.settings import Settings
    from agents.stage.protocol import Stage

RECORDS = 100_000  # outcomes that an audit reads: a few seconds
TURN_SECONDS = 1.0  # between two looks at whose turn it is
log = structlog.get_logger("chistovik")


async def watch_promise(stages: Sequence[Stage], settings: Settings, connection: Connection, metrics: Metrics) -> None:
    """Audit while partition 0 is ours; runs until it is cancelled."""
    publish = next((stage for stage in stages if stage.name == "publish"), None)
    if publish is None or not settings.audit_every or connection.embedded:
        await asyncio.Event().wait()
        return
    due: float | None = None  # None: another worker audits
    while True:
        await asyncio.sleep(min(TURN_SECONDS, settings.audit_every))
        if not any(one.topic == DOCUMENTS.name and one.partition == 0 for one in publish.backlog()):
            due = None
            _clear(metrics)
        elif due is None:
            due = time.monotonic() + settings.audit_every
            metrics.audit_ended.set(time.time())
        elif time.monotonic() >= due:
            await _audit(settings, connection, metrics)
            due = time.monotonic() + settings.audit_every


async def _audit(settings: Settings, connection: Connection, metrics: Metrics) -> None:
    bound = Bound(settings.audit_hours * 3600, RECORDS)
    try:
        found = await audit(connection, settings.prefix, progress=lambda *_: None, bound=bound)
    except Exception as error:  # noqa: BLE001 — a failed audit must not end the worker
        metrics.audit_failures.inc()
        log.warning("audit failed", error=str(error))
        return
    if found.waiting:
        metrics.audit_failures.inc()
        log.info("not audited: too many records wait", waiting=found.waiting)
        return
    report(found, metrics)


def report(found: Findings, metrics: Metrics) -> None:
    """Set the metrics to what an audit found; a broken promise is a line in the log, too."""
    pages = found.partitions
    counts = {
        "audited": sum(one.pages for one in pages),
        "in-flight": sum(one.in_flight for one in pages),
        "missing": sum(one.missing.pages for one in pages),
        "twice": sum(one.twice.pages for one in pages),
    }
    for result, count in counts.items():
        metrics.audited[result].set(count)
    metrics.audit_window.set(found.seconds)
    metrics.audit_ended.set(time.time())
    for one in pages:
        for result, ranges in (("missing", one.missing), ("twice", one.twice)):
            if ranges.pages:
                where = [f"pages/{one.partition}/{start} to {end - 1}" for start, end in ranges.first[:3]]
                log.error("the audit found a broken promise", result=result, pages=ranges.pages, at=where)


def _clear(metrics: Metrics) -> None:
    for gauge in metrics.audited.values():
        gauge.set(0)
    metrics.audit_window.set(0)
    metrics.audit_ended.set(0)
