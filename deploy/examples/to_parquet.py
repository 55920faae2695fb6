"""Articles into Parquet files, a row a state: FOLDER/day=2026-03-02/p03-000000005000.parquet.

python deploy/examples/to_parquet.py FOLDER

An event has one file: that of its day (of the record, UTC), its partition and its range of 5,000 offsets. A file is
written beside its place, synced and renamed, and keeps the rows that it had, by their offsets. So a replay overwrites
rows with themselves, a kill leaves the old file or the new one, and Kafka is told of events whose files are on disk.
Read it with whatever knows Hive partitions; of an article the row with the greatest `edition` is how it stands.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from reading import SinkError, options, run

from agents.subscribe import Event, Subscription
from pipeline.records.article import Article, edition

if TYPE_CHECKING:
    from agents.kafka import Connection
    from agents.settings import Settings

RANGE = 5000  # offsets of a file; part of its name, so it stays as it is
TEXTS = (
    *("article_id", "event", "url", "canonical_url", "headline", "article_body", "description", "date_published"),
    *("date_modified", "in_language", "publisher", "image"),
)
SCHEMA = pa.schema(
    [
        ("partition", pa.int32()),
        ("offset", pa.int64()),
        ("recorded_at", pa.timestamp("ms", tz="UTC")),
        ("edition", pa.int64()),
        ("revision", pa.int64()),
        ("fetched_at", pa.timestamp("us", tz="UTC")),
        *((name, pa.string()) for name in TEXTS),
        ("author", pa.list_(pa.string())),
        ("word_count", pa.int64()),
    ]
)


def place(event: Event) -> str:
    """Name the file of an event."""
    day = datetime.fromtimestamp(event.timestamp / 1000, UTC).date()
    return f"day={day}/p{event.partition:02}-{event.offset - event.offset % RANGE:012}.parquet"


def row(event: Event) -> dict[str, Any]:
    article = event.outcome()
    if not isinstance(article, Article):
        raise SinkError(f"{event.place} is no article: is another topic named articles?")
    at = article.provenance.fetched_at
    return {
        "partition": event.partition,
        "offset": event.offset,
        "recorded_at": event.timestamp,
        "edition": edition(at, article.revision),
        "revision": article.revision,
        "fetched_at": at,
        **{name: getattr(article, name) for name in TEXTS},
        "author": article.author,
        "word_count": article.word_count,
    }


def write(folder: Path, batch: list[Event]) -> None:
    """Put the events of a batch into their files; when it returns, they are on the disk."""
    files: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for event in batch:
        files[place(event)].append(row(event))
    with (folder / ".lock").open(
        "w"
    ) as lock:  # another reader that is slow to notice that a partition is no longer its own
        fcntl.flock(lock, fcntl.LOCK_EX)
        for name, rows in files.items():
            merge(folder / name, rows)


def merge(path: Path, rows: list[dict[str, Any]]) -> None:
    """Add rows to a file, in the order of their offsets; a row that is there already is replaced."""
    path.parent.mkdir(exist_ok=True)
    table = pa.Table.from_pylist(rows, SCHEMA)
    if path.exists():
        with pq.ParquetFile(path) as file:
            known = file.read(SCHEMA.names)
        table = pa.concat_tables([known.filter(pc.invert(pc.is_in(known["offset"], table["offset"]))), table])
    beside = path.with_name(f".{path.name}.new")
    pq.write_table(table.sort_by("offset"), beside, compression="zstd")
    sync(beside)
    beside.rename(path)
    sync(path.parent)
    sync(path.parent.parent)


def sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def main() -> None:
    parser = options(__doc__ or "", "to-parquet")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seconds", type=float, default=60.0, help="that events are gathered for (%(default)s)")
    chosen = parser.parse_args()

    async def read(connection: Connection, settings: Settings) -> None:
        chosen.folder.mkdir(parents=True, exist_ok=True)
        async with Subscription(
            connection,
            [settings.prefix + "articles"],
            group=chosen.group,
            timeout=chosen.timeout,
            session_seconds=settings.session_timeout,
        ) as subscription:
            async for batch in subscription.batches(RANGE, chosen.seconds):
                await asyncio.to_thread(write, chosen.folder, batch)

    run(read, OSError, pa.ArrowException)


if __name__ == "__main__":
    main()
