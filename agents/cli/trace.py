"""`chistovik trace`: what happened to a URL."""

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
    "Tell what happened to a URL, in whatever spelling: when it was submitted and fetched, what the cleaning and the "
    "verdict were, how it ended.\n\n"
    "A line for each record that it is in: JSON into a pipe, a table on a terminal. Exit code 1 where there is none. "
    "Reads only, and of `urls` and `pages` only the partition of the URL's host; `visits` keeps the last visit only."
)
EXAMPLE = "Example: `chistovik trace https://example.org/news/1 --hours 48`"


def command(
    context: typer.Context,
    url: Annotated[str, typer.Argument(metavar="URL", show_default=False)],
    hours: Annotated[float, typer.Option(help="How far to look back.", min=0.0, max=24 * 365.0)] = 24.0,
    json: Annotated[bool, typer.Option("--json", help="JSON lines on a terminal, too.")] = False,
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
        table(("time (UTC)", "record", "what it says"), rows)
    if not steps:
        complain(f"no record of {url} in the last {hours:g} hours: see --hours, or CHISTOVIK_PREFIX")
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
