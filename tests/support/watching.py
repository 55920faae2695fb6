"""A site whose files change, and the stage `watch` on it: for the tests on the embedded broker and on a real one."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn
from unittest.mock import patch

from aiohttp import web

from agents.fetch.listing_client import WebListingClient
from agents.kafka.outbox import KafkaOutbox
from agents.kafka.topics import partitions_of
from agents.settings import Settings
from agents.watch.stage import WatchStage
from pipeline.listing.watchlist import Watch
from pipeline.topics import WATCHES
from tests.support.fed import targets

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from agents.kafka import Connection
    from agents.observe.telemetry import Telemetry


@dataclass
class Site:
    """A site whose files change, with validators; remembers how it was asked."""

    files: dict[str, str | int] = field(default_factory=dict)
    asked: list[tuple[str, str, int]] = field(default_factory=list)  # path, validator, status

    def answer(self, request: web.Request) -> web.Response:
        said = self.files.get(request.path, 404)
        validator = request.headers.get("If-None-Match", "")
        if isinstance(said, int):
            made = web.Response(status=said)
        else:
            body = said.replace("BASE", f"http://{request.host}")
            tag = f'"{hash(body)}"'
            made = (
                web.Response(status=304)
                if validator == tag
                else web.Response(text=body, content_type="text/html" if "<html" in body else "application/xml")
            )
            made.headers["ETag"] = tag
        self.asked.append((request.path, validator, made.status))
        return made

    def count(self, path: str, status: int | None = None) -> int:
        return sum(one == path and status in {None, code} for one, _, code in self.asked)


def rss(*names: str) -> str:
    return (
        "<rss version='2.0'><channel>"
        + "".join(f"<item><title>{name}</title><link>BASE/{name}</link></item>" for name in names)
        + "</channel></rss>"
    )


def sitemap(*names: str) -> str:
    return (
        "<urlset>"
        + "".join(f"<url><loc>BASE/{name}</loc><lastmod>2026-03-02</lastmod></url>" for name in names)
        + "</urlset>"
    )


def settings_of(host: str, prefix: str = "t.") -> Settings:
    return Settings(
        prefix=prefix,
        user_agent="TestBot/1.0 (+https://bot.example/)",
        fetch_networks="127.0.0.0/8",
        fetch_ports=host.rpartition(":")[2],
        fetch_pace=0.0,
        session_timeout=6.0,
    )


def quickly(url: str, kind: str = "feed") -> Watch:
    return Watch(url=url, kind=kind, min_interval=0.2, max_interval=0.4, max_age=10_000 * 86400.0)  # type: ignore[arg-type]


def died(stage: str, error: BaseException) -> NoReturn:
    """Fail the test instead of ending its process."""
    raise AssertionError(f"{stage} has ended: {error!r}") from error


@asynccontextmanager
async def watching(
    connection: Connection, settings: Settings, *watches: Watch, telemetry: Telemetry | None = None
) -> AsyncIterator[WatchStage]:
    async with AsyncExitStack() as resources:
        for place in ("agents.stage.ending.die", "agents.stage.member.die"):
            resources.enter_context(patch(place, died))
        producer = connection.producer("watch")
        await producer.start()
        resources.push_async_callback(producer.stop)
        stage = WatchStage(
            settings,
            connection,
            watches=watches,
            client=WebListingClient(settings, resources),
            outbox=KafkaOutbox(producer, settings.prefix),
            partitions=await partitions_of(connection, settings.prefix, WATCHES),
            telemetry=telemetry,
        )
        resources.push_async_callback(stage.stop)
        await stage.start()
        yield stage
        assert stage.problem() is None


async def fed(connection: Connection, prefix: str = "t.", *, at_least: int = 0) -> list[str]:
    return [target.url.rpartition("/")[2] for target in await targets(connection, prefix, at_least=at_least)]
