"""Undo the content codings of a body as far as its bytes confirm them. The header alone proves nothing.

Servers name codings that they did not apply ("none", "utf-8", or gzip on plain text), and apply codings that they do
not name. Browsers open most of these bodies. `unpacking.py` undoes one coding and limits its output.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache

from pipeline.page.unpacking import TooMuchError, Unpacker, UnpackingError

STEP = 256  # bytes; an error takes the output of its step with it
SPARE = 4  # times its limit: what is unpacked of a body at most
DEEPEST = 3  # codings on top of each other
_DECIDING = 512  # bytes of a body that decide its coding
_CERTAIN = 200  # packed bytes without any control character: one body in 10^10
_NAMES = {"gzip": "gzip", "x-gzip": "gzip", "deflate": "deflate", "x-deflate": "deflate", "br": "br", "zstd": "zstd"}
_MAGIC = ((b"\x1f\x8b\x08", "gzip"), (b"\x28\xb5\x2f\xfd", "zstd"))
_MAGICS = tuple(magic for magic, _ in _MAGIC)
_LONGEST_MAGIC = max(map(len, _MAGICS))
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_CONTROLS = bytes(one for one in (*range(0x20), 0x7F) if one not in b"\t\n\x0c\r\x1b")


@lru_cache(maxsize=100)
def codings_in(header: str) -> tuple[str, ...]:
    """Return the codings that a Content-Encoding names, in the order in which they were applied; others are ignored."""
    named = (part.partition(";")[0].strip(" \t\"'").lower() for part in header[:200].split(","))
    return tuple(_NAMES[name] for name in named if name in _NAMES)[-DEEPEST:]


def unpack(body: Iterable[bytes], header: str, limit: int, *, short: bool = False) -> bytes:
    """Undo all codings of a body; the errors are those of `Unpacker`. `short` takes a packed body that breaks off."""
    opener = Opener(header, limit)
    pieces = [piece for sent in body for piece in opener.take(sent)]
    return b"".join(pieces + opener.end(short=short))


def unpack_best_effort(body: bytes, header: str, limit: int) -> bytes:
    """Return at most `limit` bytes of a body that must be read, such as robots.txt: unpacked up to its first error.

    A body that is not in the coding of its header is taken as it is. At most SPARE times `limit` is unpacked.
    """
    opener = Opener(header, SPARE * limit)
    pieces: list[bytes] = []
    with suppress(UnpackingError, TooMuchError):
        for at in range(0, len(body), STEP):
            pieces += opener.take(body[at : at + STEP])
        pieces += opener.end(short=True)
    return (b"".join(pieces) or body)[:limit]


class Opener:
    """Undo the codings of one body piece by piece. Raises the errors of `Unpacker`.

    One opener undoes one coding, which the first bytes decide; another one below it undoes what is inside.
    """

    __slots__ = ("_below", "_broke_off", "_head", "_left", "_limit", "_said", "_unpacker", "coding")

    def __init__(self, header: str, limit: int, *, said: list[str] | None = None, left: int = DEEPEST) -> None:
        self.coding = ""  # of the bytes as they were sent, known at the end; "" if they are not packed
        self._said = list(codings_in(header)) if said is None else said
        self._limit, self._left = limit, left
        self._head = b""
        self._broke_off = False
        self._unpacker: Unpacker | None = None
        self._below: Opener | None = None

    @property
    def broke_off(self) -> bool:
        """Whether the packed body was not complete, and `end` allowed that."""
        return self._broke_off or (self._below is not None and self._below.broke_off)

    @property
    def is_simple(self) -> bool:
        """Whether at most one coding was undone, and the body was complete; known at the end."""
        return self._below is None and not self._broke_off

    @property
    def is_new(self) -> bool:
        """Whether no bytes have arrived."""
        return self._unpacker is None and not self._head

    @property
    def depth(self) -> int:
        """How many codings were on top of each other, known at the end."""
        return (1 if self.coding else 0) + (self._below.depth if self._below is not None else 0)

    def take(self, data: bytes) -> list[bytes]:
        """Unpack the next piece of a body."""
        if self._unpacker is None:
            self._head += data
            if len(self._head) < _DECIDING:
                return []
            self._unpacker = self._decided()
            data, self._head = self._head, b""
        return self._passed_down(self._unpacker.take(data))

    def end(self, *, short: bool = False) -> list[bytes]:
        """Return the rest of the body. Raises UnpackingError if it breaks off, unless `short` allows it."""
        pieces: list[bytes] = []
        if self._unpacker is None:
            self._unpacker = self._decided()
            pieces = self._passed_down(self._unpacker.take(self._head))
        try:
            self._unpacker.end()
        except UnpackingError:
            if not short:
                raise
            self._broke_off = True
        return pieces if self._below is None else pieces + self._below.end(short=short)

    def _decided(self) -> Unpacker:
        self.coding = _coding_of(self._head, self._said) if self._left else ""
        if self.coding:
            self._below = Opener("", self._limit, said=self._said, left=self._left - 1)
        return Unpacker(self.coding, self._limit)

    def _passed_down(self, pieces: list[bytes]) -> list[bytes]:
        below = self._below
        if below is None or not pieces:
            return pieces
        if below.is_new and not self._said and len(pieces[0]) >= _LONGEST_MAGIC and not pieces[0].startswith(_MAGICS):
            self._below = None  # nearly every body: no other coding is below this one
            return pieces
        return [one for piece in pieces for one in below.take(piece)]


def _coding_of(head: bytes, said: list[str]) -> str:
    """Return the coding of a body with this start, and take it and all that do not fit from the end of `said`."""
    if not said and not head.startswith(_MAGICS):
        return ""  # nearly every body
    for magic, name in _MAGIC:
        if head.startswith(magic):
            if name in said:
                del said[len(said) - 1 - said[::-1].index(name) :]
            return name
    text = not said or _is_text(head)
    while said:
        name = said.pop()
        if name == "deflate" and _is_zlib(head):
            return name
        if name in {"br", "deflate"} and not text:
            return name
    if not text:
        raise UnpackingError("the body is not what its content coding says")
    return ""


def _is_zlib(head: bytes) -> bool:
    return len(head) >= 2 and head[0] & 0x0F == 8 and int.from_bytes(head[:2], "big") % 31 == 0


def _is_text(head: bytes) -> bool:
    """Return whether the first bytes of a body are text rather than something packed."""
    if head.startswith(_MARKS) or not head:
        return True
    if len(head.translate(None, _CONTROLS)) < len(head):
        return False
    if len(head) >= _CERTAIN or head.lstrip().startswith(b"<"):
        return True
    try:
        head.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
