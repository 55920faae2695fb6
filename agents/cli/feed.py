"""`chistovik feed`: raw pages into the topic `pages`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from agents.cli.failing import EXIT_USAGE, Complaints, complain, finish

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agents.inputs import Input
    from agents.settings import Settings

NAME = "feed"
HELP = (
    "Feed raw pages (HTML or plain text) into the pipeline.\n\n"
    "Feeding the same page twice changes nothing: its second outcome is a duplicate of kind `redelivered`."
)
EXAMPLE = "Example: `chistovik feed --pages dump/ page.html --jsonl crawl.jsonl.xz`"
UNCONFIRMED = 500  # pages handed over before their confirmations are awaited
UNCONFIRMED_BYTES = 32 << 20  # likewise: a slow broker slows the feeder instead of filling its memory


def command(
    context: typer.Context,
    pages: Annotated[
        list[str] | None,
        typer.Option("--pages", help="A file, a folder or `-`; may be repeated.", metavar="PATH"),
    ] = None,
    jsonl: Annotated[
        list[str] | None,
        typer.Option("--jsonl", help='Rows of {"url", "html" or "text"}; may be repeated.', metavar="FILE"),
    ] = None,
    more: Annotated[
        list[str] | None, typer.Argument(metavar="[PATH...]", help="More pages.", show_default=False)
    ] = None,
    charset: Annotated[str | None, typer.Option(help="The charset of files that do not say theirs.")] = None,
) -> None:
    from itertools import chain
    from pathlib import Path

    from agents.inputs import read_inputs, read_rows

    if not pages and not jsonl and not more:
        complain("nothing to feed: name --pages PATH or --jsonl FILE")
        raise typer.Exit(EXIT_USAGE)
    complaints = Complaints()
    found = chain(
        read_inputs([*(pages or []), *(more or [])], charset=charset),
        *(read_rows(Path(name)) for name in jsonl or []),
    )
    fed = finish(_feed(complaints.sift(found), context.obj))
    sys.stderr.write(f"{fed} pages fed\n")
    raise typer.Exit(complaints.exit_code())


async def _feed(inputs: Iterable[Input], settings: Settings) -> int:
    import asyncio

    from agents.admin import check_topics
    from agents.cli.show import Counter
    from agents.feed import feed_page, record_of
    from agents.kafka import answering, connect
    from agents.outbox import KafkaOutbox
    from agents.rights import check_rights

    connection = connect(settings)
    await check_topics(connection, settings.prefix)
    await check_rights(connection, settings.prefix, ["feed"])
    count = size = 0
    async with answering(connection), connection.producer("feed") as producer:
        outbox = KafkaOutbox(producer, settings.prefix)
        unconfirmed = []
        with Counter("feeding") as counter:
            for one in inputs:
                value = record_of(one.page)
                unconfirmed.append(await feed_page(one.page, outbox, value=value))
                count, size = count + 1, size + len(value)
                if len(unconfirmed) >= UNCONFIRMED or size >= UNCONFIRMED_BYTES:
                    await asyncio.gather(*unconfirmed)
                    unconfirmed.clear()
                    size = 0
                counter.update(count)
            await asyncio.gather(*unconfirmed)
    return count
