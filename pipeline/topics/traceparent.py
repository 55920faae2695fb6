"""The header `traceparent`: which trace a record belongs to, and which span wrote it (W3C Trace Context).

Ids follow from names and places, so that whoever does a record's work again writes the same header.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.records.fields import digest

TRACEPARENT = "traceparent"
_FORM = re.compile(
    rb"(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Context:
    """A span and its trace."""

    trace: str  # 32 hexadecimal digits
    span: str  # 16
    is_sampled: bool


def read(header: bytes | None) -> Context | None:
    """Read a header; None where it is not valid. A later version is read as far as this one goes, as W3C asks."""
    found = _FORM.fullmatch(header) if header else None
    if found is None or (found[1] == b"00" and found[5] is not None):
        return None
    return Context(found[2].decode(), found[3].decode(), bool(int(found[4], 16) & 1))


def is_chosen(trace: str, ratio: float) -> bool:
    """Choose this share of all traces by their id, as OpenTelemetry's TraceIdRatioBased: so every stage agrees."""
    return int(trace[16:], 16) < round(ratio * (1 << 64))


def child_of(parent: bytes | None, stage: str, seed: str, *, ratio: float = 0.0) -> bytes:
    """Make a traceparent in the trace of `parent`, or of a trace named by `seed`; the same on every replay.

    It is marked as sampled where the parent is, or where `ratio` chooses the trace; other flags are not ours to set.
    """
    span = digest(stage.encode(), seed.encode())[:16]
    found = read(parent)
    trace = found.trace if found else digest(seed.encode())
    sampled = (found is not None and found.is_sampled) or (ratio > 0 and is_chosen(trace, ratio))
    return f"00-{trace}-{span}-{'01' if sampled else '00'}".encode()
