"""What lies in the topics that are fed, read back from a broker; and small web servers on loopback."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from aiohttp import web

from pipeline.records.page import Page
from pipeline.records.target import Target
from pipeline.records.wire import decode
from pipeline.topics import PAGES, URLS
from tests.support.patience import SECONDS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from agents.kafka import Connection


async def records(connection: Connection, name: str, *, at_least: int = 0) -> list[Any]:
    """Read a topic from its begin to its end, and wait for so many records."""
    consumer = connection.consumer(name, name="test", group_id=None, auto_offset_reset="earliest", fetch_max_wait_ms=50)
    found: list[Any] = []
    async with asyncio.timeout(SECONDS), consumer:
        ends = await consumer.end_offsets(consumer.assignment())
        total = max(at_least, sum(ends.values()))
        while len(found) < total:
            for batch in (await consumer.getmany(timeout_ms=100)).values():
                found += batch
    return found


async def targets(connection: Connection, prefix: str, *, at_least: int = 0) -> list[Target]:
    """Read what was fed to `urls`."""
    return _read(Target, await records(connection, prefix + URLS.name, at_least=at_least))


async def pages(connection: Connection, prefix: str, *, at_least: int = 0) -> list[Page]:
    """Read what was fed to `pages`."""
    return _read(Page, await records(connection, prefix + PAGES.name, at_least=at_least))


def _read(kind: type[Any], found: list[Any]) -> list[Any]:
    read = [decode(kind, record.value) for record in sorted(found, key=lambda one: one.timestamp)]
    assert all(isinstance(one, kind) for one in read), read
    return read


@asynccontextmanager
async def serving(answer: Callable[[web.Request], web.StreamResponse]) -> AsyncIterator[str]:
    """Serve what a function answers, on a free port of loopback; gives `host:port`."""

    async def handle(request: web.Request) -> web.StreamResponse:
        return answer(request)

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield f"127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
