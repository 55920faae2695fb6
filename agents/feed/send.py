"""Send pages to the topic `pages` and URLs to the topic `urls`."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from pipeline.records.page import Page, page_id
from pipeline.records.reason import Reason
from pipeline.records.url import host_of
from pipeline.records.wire import encode
from pipeline.topics import LARGEST_VALUE, PAGES, URLS
from pipeline.topics.headers import header
from pipeline.topics.traceparent import TRACEPARENT, child_of

if TYPE_CHECKING:
    from collections.abc import Awaitable
    from typing import Any

    from agents.kafka.outbox import Outbox
    from agents.observe.tracing import Traces
    from pipeline.records.target import Target
    from pipeline.topics import Topic


def record_of(page: Page, *, largest: int = LARGEST_VALUE, value: bytes | None = None) -> bytes:
    """Encode a page; `value` is its record if the caller has it already.

    A page that is too large is sent as a refused page, so that it still has an outcome.
    """
    value = encode(page) if value is None else value
    if len(value) <= largest:
        return value
    detail = f"a record of {len(value)} bytes; {largest} fit"
    return encode(Page(url=page.url, fetched_at=page.fetched_at, refused=Reason.TOO_LARGE, detail=detail))


async def feed_page(
    page: Page,
    outbox: Outbox,
    *,
    value: bytes,
    body: bytes | None = None,
    partition: int | None = None,
    traces: Traces | None = None,
) -> Awaitable[Any]:
    """Send a page, keyed by its host. Await the result to know that `pages` has it.

    `body` holds the bytes of its body if the caller has them already.
    """
    name, began = page_id(page, body), time.time()
    headers = _headers(PAGES, name, traces)
    sent = await outbox.send(
        PAGES.name,
        value=value,
        key=(host_of(page.url) or name).encode(),
        partition=partition,
        headers=headers,
    )
    return _traced(sent, headers, traces, began=began, page_id=name, url=page.url)


async def feed_target(target: Target, outbox: Outbox, *, value: bytes, traces: Traces | None = None) -> Awaitable[Any]:
    """Send a URL, keyed by its host. Await the result to know that `urls` has it."""
    began, headers = time.time(), _headers(URLS, target.id, traces)
    sent = await outbox.send(URLS.name, value=value, key=target.key, headers=headers)
    return _traced(sent, headers, traces, began=began, url=target.url)


def _traced(
    sent: Awaitable[Any],
    headers: tuple[tuple[str, bytes], ...],
    traces: Traces | None,
    *,
    began: float,
    url: str,
    page_id: str | None = None,
) -> Awaitable[Any]:
    """Record the span of a row once the broker has it."""
    if traces is None:
        return sent

    def done(ended: asyncio.Future[Any]) -> None:
        if not ended.cancelled() and ended.exception() is None:
            own = header(headers, TRACEPARENT) or b""
            traces.span("feed", own, None, began=began, ended=time.time(), outcome="fed", page_id=page_id, url=url)

    future = asyncio.ensure_future(sent)
    future.add_done_callback(done)
    return future


def _headers(topic: Topic, name: str, traces: Traces | None) -> tuple[tuple[str, bytes], ...]:
    return (
        ("ce_specversion", b"1.0"),
        ("ce_id", name.encode()),
        ("ce_type", f"chistovik.{topic.name}.fed.v1".encode()),
        ("ce_source", b"urn:chistovik:feed"),
        ("content-type", b"application/json"),
        (TRACEPARENT, child_of(None, "feed", name, ratio=traces.ratio if traces else 0.0)),
    )
