"""`chistovik audit`: check that every page has exactly one outcome."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from agents.cli.failing import complain, finish
from agents.errors import EXIT_BAD_INPUT

if TYPE_CHECKING:
    from agents.reports.audit import Findings
    from agents.settings import Settings
    from pipeline.reports.audit import PartitionAudit, Ranges

NAME = "audit"
HELP = (
    "Check that every page and every URL has its outcome.\n\n"
    "Each page must have exactly one outcome. A URL must have at least one; a replayed dead letter adds another.\n\n"
    "Prints one row per partition of `pages`, and of `urls` if it is used: a table on a terminal, JSON lines into a "
    "pipe. The columns:\n\n"
    "* in flight: not finished yet. This is normal.\n"
    "* missing: no outcome, and no stage will process it any more.\n"
    "* twice: more than one outcome.\n"
    "* fell out: Kafka's retention deleted it before it was processed.\n\n"
    "Ranges of offsets are `[from, to]`, without `to`; the first 20 of each kind are listed.\n\n"
    "Exit code 0: all is well. 1: an outcome is missing or not the only one, or a record fell out."
)
EXAMPLE = "Example: `chistovik audit --json | jq 'select(.missing_pages > 0)'`"
RANGES_IN_TABLE = 3


def command(
    context: typer.Context,
    json: Annotated[bool, typer.Option("--json", help="Print JSON lines on a terminal as well.")] = False,
    settled: Annotated[bool, typer.Option("--settled", help="Exit with 1 also if anything is in flight.")] = False,
) -> None:
    from pipeline.reports.audit import summary

    found = finish(_audit(context.obj))
    if json or not sys.stdout.isatty():
        finish(_print(found))
    else:
        _show(found)
    sys.stdout.flush()
    if any(one.pages or one.fell_out.pages for one in found.urls):
        sys.stderr.write(summary(found.urls, "URLs") + "\n")
    sys.stderr.write(summary(found.partitions) + "\n")
    if found.strange:
        complain(f"{found.strange} outcomes do not name their page; the first is {found.strange_at}")
    if not found.whole or (settled and found.in_flight):
        raise typer.Exit(EXIT_BAD_INPUT)


async def _audit(settings: Settings) -> Findings:
    from agents.cli.show.events import Counter
    from agents.kafka import connect
    from agents.reports.audit import audit

    with Counter("reading") as counter:
        return await audit(
            connect(settings),
            settings.prefix,
            progress=lambda passed, total: counter.update(passed, total=total),
        )


async def _print(found: Findings) -> None:
    import orjson

    for topic, one in _lines(found):
        row = {"topic": topic, **one.row()}
        sys.stdout.buffer.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))
    sys.stdout.buffer.flush()


def _lines(found: Findings) -> list[tuple[str, PartitionAudit]]:
    """List the rows to show, each with its topic: all partitions of `pages`, and the used ones of `urls`."""
    urls = [("urls", one) for one in found.urls if one.pages or one.fell_out.pages]
    return [*(("pages", one) for one in found.partitions), *urls]


def _show(found: Findings) -> None:
    from agents.cli.show.events import table
    from pipeline.topics import OUTCOMES

    head = ("topic", "partition", "offsets", "records", *OUTCOMES, "in flight", "missing", "twice", "fell out")
    table(head, [(topic, *_cells(one)) for topic, one in _lines(found)])


def _cells(one: PartitionAudit) -> tuple[str, ...]:
    counts = (one.pages, *one.outcomes.values(), one.in_flight)
    ranges = (one.missing, one.twice, one.fell_out)
    return (str(one.partition), f"{one.begin}-{one.end}", *map(str, counts), *map(_cell, ranges))


def _cell(ranges: Ranges) -> str:
    if not ranges.pages:
        return "0"
    shown = [f"{start}-{end}" for start, end in ranges.first[:RANGES_IN_TABLE]]
    more = " …" if len(ranges.first) > len(shown) else ""
    return f"{ranges.pages} ({', '.join(shown)}{more})"
