"""`chistovik worker`: stages against a real Kafka."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from agents.cli.failing import complain, finish
from agents.errors import EXIT_USAGE

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from agents.kafka import Connection
    from agents.settings import Settings

NAME = "worker"
HELP = (
    "Run stages against CHISTOVIK_BROKERS until SIGTERM: fetch, clean, dedupe, publish; several may share a "
    "process.\n\n"
    "SIGTERM finishes the batch in hand, commits and leaves. /healthz and /metrics are on CHISTOVIK_HTTP_PORT."
)
EXAMPLE = "Example: `chistovik worker clean` or `chistovik worker clean dedupe publish`"


def command(
    context: typer.Context,
    stages: Annotated[list[str], typer.Argument(metavar="STAGE...", show_default=False)],
) -> None:
    from agents.kafka import connect
    from pipeline.topics import WORKER_STAGES

    settings = context.obj
    if unknown := [name for name in stages if name not in WORKER_STAGES]:
        complain(f"no stage {', '.join(unknown)}; there are {', '.join(WORKER_STAGES)}")
        raise typer.Exit(EXIT_USAGE)
    finish(_work(list(dict.fromkeys(stages)), settings, connect(settings)), loop=event_loop(stages))


def event_loop(stages: list[str]) -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Choose the event loop: the many sockets of fetch cost uvloop a tenth less than asyncio's own."""
    if "fetch" not in stages or sys.platform == "win32":
        return None
    import uvloop

    return uvloop.new_event_loop


async def _work(stages: list[str], settings: Settings, connection: Connection) -> None:
    from agents.kafka.rights import check_rights
    from agents.kafka.topics import check_topics
    from agents.observe.logs import configure
    from agents.run.worker import work

    await check_topics(connection, settings.prefix)
    await check_rights(connection, settings.prefix, stages)
    configure(form=settings.log_format, level=settings.log_level)
    await work(stages, settings, connection)
