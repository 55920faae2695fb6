"""The lists of articles, duplicates and discarded pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from agents.ui.handlers.site import filters_of
from agents.ui.lists import choose, group_copies

if TYPE_CHECKING:
    from agents.ui.handlers.site import Site


def routes(site: Site) -> list[web.RouteDef]:
    """Return the handlers of the lists."""

    async def articles(request: web.Request) -> web.Response:
        shelf = site.live.newest.shelves["articles"]
        filters = filters_of(request, "host", "lang", "q")
        chosen = choose(shelf.glances, host=filters["host"], language=filters["lang"], text=filters["q"])
        languages = sorted({one.language for one in shelf.glances})
        return site.list_page(request, "articles.html", chosen, shelf=shelf, filters=filters, languages=languages)

    async def duplicates(request: web.Request) -> web.Response:
        """List the duplicates, grouped by their article."""
        shelf = site.live.newest.shelves["duplicates"]
        filters = filters_of(request, "host", "kind")
        chosen = choose(shelf.glances, host=filters["host"], kind=filters["kind"])
        groups = group_copies(chosen, site.live.newest.shelves["articles"].glances)
        return site.list_page(request, "duplicates.html", groups, shelf=shelf, filters=filters)

    async def discarded(request: web.Request) -> web.Response:
        shelf = site.live.newest.shelves["discarded"]
        filters = filters_of(request, "host", "reason")
        chosen = choose(shelf.glances, host=filters["host"], kind=filters["reason"])
        return site.list_page(request, "discarded.html", chosen, shelf=shelf, filters=filters)

    return [
        web.get("/articles", articles),
        web.get("/duplicates", duplicates),
        web.get("/discarded", discarded),
    ]
