"""The header `traceparent`: the trace of a record and the span that wrote it (W3C Trace Context).

Ids are digests of names and offsets, so that processing a record again writes the same header.
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
    """Read a header; None if it is invalid. From a later version, read the fields of this version, as W3C requires."""
    match = _FORM.fullmatch(header) if header else None
    if match is None or (match[1] == b"00" and match[5] is not None):
        return None
    return Context(match[2].decode(), match[3].decode(), bool(int(match[4], 16) & 1))


def is_chosen(trace: str, ratio: float) -> bool:
    """Choose a share of all traces by their id, as OpenTelemetry's TraceIdRatioBased does, so that all stages agree."""
    return int(trace[16:], 16) < round(ratio * (1 << 64))


def child_of(parent: bytes | None, stage: str, seed: str, *, ratio: float = 0.0) -> bytes:
    """Return a traceparent in the trace of `parent`, or in a trace derived from `seed`; the same on every replay.

    It is marked as sampled if the parent is, or if `ratio` chooses the trace. Other flags are not set.
    """
    span = digest(stage.encode(), seed.encode())[:16]
    context = read(parent)
    trace = context.trace if context else digest(seed.encode())
    sampled = (context is not None and context.is_sampled) or (ratio > 0 and is_chosen(trace, ratio))
    return f"00-{trace}-{span}-{'01' if sampled else '00'}".encode()
