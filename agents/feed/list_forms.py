"""The forms in which a list of URLs comes: compressed, in UTF-8 or UTF-16, as lines or as a table.

A file of another format is recognized at its begin, so that it is one error and not one for each of its lines.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import lzma
import re
from dataclasses import dataclass
from typing import Any, Self

HEAD = 4096  # bytes at the begin of a file that tell its format
_UTF16 = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_URL_COLUMNS = {"url", "urls", "uri", "link", "links", "loc", "href", "address", "ссылка", "адрес", "посилання"}
_URL = re.compile(r"\s*https?://", re.IGNORECASE)
_QUOTED = re.compile(r'\s*"https?://[^"]*"\s*[,;|\t]\s*[^\s]', re.IGNORECASE)
_BINARY = (
    (b"PK\x03\x04", "a ZIP archive or an office document: save it as text, one URL a line"),
    (b"BZh", "compressed with bzip2: decompress it first (bunzip2)"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd: decompress it first (unzstd)"),
    (b"%PDF-", "a PDF: save it as text, one URL a line"),
)
_MARKUP = (
    (re.compile(rb"<opml[\s>]", re.IGNORECASE), "an OPML list of feeds: name each feed with --rss, or watch them"),
    (re.compile(rb"<(?:rss|feed|rdf:RDF)[\s>]", re.IGNORECASE), "a feed: read it with --rss"),
    (re.compile(rb"<(?:urlset|sitemapindex)[\s>]", re.IGNORECASE), "a sitemap: read it with --sitemap"),
    (re.compile(rb"", re.IGNORECASE), "HTML or XML: give one URL a line"),
)


class _Unpacked(io.RawIOBase):
    """Returns what a packed stream holds before it is damaged, and raises at the next read.

    A buffered reader asks for whole blocks, and gzip then raises in place of returning a shorter one.
    """

    def __init__(self, packed: gzip.GzipFile) -> None:
        self._packed = packed

    def readable(self) -> bool:
        return True

    def readinto(self, room: Any) -> int:
        found = self._packed.read1(len(room))
        room[: len(found)] = found
        return len(found)

    def close(self) -> None:
        self._packed.close()
        super().close()


def gunzipped(raw: Any) -> io.BufferedReader:
    """Open a stream in gzip, of one member or several; damage costs nothing that stands before it."""
    return io.BufferedReader(_Unpacked(gzip.GzipFile(fileobj=raw, mode="rb")), 1 << 16)


def plain_stream(raw: Any) -> Any:
    """Return the stream, decompressed if it is gzip or xz, whatever its name."""
    if not hasattr(raw, "peek"):
        raw = io.BufferedReader(raw)
    begin = raw.peek(8)
    if begin.startswith(b"\x1f\x8b"):
        return gunzipped(raw)
    return io.BufferedReader(lzma.open(raw, "rb")) if begin.startswith(b"\xfd7zXZ\0") else raw


def other_format(head: bytes) -> str | None:
    """Return what a file is instead of a list of URLs, and what to do; None for a list."""
    for magic, what in _BINARY:
        if head.startswith(magic):
            return what
    if utf16_of(head) is None and b"\0" in head:
        return "binary data (it has NUL bytes): give one URL a line, in UTF-8"
    begin = head.removeprefix(codecs.BOM_UTF8).lstrip()
    if begin.startswith(b"<") and not re.match(rb"<\s*https?:", begin, re.IGNORECASE):
        return next(what for root, what in _MARKUP if root.search(begin))
    if begin.startswith(b"["):
        return "a JSON array: give one URL or one object a line (jq -c '.[]' FILE)"
    return None


def utf16_of(head: bytes) -> str | None:
    """Return Python's name of the UTF-16 of a text; None for other texts. Without a mark, NULs give it away."""
    if head[:2] in _UTF16:
        return _UTF16[head[:2]]
    even, odd = head[0:256:2].count(0), head[1:256:2].count(0)
    most = len(head[:256]) // 2 * 9 // 10
    if most and max(even, odd) >= most and min(even, odd) == 0:
        return "utf-16-le" if odd else "utf-16-be"
    return None


class Lines:
    """Reads the lines of a stream as bytes in UTF-8. A line ends with LF, CRLF or CR."""

    def __init__(self, stream: Any, head: bytes) -> None:
        utf16 = utf16_of(head)
        # Latin-1 keeps all bytes; the caller decodes each line, to name the place of a wrong byte
        self._text = io.TextIOWrapper(stream, encoding=utf16 or "latin-1", errors="replace", newline=None)
        self._back = "utf-8" if utf16 else "latin-1"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._text.detach()  # otherwise it closes the stream, which is not its own

    def readline(self, longest: int) -> bytes:
        """Return the next line; b"" at the end."""
        return self._text.readline(longest).encode(self._back, "replace")


@dataclass(frozen=True, slots=True)
class Table:
    """The form of a list that is a table: its delimiter, and the column with URLs if its head names one."""

    delimiter: str
    column: int | None

    def url_in(self, cells: list[str]) -> str | None:
        """Return the URL of a row: the cell in the column of URLs, or the first cell that is one."""
        if self.column is not None:
            return cells[self.column].strip() if self.column < len(cells) else None
        return next((cell.strip() for cell in cells if _URL.match(cell)), None)


def table_of(name: str, head: bytes) -> Table | None:
    """Return the form of a list that is a table, by its file's name or its first line; None for other lists.

    A comma may belong to a URL, so it separates cells only in a file that says so: by its name (.csv), by a first line
    with the names of columns, or by quotes.
    """
    text = head.decode(utf16_of(head) or "utf-8-sig", "replace")
    first = next((line for line in text.splitlines() if line.strip() and not line.startswith("#")), "")
    is_csv = re.search(r"\.csv(?:\.gz|\.xz)?\Z", name, re.IGNORECASE) is not None
    for delimiter in "\t;,|":
        cells = next(csv.reader([first], delimiter=delimiter), [])
        column = next((at for at, cell in enumerate(cells) if cell.strip().lower() in _URL_COLUMNS), None)
        if len(cells) > 1 and (column is not None or is_csv or _QUOTED.match(first)):
            return Table(delimiter, column)
    return Table(",", 0) if first.strip().lower() in _URL_COLUMNS else None
