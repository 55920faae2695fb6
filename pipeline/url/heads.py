"""The head of an HTTP answer (status line and fields), read as forgivingly as browsers read it.

Browsers skip a line that is no field, join folded lines, and prefer `chunked` to a Content-Length (RFC 9112, 6.3).
HTTP libraries refuse such answers. `mended` rewrites a head so that they accept it; archives read it with `head_of`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

LARGEST = 256 << 10  # bytes of a head; the limit of browsers
BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_START = re.compile(
    rb"[\r\n]*[^\r\n]{0,4}?(?:HTTP/(\d+)(?:\.(\d+))?|ICY)"  # browsers skip four bytes of junk
    rb"(?:[ \t]+(\d{3})(?!\d)[ \t]*([^\r\n]*)|[ \t]*(?=[\r\n]))",
    re.IGNORECASE,
)
_LINE = re.compile(rb"\r*\n")
_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_FRAMING = frozenset({b"content-length", b"transfer-encoding", b"connection", b"keep-alive", b"upgrade"})


@dataclass(frozen=True, slots=True)
class Head:
    """The status and fields of an answer, and the offset of its body."""

    status: int
    reason: bytes
    fields: tuple[tuple[bytes, bytes], ...]
    end: int
    old: bool = False  # HTTP/1.0 or older

    def get(self, name: str) -> str:
        """Return the values of a field in one line; "" without it."""
        return ", ".join(values_of(name, self.fields))

    @property
    def is_chunked(self) -> bool:
        """Whether the body is in the chunked transfer coding."""
        return "chunked" in self.get("Transfer-Encoding").lower()

    @property
    def lengths(self) -> set[int]:
        """The different lengths that the answer states; those that are no numbers are ignored."""
        stated = (part.strip() for part in self.get("Content-Length").split(","))
        return {int(part[:18]) for part in stated if part.isascii() and part.isdigit()}


def head_of(raw: bytes, at: int = 0) -> Head | None:
    """Read the head at an offset; None if there is no status line, or no blank line ends the head."""
    start = _START.match(raw, at)
    if start is None:
        return None
    end = BLANK_LINE.search(raw, start.end(), at + LARGEST)
    if end is None:
        return None
    fields = fields_in(raw[start.end() : end.start()])
    status, old = int(start[3] or 200), start[1] is None or (start[1], start[2] or b"0") < (b"1", b"1")
    return Head(status, _clean(start[4] or b""), fields, end.end(), old)


def values_of(name: str, fields: tuple[tuple[bytes, bytes], ...]) -> list[str]:
    """Return the values of a field. Bytes that are not UTF-8 are read as Latin-1."""
    wanted = name.lower().encode()
    return [_text(value) for known, value in fields if known.lower() == wanted]


def fields_in(lines: bytes) -> tuple[tuple[bytes, bytes], ...]:
    """Return the names and values in the lines behind a first line. Lines that are no fields are skipped."""
    fields: list[tuple[bytes, bytes]] = []
    skipped = True  # a folded line continues the line before it, unless that one is skipped
    for line in _LINE.split(lines)[1:]:
        if line[:1] in {b" ", b"\t"} and line.strip():
            if not skipped:
                name, value = fields.pop()
                fields.append((name, value + b" " + _clean(line)))
            continue
        name, colon, value = line.partition(b":")
        name = name.strip(b" \t")
        skipped = not colon or not _NAME.fullmatch(name)
        if not skipped:
            fields.append((name, _clean(value)))
    return tuple(fields)


def mended(raw: bytes) -> tuple[bytes, bytes] | None:
    """Return the head of the final answer, rewritten so that every HTTP library accepts it, and the bytes behind it.

    None if the head is not complete yet. Raises ValueError if it is complete and none that can be read. Different
    lengths stay: no reader can know which one is true. The connection is closed after such an answer.
    """
    at = 0
    while (head := head_of(raw, at)) is not None and 100 <= head.status < 200:
        at = head.end
    if head is None:
        if len(raw) - at > LARGEST or BLANK_LINE.search(raw[at:].lstrip(b"\r\n")):
            raise ValueError("no head of an HTTP answer")
        return None
    lines = [b"HTTP/1.%d %d %s" % (0 if head.old else 1, head.status, head.reason), b"Connection: close"]
    if head.is_chunked:
        lines.append(b"Transfer-Encoding: chunked")
    else:
        lines += [b"Content-Length: %d" % length for length in sorted(head.lengths)]
    lines += [name + b": " + value for name, value in head.fields if name.lower() not in _FRAMING]
    return b"\r\n".join([*lines, b"", b""]), raw[head.end :]


def _clean(value: bytes) -> bytes:
    return _CONTROL.sub(b" ", value).strip(b" \t")


def _text(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")
