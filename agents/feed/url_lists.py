"""URLs to fetch, from the command line and from lists: one per line, or JSON rows."""

from __future__ import annotations

import csv
import os
import re
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agents.feed.lines import DAMAGED, Line, mover, numbered, reason
from agents.feed.list_forms import HEAD, Lines, Table, other_format, plain_stream, table_of
from agents.feed.page_files import STDIN, Place, Problem
from pipeline.records.wire import Malformed, decode
from pipeline.url.rows import UrlRow, target_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from agents.feed.lines import Meter
    from pipeline.records.target import Target

LONGEST_LINE = 64 << 10  # bytes: a URL of 8,192 characters, escaped, and the row's other fields
_WRAPPED = re.compile(r"""<([^<>]+)>|"([^"]+)",?|'([^']+)',?""")  # in brackets or quotes, as in mails and programs


@dataclass(frozen=True, slots=True, kw_only=True)
class UrlInput:
    """A URL to feed, and where it was given."""

    target: Target
    where: str
    place: Place | None = None


def is_url(argument: str) -> bool:
    """Return whether an argument is a web URL, not a path."""
    return argument.lower().startswith(("http://", "https://"))


def named_urls(urls: Iterable[str]) -> Iterator[UrlInput | Problem]:
    """Turn arguments into targets."""
    for number, url in enumerate(urls, 1):
        yield (
            _made(UrlRow(url=url), f"argument {number}", None)
            if len(url) <= 8192
            else Problem(f"argument {number}", f"a URL of {len(url)} characters; the limit is 8192")
        )


def read_urls(name: str, *, after: int = 0, meter: Meter | None = None) -> Iterator[UrlInput | Problem]:
    """Read a list of URLs after line `after`: a file, plain, gzip or xz, or `-` for standard input.

    Empty lines and comments are skipped. A comment begins with `#`, at the start of a line or after a URL and a space.
    Of a table (CSV, TSV) the column with URLs is read. A file of another format is one Problem.
    """
    try:
        if name == STDIN:
            yield from _of_stream(sys.stdin.buffer, "standard input", None, after)
            return
        path = Path(name)
        with path.open("rb") as raw:
            yield from _of_stream(raw, name, path, after, moved=mover(path, raw, meter))
            if meter:
                meter.at(path, os.fstat(raw.fileno()).st_size)
    except IsADirectoryError:
        yield Problem(name, "a folder: name a file with one URL a line (folders of pages: --pages)")
    except DAMAGED as error:
        yield Problem("standard input" if name == STDIN else name, reason(error))


def _of_stream(
    raw: Any, name: str, path: Path | None, after: int, moved: Callable[[], None] = lambda: None
) -> Iterator[UrlInput | Problem]:
    stream = plain_stream(raw)
    try:
        head = stream.peek(HEAD)[:HEAD]
        if (what := other_format(head)) is not None:
            yield Problem(name, f"not a list of URLs but {what}")
            return
        table = table_of(name, head)
        with Lines(stream, head) as text:
            lines = numbered(text, longest=LONGEST_LINE, after=0 if table else after, moved=moved)
            if table is not None:
                yield from _of_table(lines, table, name, path, after)
                return
            for line in lines:
                if (url := _of_line(line, name, path)) is not None:
                    yield url
    finally:
        if stream is not raw:
            stream.close()


def _of_table(
    lines: Iterator[Line], table: Table, name: str, path: Path | None, after: int
) -> Iterator[UrlInput | Problem]:
    """Read the rows of a table; a cell in quotes may have several lines."""
    at = 0

    def texts() -> Iterator[str]:
        nonlocal at
        for line in lines:
            at = line.number
            yield line.raw.decode("utf-8-sig", "replace")

    rows = csv.reader(texts(), delimiter=table.delimiter)
    is_head = table.column is not None
    while True:
        try:
            cells = next(rows, None)
        except csv.Error as error:
            yield Problem(f"{name}:{at}", f"not a row of a table: {error}")
            continue
        if cells is None:
            return
        if not any(cell.strip() for cell in cells) or cells[0].startswith("#"):
            continue
        if is_head or at <= after:
            is_head = False
            continue
        where, place = f"{name}:{at}", Place(path, at) if path else None
        url = table.url_in(cells)
        row = _plain(url) if url else Malformed("no URL in this row")
        yield Problem(where, row.error, place) if isinstance(row, Malformed) else _made(row, where, place)


def _of_line(line: Line, name: str, path: Path | None) -> UrlInput | Problem | None:
    where = f"{name}:{line.number}"
    place = Place(path, line.number) if path else None
    if line.is_too_long:
        return Problem(where, f"a line longer than {LONGEST_LINE >> 10} KiB", place)
    if line.raw.lstrip().startswith(b"#"):
        return None
    try:
        text = line.raw.decode("utf-8-sig").strip()
    except UnicodeDecodeError as error:
        return Problem(where, f"not UTF-8 (byte 0x{line.raw[error.start]:02x} at offset {error.start})", place)
    if not text or text.startswith("#"):
        return None
    row: UrlRow | Malformed = decode(UrlRow, text.encode()) if text.startswith("{") else _plain(text)
    return Problem(where, row.error, place) if isinstance(row, Malformed) else _made(row, where, place)


def _plain(line: str) -> UrlRow | Malformed:
    if "\t" in line and len(urls := [cell for cell in line.split("\t") if is_url(cell.strip())]) == 1:
        line = urls[0].strip()
    if (found := _WRAPPED.fullmatch(line)) is not None:
        line = found[1] or found[2] or found[3]
    url, *rest = line.split(maxsplit=1)
    if rest and not rest[0].startswith("#"):
        return Malformed(f"more than one URL on a line: {rest[0][:60]!r}; write spaces in a URL as %20")
    return UrlRow(url=url) if len(url) <= 8192 else Malformed(f"a URL of {len(url)} characters; the limit is 8192")


def _made(row: UrlRow, where: str, place: Place | None) -> UrlInput | Problem:
    target = target_of(row, source="feed", now=datetime.now(UTC))
    if isinstance(target, Malformed):
        return Problem(where, target.error, place)
    return UrlInput(target=target, where=where, place=place)
