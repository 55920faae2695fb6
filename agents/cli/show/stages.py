"""The status of the stages and the newest outcomes, on a terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from pipeline.reports.lag import MINUTE, SOURCES, Condition, in_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from agents.reports.status import StatusReport
    from pipeline.article.newest import Shelf
    from pipeline.reports.lag import StageReport

KINDS = 6  # the most frequent kinds of an outcome are listed
_STYLES = {
    Condition.OFF: "dim",
    Condition.IDLE: "dim",
    Condition.WORKING: "green",
    Condition.BEHIND: "yellow",
    Condition.STUCK: "bold red",
    Condition.NO_WORKER: "bold red",
    Condition.LOST: "bold red",
}


def shower(*, watch: bool, partitions: bool) -> Callable[[StatusReport], None]:
    """Return the function that shows a status: below the last one, or with `watch` in the same place."""
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
    console = Console()
    if not watch:
        return lambda standings: console.print(_all(standings, partitions=partitions))
    live = Live(console=console, auto_refresh=False)
    live.start()

    def show(standings: StatusReport) -> None:
        live.update(_all(standings, partitions=partitions), refresh=True)

    return show


def _all(standings: StatusReport, *, partitions: bool) -> Group:
    head = f"{standings.at:%Y-%m-%d %H:%M:%S} UTC · {standings.brokers} · {standings.prefix}*"
    parts: list[Text | Table] = [Text(head, style="dim"), _stages(standings)]
    unwell = [one for one in standings.reports if one.says and not one.condition.is_well]
    parts += [Text(f"{one.stage.name}: {one.says}", style=_STYLES[one.condition]) for one in unwell]
    if partitions:
        parts += [Text(), _partitions(standings)]
    return Group(*parts, Text(), _outcomes(standings), *_notes(standings))


def _stages(standings: StatusReport) -> Table:
    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
    for name in ("stage", "reads"):
        table.add_column(name, no_wrap=True)
    for name in ("waiting", "oldest", "in/s", "done/s", "workers"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("state", no_wrap=True)
    for one in standings.reports:
        table.add_row(*_cells(one), Text(one.condition, style=_STYLES[one.condition]))
    return table


def _cells(report: StageReport) -> Iterator[str]:
    stage, pace = report.stage, report.pace
    yield stage.name
    yield SOURCES[stage.name].name
    yield f"{stage.waiting:,}" + (f" (+{stage.later:,} later)" if stage.later else "")
    yield "" if report.age is None else in_words(report.age)
    yield "" if pace is None else rate(pace.arriving)
    yield "" if pace is None else rate(pace.done)
    yield "?" if stage.workers is None else str(stage.workers)


def rate(per_second: float) -> str:
    """Write a rate in records per second, with one decimal below 100."""
    return f"{per_second:,.1f}" if 0 < per_second < 100 else f"{per_second:,.0f}"


def _partitions(standings: StatusReport) -> Table:
    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column("stage", no_wrap=True)
    for name in ("partition", "committed", "end", "waiting", "oldest"):
        table.add_column(name, justify="right", no_wrap=True)
    for report in standings.reports:
        for one in report.stage.lags:
            if one.begin == one.end:
                continue
            old = "" if one.oldest is None else in_words(max(0.0, (standings.at - one.oldest).total_seconds()))
            committed = "never" if one.committed is None else f"{one.committed:,}"
            place = f"{one.topic}/{one.partition}"
            table.add_row(report.stage.name, place, committed, f"{one.end:,}", f"{one.waiting:,}", old)
    return table


def _outcomes(standings: StatusReport) -> Table:
    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column("outcome", no_wrap=True)
    table.add_column("last minute", justify="right", no_wrap=True)
    table.add_column("events read", justify="right", no_wrap=True)
    table.add_column("kinds", overflow="fold")
    for name, shelf in standings.newest.shelves.items():
        more = "" if shelf.is_whole(MINUTE, standings.at) else "+"
        table.add_row(name, f"{shelf.within(MINUTE, standings.at):,}{more}", f"{len(shelf.glances):,}", kinds(shelf))
    return table


def kinds(shelf: Shelf) -> str:
    """List the most frequent kinds of an outcome with their counts."""
    counts = shelf.kinds.most_common()
    shown = ", ".join(f"{count:,} {kind}" for kind, count in counts[:KINDS])
    return shown + (f", {sum(count for _, count in counts[KINDS:]):,} others" if len(counts) > KINDS else "")


def _notes(standings: StatusReport) -> Iterator[Text]:
    if standings.newest.unreadable:
        yield Text(f"{standings.newest.unreadable:,} of the newest records could not be read", style="yellow")
