"""HTTP for all processes: listening, and the endpoints /healthz and /metrics."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from agents.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from prometheus_client import CollectorRegistry

    from agents.settings import Settings


async def serve(
    host: str, port: int, problems: Callable[[], Mapping[str, str | None]], registry: CollectorRegistry
) -> tuple[web.AppRunner, int]:
    """Serve until the runner is cleaned up. Return the runner and the bound port.

    /healthz answers 200 while no stage has a problem, otherwise 503, with one line per stage.
    """

    async def healthz(_request: web.Request) -> web.Response:
        by_stage = problems()
        text = "".join(f"{stage}: {problem or 'ok'}\n" for stage, problem in by_stage.items())
        return web.Response(text=text, status=503 if any(by_stage.values()) else 200)

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
    """Listen, and return the bound address and port.

    Raises SettingsError if that fails. The error names the settings `settings` + _HOST and `settings` + _PORT.
    """
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        raise SettingsError(f"{settings}_HOST={host}, {settings}_PORT={port}: {error.strerror}") from None
    except OverflowError:
        raise SettingsError(f"{settings}_PORT={port}: expected at most 65535") from None
    bound: tuple[str, int] = runner.addresses[0][:2]
    return bound


def check_door(settings: Settings) -> None:
    """Raise SettingsError if the service would accept rows from anybody in a network."""
    if not settings.service_token and not is_loopback(settings.service_host):
        raise SettingsError(
            f"CHISTOVIK_SERVICE_HOST={settings.service_host!r} can be reached from other machines: "
            "set CHISTOVIK_SERVICE_TOKEN, or listen on 127.0.0.1"
        )


def is_loopback(host: str) -> bool:
    """Return whether a host name or address means this machine only."""
    host = host.strip("[]").lower().removesuffix(".")
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
