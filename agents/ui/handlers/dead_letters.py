"""The list of dead letters, and one dead letter with its actions replay and drop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from aiohttp import web

from agents.ui.access import PageError
from agents.ui.dead_letters import ActionRefusedError
from agents.ui.handlers.site import RECORD, filters_of, record_of
from agents.ui.lists import choose

if TYPE_CHECKING:
    from agents.ui.handlers.site import Site

log = structlog.get_logger("chistovik")


def routes(site: Site) -> list[web.RouteDef]:
    """Return the handlers of dead letters."""

    async def dead_letters(request: web.Request) -> web.Response:
        """List the dead letters: the open ones, or all of them if the query says so."""
        shelf = site.live.newest.shelves["dead-letters"]
        filters = filters_of(request, "host", "q", "all")
        every = [
            (one, site.dead_letters.state(site.dead_letters.place_of(one)))
            for one in choose(shelf.glances, host=filters["host"], text=filters["q"])
        ]
        open_ones = [(one, state) for one, state in every if state is None]
        shown = every if filters["all"] else open_ones
        closed = len(every) - len(open_ones)
        return site.list_page(request, "dead_letters.html", shown, shelf=shelf, filters=filters, closed=closed)

    async def dead_letter(request: web.Request) -> web.Response:
        return await _dead_letter(site, request, alert="")

    async def act(request: web.Request) -> web.StreamResponse:
        """Replay or drop a dead letter, and show the result."""
        form = await request.post()
        action, (partition, offset) = request.match_info["action"], record_of(request)
        try:
            await site.dead_letters.act(action, partition, offset, force=form.get("force") == "yes")
        except ActionRefusedError as error:
            return await _dead_letter(site, request, alert=str(error), status=409)
        log.info("dead letter handled", action=action, partition=partition, offset=offset)
        raise web.HTTPSeeOther(f"/dead-letters/{partition}/{offset}?done={action}")

    return [
        web.get("/dead-letters", dead_letters),
        web.get(f"/dead-letters/{RECORD}", dead_letter),
        web.post(f"/dead-letters/{RECORD}/" + r"{action:replay|drop}", act),
    ]


async def _dead_letter(site: Site, request: web.Request, *, alert: str, status: int = 200) -> web.Response:
    values = await site.dead_letters.read(*record_of(request))
    if values is None:
        raise PageError(404, "Dead letter not found", "It is no longer in `dead-letters`.")
    done = request.query.get("done", "")
    return site.page(request, "dead_letter.html", status=status, alert=alert, done=done, **values)
