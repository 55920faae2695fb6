"""Turn INPUT arguments into pages: files, folders, standard input, JSON lines.

A bad input becomes a `Problem` of one line (what and where); the others are still read.
"""

from __future__ import annotations

import codecs
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from agents.feed.lines import DAMAGED, Line, Meter, read_lines, reason
from pipeline.page.fallback_charset import choose_charset
from pipeline.page.markup import looks_like_html
from pipeline.page.opening import Unopened, open_page
from pipeline.records.page import Page, page_of
from pipeline.records.reason import Reason
from pipeline.records.wire import Malformed, decode, encode
from pipeline.url.rows import PageRow, page_of_row

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

STDIN = "-"
ROWS = (".jsonl", ".jsonl.gz", ".jsonl.xz", ".ndjson")
LONGEST_ROW = 64 << 20  # bytes of one JSON line


@dataclass(frozen=True, slots=True)
class Place:
    """A row of a file, from which reading can continue. `feed --resume` stores it."""

    source: Path
    row: int  # from 1


@dataclass(frozen=True, slots=True)
class Problem:
    """An input that is not a page, or a page that cannot be read: where, and what is wrong."""

    where: str
    what: str
    place: Place | None = None

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A page to clean or feed, with the id of its row, and its problem if it has one."""

    page: Page
    where: str
    value: bytes | None = None  # its record, and the bytes of its body, if they were made already
    body: bytes | None = None
    id: str | int | None = None
    problem: Problem | None = None
    place: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RawInput:
    """The bytes of an input that are not read as a page yet: a whole file, or a row of JSON lines."""

    value: bytes
    where: str
    name: str  # of the file, for the page's URL
    charset: str | None = None  # of a file that does not declare one
    place: Place | None = None  # of a row; None for a file

    def read(self, *, encoded: bool = False) -> Input | Problem:
        """Read the bytes as a page; a row that is no page becomes a Problem. `encoded`: make its record, too."""
        return _of_file(self) if self.place is None else _of_row(self, self.place, encoded=encoded)


def read_inputs(
    names: Iterable[str], *, charset: str | None = None, meter: Meter | None = None
) -> Iterator[Input | Problem]:
    """Read pages to feed, in the order of the arguments; files of a folder in the order of their names."""
    return _read(raw_inputs(names, charset=charset, meter=meter))


def _read(inputs: Iterable[RawInput | Problem]) -> Iterator[Input | Problem]:
    return (one if isinstance(one, Problem) else one.read(encoded=True) for one in inputs)


def raw_inputs(
    names: Iterable[str], *, charset: str | None = None, meter: Meter | None = None
) -> Iterator[RawInput | Problem]:
    """Read the bytes of inputs, in the same order as `read_inputs`."""
    for name in names:
        if name == STDIN:
            yield from _of_stdin(charset)
            continue
        path = Path(name)
        if path.is_dir():
            yield from _of_folder(path, charset, meter)
        elif path.name.lower().endswith(ROWS):
            yield from _raw_rows(path, meter=meter)
        else:
            yield _raw_file(path, path.name, charset, meter)


def meter_of(names: Iterable[str]) -> Meter:
    """Return a meter that expects all bytes of the inputs; standard input counts as 0 bytes."""
    meter = Meter()
    for path in map(Path, names):
        for file in _files(path) if path.is_dir() else [path]:
            meter.expect(file)
    return meter


def _of_stdin(charset: str | None) -> Iterator[RawInput | Problem]:
    try:
        raw = sys.stdin.buffer.read()
    except OSError as error:
        yield Problem("standard input", reason(error))
    else:
        yield RawInput(value=raw, where="standard input", name=STDIN, charset=charset)


def is_one_page(names: Sequence[str]) -> bool:
    """Tell whether the arguments name a single page: a file, or standard input."""
    if len(names) != 1:
        return False
    (name,) = names
    return name == STDIN or not (Path(name).is_dir() or name.lower().endswith(ROWS))


def _of_folder(folder: Path, charset: str | None, meter: Meter | None) -> Iterator[RawInput | Problem]:
    files = _files(folder)
    if not files:
        yield Problem(str(folder), "no files in this folder")
    for path in files:
        if path.name.lower().endswith(ROWS):
            yield from _raw_rows(path, meter=meter)
        else:
            yield _raw_file(path, path.relative_to(folder).as_posix(), charset, meter)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and not _hidden(path.relative_to(folder)))


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _raw_file(path: Path, name: str, charset: str | None, meter: Meter | None) -> RawInput | Problem:
    try:
        raw = path.read_bytes()
    except OSError as error:
        return Problem(str(path), reason(error))
    if meter:
        meter.at(path, len(raw))
    return RawInput(value=raw, where=str(path), name=name, charset=charset)


def _of_file(file: RawInput) -> Input:
    raw, where, charset, url = file.value, file.where, file.charset, f"file:{_escaped(file.name)}"
    chosen = choose_charset(raw, charset, html=looks_like_html(raw[:16384].decode("latin-1")))
    page = page_of(url, raw, fetched_at=datetime.now(UTC), charset=chosen.charset)
    opened = open_page(page)
    if not isinstance(opened, Unopened):
        unused = Problem(where, f"--charset is not used: {chosen.problem}") if chosen.problem else None
        return Input(page=page, where=where, problem=unused)
    hint = "; give its charset with --charset" if opened.reason is Reason.UNDECODABLE else ""
    if chosen.problem:
        hint = f"; --charset is not used: {chosen.problem}"
    problem = Problem(where, f"{opened.reason}: {opened.detail}{hint}")
    refused = Page(url=url, fetched_at=page.fetched_at, refused=opened.reason, detail=opened.detail)
    return Input(page=refused, where=where, problem=problem)


def read_rows(path: Path, *, after: int = 0, meter: Meter | None = None) -> Iterator[Input | Problem]:
    """Read a JSON-lines file, plain, .gz or .xz, after row `after`. A bad row becomes a Problem with its line."""
    return _read(_raw_rows(path, after=after, meter=meter))


def _raw_rows(path: Path, *, after: int = 0, meter: Meter | None = None) -> Iterator[RawInput | Problem]:
    try:
        for line in read_lines(path, longest=LONGEST_ROW, after=after, meter=meter):
            if line.raw.strip():
                yield _raw_row(line, path)
    except DAMAGED as error:
        yield Problem(str(path), reason(error))


def _raw_row(line: Line, path: Path) -> RawInput | Problem:
    where, place = f"{path}:{line.number}", Place(path, line.number)
    if line.is_too_long:
        return Problem(where, f"a row longer than {LONGEST_ROW >> 20} MiB", place)
    return RawInput(value=line.raw, where=where, name=path.name, place=place)


def _of_row(raw: RawInput, place: Place, *, encoded: bool) -> Input | Problem:
    where = raw.where
    row: PageRow | Malformed = decode(PageRow, raw.value.removeprefix(codecs.BOM_UTF8))
    if isinstance(row, Malformed):
        return Problem(where, row.error, place)
    url = row.url or f"file:{_escaped(raw.name)}#{row.id if row.id is not None else place.row}"
    page = page_of_row(row, url=url, now=datetime.now(UTC))
    if isinstance(page, Malformed):
        return Problem(where, page.error, place)
    # The record first: a string keeps the UTF-8 that orjson makes of it, and the body is a mere copy of that.
    value = encode(page) if encoded else None
    body = page.raw
    opened = open_page(page, body)
    problem = Problem(where, f"{opened.reason}: {opened.detail}") if isinstance(opened, Unopened) else None
    return Input(page=page, where=where, value=value, body=body, id=row.id, problem=problem, place=place)


def _escaped(name: str) -> str:
    """Escape bytes of a file's name that are not UTF-8, because a record cannot contain them."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
