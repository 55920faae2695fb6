"""Pages into the topic `pages`, URLs into the topic `urls`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.outbox import child_of
from pipeline.page import Page, Reason, page_id
from pipeline.topics import LARGE, PAGES, URLS
from pipeline.urls import host_of
from pipeline.wire import encode

if TYPE_CHECKING:
    from collections.abc import Awaitable
    from typing import Any

    from agents.outbox import Outbox
    from pipeline.target import Target
    from pipeline.topics import Topic

ROOM = 1 << 16  # bytes that key, headers and batch take of the largest record


def record_of(page: Page, *, largest: int = LARGE - ROOM) -> bytes:
    """Encode a page; one that does not fit travels as a refused page, so that it has an outcome all the same."""
    value = encode(page)
    if len(value) <= largest:
        return value
    detail = f"a record of {len(value)} bytes; {largest} fit"
    return encode(Page(url=page.url, fetched_at=page.fetched_at, refused=Reason.TOO_LARGE, detail=detail))


async def feed_page(page: Page, outbox: Outbox, *, value: bytes, partition: int | None = None) -> Awaitable[Any]:
    """Hand a page to the broker, keyed by its host; what is returned is done when `pages` has it."""
    name = page_id(page)
    return await outbox.send(
        PAGES.name,
        value=value,
        key=(host_of(page.url) or name).encode(),
        partition=partition,
        headers=_headers(PAGES, name),
    )


async def feed_target(target: Target, outbox: Outbox, *, value: bytes) -> Awaitable[Any]:
    """Hand a URL to the broker, keyed by its host; what is returned is done when `urls` has it."""
    return await outbox.send(URLS.name, value=value, key=target.key, headers=_headers(URLS, target.id))


def _headers(topic: Topic, name: str) -> tuple[tuple[str, bytes], ...]:
    return (
        ("ce_specversion", b"1.0"),
        ("ce_id", name.encode()),
        ("ce_type", f"chistovik.{topic.name}.fed.v1".encode()),
        ("ce_source", b"urn:chistovik:feed"),
        ("content-type", b"application/json"),
        ("traceparent", child_of(None, "feed", name)),
    )
