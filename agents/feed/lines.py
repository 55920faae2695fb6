"""Lines of files, plain, .gz or .xz: numbered, limited in length, and optionally after a given line."""

from __future__ import annotations

import lzma
import os
import zlib
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from agents.feed.list_forms import HEAD, Lines, gunzipped, utf16_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BUFFER = 1 << 20  # bytes: rows with a page are longer than Python's 8 KB
DAMAGED = (OSError, EOFError, lzma.LZMAError, zlib.error)  # errors that reading a file may raise


@dataclass(frozen=True, slots=True)
class Line:
    """A line and its number, from 1. Only the beginning is kept of a line that is too long."""

    number: int
    raw: bytes
    is_too_long: bool = False


@dataclass(slots=True)
class Meter:
    """Counts bytes to read and bytes read, over all files. Compressed files count with their size on disk."""

    total: int = 0
    done: int = 0
    _files: dict[str, int] = field(default_factory=dict)

    def expect(self, path: Path) -> None:
        """Count a file that will be read; anything but a regular file counts as 0 bytes."""
        try:
            self.total += path.stat().st_size if path.is_file() else 0
        except OSError:
            return

    def at(self, path: Path, position: int) -> None:
        """Record how far a file was read."""
        self.done += position - self._files.get(str(path), 0)
        self._files[str(path)] = position


def read_lines(path: Path, *, longest: int, after: int = 0, meter: Meter | None = None) -> Iterator[Line]:
    """Read the lines after number `after`. Raises one of DAMAGED after the last readable line."""
    with path.open("rb", buffering=BUFFER) as raw, unpacking(raw, path.name) as lines:
        head = lines.peek(HEAD)[:HEAD]
        text = Lines(lines, head) if utf16_of(head) else nullcontext(lines)  # a shell of Windows writes UTF-16
        with text as source:
            yield from numbered(source, longest=longest, after=after, moved=mover(path, raw, meter))
        if meter:
            meter.at(path, os.fstat(raw.fileno()).st_size)


def numbered(lines: Any, *, longest: int, after: int = 0, moved: Any = lambda: None) -> Iterator[Line]:
    """Yield the lines of a stream of bytes with their numbers."""
    number = 0
    while raw := lines.readline(longest):
        number += 1
        is_too_long = len(raw) >= longest
        line = raw
        while len(raw) == longest and not raw.endswith(b"\n"):  # skip the rest of a line that is too long
            raw = lines.readline(longest)
        if number > after:
            moved()
            yield Line(number, line, is_too_long)


def unpacking(raw: Any, name: str) -> Any:
    """Open a stream; the file's name decides whether it is decompressed."""
    name = name.lower()
    if name.endswith(".gz"):
        return gunzipped(raw)
    return lzma.open(raw, "rb") if name.endswith(".xz") else nullcontext(raw)


def reason(error: BaseException) -> str:
    """Return in a few words why a file cannot be read."""
    if isinstance(error, FileNotFoundError):
        return "no such file"
    if isinstance(error, IsADirectoryError):
        return "a folder, not a file"
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__


def mover(path: Path, raw: Any, meter: Meter | None) -> Any:
    """Return a function that records how far a file was read."""
    if meter is None:
        return lambda: None
    return lambda: meter.at(path, raw.tell())
