"""`chistovik trace`: show what happened to a URL."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from agents.cli.failing import complain, finish
from agents.errors import EXIT_BAD_INPUT

if TYPE_CHECKING:
    from agents.reports.trace import Step
    from agents.settings import Settings

NAME = "trace"
HELP = (
    "Show what happened to a URL, step by step.\n\n"
    "Lists every record about the URL: submitted, fetched, cleaned, judged, and its outcome. Different spellings of "
    "one URL are treated as the same. Prints a table on a terminal, JSON lines into a pipe. Only the last visit to "
    "the URL is known.\n\n"
    "Exit code 1: there is no record of the URL."
)
EXAMPLE = "Example: `chistovik trace https://example.org/news/1 --hours 48`"


def command(
    context: typer.Context,
    url: Annotated[str, typer.Argument(metavar="URL", help="The URL of a page.", show_default=False)],
    hours: Annotated[float, typer.Option(help="Look back this many hours.", min=0.0, max=24 * 365.0)] = 24.0,
    json: Annotated[bool, typer.Option("--json", help="Print JSON lines on a terminal as well.")] = False,
) -> None:
    import orjson

    from agents.cli.show.events import table

    steps = finish(_trace(context.obj, url, hours))
    if json or not sys.stdout.isatty():
        for step in steps:
            sys.stdout.buffer.write(orjson.dumps(step.row(), option=orjson.OPT_APPEND_NEWLINE))
        sys.stdout.buffer.flush()
    else:
        rows: list[tuple[str, ...]] = [(f"{step.at:%Y-%m-%d %H:%M:%S}", step.place, step.says) for step in steps]
        table(("time (UTC)", "record", "content"), rows)
    if not steps:
        complain(f"no record of {url} in the last {hours:g} hours: try a larger --hours, or check CHISTOVIK_PREFIX")
        raise typer.Exit(EXIT_BAD_INPUT)


async def _trace(settings: Settings, url: str, hours: float) -> list[Step]:
    from agents.cli.show.events import Counter
    from agents.kafka import connect
    from agents.reports.trace import trace

    with Counter("reading") as counter:
        return await trace(
            connect(settings),
            settings.prefix,
            url,
            hours=hours,
            progress=lambda passed, total: counter.update(passed, total=total),
        )
