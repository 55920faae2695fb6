"""`chistovik serve`: the HTTP service that is fed by POST."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer  # noqa: TC002 — typer reads the annotations of commands

from agents.cli.failing import finish

if TYPE_CHECKING:
    from agents.kafka import Connection
    from agents.settings import Settings

NAME = "serve"
HELP = (
    "Take URLs and pages over HTTP until SIGTERM: POST /feed on CHISTOVIK_SERVICE_HOST and _PORT.\n\n"
    "An answer comes when Kafka has the rows. /openapi.json says what may be sent, /healthz whether rows are taken. "
    "Beyond 127.0.0.1 it listens only with a CHISTOVIK_SERVICE_TOKEN, which clients send as `Authorization: Bearer`."
)
EXAMPLE = (
    "Example: `chistovik serve`, and then `curl http://127.0.0.1:8081/feed -H 'Content-Type: application/json' "
    '-d \'{"urls": ["https://news.example/a.html"]}\'`'
)


def command(context: typer.Context) -> None:
    from agents.http import check_door
    from agents.kafka import connect

    check_door(context.obj)
    finish(_serve(context.obj, connect(context.obj)))


async def _serve(settings: Settings, connection: Connection) -> None:
    from importlib.metadata import version

    from agents.kafka.rights import check_rights
    from agents.kafka.topics import check_topics
    from agents.observe.logs import configure
    from agents.serve.server import serve

    await check_topics(connection, settings.prefix)
    await check_rights(connection, settings.prefix, ["feed", "feed urls"])
    configure(form=settings.log_format, level=settings.log_level)
    await serve(settings, connection, version("chistovik"))
