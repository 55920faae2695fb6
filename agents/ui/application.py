"""The live page as an application: who is let in, and what is answered where something goes wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import structlog
from aiohttp import web
from aiokafka.errors import KafkaError

from agents.errors import BrokerError, StageError
from agents.ui.access import HEADERS, SAFE, Turned, next_path

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from agents.ui.handlers import Site

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

OPEN_PATHS = ("/healthz", "/login", "/static/")  # nothing to see there
LARGEST_FORM = 64 << 10  # bytes
log = structlog.get_logger("chistovik")


def application(site: Site) -> web.Application:
    """Make the application; whatever goes wrong is a page of one line."""

    @web.middleware
    async def door(request: web.Request, handler: Handler) -> web.StreamResponse:
        answer = await _admitted(site, request)
        return answer if answer is not None else await handler(request)

    @web.middleware
    async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            answer = await handler(request)
        except Turned as turned:
            answer = site.turned(request, turned)
        except web.HTTPMove as away:
            answer = web.Response(status=away.status, headers={"Location": str(away.location)})
        except web.HTTPException as error:
            answer = site.turned(request, Turned(error.status, error.reason, f"{request.method} {request.path}"))
        except (BrokerError, KafkaError) as error:
            answer = site.turned(request, Turned(503, "Kafka does not answer", str(error) or type(error).__name__))
        except ConnectionError:  # the browser has gone
            raise
        except StageError as error:
            answer = site.turned(request, Turned(503, "Not now", str(error)))
        except Exception as error:  # never a traceback at a user
            log.error("internal error", path=request.path, error=f"{type(error).__name__}: {error}")  # noqa: TRY400 — where, only if asked
            log.debug("where it failed", exc_info=error)
            answer = site.turned(request, Turned(500, "Internal error", "See the log of `chistovik ui`."))
        answer.headers.update(HEADERS)
        return answer

    app = web.Application(middlewares=[problems, door], client_max_size=LARGEST_FORM)
    app.add_routes(site.routes())
    return app


async def _admitted(site: Site, request: web.Request) -> web.Response | None:
    """Give the answer to who is not let in; None to all others."""
    if request.path.startswith(OPEN_PATHS):
        return None
    if request.method in SAFE and (token := request.query.get("token")) is not None:
        return await _shown(site, request, token)
    if not site.door.is_in(request):
        if not site.door.token:
            raise Turned(421, "Only at home", "Without CHISTOVIK_UI_TOKEN this page answers to localhost only.")
        if request.method not in SAFE or "text/html" not in request.headers.get("Accept", ""):
            raise Turned(401, "Who is there?", "Send the token as `Authorization: Bearer …`, or log in.")
        return web.Response(status=303, headers={"Location": f"/login?next={quote(request.path_qs, safe='')}"})
    if request.method not in SAFE and not await site.door.is_ours(request):
        raise Turned(
            403, "Not from here", "This was not sent from a page of this address. Go back, reload and try again."
        )
    return None


async def _shown(site: Site, request: web.Request, token: str) -> web.Response:
    """Take the token from a link, and take it out of the address."""
    if not site.door.token:
        return web.Response(status=303, headers={"Location": next_path(request.path)})
    answer = web.Response(status=303, headers={"Location": next_path(request.path)})
    if await site.door.let_in(token, answer):
        return answer
    return web.Response(status=303, headers={"Location": "/login"})
