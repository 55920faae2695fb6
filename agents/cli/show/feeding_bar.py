"""Progress of feeding long files, on a terminal: share of the bytes, rate, time left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn

from agents.cli.show.events import StatusLine

if TYPE_CHECKING:
    from agents.feed.lines import Meter


class FeedingBar(StatusLine):
    """A progress bar. If the length of the input is unknown, only a count."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        columns = (TextColumn("{task.fields[count]}"), TextColumn("{task.fields[rate]}"), TimeRemainingColumn())
        super().__init__(
            "feeding", BarColumn(), TaskProgressColumn(), *columns, total=meter.total or None, count="0", rate=""
        )

    def update(self, count: int) -> None:
        """Show how many pages and URLs have been fed."""
        elapsed = self._bar.tasks[0].elapsed or 0.0
        rate = f"{count / elapsed:,.0f}/s" if elapsed > 0.5 else ""
        self._bar.update(self._task, completed=self._meter.done, count=f"{count:,}", rate=rate)
