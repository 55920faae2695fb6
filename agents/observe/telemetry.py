"""What the stages are watched with: metrics always, traces where they are asked for."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agents.observe.metrics import Metrics

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from agents.observe.tracing import Traces
    from agents.settings import Settings


@dataclass(frozen=True, slots=True)
class Telemetry:
    """Handed to every stage; by default metrics that nobody reads, and no traces."""

    metrics: Metrics = field(default_factory=Metrics)
    traces: Traces | None = None

    @property
    def ratio(self) -> float:
        """The share of traces that are recorded."""
        return self.traces.ratio if self.traces else 0.0


@asynccontextmanager
async def telemetry_of(settings: Settings, stages: Iterable[str]) -> AsyncIterator[Telemetry]:
    """Make what a process with these stages is watched with; what is left of its spans is sent at the end."""
    from importlib.metadata import version  # noqa: PLC0415 — not for commands that need no telemetry

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
