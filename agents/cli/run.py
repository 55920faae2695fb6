"""`chistovik run`: run the whole pipeline in one command, without a Kafka of your own."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from agents.cli.failing import CharsetOption, Complaints, complain, finish
from agents.errors import EXIT_BAD_INPUT, EXIT_USAGE

if TYPE_CHECKING:
    from agents.run.tally import Tally

NAME = "run"
HELP = (
    "Run the whole pipeline on files and print its events. Needs no Kafka.\n\n"
    "Cleans the pages, finds duplicates, and prints the events in the order of the pages: for people on a terminal, "
    "as JSON lines into a pipe. Exits when every page has its outcome.\n\n"
    "INPUT is a page (HTML or plain text), a folder of pages, `-` for standard input, or JSON lines "
    "(.jsonl, .jsonl.gz, .jsonl.xz), one page per line:\n\n"
    '`{"url": …, "html" or "text": …, "id": optional, "fetched_at": optional}`'
)
EXAMPLE = "Example:\n\n`chistovik run pages/ --topics articles,duplicates > events.jsonl`"


def command(
    context: typer.Context,
    inputs: Annotated[
        list[str], typer.Argument(metavar="INPUT", help="Pages, folders, JSON lines, `-`.", show_default=False)
    ],
    topics: Annotated[
        str,
        typer.Option(
            help="Events to print, separated by commas: articles, duplicates, discarded, dead-letters.",
            metavar="NAMES",
        ),
    ] = "articles",
    charset: CharsetOption = None,
) -> None:
    from agents.cli.show.events import printer, terminal_of
    from agents.cli.show.input_bar import InputBar
    from agents.feed.page_files import meter_of, read_inputs
    from agents.run.local import run
    from pipeline.topics import OUTCOMES

    settings = context.obj
    wanted = {name.strip() for name in topics.split(",") if name.strip()}
    if unknown := wanted - OUTCOMES.keys():
        complain(f"--topics: no topic {', '.join(sorted(unknown))}; choose from {', '.join(OUTCOMES)}")
        raise typer.Exit(EXIT_USAGE)
    complaints, show, terminal = Complaints(), printer(), terminal_of()
    report = None
    if terminal:
        from agents.cli.show.run_report import RunReport

        report = RunReport(terminal, wanted)

    def emit(topic: str, event: bytes) -> None:
        if report:
            report.add(topic, event)
        elif topic in wanted:
            show(event)

    meter = meter_of(inputs)
    with InputBar("pages", meter, console=terminal) as bar:

        def progress(tally: Tally) -> None:
            bar.update(tally.outcomes.total(), _counts(tally, nothing="starting"))

        pages = complaints.sift(read_inputs(inputs, charset=charset, meter=meter))
        tally = finish(run(pages, settings, emit=emit, progress=progress))
    if report:
        report.close(tally, inputs)
    _close(tally, summed_up=report is not None)
    raise typer.Exit(complaints.exit_code() if tally.whole else EXIT_BAD_INPUT)


def _counts(tally: Tally, nothing: str = "no outcomes") -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(tally.outcomes.items())) or nothing


def _close(tally: Tally, *, summed_up: bool) -> None:
    sys.stdout.flush()
    if not summed_up:
        sys.stderr.write(f"{tally.fed} pages: {_counts(tally)}\n")
    for kind, pages in (("no outcome", tally.missing), ("more than one outcome", tally.twice)):
        for where in pages:
            complain(f"{where}: {kind}")
