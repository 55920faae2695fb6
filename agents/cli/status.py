"""`chistovik status`: show how much work waits for each stage, and how fast each stage is."""

from __future__ import annotations

import asyncio
import sys
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Annotated

import typer

from agents.cli.failing import complain, finish
from agents.errors import EXIT_BAD_INPUT, EXIT_USAGE

if TYPE_CHECKING:
    from collections.abc import Callable

    from agents.reports.status import StatusReport
    from agents.settings import Settings

NAME = "status"
HELP = (
    "Show lag, speed and state of each stage, and the newest outcomes.\n\n"
    "Prints a table on a terminal, a JSON object into a pipe. The speed is measured over 2 seconds; with --watch, over "
    "the last minute. Reads the newest 500 events of each outcome topic and writes nothing.\n\n"
    "Exit code 0: all is well. Exit code 1, if for any stage:\n\n"
    "* records wait and no worker runs, or\n"
    "* the stage is stuck, or\n"
    "* Kafka's retention deleted records before they were read, or\n"
    "* the oldest record has waited longer than --behind."
)
EXAMPLE = "Examples:\n\n`chistovik status --watch`\n\n`chistovik status --json | jq '.stages[] | {stage, waiting}'`"
APART_SECONDS = 2.0
EVENTS = 500  # of each outcome topic
CATCHING_SECONDS = 5.0


def command(
    context: typer.Context,
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Refresh until Ctrl-C.")] = False,
    every: Annotated[float, typer.Option(metavar="SECONDS", help="Interval of --watch.", min=0.5)] = 2.0,
    json: Annotated[bool, typer.Option("--json", help="Print JSON on a terminal as well.")] = False,
    partitions: Annotated[bool, typer.Option("--partitions", help="Show each partition as well.")] = False,
    behind: Annotated[
        float, typer.Option(metavar="SECONDS", help="Longest time that a record may wait.", min=0)
    ] = 600.0,
) -> None:
    if not watch and every != 2.0:
        complain("--every works only together with --watch")
        raise typer.Exit(EXIT_USAGE)
    show = _shower(json=json or not sys.stdout.isatty(), watch=watch, partitions=partitions)
    well = finish(_look(context.obj, show, behind=behind, every=every if watch else None))
    if not well:
        raise typer.Exit(EXIT_BAD_INPUT)


async def _look(
    settings: Settings, show: Callable[[StatusReport], None], *, behind: float, every: float | None
) -> bool:
    """Show the status once, or every `every` seconds. Return whether all is well."""
    from agents.kafka import connect
    from agents.reports.lag import LagReader, StageMonitor
    from agents.reports.status import StatusReport
    from agents.reports.tail import following, outcomes_of

    connection = connect(settings)
    async with AsyncExitStack() as resources:
        reader = await resources.enter_async_context(LagReader(connection, settings.prefix))
        outcomes = outcomes_of(EVENTS)
        tail = await resources.enter_async_context(following(connection, settings.prefix, outcomes))
        monitor = StageMonitor(behind)
        monitor.take(await reader.sample())
        pause = APART_SECONDS
        standings = None
        while True:
            due = asyncio.get_running_loop().time() + pause
            try:
                await tail.catch_up(CATCHING_SECONDS)
                while (left := due - asyncio.get_running_loop().time()) > 0:
                    await tail.poll(int(min(left, 0.2) * 1000) + 1)
            except asyncio.CancelledError:  # Ctrl-C ends --watch
                if every is None or standings is None:
                    raise
                return standings.is_well
            monitor.take(await reader.sample())
            standings = StatusReport(
                brokers=connection.brokers,
                prefix=settings.prefix,
                at=monitor.samples[-1].at,
                reports=monitor.reports(),
                newest=outcomes.newest,
            )
            show(standings)
            if every is None:
                return standings.is_well
            pause = every


def _shower(*, json: bool, watch: bool, partitions: bool) -> Callable[[StatusReport], None]:
    if json:
        return _write
    from agents.cli.show.stages import shower

    return shower(watch=watch, partitions=partitions)


def _write(standings: StatusReport) -> None:
    from pipeline.records.wire import encode

    sys.stdout.buffer.write(encode(standings.row()) + b"\n")
    sys.stdout.buffer.flush()
