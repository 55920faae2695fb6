"""Unpack a small text file as far as possible, whatever its server says of its coding: robots.txt must be read."""

from __future__ import annotations

from pipeline.page.unpacking import TooMuchError, Unpacker, UnpackingError

MOST_LAYERS = 3  # codings on top of each other: some servers pack a file that is packed already
STEP, SPARE = (
    256,
    4,
)  # an error takes the output of its step with it: steps are small, and more than `limit` is unpacked
_MAGIC = ((b"\x1f\x8b", "gzip"), (b"\x28\xb5\x2f\xfd", "zstd"))


def unpack_best_effort(body: bytes, coding: str, limit: int) -> bytes:
    """Return at most `limit` bytes of a body, unpacked as far as possible. `coding` is its Content-Encoding.

    A body that is not in that coding is taken as it is. A packed body is recognized without a header.
    """
    declared = [name.strip().lower() for name in coding.split(",")][-MOST_LAYERS:]
    for name in [*reversed(declared), *[""] * MOST_LAYERS]:
        seen = next((kind for magic, kind in _MAGIC if body.startswith(magic)), "")
        unpacked = _unpacked(body, seen or name, limit) if seen or name else None
        if unpacked:
            body = unpacked
    return body[:limit]


def _unpacked(body: bytes, coding: str, limit: int) -> bytes | None:
    """Return the bytes before the first error or the limit; None if there are none."""
    pieces: list[bytes] = []
    try:
        unpacker = Unpacker(coding, SPARE * limit)
        for at in range(0, len(body), STEP):
            pieces += unpacker.take(body[at : at + STEP])
    except (UnpackingError, TooMuchError):
        pass
    return b"".join(pieces) or None
