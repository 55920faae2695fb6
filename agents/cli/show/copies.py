"""An article with everything that repeats it, on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from pipeline.article.copies import chosen_rows, in_time, minute, rows_of
from pipeline.records.verdict import Kinship
from pipeline.reports.dead_letters import SHORT_ID
from pipeline.text.plain import one_line

if TYPE_CHECKING:
    from pipeline.article.copies import ArticleEntry, ArticleSummary, Copies

LONGEST_URL, LONGEST_HEADLINE = 400, 200  # characters
ASKED = "→"
INDENT = 6  # of what stands under an event
_STYLES = {"created": "green", "updated": "cyan", "exact": "yellow", "near": "magenta", "redelivered": "blue"}


def show(copies: Copies, limit: int) -> None:
    """Print the article, its revisions, and so many of the pages that repeat it."""
    console, head = Console(), copies.head()
    _show_head(console, head)
    if copies.revisions:
        _show_revisions(console, copies, limit)
    console.print(_sum(head), style="bold")
    if copies.repeats:
        _show_repeats(console, copies, limit)


def _show_head(console: Console, head: ArticleSummary) -> None:
    gone = "its events are not in `articles` any more"
    console.print(Text(one_line(head.headline or gone, LONGEST_HEADLINE), style="bold"))
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column(overflow="fold")
    facts.add_row("article", Text(one_line(head.article_id, LONGEST_URL)))
    if head.url is not None:
        facts.add_row("URL", Text(one_line(head.url, LONGEST_URL)))
        if head.canonical_url not in {None, head.url}:
            facts.add_row("canonical URL", Text(one_line(head.canonical_url or "", LONGEST_URL)))
        facts.add_row("text", Text(f"{head.word_count:,} words, {one_line(head.in_language or '', 20)}"))
    facts.add_row("asked for", Text(head.asked, style="bold"))
    console.print(facts)
    console.print()


def _show_revisions(console: Console, copies: Copies, limit: int) -> None:
    shown = in_time(copies.revisions, most=limit)
    _columns(console, "revision")
    for entry in shown:
        _show_event(console, entry, entry.event, f"{entry.revision}", entry.why)
    if left := len(copies.revisions) - len(shown):
        console.print(Text(f"and {left:,} more (--limit)", style="dim"))
    lost = min(entry.revision or 1 for entry in copies.revisions) - 1
    if lost:
        older = "revision 1 is" if lost == 1 else f"revisions 1 to {lost:,} are"
        console.print(Text(f"{older} not kept any more", style="dim"))
    console.print()


def _show_repeats(console: Console, copies: Copies, limit: int) -> None:
    every = rows_of(copies.repeats)
    shown = chosen_rows(every, most=limit)
    _columns(console, "similar")
    for row in shown:
        entry = row.entry
        similar = "" if entry.similarity is None else f"{entry.similarity:.2f}"
        _show_event(console, entry, str(entry.kind), similar, row.why)
    if left := len(every) - len(shown):
        console.print(Text(f"and {left:,} more (--limit)", style="dim"))


def _columns(console: Console, figure: str) -> None:
    console.print(Text(f"  {'fetched (UTC)':<18}{'what it is':<13}{figure:>8}  URL", style="bold"), soft_wrap=True)


def _show_event(console: Console, entry: ArticleEntry, what: str, figure: str, why: str) -> None:
    """Print an event: a line that a terminal may wrap, so that its URL can be copied, and under it why."""
    line = Text(f"{ASKED if entry.asked else ' '} {minute(entry.at):<18}", style="bold" if entry.asked else "")
    line.append(f"{what:<13}", style=_STYLES.get(what, "")).append(f"{figure:>8}  ")
    console.print(line.append(one_line(entry.url, LONGEST_URL)), soft_wrap=True)
    said = Text(f"{why} · page {one_line(entry.page_id, SHORT_ID + 1)[:SHORT_ID]}", style="dim")
    console.print(Padding(said, (0, 0, 0, INDENT)))


def _sum(head: ArticleSummary) -> str:
    counts = {Kinship.EXACT: head.exact, Kinship.NEAR: head.near, Kinship.REDELIVERED: head.redelivered}
    total = sum(counts.values())
    if not total:
        return "nothing repeats it"
    parts = ", ".join(f"{count:,} {kind}" for kind, count in counts.items() if count)
    return f"repeated {total:,} time{'s' if total != 1 else ''}: {parts}"
