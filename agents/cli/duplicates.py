"""`chistovik duplicates`: an article with everything that repeats it, and why."""

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
    "Show an article with everything that repeats it, and why: exact copies, near copies, the same page fed again.\n\n"
    "Asked for by the URL of any of these pages, in whatever spelling, or by a page's or the article's id, of which a "
    "unique beginning is enough. On a terminal the article, its revisions and what repeats it, in time order, the page "
    "asked for marked. With --json or into a pipe a line for the article (`event` is `article`), then one for each of "
    "its events: `created`, `updated`, `duplicate`. Exit code 1 where nothing is found, or more than one article. "
    "Reads only. What `run` did on its own broker is gone when it ends; `duplicates` are kept for 30 days, and of "
    "`articles` the older revisions for 7."
)
EXAMPLE = (
    "Example: `chistovik duplicates https://example.org/news/1` or "
    "`chistovik duplicates 3f9a --json | jq 'select(.kind == \"near\") | .why'`"
)


def command(
    context: typer.Context,
    asked: Annotated[str, typer.Argument(metavar="URL|PAGE_ID|ARTICLE_ID", show_default=False)],
    limit: Annotated[
        int, typer.Option(help="How many revisions and how many repeats at most, the newest.", min=1)
    ] = 50,
    json: Annotated[bool, typer.Option("--json", help="JSON lines on a terminal, too.")] = False,
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
        sys.stderr.write(f"and {left:,} more (--limit)\n")
