"""Articles and duplicates into PostgreSQL: the newest state of each article, and what repeats it.

python deploy/examples/to_postgresql.py postgresql://user@host/database

Events come at least once, and rows are written so that it does not matter: an article is overwritten by a newer state
only (`edition`), whatever comes again or late; a duplicate is known by its CloudEvents id. Kafka is told what is
committed here. With --offsets-in-database the offsets are rows, too, written in the same transaction and checked there:
then each event is counted exactly once, which sinks need that add up or send on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
from aiokafka import TopicPartition
from reading import SinkError, options, run

from agents.subscribe import Event, Subscription
from pipeline.records.article import Article, Duplicate, edition

if TYPE_CHECKING:
    from agents.kafka import Connection
    from agents.settings import Settings

SCHEMA = """
select pg_advisory_xact_lock(8401);  -- readers that start together would make the tables at once
create table if not exists articles (
    article_id text primary key,
    edition bigint not null,  -- grows from state to state: milliseconds of fetched_at * 10000 + revision
    revision integer not null,
    url text not null,
    canonical_url text,
    headline text,
    article_body text not null,
    description text,
    author text[] not null,
    date_published text,      -- a date, or a date and time: RFC 3339
    date_modified text,
    in_language text not null,
    publisher text,
    image text,
    word_count bigint not null,
    fetched_at timestamptz
);
create table if not exists duplicates (
    ce_id text primary key,
    recorded_at bigint not null,  -- milliseconds since the epoch
    article_id text not null,     -- may come before the article does: the two are read side by side
    kind text not null,
    similarity real not null,
    page_id text not null,
    url text not null
);
create index if not exists duplicates_of_article on duplicates (article_id);
create table if not exists offsets (
    reader text, topic text, partition integer, position bigint not null, primary key (reader, topic, partition)
);
"""


def upsert(table: str, key: str, newer: str, columns: list[str]) -> str:
    """Write an insert that overwrites a row only where the number in `newer` grows."""
    values = ", ".join(f"%({column})s" for column in columns)
    changes = ", ".join(f"{column} = excluded.{column}" for column in columns if column != key)
    return (
        f"insert into {table} ({', '.join(columns)}) values ({values}) "  # noqa: S608 — our own names
        f"on conflict ({key}) do update set {changes} where {table}.{newer} < excluded.{newer}"
    )


TEXTS = (
    *("article_id", "url", "canonical_url", "headline", "article_body", "description", "date_published"),
    *("date_modified", "in_language", "publisher", "image"),
)
ARTICLE = upsert(
    "articles", "article_id", "edition", [*TEXTS, "edition", "revision", "author", "word_count", "fetched_at"]
)
DUPLICATE = upsert(
    "duplicates",
    "ce_id",
    "recorded_at",
    ["ce_id", "recorded_at", "article_id", "kind", "similarity", "page_id", "url"],
)
MOVE = """
update offsets set position = %(to)s
where reader = %(reader)s and topic = %(topic)s and partition = %(partition)s and position = %(begin)s
"""


def stored(text: str | None) -> str | None:
    """PostgreSQL has no U+0000 in texts."""
    return text and text.replace("\0", "")


def article_row(article: Article) -> dict[str, Any]:
    at = article.provenance.fetched_at
    return {
        **{name: stored(getattr(article, name)) for name in TEXTS},
        "edition": edition(at, article.revision),
        "revision": article.revision,
        "author": [stored(name) for name in article.author],
        "word_count": article.word_count,
        "fetched_at": at,
    }


def duplicate_row(event: Event, duplicate: Duplicate) -> dict[str, Any]:
    return {
        "ce_id": event.id or event.place,
        "recorded_at": event.timestamp,
        "article_id": duplicate.article_id,
        "kind": duplicate.kind.value,
        "similarity": duplicate.similarity,
        "page_id": duplicate.page_id,
        "url": stored(duplicate.url),
    }


class Store:
    """The database, and with `reader` the positions that it holds."""

    def __init__(self, database: psycopg.AsyncConnection[Any], reader: str | None) -> None:
        self.database, self.reader = database, reader
        self.positions: dict[TopicPartition, int] = {}

    async def resume(self, tps: set[TopicPartition]) -> dict[TopicPartition, int]:
        """Say where partitions begin that were assigned to us."""
        if self.reader is None:
            return {}
        keys = [(self.reader, tp.topic, tp.partition) for tp in tps]
        async with self.database.transaction(), self.database.cursor() as cursor:
            await cursor.executemany("insert into offsets values (%s, %s, %s, 0) on conflict do nothing", keys)
            await cursor.execute("select topic, partition, position from offsets where reader = %s", [self.reader])
            stand = {(topic, number): position for topic, number, position in await cursor.fetchall()}
        self.positions = {tp: stand[tp.topic, tp.partition] for tp in tps}
        return self.positions

    async def write(self, batch: list[Event]) -> None:
        """Write a batch in one transaction, with the positions behind it."""
        outcomes = [(event, event.outcome()) for event in batch]
        articles = [article_row(one) for _, one in outcomes if isinstance(one, Article)]
        duplicates = [duplicate_row(event, one) for event, one in outcomes if isinstance(one, Duplicate)]
        async with self.database.transaction(), self.database.cursor() as cursor:
            if self.reader is not None:
                await self.move(cursor, batch)
            await cursor.executemany(ARTICLE, articles)
            await cursor.executemany(DUPLICATE, duplicates)

    async def move(self, cursor: psycopg.AsyncCursor[Any], batch: list[Event]) -> None:
        """Move the positions; an error, and so no transaction, where another reader of the group has moved them."""
        behind = {TopicPartition(event.topic, event.partition): event.offset + 1 for event in batch}
        for tp, to in behind.items():
            place = {"reader": self.reader, "topic": tp.topic, "partition": tp.partition}
            await cursor.execute(MOVE, place | {"begin": self.positions[tp], "to": to})
            if cursor.rowcount != 1:
                raise SinkError(f"{tp.topic}/{tp.partition} has another reader by now: start again to share the rest")
        self.positions |= behind


def main() -> None:
    parser = options(__doc__ or "", "to-postgresql")
    parser.add_argument("database", help="as libpq takes it: postgresql://…, or key=value pairs")
    parser.add_argument("--offsets-in-database", action="store_true", help="exactly once: offsets in the transaction")
    chosen = parser.parse_args()

    async def read(connection: Connection, settings: Settings) -> None:
        async with await psycopg.AsyncConnection.connect(chosen.database, autocommit=True) as database:
            await database.execute(SCHEMA)
            store = Store(database, chosen.group if chosen.offsets_in_database else None)
            topics = [settings.prefix + "articles", settings.prefix + "duplicates"]
            async with Subscription(
                connection,
                topics,
                group=chosen.group,
                timeout=chosen.timeout,
                resume=store.resume,
                session_seconds=settings.session_timeout,
            ) as subscription:
                async for batch in subscription.batches(500, 1.0):
                    await store.write(batch)

    run(read, psycopg.Error)


if __name__ == "__main__":
    main()
