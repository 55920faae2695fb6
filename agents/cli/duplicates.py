"""`chistovik duplicates`: show an article, its duplicates, and why they are duplicates."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from agents.cli.failing import complain, finish
from agents.errors import EXIT_BAD_INPUT, EXIT_USAGE

if TYPE_CHECKING:
    from agents.settings import Settings
    from pipeline.article.copies import Copies

NAME = "duplicates"
HELP = (
    "Show an article, its revisions and its duplicates.\n\n"
    "For each duplicate it says why: an exact copy, a near copy, or the same page fed again. Name the article by its "
    "id, or by the URL or id of any of its pages. The first characters of an id are enough.\n\n"
    "Prints a list in time order on a terminal, with an arrow at the page that you named. Into a pipe it prints JSON "
    "lines: first the article, then its events `created`, `updated` and `duplicate`.\n\n"
    "Events are looked up in Kafka, which keeps duplicates for 30 days and old revisions for 7 days. "
    "The events of `chistovik run` are not in Kafka.\n\n"
    "Exit code 1: no article was found, or more than one."
)
EXAMPLE = (
    "Examples:\n\n`chistovik duplicates https://example.org/news/1`\n\n"
    "`chistovik duplicates 3f9a --json | jq 'select(.kind == \"near\") | .why'`"
)


def command(
    context: typer.Context,
    asked: Annotated[
        str, typer.Argument(metavar="URL|ID", help="URL or id of a page, or id of an article.", show_default=False)
    ],
    limit: Annotated[int, typer.Option(help="Show at most this many revisions, and this many duplicates.", min=1)] = 50,
    json: Annotated[bool, typer.Option("--json", help="Print JSON lines on a terminal as well.")] = False,
) -> None:
    if not asked.strip():
        complain("name a page by its URL or id, or an article by its id")
        raise typer.Exit(EXIT_USAGE)
    copies = finish(_find(context.obj, asked))
    if copies is None:
        raise typer.Exit(EXIT_BAD_INPUT)
    finish(_print(copies, limit, json=json or not sys.stdout.isatty()))
    if copies.unreadable.count:
        complain(str(copies.unreadable))


async def _find(settings: Settings, asked: str) -> Copies | None:
    from agents.cli.show.events import Counter
    from agents.kafka import connect
    from agents.reports.duplicates import NotOneError, find_copies
    from pipeline.article.copies import question_of

    try:
        with Counter("reading") as counter:
            return await find_copies(
                connect(settings),
                settings.prefix,
                question_of(asked),
                progress=lambda passed, total: counter.update(passed, total=total),
            )
    except NotOneError as error:
        complain(str(error))
        return None


async def _print(copies: Copies, limit: int, *, json: bool) -> None:
    if json:
        _write(copies, limit)
    else:
        from agents.cli.show.copies import show

        show(copies, limit)
    sys.stdout.flush()


def _write(copies: Copies, limit: int) -> None:
    from pipeline.article.copies import in_time
    from pipeline.records.wire import encode

    chosen = [*in_time(copies.revisions, most=limit), *in_time(copies.repeats, most=limit)]
    events = in_time(chosen, most=len(chosen)) if chosen else []
    sys.stdout.buffer.writelines(encode(one) + b"\n" for one in (copies.head(), *events))
    sys.stdout.buffer.flush()
    left = len(copies.revisions) + len(copies.repeats) - len(events)
    if left:
        sys.stderr.write(f"and {left:,} more (--limit shows more)\n")
