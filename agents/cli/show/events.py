"""Events and progress: for people on a terminal, JSON lines into a pipe."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING, Any, Self

import orjson
from rich.console import Console, Group
from rich.markup import escape
from rich.panel import Panel
from rich.progress import MofNCompleteColumn, ProgressColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

SHOWN_CHARACTERS = 600
STYLES = {
    "created": "green",
    "updated": "cyan",
    "duplicate": "yellow",
    "discarded": "magenta",
    "dead-letter": "red",
}


def printer() -> Callable[[bytes], None]:
    """Return the function that prints an event: panels on a terminal, JSON lines into a pipe."""
    if not sys.stdout.isatty():
        return _print_line
    console = Console()
    return lambda event: console.print(_panel(orjson.loads(event)))


def terminal_of() -> Console | None:
    """Return the console of standard output, or None if that is no terminal.

    Characters that the terminal's encoding lacks are printed as `?`.
    """
    if not sys.stdout.isatty():
        return None
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    return Console(highlight=False)


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    """Print rows: a table on a terminal, tab-separated lines into a pipe."""
    if not sys.stdout.isatty():
        sys.stdout.writelines("\t".join(row) + "\n" for row in rows)
        return
    shown = Table(*head, box=None, header_style="bold")
    for row in rows:
        shown.add_row(*map(escape, row))
    Console().print(shown)


def _print_line(event: bytes) -> None:
    sys.stdout.buffer.write(event + b"\n")
    sys.stdout.buffer.flush()


def _panel(event: dict[str, Any]) -> Panel:
    kind = event["event"]
    title = f"[bold {STYLES.get(kind, 'white')}]{kind}[/] {escape(event['url'])}"
    return Panel(Group(*_lines(event)), title=title, title_align="left", border_style="dim")


def _lines(event: dict[str, Any]) -> list[Text]:
    if "article_body" in event:
        body = event["article_body"].removeprefix(event["headline"] or "").lstrip()
        shown = body[:SHOWN_CHARACTERS].rstrip() + (" …" if len(body) > SHOWN_CHARACTERS else "")
        removed = event["cleaning"]["removed"]
        counts = ", ".join(f"{one['lines']} {one['rule']}" for one in removed) or "none"
        facts = f"{event['in_language']} · {event['word_count']} words · removed lines: {counts}"
        head = [Text(event["headline"], style="bold")] if event["headline"] else []
        return [*head, Text(shown), Text(facts, style="dim")]
    if kind := event.get("kind"):
        return [Text(f"{kind} duplicate of article {event['article_id']}")]
    return [Text(": ".join(str(event[key]) for key in ("reason", "detail", "stage", "error") if event.get(key)))]


class StatusLine:
    """A context manager with a moving line on standard error. If that is no terminal, nothing is shown."""

    def __init__(
        self,
        label: str,
        *columns: ProgressColumn,
        total: int | None = None,
        console: Console | None = None,
        **fields: Any,
    ) -> None:
        console, disabled = console or Console(stderr=True), not sys.stderr.isatty()
        self._bar = Bar(SpinnerColumn(), TextColumn(label), *columns, console=console, disable=disabled, transient=True)
        self._task = self._bar.add_task(label, total=total, **fields)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()


class Counter(StatusLine):
    """A status line with a count, a note and the elapsed time."""

    def __init__(self, label: str, *, console: Console | None = None) -> None:
        columns = (MofNCompleteColumn(), TextColumn("{task.fields[note]}"), TimeElapsedColumn())
        super().__init__(label, *columns, console=console, note="")

    def update(self, done: int, *, total: int | None = None, note: str = "") -> None:
        """Show how much is done."""
        self._bar.update(self._task, completed=done, total=total, note=note)
