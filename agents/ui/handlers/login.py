"""Logging in with the token, and logging out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from agents.ui.access import comes_from_us, next_path

if TYPE_CHECKING:
    from agents.ui.handlers.site import Site


def routes(site: Site) -> list[web.RouteDef]:
    """Return the handlers of log-in and log-out."""

    async def form(request: web.Request) -> web.Response:
        if site.access.is_allowed(request):
            raise web.HTTPSeeOther("/")
        return site.page(request, "login.html", next=next_path(request.query.get("next", "/")), alert="")

    async def log_in(request: web.Request) -> web.Response:
        """Check the token of the form."""
        fields = await request.post()
        target = next_path(str(fields.get("next", "/")))
        answer = web.Response(status=303, headers={"Location": target})
        if comes_from_us(request) and await site.access.log_in(str(fields.get("token", "")).strip(), answer):
            return answer
        return site.page(request, "login.html", status=401, next=target, alert="Wrong token. See the hint below.")

    async def log_out(_request: web.Request) -> web.Response:
        answer = web.Response(status=303, headers={"Location": "/login"})
        site.access.log_out(answer)
        return answer

    return [web.get("/login", form), web.post("/login", log_in), web.post("/logout", log_out)]
