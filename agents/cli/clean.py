"""`chistovik clean`: clean pages, without looking for duplicates and without Kafka."""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from typing import TYPE_CHECKING, Annotated

import typer

from agents.cli.failing import CharsetOption, Complaints, finish

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agents.clean.learning import Learning
    from agents.clean.record import CleanRecord
    from agents.feed.page_files import Input
    from agents.settings import Settings

NAME = "clean"
HELP = (
    "Clean pages, without looking for duplicates. Needs no Kafka.\n\n"
    "Prints one JSON line per page, in the order of the pages. A page without an article has `reason` and no "
    "`article_body`.\n\n"
    "INPUT is a page (HTML or plain text), a folder of pages, JSON lines as for `chistovik run`, or `-` for standard "
    "input. Without INPUT, standard input is read."
)
EXAMPLE = "Example: `chistovik clean page.html dump.txt | jq -r .article_body`"


def command(
    context: typer.Context,
    inputs: Annotated[
        list[str] | None, typer.Argument(metavar="INPUT", help="Pages, folders, JSON lines, `-`.", show_default=False)
    ] = None,
    charset: CharsetOption = None,
    learn: Annotated[
        bool, typer.Option("--learn", help="Learn which lines each host repeats, and remove them from its later pages.")
    ] = False,
) -> None:
    from agents.feed.page_files import STDIN, is_one_page, read_inputs

    complaints, names = Complaints(), inputs or [STDIN]
    pages = complaints.sift(read_inputs(names, charset=charset))
    finish(_clean(pages, context.obj, alone=is_one_page(names), learn=learn))
    raise typer.Exit(complaints.exit_code())


async def _clean(inputs: Iterable[Input], settings: Settings, *, alone: bool, learn: bool) -> None:
    from agents.clean.pool import Cleaners
    from agents.settings import MIB
    from agents.stage.delivery import Delivery
    from pipeline.records.wire import encode
    from pipeline.topics import LARGEST_VALUE

    cleaners = Cleaners(
        processes=settings.cleaners,
        page_timeout=settings.page_timeout,
        max_page_bytes=settings.max_page_bytes,
        max_record_bytes=2 * LARGEST_VALUE,
        extractor=settings.extractor,
        obey=settings.obeyed,
        memory=settings.page_memory * MIB,
        alone=alone,
    )
    learning = _learning() if learn else None
    waiting: deque[tuple[Input, asyncio.Task[CleanRecord]]] = deque()
    with cleaners:
        try:
            for number, one in enumerate(inputs):
                delivery = Delivery(topic="input", partition=0, offset=number, value=encode(one.page))
                waiting.append((one, asyncio.create_task(cleaners.clean_one(delivery))))
                while len(waiting) >= settings.cleaners * 4:
                    await _write(*waiting.popleft(), learning)
                await asyncio.sleep(0)
            while waiting:
                await _write(*waiting.popleft(), learning)
        finally:  # for example, the reader of our output has ended
            for _, task in waiting:
                task.cancel()
            await asyncio.gather(*(task for _, task in waiting), return_exceptions=True)


def _learning() -> Learning:
    from agents.clean.learning import Learning, MemoryProfiles

    return Learning(MemoryProfiles())


async def _write(one: Input, task: asyncio.Task[CleanRecord], learning: Learning | None) -> None:
    import orjson

    cleaned = await task
    record = orjson.loads((learning.clean(cleaned, 0) if learning else cleaned).value)
    row = {} if one.id is None else {"id": one.id}
    row |= {
        key: value
        for key, value in record.items()
        if key not in {"schema_version", "original_base64", "original_key_base64"}
    }
    if row.pop("kind") == "failure":
        row["reason"] = "failed"
    sys.stdout.buffer.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))
    sys.stdout.buffer.flush()
