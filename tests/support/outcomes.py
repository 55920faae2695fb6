"""Outcomes as publish writes them, for tests of those who read them. Not a test."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pipeline.article.message import message_of
from pipeline.records.article import Article, DeadLetter, Discarded, Duplicate, Outcome
from pipeline.records.document import Cleaning, Provenance, Removed, Sources
from pipeline.records.fields import digest
from pipeline.records.reason import Reason
from pipeline.records.verdict import Changes, Evidence, Kinship

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agents.kafka import Connection

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def provenance(number: int, minute: int = 0) -> Provenance:
    return Provenance(
        page_id=digest(str(number).encode()),
        topic="pages",
        partition=number % 12,
        offset=number // 12,
        fetched_at=AT + timedelta(minutes=minute),
        extractor="blocks/html-3",
        profile=4,
    )


def article(name: str, number: int, *, revision: int = 1, minute: int = 0, body: str | None = None) -> Article:
    """Make a state of the article of this name, from the page of this number, fetched in that minute."""
    text = body or f"В посёлке {name} открыли пекарню.\nХлеб пекут с шести утра, правка {revision}."
    url = f"https://sosny.example/{name}"
    return Article(
        event="created" if revision == 1 else "updated",
        article_id=digest(name.encode()),
        revision=revision,
        page_id=digest(str(number).encode()),
        url=url,
        canonical_url=url,
        article_body=text,
        word_count=len(text.split()),
        in_language="ru",
        headline=f"Пекарня в посёлке {name}",
        description="Хлеб пекут с шести утра.",
        author=("Анна Соснина", "Пётр Берёзов"),
        date_published="2026-03-02T08:00:00Z",
        date_modified="2026-03-02",
        publisher="Сосновые вести",
        image=f"{url}.jpg",
        sources=Sources(headline="json-ld", author="meta", date_published="json-ld"),
        changes=None if revision == 1 else Changes(words_before=11, words_after=12, similarity=0.75),
        cleaning=Cleaning(
            kept_lines=2, kept_characters=len(text), removed=(Removed(rule="menu", lines=7, characters=120),)
        ),
        provenance=provenance(number, minute),
    )


def duplicate(name: str, number: int, kind: Kinship = Kinship.NEAR) -> Duplicate:
    """Make the event that the page of this number repeats the article of this name."""
    near = kind is Kinship.NEAR
    return Duplicate(
        kind=kind,
        article_id=digest(name.encode()),
        page_id=digest(str(number).encode()),
        url=f"https://zerkalo.example/{number}",
        similarity=0.875 if near else 1.0,
        evidence=Evidence(bands=14, jaccard=0.875, containment=0.9375, contained="page", agreeing=9) if near else None,
        provenance=provenance(number),
    )


def discarded(number: int, reason: Reason = Reason.NO_ARTICLE) -> Discarded:
    return Discarded(
        reason=reason,
        detail="a list of links",
        page_id=digest(str(number).encode()),
        url=f"https://sosny.example/list/{number}",
        provenance=provenance(number),
    )


def dead_letter(number: int) -> DeadLetter:
    return DeadLetter(
        stage="clean",
        error="killed after 30 s",
        attempt=2,
        page_id=digest(str(number).encode()),
        url=f"https://sosny.example/heavy/{number}",
        original_base64=b'{"url": "https://sosny.example/heavy"}',
        original_key_base64=b"sosny.example",
        provenance=provenance(number),
    )


async def publish(
    connection: Connection, prefix: str, outcomes: Iterable[Outcome], *, a_transaction: int = 50, aborted: bool = False
) -> None:
    """Write outcomes as the stage publish does: with their headers, so many a transaction."""
    rest = list(outcomes)
    async with connection.producer("publish", transactional_id=f"{prefix}publish") as producer:
        while rest:
            some, rest = rest[:a_transaction], rest[a_transaction:]
            await producer.begin_transaction()
            for outcome in some:
                message = message_of(outcome, prefix=prefix, parent=None)
                await producer.send(
                    prefix + message.topic, message.value, key=message.key, headers=list(message.headers)
                )
            await (producer.abort_transaction() if aborted else producer.commit_transaction())
