"""`chistovik serve`: the HTTP service that accepts URLs and pages by POST."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer  # noqa: TC002 — typer reads the annotations of commands

from agents.cli.failing import finish

if TYPE_CHECKING:
    from agents.kafka import Connection
    from agents.settings import Settings

NAME = "serve"
HELP = (
    "Accept URLs and pages over HTTP.\n\n"
    "Listens on CHISTOVIK_SERVICE_HOST and CHISTOVIK_SERVICE_PORT (127.0.0.1:8081) until SIGTERM or Ctrl-C. "
    "A request is answered when Kafka has stored its rows.\n\n"
    "* POST /feed: send URLs or pages\n"
    "* GET /openapi.json: description of the requests\n"
    "* GET /healthz: 200 if requests are accepted\n\n"
    "To listen on another address than this machine's own, set CHISTOVIK_SERVICE_TOKEN. "
    "Clients then send it as `Authorization: Bearer TOKEN`."
)
EXAMPLE = (
    "Example:\n\n`chistovik serve`\n\n"
    "`curl localhost:8081/feed -H 'Content-Type: application/json' "
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
