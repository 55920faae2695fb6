"""`chistovik dead-letters`: list, show, replay and drop pages that failed."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agents.cli.failing import complain, finish
from agents.errors import EXIT_BAD_INPUT, EXIT_USAGE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from agents.reports.dead_letters import DeadLetterStore, ReplayJob
    from agents.settings import Settings
    from pipeline.records.note import State
    from pipeline.reports.dead_letters import LetterRow, NewestLetters, Original, StoredLetter

NAME = "dead-letters"
SHOWN_ERROR, SHOWN_URL = 100, 70  # characters, on a terminal
SHOWN_TEXT = 4000
IDS = "The first characters of the id, enough to identify one page."

app = typer.Typer(
    help="List, show, replay or drop the pages and URLs that could not be processed.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)
Ids = Annotated[list[str] | None, typer.Argument(metavar="ID", help=IDS, show_default=False)]
Grep = Annotated[str | None, typer.Option(metavar="TEXT", help="Only dead letters with TEXT in the URL or the error.")]
Everything = Annotated[bool, typer.Option("--all", help="All open dead letters. Use it instead of IDs.")]


@app.command(epilog="Example: `chistovik dead-letters ls --grep 'took longer' | jq -r .id`")
def ls(
    context: typer.Context,
    limit: Annotated[int, typer.Option(help="Show at most this many, the newest ones.", min=1)] = 50,
    grep: Grep = None,
    everything: Annotated[bool, typer.Option("--all", help="Include replayed and dropped ones.")] = False,
) -> None:
    """List open dead letters, newest first.

    Prints a table on a terminal and JSON lines into a pipe.
    """
    problems = _Problems()
    newest = finish(_list(context.obj, limit, grep, everything, problems))
    finish(_print_rows(newest, everything))
    sys.stdout.flush()
    if newest.seen > limit:
        sys.stderr.write(f"shown: the newest {limit} of {newest.seen} (--limit shows more)\n")
    raise typer.Exit(problems.exit_code())


@app.command(epilog="Example: `chistovik dead-letters show 3f9a --raw > record.json`")
def show(
    context: typer.Context,
    id_: Annotated[str, typer.Argument(metavar="ID", help=IDS, show_default=False)],
    raw: Annotated[bool, typer.Option("--raw", help="Write only the original record, byte for byte.")] = False,
    body: Annotated[bool, typer.Option("--body", help="Write only the page's body, byte for byte.")] = False,
) -> None:
    """Show a dead letter and its page.

    If the page has several dead letters, the newest one is shown.
    """
    if raw and body:
        complain("--raw and --body cannot be used together")
        raise typer.Exit(EXIT_USAGE)
    problems = _Problems()
    finish(_show(context.obj, id_, "raw" if raw else "body" if body else "", problems))
    raise typer.Exit(problems.exit_code())


@app.command(
    epilog="Example: `chistovik dead-letters replay 3f9a`\n\n`chistovik dead-letters replay --all --grep 'took longer'`"
)
def replay(
    context: typer.Context,
    ids: Ids = None,
    everything: Everything = False,
    grep: Grep = None,
    force: Annotated[bool, typer.Option("--force", help="Include pages that failed 5 times or more.")] = False,
) -> None:
    """Process failed pages and URLs again.

    Sends the original records again, unchanged. No article is published twice.
    """
    from agents.reports import dead_letters

    async def do(work: ReplayJob) -> None:
        await dead_letters.replay(work, ids or [], grep=grep)

    _check(ids, everything, grep)
    _work(context.obj, do, "replayed", force=force)


@app.command(epilog="Example: `chistovik dead-letters drop 3f9a`")
def drop(context: typer.Context, ids: Ids = None, everything: Everything = False, grep: Grep = None) -> None:
    """Hide dead letters that need no work.

    Marks them as dropped, so that `ls` no longer lists them. Deletes nothing.
    """
    from agents.reports import dead_letters

    async def do(work: ReplayJob) -> None:
        await dead_letters.drop(work, ids or [], grep=grep)

    _check(ids, everything, grep)
    _work(context.obj, do, "dropped", force=False)


class _Problems:
    """Reports each dead letter that cannot be processed, one line each, and counts them."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, line: str) -> None:
        self.count += 1
        complain(line)

    def exit_code(self) -> int:
        return EXIT_BAD_INPUT if self.count else 0


def _check(ids: list[str] | None, everything: bool, grep: str | None) -> None:
    """Exit unless either IDs or --all is given. An empty id is refused, because it would match every page."""
    if bool(ids) == everything or "" in (ids or []):
        complain("name the dead letters: either IDs, or --all for all open ones")
        raise typer.Exit(EXIT_USAGE)
    if grep is not None and not everything:
        complain("--grep works only together with --all")
        raise typer.Exit(EXIT_USAGE)


def _work(settings: Settings, do: Callable[[ReplayJob], Awaitable[None]], done: str, *, force: bool) -> None:
    problems = _Problems()

    async def run() -> int:
        from agents.kafka import answering
        from agents.kafka.outbox import KafkaOutbox, sending
        from agents.reports.dead_letters import ReplayJob

        desk = await _desk(settings)
        async with (
            answering(desk.connection),
            sending(desk.connection, "dead-letters") as producer,
            desk.reader() as reader,
        ):
            work = ReplayJob(desk, KafkaOutbox(producer, settings.prefix), reader, problems, force=force)
            await do(work)
            return work.done

    count = finish(run())
    sys.stderr.write(f"{count} {done}" + (f", {problems.count} failed" if problems.count else "") + "\n")
    raise typer.Exit(problems.exit_code())


async def _desk(settings: Settings) -> DeadLetterStore:
    from agents.kafka import connect
    from agents.kafka.topics import check_topics
    from agents.reports.dead_letters import DeadLetterStore

    connection = connect(settings)
    await check_topics(connection, settings.prefix)
    return DeadLetterStore(connection, settings.prefix)


async def _list(
    settings: Settings, limit: int, grep: str | None, everything: bool, problems: _Problems
) -> NewestLetters:
    from agents.reports.dead_letters import list_letters

    return await list_letters(await _desk(settings), limit=limit, grep=grep, everything=everything, report=problems)


async def _print_rows(newest: NewestLetters, everything: bool) -> None:
    from agents.cli.show.events import table
    from pipeline.records.wire import encode

    if not sys.stdout.isatty():
        sys.stdout.buffer.writelines(encode(row) + b"\n" for row in newest.rows())
        return
    head = ("id", "when", "stage", "attempt", "url", "error")
    table((*head, "state") if everything else head, [_cells(row, everything) for row in newest.rows()])


def _cells(row: LetterRow, everything: bool) -> tuple[str, ...]:
    from pipeline.reports.dead_letters import SHORT_ID
    from pipeline.text.plain import one_line

    when = row.at.strftime("%Y-%m-%d %H:%M:%S")
    url, error = one_line(row.url, SHOWN_URL), one_line(row.error, SHOWN_ERROR)
    cells = (one_line(row.id, SHORT_ID + 1)[:SHORT_ID], when, row.stage, str(row.attempt), url, error)
    return (*cells, row.state or "open") if everything else cells


async def _show(settings: Settings, id_: str, only: str, problems: _Problems) -> None:
    from agents.kafka import answering
    from agents.reports.dead_letters import GoneError

    desk = await _desk(settings)
    for places in await desk.find([id_], problems):
        async with answering(desk.connection), desk.reader() as reader:
            try:
                filed = await desk.read(reader, places[-1])
            except GoneError as error:
                problems(str(error))
                return
            original = await desk.original_or_why_not(reader, filed)
        if not only:
            _write_letter(filed, (await desk.notes()).get(filed.place.key), original)
        elif isinstance(original, str):
            problems(original)
        else:
            _write_bytes(original, only, problems)


def _write_bytes(original: Original, only: str, problems: _Problems) -> None:
    from pipeline.records.wire import Malformed
    from pipeline.reports.dead_letters import page_of

    page = page_of(original)
    if only == "raw":
        sys.stdout.buffer.write(original.value)
    elif isinstance(page, Malformed):
        problems(f"the original record is not a page ({page.error}); use --raw to write the record")
    else:
        sys.stdout.buffer.write(page.raw)
    sys.stdout.buffer.flush()


def _write_letter(filed: StoredLetter, state: State | None, original: Original | str) -> None:
    from pipeline.records.wire import Malformed, encode, rfc3339
    from pipeline.reports.dead_letters import page_of, text_of

    page = Malformed(original) if isinstance(original, str) else page_of(original)
    problem = page.error if isinstance(page, Malformed) else ""
    text = None if isinstance(page, Malformed) else text_of(page)
    source = filed.letter.provenance
    fields = asdict(filed.row(state)) | {
        "at": rfc3339(filed.at),
        "fetched_at": rfc3339(source.fetched_at) if source.fetched_at else None,
        "source": source.place,
        "headers": {name: (value or b"").decode("utf-8", "replace") for name, value in filed.headers},
        "original_bytes": None if isinstance(original, str) else len(original.value),
        "original_problem": problem
        or ("the text does not fit the charset that the page declares" if text is None else None),
    }
    if sys.stdout.isatty():
        _show_fields(fields, text)
    else:
        sys.stdout.buffer.write(encode(fields | {"text": text}) + b"\n")
        sys.stdout.buffer.flush()


def _show_fields(fields: dict[str, Any], text: str | None) -> None:
    from rich.console import Console
    from rich.text import Text

    from agents.cli.show.events import table
    from pipeline.text.plain import one_line, printable

    shown = fields | {"state": fields["state"] or "open", "headers": None}
    shown |= {f"header {name}": value for name, value in fields["headers"].items()}
    rows = [(one_line(name, 60), one_line(str(value), 2000)) for name, value in shown.items() if value is not None]
    table(("field", "value"), [*rows])
    if text is not None:
        more = f"\n… {len(text) - SHOWN_TEXT} more characters (--body writes all)" if len(text) > SHOWN_TEXT else ""
        Console().print(Text("\n" + printable(text[:SHOWN_TEXT]) + more))
