"""Unpack a small text file as far as possible, whatever its server says of its coding: robots.txt must be read."""

from __future__ import annotations

from pipeline.page.codings import Opener
from pipeline.page.unpacking import TooMuchError, UnpackingError

STEP = 256  # bytes; an error takes the output of its step with it
SPARE = 4  # times `limit` is unpacked at most


def unpack_best_effort(body: bytes, coding: str, limit: int) -> bytes:
    """Return at most `limit` bytes of a body, unpacked up to its first error. `coding` is its Content-Encoding.

    A body that is not in that coding is taken as it is. A packed body is recognized without a header.
    """
    opener = Opener(coding, SPARE * limit)
    pieces: list[bytes] = []
    try:
        for at in range(0, len(body), STEP):
            pieces += opener.take(body[at : at + STEP])
        pieces += opener.end(short=True)
    except (UnpackingError, TooMuchError):
        pass
    return (b"".join(pieces) or body)[:limit]
