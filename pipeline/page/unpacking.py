"""Decompress content codings piece by piece, with a limit on the output (RFC 9110, section 8.4; RFC 9659).

Intel's igzip decompresses gzip and deflate: 30 µs for a page of 64 KB, where zlib takes 100 µs.
"""

from __future__ import annotations

import sys
from typing import Protocol

import brotli
from isal import isal_zlib

if sys.version_info >= (3, 14):
    from compression.zstd import ZstdDecompressor, ZstdError
else:
    from backports.zstd import ZstdDecompressor, ZstdError

ACCEPTED = "gzip, br, zstd"
PIECE = 1 << 16  # bytes of output at a time
FREE = 1 << 20  # bytes of output up to which any compression ratio is allowed
# gzip members of one body: each copies all input after it. A page of 8 MB has 128 members of 64 KB, as bgzip writes.
MOST_MEMBERS = 1000
RATIO = 200  # largest compression ratio; news pages have 3 to 15
_ZlibError: type[Exception] = isal_zlib.error  # type: ignore[assignment]  # its stub says that it is an instance


class UnpackingError(ValueError):
    """The body is not in its declared content coding."""


class TooMuchError(ValueError):
    """The output exceeds the limit; the message states the limit."""


class _Coding(Protocol):
    def __init__(self) -> None: ...

    def unpack(self, data: bytes) -> bytes: ...

    @property
    def wants_more(self) -> bool: ...


class Unpacker:
    """Decompress one body; raise TooMuchError as soon as `limit` bytes or the compression ratio is exceeded."""

    def __init__(self, coding: str, limit: int) -> None:
        name = coding if not coding or coding in _KNOWN else _name_in(coding)
        self._coding: _Coding | None = _KNOWN[name]() if name else None
        self.coding = name.removeprefix("x-")
        self._limit = limit
        self._in = self._out = 0

    def take(self, data: bytes) -> list[bytes]:
        """Decompress the next piece of a body."""
        self._in += len(data)
        if self._coding is None:
            self._count(data)
            return [data]
        pieces = []
        try:
            piece = self._coding.unpack(data)
            while piece:
                self._count(piece)
                pieces.append(piece)
                piece = self._coding.unpack(b"")
        except (_ZlibError, brotli.error, ZstdError, EOFError) as error:
            raise UnpackingError(f"the body is not what its content coding says: {error}") from None
        return pieces

    def end(self) -> None:
        """Raise UnpackingError if a compressed body is truncated."""
        if self._coding is not None and self._coding.wants_more and self._in:
            raise UnpackingError("the packed body breaks off")

    def _count(self, piece: bytes) -> None:
        self._out += len(piece)
        if self._out > self._limit:
            raise TooMuchError(f"more than {self._limit} bytes")
        if self._coding is not None and self._out > FREE and self._out > RATIO * self._in:
            raise TooMuchError(f"a bomb: {self._in} bytes became more than {self._out}")


def _name_in(coding: str) -> str:
    """Return the only coding that a Content-Encoding names; "" if it names none."""
    names = [name for name in (part.strip().lower() for part in coding.split(",")) if name not in {"", "identity"}]
    if len(names) > 1:
        raise UnpackingError(f"{len(names)} content codings on top of each other")
    if names and names[0] not in _KNOWN:
        raise UnpackingError(f"content coding {names[0][:40]!r} is none that was asked for")
    return names[0] if names else ""


class _Zlib:
    def __init__(self, bits: int) -> None:
        self._bits = bits
        self._decoder = isal_zlib.decompressobj(bits)
        self._rest = b""
        self._members = 1

    def unpack(self, data: bytes) -> bytes:
        data = self._rest + data
        while True:
            if self._decoder.eof:  # gzip may have several consecutive members; other data after a member is padding
                self._rest = data if data == b"\x1f" else b""  # the first of the two magic bytes of the next member
                if not data.startswith(b"\x1f\x8b"):
                    return b""
                self._next_member()
            piece = self._decoder.decompress(data, PIECE)
            self._rest = self._decoder.unused_data if self._decoder.eof else self._decoder.unconsumed_tail
            if piece or not (self._decoder.eof and self._rest):
                return piece
            data = self._rest  # an empty member followed by another one

    def _next_member(self) -> None:
        self._members += 1
        if self._members > MOST_MEMBERS:
            raise UnpackingError(f"more than {MOST_MEMBERS} gzip members on end")
        self._decoder = isal_zlib.decompressobj(self._bits)

    @property
    def wants_more(self) -> bool:
        return not self._decoder.eof


class _Gzip(_Zlib):
    def __init__(self) -> None:
        super().__init__(16 + isal_zlib.MAX_WBITS)


class _Deflate(_Zlib):
    """The zlib format, or raw deflate, which some servers send under the same name."""

    def __init__(self) -> None:
        super().__init__(isal_zlib.MAX_WBITS)
        self._known = False

    def unpack(self, data: bytes) -> bytes:
        if not self._known and data:
            self._known = True
            if data[0] & 0x0F != 8:
                self._decoder = isal_zlib.decompressobj(-isal_zlib.MAX_WBITS)
        return super().unpack(data)


class _Brotli:
    def __init__(self) -> None:
        self._decoder = brotli.Decompressor()

    def unpack(self, data: bytes) -> bytes:
        if self._decoder.is_finished():
            return b""
        piece: bytes = self._decoder.process(data, output_buffer_limit=PIECE)
        return piece

    @property
    def wants_more(self) -> bool:
        return not self._decoder.is_finished()


class _Zstd:
    def __init__(self) -> None:
        # RFC 9659: a client need not support a window of more than 8 MB
        self._decoder = ZstdDecompressor(options=_ZSTD_OPTIONS)

    def unpack(self, data: bytes) -> bytes:
        if self._decoder.eof:
            return b""
        if not data and self._decoder.needs_input:
            return b""
        piece: bytes = self._decoder.decompress(data, PIECE)
        return piece

    @property
    def wants_more(self) -> bool:
        return not self._decoder.eof


_KNOWN: dict[str, type[_Coding]] = {"gzip": _Gzip, "x-gzip": _Gzip, "deflate": _Deflate, "br": _Brotli, "zstd": _Zstd}


def _zstd_options() -> dict[int, int]:
    if sys.version_info >= (3, 14):
        from compression.zstd import DecompressionParameter  # noqa: PLC0415
    else:
        from backports.zstd import DecompressionParameter  # noqa: PLC0415
    return {DecompressionParameter.window_log_max: 23}


_ZSTD_OPTIONS = _zstd_options()
