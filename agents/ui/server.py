"""Starts and stops the live page: its background tasks, its socket, and the end on SIGTERM or SIGINT."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import TYPE_CHECKING

import structlog
from aiohttp import web

from agents.http import is_loopback, listen
from agents.settings import Secret
from agents.signals import ending
from agents.ui.access import Access
from agents.ui.application import application
from agents.ui.article import ArticleReader
from agents.ui.dead_letters import DeadLetters
from agents.ui.handlers.site import Site
from agents.ui.live import LiveState
from agents.ui.rendering import Pages, assets

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from agents.kafka import Connection
    from agents.settings import Settings

FIRST_LOOK_SECONDS = 10.0
log = structlog.get_logger("chistovik")


@asynccontextmanager
async def serving(settings: Settings, connection: Connection, version: str) -> AsyncIterator[str]:
    """Serve while the context lasts. Yield the URL to open, with the token in it if it was made here."""
    made = "" if settings.ui_token or is_loopback(settings.ui_host) else secrets.token_urlsafe(24)
    async with AsyncExitStack() as resources:
        live = LiveState(connection, settings.prefix, settings.ui_events)
        articles = await resources.enter_async_context(ArticleReader(connection, settings))
        dead_letters = DeadLetters(live)
        resources.push_async_callback(dead_letters.close)
        static = assets()
        site = Site(
            live=live,
            articles=articles,
            dead_letters=dead_letters,
            access=Access(Secret(made) if made else settings.ui_token),
            pages=Pages(static, version=version, prefix=settings.prefix, brokers=connection.brokers),
            static=static,
        )
        updates = asyncio.create_task(live.run())
        resources.push_async_callback(_cancel, updates)
        runner = web.AppRunner(application(site), access_log=None, shutdown_timeout=5)
        await runner.setup()
        resources.push_async_callback(runner.cleanup)
        with suppress(TimeoutError):  # otherwise the first page would be empty
            await asyncio.wait_for(live.measured.wait(), FIRST_LOOK_SECONDS)
        host, port = await listen(runner, settings.ui_host, settings.ui_port, "CHISTOVIK_UI")
        shown = "127.0.0.1" if host in {"0.0.0.0", "::"} else f"[{host}]" if ":" in host else host  # noqa: S104
        yield f"http://{shown}:{port}/" + (f"?token={made}" if made else "")


async def serve(settings: Settings, connection: Connection, version: str) -> None:
    """Serve until SIGTERM or SIGINT."""
    stopping = asyncio.Event()
    with ending(stopping, asyncio.get_running_loop(), settings.stop_seconds):
        async with serving(settings, connection, version) as url:
            token = "set" if settings.ui_token else "in the link" if "?token=" in url else "none"
            log.info("open this in a browser", url=url, token=token)
            await stopping.wait()
            log.info("stopping")
    log.info("stopped")


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
