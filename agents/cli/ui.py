"""`chistovik ui`: the web page that shows the running pipeline."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer  # noqa: TC002 — typer reads the annotations of commands

from agents.cli.failing import finish

if TYPE_CHECKING:
    from agents.kafka import Connection
    from agents.settings import Settings

NAME = "ui"
HELP = (
    "Show the running pipeline in the browser.\n\n"
    "Listens on CHISTOVIK_UI_HOST and CHISTOVIK_UI_PORT (127.0.0.1:8082) until SIGTERM or Ctrl-C. The pages show:\n\n"
    "* the lag and speed of each stage\n"
    "* the newest articles beside their raw pages, with removed lines and the reasons\n"
    "* duplicates, discarded pages, and hosts\n"
    "* dead letters, which you can replay or drop\n\n"
    "On this machine no token is needed. On any other address, set CHISTOVIK_UI_TOKEN; without it, each start makes "
    "a new token and prints a link with it.\n\n"
    "The pages know the newest CHISTOVIK_UI_EVENTS events of each topic. They change nothing, except when you replay "
    "or drop a dead letter."
)
EXAMPLE = "Example: run `chistovik ui`, then open http://127.0.0.1:8082"


def command(context: typer.Context) -> None:
    from agents.kafka import connect

    finish(_serve(context.obj, connect(context.obj)))


async def _serve(settings: Settings, connection: Connection) -> None:
    from importlib.metadata import version

    from agents.kafka.topics import check_topics
    from agents.observe.logs import configure
    from agents.ui.server import serve

    await check_topics(connection, settings.prefix)
    configure(form=settings.log_format, level=settings.log_level)
    await serve(settings, connection, version("chistovik"))
