"""`chistovik watch`: poll feeds, sitemaps and sites, and submit their new URLs."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from agents.cli.failing import complain, finish
from agents.errors import EXIT_USAGE

if TYPE_CHECKING:
    from agents.kafka import Connection
    from agents.settings import Settings

NAME = "watch"
HELP = (
    "Poll feeds, sitemaps and sites, and fetch their new pages.\n\n"
    "FILE is a TOML file that lists them. Runs until SIGTERM or Ctrl-C. A source that changes often is polled often; a "
    "failing source is polled less and less often. Requests are conditional, so an unchanged source is not "
    "downloaded again.\n\n"
    "The state is kept in Kafka: after a restart it continues, and several instances share the list. "
    "/healthz and /metrics are served on CHISTOVIK_HTTP_PORT."
)
EXAMPLE = (
    "Examples:\n\n`chistovik watch watches.toml`\n\n`chistovik watch --check deploy/watches.example.toml`\n\n"
    "`chistovik watch --status watches.toml`"
)


def command(
    context: typer.Context,
    file: Annotated[
        str | None, typer.Argument(metavar="FILE", help="The list. Default: CHISTOVIK_WATCHES.", show_default=False)
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Check the list and print it. Polls nothing.")] = False,
    status: Annotated[
        bool, typer.Option("--status", help="Show the state of each listed source. Polls nothing.")
    ] = False,
) -> None:
    from dataclasses import replace

    from agents.kafka import connect
    from agents.watch.watchlist import WatchlistError, load_watchlist

    settings = replace(context.obj, watches=file or context.obj.watches)
    try:
        watches = load_watchlist(settings.watches)
    except WatchlistError as error:
        for line in error.lines:
            complain(line)
        raise typer.Exit(EXIT_USAGE) from None
    if check:
        for watch in watches:
            sys.stdout.write(f"{watch.kind} {watch.url}\n")
        return
    if status:
        from agents.cli.show.events import table
        from agents.watch.status import HEAD
        from agents.watch.status import status as status_of

        table(HEAD, finish(status_of(connect(settings), settings.prefix, watches)))
        return
    finish(_watch(settings, connect(settings)))


async def _watch(settings: Settings, connection: Connection) -> None:
    from agents.kafka.rights import check_rights
    from agents.kafka.topics import check_topics
    from agents.observe.logs import configure
    from agents.run.worker import work

    await check_topics(connection, settings.prefix)
    await check_rights(connection, settings.prefix, ["watch"])
    configure(form=settings.log_format, level=settings.log_level)
    await work(["watch"], settings, connection)
