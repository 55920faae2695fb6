"""`chistovik ui`: the live page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer  # noqa: TC002 — typer reads the annotations of commands

from agents.cli.failing import finish

if TYPE_CHECKING:
    from agents.kafka import Connection
    from agents.settings import Settings

NAME = "ui"
HELP = (
    "Show what flows and what came out on a page in the browser, until SIGTERM or Ctrl-C.\n\n"
    "How far each stage is and each host; the newest articles beside their raw pages, with what was removed struck "
    "out and why; what repeats them; what was discarded; dead letters, to be replayed or dropped. It listens on "
    "CHISTOVIK_UI_HOST and _PORT (127.0.0.1:8082), there without a token; beyond this machine it wants "
    "CHISTOVIK_UI_TOKEN, or makes one at each start and shows the link. Of each outcome topic it knows the newest "
    "CHISTOVIK_UI_EVENTS events. It writes only when you replay or drop a dead letter."
)
EXAMPLE = "Example: `chistovik ui`, and then open http://127.0.0.1:8082"


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
