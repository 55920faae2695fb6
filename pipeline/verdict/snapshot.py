"""A ledger as bytes, and what it stands for: all that a partition of `verdicts` holds up to an offset.

A snapshot is a cache. One that does not fit in every respect is refused with a reason, and the changelog is read whole.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from typing import Any

import orjson

from pipeline.records.verdict import Verdict
from pipeline.records.wire import Malformed, decode, encode_sparse
from pipeline.verdict.decide import Claims
from pipeline.verdict.expiry import Ages
from pipeline.verdict.ledger import Ledger

VERSION = 1  # of this format, and of what a ledger makes of verdicts
MAGIC = b"chistovik ledger\n"
DIGEST_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """What a snapshot stands for: the changelog's records up to and with `offset`."""

    topic: str  # its full name, with the prefix
    topic_id: str  # Kafka's: another one means that offsets count anew
    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class _Head:
    version: int
    stand: Stand
    start: int
    passed: int
    committed: int
    ages: dict[str, Any]
    claims: int  # bytes
    verdicts: int  # bytes


def pack(ledger: Ledger, stand: Stand) -> list[bytes]:
    """Write a ledger as parts of bytes; ValueError where a verdict waits for an earlier one."""
    if ledger.ahead:
        raise ValueError(f"{len(ledger.ahead)} verdicts wait for the one on document {ledger.passed}")
    claims = ledger.claims.dump()
    verdicts = b"\n".join(encode_sparse(verdict) for verdict in ledger.verdicts.values())
    head = _Head(
        VERSION,
        stand,
        ledger.start,
        ledger.passed,
        ledger.committed,
        asdict(ledger.ages),
        len(claims),
        len(verdicts),
    )
    parts = [MAGIC, orjson.dumps(head) + b"\n", claims, verdicts]
    digest = hashlib.blake2b(digest_size=DIGEST_BYTES)
    for part in parts:
        digest.update(part)
    return [*parts, digest.digest()]


def unpack(data: bytes, *, topic: str, topic_id: str, partition: int) -> tuple[Ledger, int]:
    """Read a ledger and the changelog offset up to which it stands; ValueError says why it is not to be used."""
    head, claims, verdicts = _parts(data)
    stand = Stand(**head["stand"])
    if (stand.topic, stand.topic_id, stand.partition) != (topic, topic_id, partition):
        raise ValueError(f"it is of {stand.topic}/{stand.partition} with the id {stand.topic_id}")
    ages = Ages(**head["ages"] | {"marks": [tuple(mark) for mark in head["ages"]["marks"]]})
    found = Ledger(partition, begun=True, claims=Claims.load(claims), ages=ages)
    found.start, found.passed, found.committed = head["start"], head["passed"], head["committed"]
    for line in verdicts.splitlines():
        verdict: Verdict | Malformed = decode(Verdict, line)
        if isinstance(verdict, Malformed):
            raise ValueError(verdict.error)  # noqa: TRY004
        found.verdicts[verdict.document_offset] = verdict
    return found, stand.offset


def _parts(data: bytes) -> tuple[dict[str, Any], bytes, bytes]:
    """Take a snapshot apart: its head, the claims, the verdicts."""
    if not data.startswith(MAGIC):
        raise ValueError("it is no snapshot")
    body = memoryview(data)[:-DIGEST_BYTES]
    if hashlib.blake2b(body, digest_size=DIGEST_BYTES).digest() != data[-DIGEST_BYTES:]:
        raise ValueError("it is torn")
    end = data.index(b"\n", len(MAGIC))
    head = orjson.loads(data[len(MAGIC) : end])
    if head["version"] != VERSION:
        raise ValueError(f"it is of version {head['version']}, this is {VERSION}")
    claims, verdicts = end + 1, end + 1 + head["claims"]
    return head, data[claims:verdicts], data[verdicts:-DIGEST_BYTES]
