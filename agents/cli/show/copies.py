"""An article with its revisions and duplicates, on a terminal."""

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
NAMED = "→"  # marks the page that the user named
INDENT = 6  # columns, of the line under an event
_STYLES = {"created": "green", "updated": "cyan", "exact": "yellow", "near": "magenta", "redelivered": "blue"}


def show(copies: Copies, limit: int) -> None:
    """Print the article, and at most `limit` of its revisions and `limit` of its duplicates."""
    console, head = Console(), copies.head()
    _show_head(console, head)
    if copies.revisions:
        _show_revisions(console, copies, limit)
    console.print(_total(head), style="bold")
    if copies.repeats:
        _show_repeats(console, copies, limit)


def _show_head(console: Console, head: ArticleSummary) -> None:
    unknown = "headline unknown: the article's events are no longer in Kafka"
    console.print(Text(one_line(head.headline or unknown, LONGEST_HEADLINE), style="bold"))
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column(overflow="fold")
    facts.add_row("article", Text(one_line(head.article_id, LONGEST_URL)))
    if head.url is not None:
        facts.add_row("URL", Text(one_line(head.url, LONGEST_URL)))
        if head.canonical_url not in {None, head.url}:
            facts.add_row("canonical URL", Text(one_line(head.canonical_url or "", LONGEST_URL)))
        facts.add_row("text", Text(f"{head.word_count:,} words, {one_line(head.in_language or '', 20)}"))
    facts.add_row("you named", Text(head.asked, style="bold"))
    console.print(facts)
    console.print()


def _show_revisions(console: Console, copies: Copies, limit: int) -> None:
    shown = in_time(copies.revisions, most=limit)
    _print_columns(console, "event", "revision")
    for entry in shown:
        _show_event(console, entry, entry.event, f"{entry.revision}", entry.why)
    if left := len(copies.revisions) - len(shown):
        console.print(Text(f"and {left:,} more (--limit shows more)", style="dim"))
    lost = min(entry.revision or 1 for entry in copies.revisions) - 1
    if lost:
        older = "revision 1 is" if lost == 1 else f"revisions 1 to {lost:,} are"
        console.print(Text(f"{older} no longer in Kafka", style="dim"))
    console.print()


def _show_repeats(console: Console, copies: Copies, limit: int) -> None:
    every = rows_of(copies.repeats)
    shown = chosen_rows(every, most=limit)
    _print_columns(console, "kind", "similarity")
    for row in shown:
        entry = row.entry
        similar = "" if entry.similarity is None else f"{entry.similarity:.2f}"
        _show_event(console, entry, str(entry.kind), similar, row.why)
    if left := len(every) - len(shown):
        console.print(Text(f"and {left:,} more (--limit shows more)", style="dim"))


def _print_columns(console: Console, kind: str, figure: str) -> None:
    console.print(Text(f"  {'fetched (UTC)':<18}{kind:<12}{figure:>10}  URL", style="bold"), soft_wrap=True)


def _show_event(console: Console, entry: ArticleEntry, kind: str, figure: str, why: str) -> None:
    """Print an event, and the reason under it. The terminal may wrap the first line, so the URL can be copied."""
    line = Text(f"{NAMED if entry.asked else ' '} {minute(entry.at):<18}", style="bold" if entry.asked else "")
    line.append(f"{kind:<12}", style=_STYLES.get(kind, "")).append(f"{figure:>10}  ")
    console.print(line.append(one_line(entry.url, LONGEST_URL)), soft_wrap=True)
    reason = Text(f"{why} · page {one_line(entry.page_id, SHORT_ID + 1)[:SHORT_ID]}", style="dim")
    console.print(Padding(reason, (0, 0, 0, INDENT)))


def _total(head: ArticleSummary) -> str:
    counts = {Kinship.EXACT: head.exact, Kinship.NEAR: head.near, Kinship.REDELIVERED: head.redelivered}
    total = sum(counts.values())
    if not total:
        return "no duplicates"
    parts = ", ".join(f"{count:,} {kind}" for kind, count in counts.items() if count)
    return f"{total:,} duplicate{'s' if total != 1 else ''}: {parts}"
