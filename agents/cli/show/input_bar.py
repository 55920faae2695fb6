"""Progress of reading long inputs, on a terminal: share of the bytes, rate, time left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn

from agents.cli.show.events import StatusLine

if TYPE_CHECKING:
    from rich.console import Console

    from agents.feed.lines import Meter


class InputBar(StatusLine):
    """A progress bar. If the length of the input is unknown, only a count."""

    def __init__(self, label: str, meter: Meter, *, console: Console | None = None) -> None:
        self._meter = meter
        texts = (TextColumn(f"{{task.fields[{name}]}}") for name in ("count", "rate", "note"))
        columns = (BarColumn(), TaskProgressColumn(), *texts, TimeRemainingColumn())
        super().__init__(label, *columns, total=meter.total or None, console=console, count="0", rate="", note="")

    def update(self, count: int, note: str = "") -> None:
        """Show how many pages and URLs are done, and how much of the input was read."""
        elapsed = self._bar.tasks[0].elapsed or 0.0
        rate = f"{count / elapsed:,.0f}/s" if elapsed > 0.5 else ""
        self._bar.update(self._task, completed=self._meter.done, count=f"{count:,}", rate=rate, note=note)
