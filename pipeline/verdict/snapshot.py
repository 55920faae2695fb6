"""A ledger as bytes, with the changelog position that it covers: all of a partition of `verdicts` up to an offset.

The older claims are in segments, which the snapshot names.

A snapshot is a cache. If it does not match in every respect, it is refused with a reason, and the whole changelog is
read instead.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import orjson

from pipeline.records.verdict import Verdict
from pipeline.records.wire import Malformed, decode, encode_sparse
from pipeline.verdict.claims import ClaimIndex
from pipeline.verdict.expiry import Ages
from pipeline.verdict.ledger import Ledger
from pipeline.verdict.segments.segment import Segment

VERSION = 3  # of this format and of the way a ledger derives its state from verdicts
MAGIC = b"chistovik ledger\n"
DIGEST_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangelogPosition:
    """The part of the changelog that a snapshot covers: the records up to and including `offset`."""

    topic: str  # full name, with the prefix
    topic_id: str  # Kafka's topic id: a different one means that the topic was recreated and its offsets restarted
    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class _Head:
    version: int
    stand: ChangelogPosition
    start: int
    passed: int
    committed: int
    ages: dict[str, Any]
    segments: list[str]  # digests of the segments with the older claims
    claims: int  # bytes
    verdicts: int  # bytes


def pack(ledger: Ledger, position: ChangelogPosition) -> list[bytes]:
    """Write a ledger as a list of byte strings; ValueError if a verdict waits for an earlier one."""
    if ledger.ahead:
        raise ValueError(f"{len(ledger.ahead)} verdicts wait for the one on document {ledger.passed}")
    claims = ledger.claims.dump()
    verdicts = b"\n".join(encode_sparse(verdict) for verdict in ledger.verdicts.values())
    head = _Head(
        VERSION,
        position,
        ledger.start,
        ledger.passed,
        ledger.committed,
        asdict(ledger.ages),
        [segment.digest.hex() for segment in ledger.claims.sealed.segments],
        len(claims),
        len(verdicts),
    )
    parts = [MAGIC, orjson.dumps(head) + b"\n", claims, verdicts]
    digest = hashlib.blake2b(digest_size=DIGEST_BYTES)
    for part in parts:
        digest.update(part)
    return [*parts, digest.digest()]


def no_segments(digests: Sequence[str]) -> Sequence[Segment]:
    """Return the segments with some digests, of which there must be none."""
    if digests:
        raise ValueError(f"it needs {len(digests)} segments")
    return ()


def unpack(
    data: bytes,
    *,
    topic: str,
    topic_id: str,
    partition: int,
    segments: Callable[[Sequence[str]], Sequence[Segment]] = no_segments,
) -> tuple[Ledger, int]:
    """Read a ledger and the changelog offset that it covers; ValueError says why the snapshot cannot be used.

    `segments` returns the segments with the given digests.
    """
    head, claims, verdicts = _parts(data)
    position = ChangelogPosition(**head["stand"])
    if (position.topic, position.topic_id, position.partition) != (topic, topic_id, partition):
        raise ValueError(f"it belongs to {position.topic}/{position.partition} with the topic id {position.topic_id}")
    ages = Ages(**head["ages"] | {"marks": [tuple(mark) for mark in head["ages"]["marks"]]})
    index = ClaimIndex.load(claims, segments(head["segments"]))
    ledger = Ledger(partition, begun=True, claims=index, ages=ages)
    ledger.start, ledger.passed, ledger.committed = head["start"], head["passed"], head["committed"]
    for line in verdicts.splitlines():
        verdict: Verdict | Malformed = decode(Verdict, line)
        if isinstance(verdict, Malformed):
            raise ValueError(verdict.error)  # noqa: TRY004
        ledger.verdicts[verdict.document_offset] = verdict
    return ledger, position.offset


def _parts(data: bytes) -> tuple[dict[str, Any], bytes, bytes]:
    """Split a snapshot into its head, the claims and the verdicts."""
    if not data.startswith(MAGIC):
        raise ValueError("it is not a snapshot")
    body = memoryview(data)[:-DIGEST_BYTES]
    if hashlib.blake2b(body, digest_size=DIGEST_BYTES).digest() != data[-DIGEST_BYTES:]:
        raise ValueError("it is truncated or damaged")
    end = data.index(b"\n", len(MAGIC))
    head = orjson.loads(data[len(MAGIC) : end])
    if head["version"] != VERSION:
        raise ValueError(f"it has version {head['version']}, this software reads version {VERSION}")
    claims, verdicts = end + 1, end + 1 + head["claims"]
    return head, data[claims:verdicts], data[verdicts:-DIGEST_BYTES]
