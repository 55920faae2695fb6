"""The command `chistovik`: the list of its subcommands. Each subcommand has a file here.

Only `main` reads the environment. An error that the user can solve ends the command with one line.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import typer

from agents.cli import (
    audit,
    clean,
    dead_letters,
    duplicates,
    explain,
    feed,
    run,
    serve,
    status,
    subscribe,
    topics,
    trace,
    ui,
    watch,
    worker,
)
from agents.cli.failing import complain
from agents.errors import EXIT_OUTPUT, EXIT_USAGE, OutputError, ReaderGoneError, SettingsError

if TYPE_CHECKING:
    from agents.settings import Settings

QUICK = (None, clean.NAME, explain.NAME)  # they log only failures: logging is set up at the first one

app = typer.Typer(
    name="chistovik",
    help="Turn raw news pages into clean, de-duplicated article events.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)
for module in (run, clean, explain, feed, watch, serve, worker, subscribe, audit, trace, duplicates, status, ui):
    app.command(name=module.NAME, epilog=module.EXAMPLE, help=module.HELP)(module.command)
app.add_typer(topics.app, name="topics")
app.add_typer(dead_letters.app, name=dead_letters.NAME)


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    version: bool = typer.Option(False, "--version", help="Print the version.", is_eager=True),
) -> None:
    if context.invoked_subcommand not in QUICK:
        _log(context.obj, now=True)
    if version:
        from importlib.metadata import version as installed

        from pipeline import native

        typer.echo(f"chistovik {installed('chistovik')}, {'compiled' if native.COMPILED else 'not compiled'}")
        raise typer.Exit


def _log(settings: Settings, *, now: bool) -> None:
    from agents.observe.logs import configure, configure_late

    quiet = {"info": "warning"}  # commands print their results; only services log at level info
    begin = configure if now else configure_late
    begin(form=settings.log_format, level=quiet.get(settings.log_level, settings.log_level))


def main() -> None:
    """Run the command."""
    from agents.settings import Settings
    from agents.streams import guard_streams

    guard_streams()
    try:
        settings = Settings.from_env(os.environ)
        _log(settings, now=False)
        try:
            app(obj=settings)
        finally:  # a command exits by SystemExit; the rest of its output may not fit either
            sys.stdout.flush()
    except SettingsError as error:
        complain(str(error))
        sys.exit(EXIT_USAGE)
    except OutputError as error:
        complain(str(error))
        sys.exit(EXIT_OUTPUT)
    except ReaderGoneError:
        sys.exit(0)


if __name__ == "__main__":
    main()
