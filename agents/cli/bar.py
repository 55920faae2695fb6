"""How far the feeding of long files is, on a terminal: share of the bytes, rate, time left."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn

if TYPE_CHECKING:
    from types import TracebackType

    from agents.lines import Meter


class FeedingBar:
    """A bar on standard error while it is a terminal, nothing otherwise; without files only a count."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self._bar = Progress(
            SpinnerColumn(),
            TextColumn("feeding"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[count]}"),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            disable=not sys.stderr.isatty(),
            transient=True,
        )
        self._task = self._bar.add_task("feeding", total=meter.total or None, count="0", rate="")

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def update(self, count: int) -> None:
        """Show how much is fed."""
        elapsed = self._bar.tasks[0].elapsed or 0.0
        rate = f"{count / elapsed:,.0f}/s" if elapsed > 0.5 else ""
        self._bar.update(self._task, completed=self._meter.done, count=f"{count:,}", rate=rate)
