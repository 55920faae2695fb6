"""What the pages must have become: the log of documents, judged once more by a ledger that nothing has disturbed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition

from agents.dedupe.changelog import read_back
from pipeline.article.outcome import outcome_of
from pipeline.records.document import read_document
from pipeline.records.wire import encode
from pipeline.topics import DOCUMENTS
from pipeline.verdict.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Sequence


class Due(NamedTuple):
    """What there is to compare of an outcome."""

    event: str
    page_id: str
    article_id: str | None
    revision: int | None
    kind: str | None
    reason: str | None
    similarity: float | None


def due_of(outcome: dict[str, Any]) -> Due:
    """Take from an outcome what is compared."""
    return Due(*(outcome.get(name) for name in Due._fields))


def judge_anew(brokers: str, prefix: str) -> dict[tuple[int, int], Due]:
    """Judge all documents in the order of their log; what became of each page, by its partition and offset."""
    found: dict[tuple[int, int], Due] = {}
    for partition in range(DOCUMENTS.partitions):
        ledger = Ledger(partition)
        for record in asyncio.run(_documents(brokers, TopicPartition(prefix + DOCUMENTS.name, partition))):
            document = read_document(record.value, partition=partition, offset=record.offset)
            verdict = ledger.judge(document, record.offset, timestamp=record.timestamp / 1000)
            assert verdict is not None, "offsets of documents are dense"
            outcome = outcome_of(document, verdict)
            if outcome is not None:
                place = document.provenance.partition, document.provenance.offset
                found[place] = due_of(orjson.loads(encode(outcome)))
    return found


async def _documents(brokers: str, tp: TopicPartition) -> list[Any]:
    records: list[Any] = []

    async def take(more: Sequence[Any]) -> None:
        records.extend(more)

    async with AIOKafkaConsumer(bootstrap_servers=brokers, enable_auto_commit=False) as consumer:
        await read_back(consumer, tp, 0, take)
    return records
