"""Start and stop the HTTP service: a producer, a socket, and a graceful end on SIGTERM or SIGINT."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

import orjson
import structlog
from aiohttp import web

from agents import http
from agents.http import check_door
from agents.kafka.outbox import KafkaOutbox
from agents.observe.backlog import StageCollector
from agents.observe.telemetry import Telemetry, telemetry_of
from agents.serve.handlers import Service, application
from agents.signals import ending
from pipeline.url.openapi import openapi

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from agents.kafka import Connection
    from agents.observe.backlog import Backlog
    from agents.settings import Settings

CHECK_SECONDS = 10.0  # between two checks whether Kafka answers
log = structlog.get_logger("chistovik")


@asynccontextmanager
async def serving(
    settings: Settings, connection: Connection, version: str, telemetry: Telemetry | None = None
) -> AsyncIterator[str]:
    """Serve inside the context, which yields the URL. At its end, open requests are answered first."""
    check_door(settings)
    async with AsyncExitStack() as resources:
        producer = connection.producer("serve")
        await producer.start()
        resources.push_async_callback(producer.stop)
        service = Service(
            outbox=KafkaOutbox(producer, settings.prefix),
            answers=producer.client.force_metadata_update,
            document=orjson.dumps(openapi(version)),
            token=settings.service_token,
            max_bytes=settings.service_max_bytes,
            max_rows=settings.service_max_rows,
            telemetry=telemetry or Telemetry(),
        )
        # On a separate port: clients that may feed need not see the metrics
        registry = service.telemetry.metrics.registry
        registry.register(StageCollector([ServiceHealth(service)]))
        monitoring, _ = await http.serve(
            settings.http_host, settings.http_port, lambda: {"serve": service.reason}, registry
        )
        resources.push_async_callback(monitoring.cleanup)
        # We decompress bodies ourselves, up to a limit; aiohttp would do it before any limit applies.
        runner = web.AppRunner(application(service), access_log=None, auto_decompress=False, shutdown_timeout=1)
        await runner.setup()
        resources.push_async_callback(runner.cleanup)
        # aiohttp's own shutdown waits for handlers but drops incoming data: a half-received body would hang.
        resources.push_async_callback(service.leave)
        checks = asyncio.create_task(_check_kafka(service))
        resources.callback(checks.cancel)
        host, port = await http.listen(runner, settings.service_host, settings.service_port, "CHISTOVIK_SERVICE")
        yield f"http://{f'[{host}]' if ':' in host else host}:{port}"


async def serve(settings: Settings, connection: Connection, version: str) -> None:
    """Serve until SIGTERM or SIGINT."""
    stopping = asyncio.Event()
    with ending(stopping, asyncio.get_running_loop(), settings.stop_seconds):
        async with telemetry_of(settings, ["serve"]) as telemetry:
            await _serve(settings, connection, version, telemetry, stopping)
    log.info("stopped")


async def _serve(
    settings: Settings, connection: Connection, version: str, telemetry: Telemetry, stopping: asyncio.Event
) -> None:
    async with serving(settings, connection, version, telemetry) as url:
        log.info("ready", url=f"{url}/feed", token="needed" if settings.service_token else "none")
        await stopping.wait()
        log.info("stopping")


class ServiceHealth:
    """The service, presented to the metrics as a stage."""

    name = "serve"

    def __init__(self, service: Service) -> None:
        self._service = service

    def problem(self) -> str | None:
        """Return why no rows are accepted; None while they are."""
        return self._service.reason

    def backlog(self) -> list[Backlog]:
        """Return nothing: waiting requests are not acknowledged yet."""
        return []

    def sizes(self) -> dict[str, float]:
        """Return the number of open requests."""
        return {"chistovik_serve_in_hand": self._service.in_hand}


async def _check_kafka(service: Service) -> None:
    """Check at intervals whether Kafka answers, so that /healthz is right without a request."""
    while True:
        await asyncio.sleep(CHECK_SECONDS)
        await service.check()
