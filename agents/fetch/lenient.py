"""Let aiohttp read answers whose head it refuses and browsers accept: it is mended, and then parsed again.

This costs nothing for other answers: only the bytes of a head are kept until it is parsed. aiohttp has no public place
for this, so three of its internals are used: a connector's `_factory`, a protocol's `_parser` and a stream's
`_read_nowait`. A test fails if one of them changes.
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.http_exceptions import LineTooLong

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
    def set_response_params(self, **how: Any) -> None:
        super().set_response_params(**how)
        self._how = how
        self._parser: Any = _Parser(self._parser, self)

    def parser_again(self) -> Any:
        """Return a new parser of aiohttp for the same answer."""
        mine = self._parser
        super().set_response_params(**self._how)
        self._parser, fresh = mine, self._parser
        return fresh


def left_in(content: StreamReader) -> bytes:
    """Return the bytes that arrived before a body broke off and were not read yet."""
    return content._read_nowait(-1)  # noqa: SLF001 — the public methods raise the error again


class _Parser:
    """aiohttp's parser. Until it has parsed a head, the bytes are kept, in case they have to be mended."""

    def __init__(self, parser: Any, handler: _Handler) -> None:
        self._parser, self._handler = parser, handler
        self._kept = b""
        self._body: StreamReader | None = None  # of the answer, as soon as its head is parsed
        self._error: Exception | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._parser, name)

    def feed_data(self, data: bytes) -> Any:
        if self._body is not None:
            return self._feed_body(data)
        self._kept += data
        if self._error is not None:
            return self._mended(self._error, data)
        try:
            found = self._parser.feed_data(data)
        except Exception as error:  # noqa: BLE001 — it is raised again if mending does not help
            self._error = error.with_traceback(None)
            return self._mended(error, self._kept)
        for message, body in found[0]:
            if message.code >= 200:  # an informational answer comes before the final one
                self._body, self._kept = body, b""
        if len(self._kept) > LARGEST:
            raise LineTooLong(self._kept[:100] + b"...", LARGEST)
        return found

    def feed_eof(self) -> Any:
        if self._error is not None and self._body is None:
            raise self._error
        return self._parser.feed_eof()

    def _feed_body(self, data: bytes) -> Any:
        try:
            return self._parser.feed_data(data)
        except Exception as error:
            if self._body is not None and not self._body.is_eof():
                self._body.set_exception(aiohttp.ClientPayloadError(str(error)), error)
            raise

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
        self._parser = self._handler.parser_again()
        found = self._parser.feed_data(head)
        self._kept, self._error = b"", None
        for _, self._body in found[0]:
            # Bytes behind the end of a body are no part of it. A body that breaks off says so itself.
            with suppress(Exception):
                self._feed_body(rest)
        return found
