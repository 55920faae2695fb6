"""The live page as a web application: access checks before the handlers, error pages after them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import structlog
from aiohttp import web
from aiokafka.errors import KafkaError

from agents.errors import BrokerError, StageError
from agents.ui.access import HEADERS, SAFE, PageError, next_path
from agents.ui.handlers import routes

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from agents.ui.handlers.site import Site

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

OPEN_PATHS = ("/healthz", "/login", "/static/")  # open to everybody: they show no data
LARGEST_FORM = 64 << 10  # bytes
log = structlog.get_logger("chistovik")


def application(site: Site) -> web.Application:
    """Make the application. Every error is answered with a page of one line."""

    @web.middleware
    async def access(request: web.Request, handler: Handler) -> web.StreamResponse:
        answer = await _refusal(site, request)
        return answer if answer is not None else await handler(request)

    @web.middleware
    async def errors(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            answer = await handler(request)
        except PageError as error:
            answer = site.error(request, error)
        except web.HTTPMove as move:
            answer = web.Response(status=move.status, headers={"Location": str(move.location)})
        except web.HTTPException as error:
            answer = site.error(request, _page_error(request, error))
        except (BrokerError, KafkaError) as error:
            answer = site.error(request, PageError(503, "Kafka does not answer", str(error) or type(error).__name__))
        except ConnectionError:  # the browser closed the connection
            raise
        except StageError as error:
            answer = site.error(request, PageError(503, "Not available now", str(error)))
        except Exception as error:  # a user must not see a traceback
            log.error("internal error", path=request.path, error=f"{type(error).__name__}: {error}")  # noqa: TRY400 — the traceback is logged at level debug only
            log.debug("traceback of the internal error", exc_info=error)
            answer = site.error(request, PageError(500, "Internal error", "See the log of `chistovik ui`."))
        answer.headers.update(HEADERS)
        return answer

    app = web.Application(middlewares=[errors, access], client_max_size=LARGEST_FORM)
    app.add_routes(routes(site))
    return app


def _page_error(request: web.Request, error: web.HTTPException) -> PageError:
    """Return the error page for an error of aiohttp."""
    if error.status == 404:
        return PageError(404, "Page not found", f"There is no page at {request.path}")
    return PageError(error.status, error.reason, f"{request.method} {request.path}")


async def _refusal(site: Site, request: web.Request) -> web.Response | None:
    """Return the answer to a request that is not allowed or that carries a token; None if it may go on."""
    if request.path.startswith(OPEN_PATHS):
        return None
    if request.method in SAFE and (token := request.query.get("token")) is not None:
        return await _log_in_by_link(site, request, token)
    if not site.access.is_allowed(request):
        if not site.access.token:
            raise PageError(
                421,
                "Local access only",
                "Without CHISTOVIK_UI_TOKEN, this page answers requests to localhost only. Set a token to open it.",
            )
        if request.method not in SAFE or "text/html" not in request.headers.get("Accept", ""):
            raise PageError(401, "Token required", "Send the token as `Authorization: Bearer …`, or log in.")
        return web.Response(status=303, headers={"Location": f"/login?next={quote(request.path_qs, safe='')}"})
    if request.method not in SAFE and not await site.access.is_our_form(request):
        raise PageError(
            403,
            "Request refused",
            "The request did not come from a page of this address. Go back, reload the page and try again.",
        )
    return None


async def _log_in_by_link(site: Site, request: web.Request, token: str) -> web.Response:
    """Log in with the token of a link, and redirect to the same path without the token."""
    answer = web.Response(status=303, headers={"Location": next_path(request.path)})
    if not site.access.token or await site.access.log_in(token, answer):
        return answer
    return web.Response(status=303, headers={"Location": "/login"})
