"""A worker's own pages: /healthz and /metrics."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from agents.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from agents.settings import Settings


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
    try:
        return runner, (await listen(runner, host, port, "CHISTOVIK_HTTP"))[1]
    except SettingsError:
        await runner.cleanup()
        raise


async def listen(runner: web.AppRunner, host: str, port: int, settings: str) -> tuple[str, int]:
    """Listen, and return the address and port that were bound.

    SettingsError where they cannot be, naming the settings that they come from: `settings` with _HOST and _PORT.
    """
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        raise SettingsError(f"{settings}_HOST={host}, {settings}_PORT={port}: {error.strerror}") from None
    bound: tuple[str, int] = runner.addresses[0][:2]
    return bound


def check_door(settings: Settings) -> None:
    """SettingsError where the service would take rows from anybody in a network."""
    if not settings.service_token and not is_loopback(settings.service_host):
        raise SettingsError(
            f"CHISTOVIK_SERVICE_HOST={settings.service_host!r} can be reached from outside: "
            "set CHISTOVIK_SERVICE_TOKEN, or listen on 127.0.0.1"
        )


def is_loopback(host: str) -> bool:
    """Say whether a host means this machine and nothing else."""
    host = host.strip("[]").lower().removesuffix(".")
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
