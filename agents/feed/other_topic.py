"""Copy the pages of another topic on the same Kafka, such as that of another prefix, to process them again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from aiokafka import TopicPartition

from agents.kafka import answering
from agents.kafka.log import kept_spans, spans_since, stretches
from agents.kafka.partitions import partition_numbers
from pipeline.records.page import Page
from pipeline.records.wire import decode, encode
from pipeline.topics.headers import header
from pipeline.topics.traceparent import TRACEPARENT, child_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

    from agents.kafka import Connection


@dataclass(frozen=True, slots=True)
class Copied:
    """A record for `pages`, copied from another topic of pages."""

    key: bytes | None
    value: bytes
    headers: tuple[tuple[str, bytes], ...]


async def copied_pages(connection: Connection, topic: str, *, since: datetime | None = None) -> AsyncIterator[Copied]:
    """Read the records that a topic (full name) has now, or those written since a time.

    The records of one partition keep their order, and so do the pages of one host.
    """
    numbers = (await partition_numbers(connection, [topic]))[topic]
    tps = [TopicPartition(topic, number) for number in numbers]
    async with (
        answering(connection),
        connection.asker(name="copy", isolation_level="read_committed", auto_offset_reset="earliest") as reader,
    ):
        since_ms = None if since is None else int(since.timestamp() * 1000)
        spans = await (kept_spans(reader, tps) if since_ms is None else spans_since(reader, tps, since_ms))
        async for _, records in stretches(reader, spans):
            for record in records:
                if record.value is not None:
                    yield copied(record)


def copied(record: Any) -> Copied:
    """Copy a record. The page stays the same, so its ids stay the same too; only `origin` is removed.

    Without `origin`, the copy does not finish a URL of the new topics. A record that is not a page is copied as well,
    and becomes a dead letter there too. The headers are a closed list.
    """
    where = f"{record.topic}/{record.partition}/{record.offset}"
    page = decode(Page, record.value)
    has_origin = isinstance(page, Page) and page.origin is not None
    return Copied(
        key=record.key,
        value=encode(replace(page, origin=None)) if has_origin else record.value,
        headers=(
            ("ce_specversion", b"1.0"),
            ("ce_id", where.encode()),
            ("ce_type", b"chistovik.pages.copied.v1"),
            ("ce_source", b"urn:chistovik:feed"),
            ("content-type", b"application/json"),
            (TRACEPARENT, child_of(header(record.headers, TRACEPARENT), "copy", where)),
        ),
    )
