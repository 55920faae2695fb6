"""The audit that a worker repeats: who makes it, what the metrics say of it, and that it ends no worker."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from agents.errors import BrokerError
from agents.kafka import Connection
from agents.observe.backlog import Backlog
from agents.observe.metrics import Metrics
from agents.reports.audit import Bound, Findings
from agents.run import promise
from agents.settings import Settings
from pipeline.reports.audit import PartitionAudit, Ranges
from tests.support.patience import until

if TYPE_CHECKING:
    import pytest

NONE = Ranges(pages=0)
WHOLE = PartitionAudit(partition=0, begin=0, end=90, outcomes={}, in_flight=3, missing=NONE, twice=NONE, fell_out=NONE)
BROKEN = replace(WHOLE, partition=5, missing=Ranges(pages=2, first=((7, 9),)), twice=Ranges(pages=1, first=((1, 2),)))
EVERY: Any = Settings(audit_every=0.01, audit_hours=2.0)


@dataclass
class Stage:
    """As much of publish as the audit asks for."""

    partitions: list[int]
    name: str = "publish"
    asked: list[Bound] = field(default_factory=list)

    def backlog(self) -> list[Backlog]:
        return [Backlog("documents", number, 0, 0.0) for number in self.partitions]


def values(metrics: Metrics) -> dict[str, float]:
    return {result: gauge._value.get() for result, gauge in metrics.audited.items()}


async def played(stage: Stage, answers: list[Any], monkeypatch: pytest.MonkeyPatch, then: Any) -> Metrics:
    metrics = Metrics(["publish"])

    async def answer(_connection: Connection, _prefix: str, *, progress: Any, bound: Bound) -> Findings:
        stage.asked.append(bound)
        found = answers[min(len(stage.asked), len(answers)) - 1]
        if isinstance(found, Exception):
            raise found
        return found

    monkeypatch.setattr(promise, "audit", answer)
    stages: Any = [stage]
    running = asyncio.create_task(promise.watch_promise(stages, EVERY, Connection(brokers="nowhere:1"), metrics))
    try:
        await until(lambda: running.done() or then(metrics), every=0.01)
        assert not running.done()
    finally:
        running.cancel()
    return metrics


async def test_the_owner_of_partition_0_audits_and_says_what_it_found(monkeypatch: pytest.MonkeyPatch):
    stage = Stage([0, 1])
    found = Findings(partitions=[WHOLE, BROKEN], seconds=7200.0)
    metrics = await played(stage, [found], monkeypatch, lambda one: values(one)["twice"] > 0)

    assert values(metrics) == {"audited": 180, "in-flight": 6, "missing": 2, "twice": 1}
    assert metrics.audit_window._value.get() == 7200
    assert metrics.audit_ended._value.get() > 0
    assert stage.asked[0] == Bound(7200.0, promise.RECORDS)


async def test_an_audit_that_fails_counts_and_the_next_one_is_made(monkeypatch: pytest.MonkeyPatch):
    answers = [BrokerError("no Kafka answers"), RuntimeError("?"), Findings(waiting=9), Findings(partitions=[WHOLE])]
    metrics = await played(Stage([0]), answers, monkeypatch, lambda one: values(one)["audited"] > 0)

    assert metrics.audit_failures._value.get() == 3


async def test_the_worker_that_loses_partition_0_forgets_what_it_found(monkeypatch: pytest.MonkeyPatch):
    stage = Stage([0])

    def lost(metrics: Metrics) -> bool:
        if values(metrics)["twice"]:
            stage.partitions = [3]
        return not stage.partitions.count(0) and not any(values(metrics).values())

    metrics = await played(stage, [Findings(partitions=[BROKEN])], monkeypatch, lost)

    assert metrics.audit_ended._value.get() == 0
