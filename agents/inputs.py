"""INPUT arguments to pages: files, folders, standard input, JSON lines.

A bad input is a `Problem` with one line that says what and where; the rest goes on.
"""

from __future__ import annotations

import codecs
import gzip
import io
import lzma
import sys
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AwareDatetime, Field

from pipeline.clean import Unopened, open_page
from pipeline.page import Page, Reason, page_of
from pipeline.wire import Malformed, decode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

STDIN = "-"
ROWS = (".jsonl", ".jsonl.gz", ".jsonl.xz", ".ndjson")
LONGEST_ROW = 64 << 20  # bytes of one JSON line


@dataclass(frozen=True, slots=True)
class Problem:
    """An input that is no page, or a page that cannot be read: where, and what is wrong."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A page to be cleaned or fed, with what its row passed along, and what is wrong with it if anything."""

    page: Page
    where: str
    id: str | int | None = None
    problem: Problem | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """A row of a JSON-lines file; other fields are let through and ignored."""

    url: Annotated[str, Field(max_length=8192)] | None = None
    html: str | None = None
    text: str | None = None
    id: str | Annotated[int, Field(ge=-(1 << 63), lt=1 << 64)] | None = None  # what orjson can write back
    fetched_at: AwareDatetime | None = None


def read_inputs(names: Iterable[str], *, charset: str | None = None) -> Iterator[Input | Problem]:
    """Read pages in the order of the arguments; folders in the order of their files' names."""
    for name in names:
        if name == STDIN:
            yield _of_bytes("file:-", sys.stdin.buffer.read(), "standard input", charset)
            continue
        path = Path(name)
        if path.is_dir():
            yield from _of_folder(path, charset)
        elif path.name.lower().endswith(ROWS):
            yield from read_rows(path)
        else:
            yield from _of_file(path, path.name, charset)


def _of_folder(folder: Path, charset: str | None) -> Iterator[Input | Problem]:
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not _hidden(path.relative_to(folder)))
    if not files:
        yield Problem(str(folder), "no files in this folder")
    for path in files:
        if path.name.lower().endswith(ROWS):
            yield from read_rows(path)
        else:
            yield from _of_file(path, path.relative_to(folder).as_posix(), charset)


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _of_file(path: Path, name: str, charset: str | None) -> Iterator[Input | Problem]:
    try:
        raw = path.read_bytes()
    except OSError as error:
        yield Problem(str(path), _reason(error))
        return
    yield _of_bytes(f"file:{_spelled(name)}", raw, str(path), charset)


def _of_bytes(url: str, raw: bytes, where: str, charset: str | None) -> Input:
    page = page_of(url, raw, fetched_at=datetime.now(UTC), charset=charset)
    opened = open_page(page)
    if not isinstance(opened, Unopened):
        return Input(page=page, where=where)
    hint = "; name its charset with --charset" if opened.reason is Reason.UNDECODABLE else ""
    problem = Problem(where, f"{opened.reason}: {opened.detail}{hint}")
    refused = Page(url=url, fetched_at=page.fetched_at, refused=opened.reason, detail=opened.detail)
    return Input(page=refused, where=where, problem=problem)


def read_rows(path: Path) -> Iterator[Input | Problem]:
    """Read a JSON-lines file, plain, .gz or .xz; a bad row is a problem with its line number."""
    try:
        with _opened(path) as lines:
            number = 0
            while line := lines.readline(LONGEST_ROW):
                number += 1
                if line.strip():
                    yield _of_row(line, path, number)
                while len(line) == LONGEST_ROW and not line.endswith(b"\n"):  # the rest of the row is no row
                    line = lines.readline(LONGEST_ROW)
    except (OSError, EOFError, lzma.LZMAError, zlib.error) as error:
        yield Problem(str(path), _reason(error))


def _of_row(line: bytes, path: Path, number: int) -> Input | Problem:
    where = f"{path}:{number}"
    if len(line) >= LONGEST_ROW:
        return Problem(where, f"a row longer than {LONGEST_ROW >> 20} MiB")
    row: _Row | Malformed = decode(_Row, line.removeprefix(codecs.BOM_UTF8))
    if isinstance(row, Malformed):
        return Problem(where, row.error)
    if (row.html is None) == (row.text is None):
        return Problem(where, "a row has one of `html` and `text`")
    body = row.text if row.html is None else row.html
    url = row.url or f"file:{_spelled(path.name)}#{row.id if row.id is not None else number}"
    page = Page(
        url=url,
        fetched_at=row.fetched_at or datetime.now(UTC),
        media_type="text/plain" if row.html is None else "text/html",
        body=body,
    )
    opened = open_page(page)
    problem = Problem(where, f"{opened.reason}: {opened.detail}") if isinstance(opened, Unopened) else None
    return Input(page=page, where=where, id=row.id, problem=problem)


def _opened(path: Path) -> Any:
    name = path.name.lower()
    if name.endswith(".gz"):
        return io.BufferedReader(gzip.open(path, "rb"))
    return lzma.open(path, "rb") if name.endswith(".xz") else path.open("rb")


def _spelled(name: str) -> str:
    """Spell a file's name whose bytes are not UTF-8 with escapes: no record could carry it as it is."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _reason(error: BaseException) -> str:
    if isinstance(error, FileNotFoundError):
        return "no such file"
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
