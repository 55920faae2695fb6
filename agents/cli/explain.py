"""`chistovik explain`: show why each block of a page was kept or removed."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from agents.cli.failing import CharsetOption, Complaints, complain, finish
from agents.errors import EXIT_BAD_INPUT, EXIT_USAGE, OutputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agents.cli.show.explained import Sheet
    from agents.feed.page_files import Input
    from agents.settings import Settings
    from pipeline.document.explain.explain import Explanation
    from pipeline.records.profile import Profile

NAME = "explain"
HELP = (
    "Show why each block of a page was kept or removed.\n\n"
    "Lists every block with the rule or score that decided, and the strongest reasons for and against it. Removed "
    "blocks are struck out. Needs no Kafka.\n\n"
    "INPUT is a page (HTML or plain text), a folder of pages, JSON lines as for `chistovik run`, or `-` for standard "
    "input. Without INPUT, standard input is read."
)
CLEANINGS = 4  # time limit of an explanation, in times that of a cleaning; it needs two to three
EXAMPLE = "Example: `chistovik explain page.html --html why.html`"


def command(
    context: typer.Context,
    inputs: Annotated[
        list[str] | None, typer.Argument(metavar="INPUT", help="Pages, folders, JSON lines, `-`.", show_default=False)
    ] = None,
    charset: CharsetOption = None,
    html: Annotated[
        str | None,
        typer.Option("--html", metavar="FILE", help="Write an HTML file instead of text; `-`: standard output."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON lines instead of text, one per block.")] = False,
    everything: Annotated[
        bool, typer.Option("--all", help="Show everything: no folded runs of removed blocks, no shortened blocks.")
    ] = False,
    reasons: Annotated[int, typer.Option(help="Show at most this many reasons per block.", min=0)] = 3,
    learn: Annotated[
        bool, typer.Option("--learn", help="Learn which lines each host repeats, as `chistovik clean --learn` does.")
    ] = False,
) -> None:
    from agents.feed.page_files import STDIN, is_one_page, read_inputs

    if html is not None and json:
        complain("--html and --json cannot be used together")
        raise typer.Exit(EXIT_USAGE)
    complaints, names = Complaints(), inputs or [STDIN]
    pages = complaints.sift(read_inputs(names, charset=charset))
    sheet = _sheet(html, json=json, everything=everything)
    failures = finish(_explain(pages, context.obj, sheet, alone=is_one_page(names), most=reasons, learn=learn))
    raise typer.Exit(EXIT_BAD_INPUT if failures else complaints.exit_code())


def _sheet(html: str | None, *, json: bool, everything: bool) -> Sheet:
    from agents.cli.show.explained import JsonLines, Terminal
    from agents.cli.show.explained_html import HtmlFile

    if html is None:
        return JsonLines() if json else Terminal(everything=everything)
    if html != "-":
        _check_writable(html)
    return HtmlFile(lambda content: _write(html, content), everything=everything)


def _check_writable(name: str) -> None:
    """Exit before the work if the file cannot be written. An existing file keeps its content."""
    from pathlib import Path

    try:
        Path(name).open("ab").close()
    except OSError as error:
        complain(f"--html {name}: {error.strerror or error}")
        raise typer.Exit(EXIT_USAGE) from None


def _write(name: str, content: bytes) -> None:
    from pathlib import Path

    if name == "-":
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    else:
        try:
            Path(name).write_bytes(content)
        except OSError as error:
            raise OutputError(f"--html {name}: {error.strerror or error}; the file is incomplete") from None


async def _explain(
    inputs: Iterable[Input], settings: Settings, sheet: Sheet, *, alone: bool, most: int, learn: bool
) -> int:
    """Explain one page after the other. Return how many could not be cleaned."""
    from agents.clean.pool import Cleaners
    from agents.settings import MIB
    from pipeline.topics import LARGE

    cleaners = Cleaners(
        processes=1,
        page_timeout=settings.page_timeout * CLEANINGS,
        max_page_bytes=settings.max_page_bytes,
        max_record_bytes=LARGE,
        extractor=settings.extractor,
        obey=settings.obeyed,
        accept=settings.accepted,
        memory=settings.page_memory * MIB,
        alone=alone,
    )
    hosts = _Hosts() if learn else None
    failures = 0
    with cleaners:
        for one in inputs:
            known = hosts.profile_of(one.page.url) if hosts else None
            explanation = await cleaners.explain_one(one.page, most=most, profile=known)
            if isinstance(explanation, str):
                failures += 1
                complain(f"{one.where}: {explanation}")
                sheet.failed(one.where, explanation)
                continue
            if hosts:
                hosts.learn(explanation)
            sheet.page(one.where, explanation)
    sheet.close()
    return failures


class _Hosts:
    """The profiles of hosts, learned from the pages so far."""

    def __init__(self) -> None:
        self._known: dict[str, Profile] = {}

    def profile_of(self, url: str) -> Profile | None:
        from pipeline.records.url import host_of

        return self._known.get(host_of(url) or "")

    def learn(self, explanation: Explanation) -> None:
        from pipeline.document.profile import learn
        from pipeline.records.profile import EMPTY

        if (lesson := explanation.lesson) is not None:
            self._known[lesson.host] = learn(self._known.get(lesson.host, EMPTY), lesson)
