"""The paths of the live page: one file for each kind of page, `site.py` for what they share.

`agents/ui/application.py` decides who may see them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.ui.handlers import article, dead_letters, hosts, lists, login, overview

if TYPE_CHECKING:
    from aiohttp import web

    from agents.ui.handlers.site import Site


def routes(site: Site) -> list[web.RouteDef]:
    """Return the handlers of all paths."""
    return [
        *overview.routes(site),
        *lists.routes(site),
        *article.routes(site),
        *dead_letters.routes(site),
        *hosts.routes(site),
        *login.routes(site),
    ]
