"""A worker's own pages: /healthz and /metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from prometheus_client import CollectorRegistry


async def serve(
    host: str, port: int, problems: Callable[[], Mapping[str, str | None]], registry: CollectorRegistry
) -> tuple[web.AppRunner, int]:
    """Serve until the runner is cleaned up; return it with the port that was bound.

    /healthz answers 200 while no stage has a problem, else 503, with a line a stage.
    """

    async def healthz(_request: web.Request) -> web.Response:
        found = problems()
        text = "".join(f"{stage}: {problem or 'ok'}\n" for stage, problem in found.items())
        return web.Response(text=text, status=503 if any(found.values()) else 200)

    async def metrics(_request: web.Request) -> web.Response:
        return web.Response(body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    app = web.Application()
    app.add_routes([web.get("/healthz", healthz), web.get("/metrics", metrics)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, host, port)
    await site.start()
    return runner, int(runner.addresses[0][1])
