"""Let aiohttp read answers whose head it refuses and browsers accept: it is mended, and then parsed again.

This costs nothing for other answers: only the bytes of a head are kept until it is parsed. aiohttp has no public place
for this, so some of its internals are used: a connector's `_factory`, the parser, body and timer of a protocol, and a
stream's `_read_nowait`. A test fails if one of them changes.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.http_exceptions import HttpProcessingError, LineTooLong

from pipeline.url.heads import BLANK_LINE, LARGEST, mended

if TYPE_CHECKING:
    from aiohttp.streams import StreamReader

MOST_FIELDS = 4000  # of a head; LARGEST limits a line, and all of them


class LenientConnector(aiohttp.TCPConnector):
    """A connector whose connections mend the heads of answers."""

    def __init__(self, **how: Any) -> None:
        super().__init__(**how)
        self._factory: Any = partial(_Handler, loop=self._loop)


class _Handler(ResponseHandler):
    _heard = 0.0  # when the last bytes arrived, by the loop's clock

    def _reschedule_timeout(self) -> None:
        """Note the time: a page comes in many pieces, and a new timer for each takes longer than to read it."""
        self._heard = self._loop.time()
        if self._read_timeout_handle is None:
            super()._reschedule_timeout()

    def _on_read_timeout(self) -> None:
        """Wait on if bytes have arrived since the timer was set."""
        left = self._heard + (self._read_timeout or 0.0) - self._loop.time()
        if left > 0:
            self._read_timeout_handle = self._loop.call_later(left, self._on_read_timeout)
        else:
            super()._on_read_timeout()

    def set_response_params(self, **how: Any) -> None:
        super().set_response_params(**how)
        self._how = how
        self._parser: Any = _HeadParser(self._parser, self)

    def set_exception(self, exc: BaseException, *cause: BaseException) -> None:
        """Report an error. If it is in a body, the body ends with it now, not only when the connection is lost."""
        if isinstance(exc, HttpProcessingError) and cause and self._payload is not None:
            _break_off(self._payload, cause[0])
        super().set_exception(exc, *cause)

    def parser_again(self) -> Any:
        """Return a new parser of aiohttp for the same answer."""
        mine = self._parser
        super().set_response_params(**self._how)
        self._parser, fresh = mine, self._parser
        return fresh

    def leave_to(self, parser: Any) -> None:
        """Let a parser of aiohttp read the rest of the answer."""
        self._parser = parser


def left_in(content: StreamReader) -> bytes:
    """Return the bytes that arrived before a body broke off and were not read yet."""
    return content._read_nowait(-1)  # noqa: SLF001 — the public methods raise the error again


def _break_off(body: StreamReader, error: BaseException) -> None:
    if not body.is_eof():
        body.set_exception(aiohttp.ClientPayloadError(str(error)), error)


class _HeadParser:
    """aiohttp's parser until it has parsed a head. The bytes are kept until then, in case they have to be mended."""

    __slots__ = ("_error", "_handler", "_kept", "_parser")

    def __init__(self, parser: Any, handler: _Handler) -> None:
        self._parser, self._handler = parser, handler
        self._kept = b""
        self._error: Exception | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._parser, name)

    def feed_data(self, data: bytes) -> Any:
        self._kept += data
        if self._error is not None:
            return self._mended(self._error, data)
        try:
            found = self._parser.feed_data(data)
        except Exception as error:  # noqa: BLE001 — it is raised again if mending does not help
            self._error = error.with_traceback(None)
            return self._mended(error, self._kept)
        for message, _ in found[0]:
            if message.code >= 200:  # an informational answer comes before the final one
                self._handler.leave_to(self._parser)
                return found
        if len(self._kept) > LARGEST:
            raise LineTooLong(self._kept[:100] + b"...", LARGEST)
        return found

    def feed_eof(self) -> Any:
        if self._error is not None:
            raise self._error
        return self._parser.feed_eof()

    def _mended(self, error: Exception, new: bytes) -> Any:
        if BLANK_LINE.search(self._kept[-len(new) - 3 :]) is None and len(self._kept) <= LARGEST:
            return (), False, b""  # the head goes on
        try:
            parts = mended(self._kept)
        except ValueError:
            raise error from None
        if parts is None:
            return (), False, b""  # the head goes on
        head, rest = parts
        parser = self._handler.parser_again()
        found = parser.feed_data(head)
        self._handler.leave_to(parser)
        for _, body in found[0]:
            try:
                parser.feed_data(rest)
            except Exception as broken:  # noqa: BLE001 — a body that breaks off says so itself
                _break_off(body, broken)  # bytes behind the end of a body are no part of it
        return found
