"""How a stage reports: always metrics, traces if they are on, and a log line if a person should look."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog

from agents.observe.metrics import Metrics

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping

    from agents.observe.tracing import Traces
    from agents.settings import Settings

log = structlog.get_logger("chistovik")


@dataclass(frozen=True, slots=True)
class Line:
    """A log line: its event and its fields."""

    event: str
    facts: Mapping[str, object]
    is_warning: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A record that a stage has finished, for its counter, its span and the log."""

    stage: str
    result: str | tuple[str, str]  # the labels of the stage's counter
    outcome: str = ""  # the result for the span, if it differs from the labels
    place: str = ""  # topic, partition and offset of the record that was read
    page_id: str | None = None
    url: str = ""
    error: str = ""
    began: float | None = None  # seconds since the epoch; None: just now
    own: bytes | None = None  # the traceparent that the stage wrote; without one there is no span
    parent: bytes | None = None  # the traceparent of the record that was read
    line: Line | None = None


@dataclass(frozen=True, slots=True)
class Telemetry:
    """The metrics and traces of a stage. The default is metrics that nobody reads, and no traces."""

    metrics: Metrics = field(default_factory=Metrics)
    traces: Traces | None = None

    @property
    def ratio(self) -> float:
        """The share of traces that are recorded."""
        return self.traces.ratio if self.traces else 0.0

    def tell(self, finished: Finished) -> None:
        """Count a finished record, log its line, record its span."""
        self.metrics.count(finished.stage, finished.result)
        if (line := finished.line) is not None:
            (log.warning if line.is_warning else log.info)(line.event, **line.facts)
        if self.traces is None or finished.own is None:
            return
        ended, result = time.time(), finished.result
        self.traces.span(
            finished.stage,
            finished.own,
            finished.parent,
            began=finished.began or ended,
            ended=ended,
            outcome=finished.outcome or (result if isinstance(result, str) else ": ".join(result)),
            page_id=finished.page_id,
            url=finished.url,
            error=finished.error,
            place=finished.place,
        )


@asynccontextmanager
async def telemetry_of(settings: Settings, stages: Iterable[str]) -> AsyncIterator[Telemetry]:
    """Make the telemetry of a process with these stages. The remaining spans are sent at the end."""
    from importlib.metadata import version  # noqa: PLC0415 — some commands need no telemetry

    from agents.observe.tracing import traces_of  # noqa: PLC0415

    installed = version("chistovik")
    metrics = Metrics(stages)
    metrics.describe(version=installed, extractor=settings.extractor)
    traces = traces_of(settings, installed)
    try:
        yield Telemetry(metrics, traces)
    finally:
        if traces:
            await asyncio.to_thread(traces.close)
