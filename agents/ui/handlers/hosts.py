"""The list of hosts, and one host with the lines that it repeats."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from agents.ui.access import PageError
from agents.ui.handlers.site import filters_of
from agents.ui.lists import choose
from pipeline.reports.hosts import hosts_with_profiles

if TYPE_CHECKING:
    from agents.ui.handlers.site import Site
    from pipeline.reports.hosts import Repeated

SHOWN_ARTICLES = 8


def routes(site: Site) -> list[web.RouteDef]:
    """Return the handlers of hosts."""

    async def hosts(request: web.Request) -> web.Response:
        """List the hosts with the outcomes of their pages and their profiles."""
        filters = filters_of(request, "q")
        wanted = filters["q"].casefold()
        every = hosts_with_profiles(site.live.newest.hosts(), site.live.profiles.known)
        chosen = [one for one in every if wanted in one.tally.host.casefold()]
        return site.list_page(request, "hosts.html", chosen, filters=filters)

    async def host(request: web.Request) -> web.Response:
        """Show the outcomes of a host's pages, and the lines that it repeats."""
        name = request.match_info["host"]
        newest = site.live.newest
        tally = next((one for one in newest.hosts() if one.host == name), None)
        if tally is None:
            raise PageError(404, "Host not found", "None of the newest events is from this host.")
        articles = [one for one in reversed(newest.shelves["articles"].glances) if one.host == name]
        (known,) = hosts_with_profiles([tally], site.live.profiles.known)
        repeated: list[Repeated] = []
        pages_read = 0
        if known.profile is not None and articles:
            repeated, pages_read = await site.articles.repeated_lines(articles, known.profile)
        return site.page(
            request,
            "host.html",
            known=known,
            tally=tally,
            outcomes={topic: choose(shelf.glances, host=name) for topic, shelf in newest.shelves.items()},
            articles=articles[:SHOWN_ARTICLES],
            repeated=repeated,
            pages_read=pages_read,
        )

    return [web.get("/hosts", hosts), web.get("/hosts/{host}", host)]
