"""The records of a WARC file (ISO 28500), compressed or not. A damaged record costs itself, not the rest of the file.

Each gzip member stands alone, so reading goes on at the next one. In a file that is not compressed, it goes on at the
next line that starts a record. Not here: which records are pages (warc.py).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, BinaryIO

from isal import isal_zlib

from pipeline.url.heads import BLANK_LINE, fields_in, values_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PIECE = 1 << 16  # bytes that are read or unpacked at a time
LARGEST_HEAD = 1 << 20  # bytes of a record's own header
GZIP = b"\x1f\x8b\x08"
OTHERS = {b"\x28\xb5\x2f\xfd": "zstd", b"\x5d\x2a\x4d\x18": "zstd", b"\x04\x22\x4d\x18": "lz4", b"\xfd7zXZ": "xz"}
_START = re.compile(rb"WARC/\d\.\d{1,2}\r?\n")
_LONGEST_START = 11
_LINE_ENDS = (b"\r\n\r\n", b"\n\n")  # behind a block
_BLANK = b"\r\n\t \0"
_ZlibError: type[Exception] = isal_zlib.error  # type: ignore[assignment]  # its stub says that it is an instance


@dataclass(frozen=True, slots=True)
class Record:
    """A record: its fields, and its block; only the start of a block with more bytes than the reader wants."""

    fields: tuple[tuple[bytes, bytes], ...]
    length: int
    block: bytes

    @property
    def is_whole(self) -> bool:
        """Whether `block` has all bytes."""
        return len(self.block) == self.length

    def get(self, name: str) -> str:
        """Return the first value of a field; "" without it."""
        return next(iter(values_of(name, self.fields)), "")


@dataclass(frozen=True, slots=True)
class Damage:
    """Bytes that are no record, and why."""

    reason: str


def records_in(file: BinaryIO, largest: int) -> Iterator[Record | Damage]:
    """Read the records of an open file. Only the start of a block of more than `largest` bytes is kept."""
    start = file.read(PIECE)
    for magic, name in OTHERS.items():
        if start.startswith(magic):
            yield Damage(f"compressed with {name}, which is not read: unpack it first")
            return
    file.seek(0)
    if start.startswith(GZIP) or _START.search(start) is None:
        yield from _Members(file).records(largest)
    else:
        yield from _records_of(_Stream(lambda: file.read(PIECE), file), largest)


class _Stream:
    """Bytes that arrive in pieces, read from the front. If there is a `file`, they are its bytes."""

    def __init__(self, more: Callable[[], bytes], file: BinaryIO | None = None) -> None:
        self._more, self._file = more, file
        self._buffer = bytearray()
        self._at = 0
        self._passed = 0  # bytes before the buffer

    @property
    def position(self) -> int:
        return self._passed + self._at

    def fill(self, least: int) -> bool:
        """Return whether at least so many bytes are left, after reading them."""
        while len(self._buffer) - self._at < least:
            piece = self._more()
            if not piece:
                return False
            if self._at >= PIECE:
                self._drop()
            self._buffer += piece
        return True

    def peek(self, size: int) -> bytes:
        self.fill(size)
        with memoryview(self._buffer) as whole:
            return bytes(whole[self._at : self._at + size])

    def read(self, size: int) -> bytes:
        data = self.peek(size)
        self._at += len(data)
        return data

    def skip(self, size: int) -> int:
        """Skip bytes; return how many there were."""
        left = size
        while left and self.fill(1):
            step = min(left, len(self._buffer) - self._at)
            self._at += step
            left -= step
            self._drop()
        return size - left

    def skip_blank(self) -> None:
        while self.fill(1) and self._buffer[self._at] in _BLANK:
            self._at += 1

    def back_to(self, position: int, block: bytes) -> None:
        """Go back to the start of a block, so that records inside it are found; if it was skipped, only a file can."""
        if self._file is not None:
            self._file.seek(position)
            self._buffer, self._at, self._passed = bytearray(), 0, position
        elif self.position == position + len(block):
            self._buffer[: self._at] = block
            self._at, self._passed = 0, position

    def to_next_start(self) -> None:
        """Skip to the next line that starts a record, or to the end."""
        self._at += 1
        while True:
            found = _START.search(self._buffer, self._at)
            if found is not None:
                self._at = found.start()
                return
            self._at = max(self._at, len(self._buffer) - _LONGEST_START)  # a start may be cut in two
            if not self.fill(len(self._buffer) - self._at + 1):
                self._at = len(self._buffer)
                return

    def _drop(self) -> None:
        del self._buffer[: self._at]
        self._passed += self._at
        self._at = 0


def _records_of(stream: _Stream, largest: int) -> Iterator[Record | Damage]:
    """Read the records of one stream to its end."""
    while True:
        stream.skip_blank()
        if not stream.fill(1):
            return
        found = _next(stream, largest)
        if isinstance(found, Damage):
            stream.to_next_start()
        yield found


def _next(stream: _Stream, largest: int) -> Record | Damage:
    head = _head(stream)
    if isinstance(head, Damage):
        return head
    fields, length = head
    start = stream.position
    block = stream.read(length if length <= largest else min(length, LARGEST_HEAD))
    came = len(block) + (stream.skip(length - len(block)) if length > largest else 0)
    rest = stream.peek(16)
    if came == length and (rest.startswith(_LINE_ENDS) or b"WARC/".startswith(rest.lstrip(_BLANK)[:5])):
        return Record(fields, length, block)
    stream.back_to(start, block)
    if came < length:
        return Damage(f"the archive ends after {came} of the record's {length} bytes")
    return Damage(f"the record does not end after the {length} bytes of its Content-Length")


def _head(stream: _Stream) -> tuple[tuple[tuple[bytes, bytes], ...], int] | Damage:
    """Read a record's fields and the length of its block. After damage, nothing has been read."""
    size = PIECE
    while (end := BLANK_LINE.search(head := stream.peek(size))) is None and len(head) == size < LARGEST_HEAD:
        size *= 4
    if not head.startswith(b"WARC/"):
        return Damage("no record begins here")
    if end is None or _START.search(head, 1, end.start()) is not None:
        return Damage("the record's header breaks off")
    fields = fields_in(head[: end.start()])
    stated = set(values_of("Content-Length", fields))
    text = stated.pop() if len(stated) == 1 else ""
    if not (text.isascii() and text.isdigit()) or len(text) > 18:
        return Damage(f"the record's Content-Length is {text[:40] or 'missing or ambiguous'}")
    stream.skip(end.end())
    return fields, int(text)


class _Members:
    """The gzip members of a file."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._pending = b""  # bytes that were read and belong to the next member
        self._breaks_off = False  # the file ended inside the last member

    def records(self, largest: int) -> Iterator[Record | Damage]:
        """Read the records of all members. In a damaged member, those before the damage are read."""
        while True:
            start = self._file.tell() - len(self._pending)
            ahead = self._ahead()
            if not ahead:
                return
            if not ahead.startswith(GZIP):
                if self._seek(start):
                    yield Damage(f"{self._file.tell() - start} bytes at {start} are no gzip member")
                    continue
                yield Damage(f"the bytes from {start} on are no gzip member")
                return
            members = self._unpacked()
            what = ""  # is wrong with this member
            counts = dict.fromkeys((Record, Damage), 0)
            try:
                for found in _records_of(_Stream(partial(next, members, b"")), largest):
                    counts[type(found)] += 1
                    yield found
            except (_ZlibError, EOFError) as error:
                what = f"the gzip member at byte {start} is damaged: {error}"
            if not what and not self._breaks_off:
                continue
            goes_on = self._seek(start + 1)
            if not counts[Damage] and (what or goes_on or not counts[Record]):
                yield Damage(what or f"the gzip member at byte {start} breaks off")
            if not goes_on:
                return

    def _ahead(self) -> bytes:
        """Return the next bytes, after padding."""
        while True:
            if len(self._pending) < len(GZIP):
                self._pending += self._file.read(PIECE)
            bare = self._pending.lstrip(b"\0\r\n")
            if bare or not self._pending:
                self._pending = bare
                return bare
            self._pending = b""

    def _unpacked(self) -> Iterator[bytes]:
        decoder = isal_zlib.decompressobj(16 + isal_zlib.MAX_WBITS)
        data, self._pending = self._pending, b""
        self._breaks_off = False
        while True:
            piece = decoder.decompress(data, PIECE)
            if decoder.eof:
                self._pending = decoder.unused_data
            if piece:
                yield piece
            if decoder.eof:
                return
            data = decoder.unconsumed_tail or self._file.read(PIECE)
            if not data and not piece:
                self._breaks_off = True
                return

    def _seek(self, at: int) -> bool:
        """Go to the next member from `at` on that starts with a record; False if there is none."""
        self._pending = b""
        while True:
            self._file.seek(at)
            window = self._file.read(16 * PIECE)
            found = window.find(GZIP)
            if found < 0 and len(window) <= len(GZIP):
                return False
            at += found if found >= 0 else len(window) - len(GZIP) + 1
            if found >= 0:
                if _starts_a_record(window[found : found + PIECE]):
                    self._file.seek(at)
                    return True
                at += 1


def _starts_a_record(member: bytes) -> bool:
    try:
        return isal_zlib.decompressobj(16 + isal_zlib.MAX_WBITS).decompress(member, 64).startswith(b"WARC/")
    except _ZlibError:
        return False
