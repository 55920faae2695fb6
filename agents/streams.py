"""Standard streams that fail with a clear error: an output that is full or closed, or whose reader has ended."""

from __future__ import annotations

import errno
import io
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from agents.errors import OutputError, ReaderGoneError

if TYPE_CHECKING:
    from typing import TextIO


class _Stdout(io.FileIO):
    """Standard output. An error of the system becomes one of ours, so that it is not mistaken for another's."""

    def write(self, data: Any) -> int:
        try:
            return super().write(data) or 0
        except BrokenPipeError:
            give_up_stdout()
            raise ReaderGoneError from None
        except OSError as error:
            give_up_stdout()
            raise OutputError(
                f"standard output cannot be written: {error.strerror or error}; the output is incomplete"
            ) from None


class _Stderr(io.FileIO):
    """Standard error. Lines that cannot be written are dropped, because there is no other place for them."""

    def write(self, data: Any) -> int:
        with suppress(OSError):
            return super().write(data) or 0
        return len(data)


class _NoStdin(io.RawIOBase):
    """A standard input that was closed before the start."""

    def readable(self) -> bool:
        return True

    def readinto(self, _buffer: Any) -> int:
        raise OSError(errno.EBADF, "it is closed")


class _NoStdout(io.RawIOBase):
    """A standard output that was closed before the start. Commands that print nothing need none."""

    _is_told = False

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        if self._is_told:
            return len(data)
        self._is_told = True
        raise OutputError("standard output is closed: nothing can be printed")


def guard_streams() -> None:
    """Replace the standard streams of the process. Call it once, before anything else is opened."""
    for number in range(3):  # a free number would become that of the next file or socket
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    sys.stdout = _Text(_Stdout(1, "w", closefd=False), sys.stdout) if sys.stdout else _Text(_NoStdout(), None)
    sys.stdin = sys.stdin or io.TextIOWrapper(io.BufferedReader(_NoStdin()))
    sys.stderr = _Text(_Stderr(2, "w", closefd=False), sys.stderr, by_line=True)


def give_up_stdout() -> None:
    """Send what is still in the buffer of standard output nowhere, so that nothing fails again at the exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


class _Text(io.TextIOWrapper):
    """A text stream like the one that it replaces."""

    def __init__(self, raw: io.RawIOBase, like: TextIO | None, *, by_line: bool = False) -> None:
        encoding, errors = (like.encoding, like.errors) if like else ("utf-8", "backslashreplace")
        by_line = by_line or bool(like and like.isatty())
        at_once = bool(getattr(like, "write_through", False))  # PYTHONUNBUFFERED
        super().__init__(
            io.BufferedWriter(raw), encoding=encoding, errors=errors, line_buffering=by_line, write_through=at_once
        )
