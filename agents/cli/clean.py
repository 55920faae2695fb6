"""`chistovik clean`: clean pages, without looking for duplicates and without Kafka."""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from typing import TYPE_CHECKING, Annotated, cast

import typer

from agents.cli.failing import CharsetOption, Complaints, finish

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from agents.clean.learning import Learning
    from agents.clean.record import CleanRecord
    from agents.feed.clean_inputs import CleanInput
    from agents.feed.page_files import RawInput
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
    from agents.feed.page_files import STDIN, is_one_page, meter_of, raw_inputs

    complaints, names = Complaints(), inputs or [STDIN]
    alone = is_one_page(names)
    if alone or sys.stdout.isatty() or not sys.stderr.isatty():
        pages = complaints.sift(raw_inputs(names, charset=charset))
        finish(_clean(pages, context.obj, complaints, alone=alone, learn=learn))
    else:
        from agents.cli.show.input_bar import InputBar

        meter = meter_of(names)
        pages = complaints.sift(raw_inputs(names, charset=charset, meter=meter))
        with InputBar("cleaning", meter) as bar:
            finish(_clean(pages, context.obj, complaints, alone=alone, learn=learn, progress=bar.update))
    raise typer.Exit(complaints.exit_code())


async def _clean(
    inputs: Iterable[RawInput],
    settings: Settings,
    complaints: Complaints,
    *,
    alone: bool,
    learn: bool,
    progress: Callable[[int], None] = lambda _count: None,
) -> None:
    from agents.clean.chunk import CHUNK_BYTES, CHUNK_PAGES, parts
    from agents.feed.clean_inputs import NumberedInput, input_cleaners
    from agents.settings import MIB
    from pipeline.topics import LARGEST_VALUE

    cleaners = input_cleaners(
        processes=settings.cleaners,
        page_timeout=settings.page_timeout,
        max_page_bytes=settings.max_page_bytes,
        max_record_bytes=2 * LARGEST_VALUE,
        extractor=settings.extractor,
        obey=settings.obeyed,
        accept=settings.accepted,
        memory=settings.page_memory * MIB,
        alone=alone,
    )
    learning = _learning() if learn else None
    waiting: deque[asyncio.Task[list[CleanRecord]]] = deque()
    count = 0

    async def write_oldest() -> None:
        nonlocal count
        records = await waiting.popleft()
        _write(records, learning, complaints)
        count += len(records)
        progress(count)

    with cleaners:
        try:
            numbered = (NumberedInput(number, one) for number, one in enumerate(inputs))
            for chunk in parts(numbered, size=CHUNK_BYTES, most=CHUNK_PAGES):
                waiting.append(asyncio.create_task(cleaners.clean(chunk)))
                await asyncio.sleep(0)
                while len(waiting) > settings.cleaners * 2:
                    await write_oldest()
            while waiting:
                await write_oldest()
        finally:  # for example, the reader of our output has ended
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)


def _learning() -> Learning:
    from agents.clean.learning import Learning, MemoryProfiles

    return Learning(MemoryProfiles())


def _write(records: Sequence[CleanRecord], learning: Learning | None, complaints: Complaints) -> None:
    import orjson

    for one in cast("Sequence[CleanInput]", records):
        if one.problem:
            complaints.add(one.problem)
        if not one.value:
            continue
        record = orjson.loads((learning.clean(one, 0) if learning else one).value)
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
