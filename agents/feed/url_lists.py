"""URLs to fetch, from the command line and from lists: one per line, or JSON rows."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from agents.feed.lines import DAMAGED, Line, numbered, read_lines, reason
from agents.feed.page_files import STDIN, Place, Problem
from pipeline.records.wire import Malformed, decode
from pipeline.url.rows import UrlRow, target_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from agents.feed.lines import Meter
    from pipeline.records.target import Target

LONGEST_LINE = 64 << 10  # bytes: a URL of 8,192 characters, escaped, and the row's other fields


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
    """Read a list of URLs after line `after`: a file, plain, .gz or .xz, or `-` for standard input.

    Empty lines and comments are skipped. A comment begins with `#`, at the start of a line or after a URL and a space.
    """
    if name == STDIN:
        for line in numbered(sys.stdin.buffer, longest=LONGEST_LINE):
            if (url := _of_line(line, "standard input", None)) is not None:
                yield url
        return
    path = Path(name)
    try:
        for line in read_lines(path, longest=LONGEST_LINE, after=after, meter=meter):
            if (url := _of_line(line, name, path)) is not None:
                yield url
    except DAMAGED as error:
        yield Problem(name, reason(error))


def _of_line(line: Line, name: str, path: Path | None) -> UrlInput | Problem | None:
    where = f"{name}:{line.number}"
    place = Place(path, line.number) if path else None
    if line.is_too_long:
        return Problem(where, f"a line longer than {LONGEST_LINE >> 10} KiB", place)
    try:
        text = line.raw.decode("utf-8-sig").strip()
    except UnicodeDecodeError as error:
        return Problem(where, f"not UTF-8 (byte 0x{line.raw[error.start]:02x} at offset {error.start})", place)
    if not text or text.startswith("#"):
        return None
    row: UrlRow | Malformed = decode(UrlRow, text.encode()) if text.startswith("{") else _plain(text)
    return Problem(where, row.error, place) if isinstance(row, Malformed) else _made(row, where, place)


def _plain(line: str) -> UrlRow | Malformed:
    url, _, rest = line.partition(" ")
    if rest.strip() and not rest.strip().startswith("#"):
        return Malformed(f"more than one URL on a line: {rest.strip()[:60]!r}; write spaces in a URL as %20")
    return UrlRow(url=url) if len(url) <= 8192 else Malformed(f"a URL of {len(url)} characters; the limit is 8192")


def _made(row: UrlRow, where: str, place: Place | None) -> UrlInput | Problem:
    target = target_of(row, source="feed", now=datetime.now(UTC))
    if isinstance(target, Malformed):
        return Problem(where, target.error, place)
    return UrlInput(target=target, where=where, place=place)
