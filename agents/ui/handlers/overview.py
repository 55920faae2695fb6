"""The overview: stages, outcomes, hosts and newest articles; also health and static files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import web

from agents.ui.access import PageError
from pipeline.records.wire import encode
from pipeline.reports.lag import MINUTE, SOURCES

if TYPE_CHECKING:
    from agents.ui.handlers.site import Site

SHOWN_ARTICLES = 8
SHOWN_HOSTS = 12


def routes(site: Site) -> list[web.RouteDef]:
    """Return the handlers of the overview, of health and of static files."""

    async def overview(request: web.Request) -> web.Response:
        return site.page(request, "overview.html", **_values(site))

    async def overview_live(request: web.Request) -> web.Response:
        """Render the part of the overview that the browser refreshes."""
        return site.page(request, "overview_live.html", **_values(site))

    async def status(_request: web.Request) -> web.Response:
        """Return the same JSON as `chistovik status --json`."""
        return web.Response(body=encode(site.live.standings.row()), content_type="application/json")

    async def health(_request: web.Request) -> web.Response:
        """Answer 200 while the page is up to date, 503 while Kafka cannot be read."""
        problem = site.live.problem or site.live.tail_problem
        return web.Response(text=f"ui: {problem or 'ok'}\n", status=503 if problem else 200)

    async def asset(request: web.Request) -> web.Response:
        """Return a style sheet, a script or the icon."""
        found = site.static.get(request.match_info["name"])
        if found is None:
            raise PageError(404, "Not found", "There is no such file.")
        content, kind = found
        return web.Response(
            body=content, content_type=kind, charset="utf-8", headers={"Cache-Control": "private, max-age=31536000"}
        )

    return [
        web.get("/", overview),
        web.get("/live", overview_live),
        web.get("/status.json", status),
        web.get("/healthz", health),
        web.get("/static/{name}", asset),
    ]


def _values(site: Site) -> dict[str, Any]:
    live = site.live
    return {
        "current": live.standings,
        "sources": SOURCES,
        "steps": {name: live.steps(name) for name in SOURCES},
        "minute": MINUTE,
        "hosts": live.newest.hosts()[:SHOWN_HOSTS],
        "articles": live.newest.shelves["articles"].glances[: -SHOWN_ARTICLES - 1 : -1],
    }
