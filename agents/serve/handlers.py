"""The HTTP service: `POST /feed` takes URLs and pages, and answers when Kafka has acknowledged them.

Here are limits, access and answers. `pipeline/url/intake.py` reads the body.
"""

from __future__ import annotations

import asyncio
import hmac
import math
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import orjson
import structlog
from aiohttp import web
from aiokafka.errors import KafkaError

from agents.feed.send import feed_page, feed_target, record_of
from agents.http import is_loopback
from agents.observe.metrics import OTHER
from agents.observe.telemetry import Telemetry
from pipeline.page.unpacking import TooMuchError, Unpacker, UnpackingError
from pipeline.records.page import Page
from pipeline.records.wire import Malformed, encode
from pipeline.url.intake import JSON, NDJSON, Accepted, ProblemDetails, RefusedRow, read_row, rows_in
from pipeline.url.openapi import PROBLEM

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from agents.kafka.outbox import Outbox
    from agents.settings import Secret
    from pipeline.records.target import Target

BODY_SECONDS = 60.0  # limit for receiving a body
BROKER_SECONDS = 10.0  # limit for Kafka's acknowledgement
FRESH_SECONDS = 1.0  # after an acknowledgement, Kafka counts as up for so long
ANSWER_SECONDS = 3.0  # limit for Kafka to answer whether it is up
BODIES = 4  # in memory at a time; each three times: compressed, as rows, as records
WAITING = 64  # open requests; one more is refused
RETRY_SECONDS = 10
LEAVE_SECONDS, CHECK_SECONDS = 30.0, 0.05
HEALTH = "/healthz"
NO_ANSWER = "Kafka does not answer"
COUNTED = {"/feed": "feed", "/openapi.json": "openapi"}
log = structlog.get_logger("chistovik")


class Refusal(Exception):  # noqa: N818 — an answer to the client, not an internal error
    """An error answer to the client, as problem details (RFC 9457)."""

    def __init__(self, status: int, detail: str, refused: tuple[RefusedRow, ...] = ()) -> None:
        super().__init__(detail)
        self.problem = ProblemDetails(
            title=HTTPStatus(status).phrase, status=status, detail=" ".join(detail.split()), refused=refused
        )


@dataclass(slots=True, kw_only=True)
class Service:
    """The handlers, and the state that they share."""

    outbox: Outbox
    document: bytes  # the OpenAPI document
    token: Secret
    max_bytes: int
    max_rows: int
    answers: Callable[[], Awaitable[bool]] | None = None  # asks Kafka whether it is up
    problem: str | None = None  # why Kafka accepts nothing at present
    telemetry: Telemetry = field(default_factory=Telemetry)
    is_leaving: bool = False
    in_hand: int = 0  # requests without an answer yet
    _acknowledged_at: float = -math.inf  # by the loop's clock
    _bodies: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(BODIES))

    async def feed(self, request: web.Request) -> web.Response:
        """Accept the rows of a request's body."""
        self._admit(request)
        is_lines = _is_lines(request)
        if (request.content_length or 0) > self.max_bytes:
            raise Refusal(413, f"{request.content_length} bytes; the limit of one request is {self.max_bytes}")
        if self.is_leaving or self.in_hand >= WAITING:
            raise Refusal(503, "the service is stopping" if self.is_leaving else f"{self.in_hand} other requests wait")
        self.in_hand += 1
        try:
            async with self._bodies:
                accepted = await self._take(await self._body(request), is_lines=is_lines)
        finally:
            self.in_hand -= 1
        return web.Response(body=encode(accepted), status=202, content_type=JSON)

    async def health(self, _request: web.Request) -> web.Response:
        """Answer 200 while rows are accepted, otherwise 503."""
        problem = self.reason
        return web.Response(text=f"serve: {problem or 'ok'}\n", status=503 if problem else 200)

    @property
    def reason(self) -> str | None:
        """Why no rows are accepted at present; None while they are."""
        return "stopping" if self.is_leaving else self.problem

    async def leave(self) -> None:
        """Accept no more requests, and return when all open ones are answered, or after LEAVE_SECONDS."""
        self.is_leaving = True
        for _ in range(int(LEAVE_SECONDS / CHECK_SECONDS)):
            if not self.in_hand:
                return
            await asyncio.sleep(CHECK_SECONDS)

    async def openapi(self, _request: web.Request) -> web.Response:
        """Answer with the OpenAPI document."""
        return web.Response(body=self.document, content_type=JSON)

    def _admit(self, request: web.Request) -> None:
        """Raise Refusal unless the request has the token.

        Without a token in the settings, the request's Host must be a loopback name: a web page could otherwise point a
        name of its own at 127.0.0.1 and send requests from a local browser (DNS rebinding).
        """
        if not self.token:
            if not is_loopback(request.url.host or ""):
                raise Refusal(421, "without CHISTOVIK_SERVICE_TOKEN this service answers to localhost only")
            return
        scheme, _, sent = request.headers.get("Authorization", "").partition(" ")
        expected = self.token.reveal().encode()
        if (
            not hmac.compare_digest(sent.strip().encode("utf-8", "surrogateescape"), expected)
            or scheme.lower() != "bearer"
        ):
            raise Refusal(401, "send the service's token as `Authorization: Bearer …`")

    async def _body(self, request: web.Request) -> bytes:
        pieces: list[bytes] = []
        try:
            unpacker = Unpacker(request.headers.get("Content-Encoding", ""), self.max_bytes)
        except UnpackingError as error:
            raise Refusal(415, str(error)) from None
        try:
            async with asyncio.timeout(BODY_SECONDS):
                async for piece in request.content.iter_any():
                    pieces += unpacker.take(piece)
            unpacker.end()
        except TooMuchError:
            raise Refusal(413, f"more than {self.max_bytes} bytes, the limit of one request") from None
        except UnpackingError as error:
            raise Refusal(400, str(error)) from None
        except TimeoutError:
            raise Refusal(408, f"the body did not arrive within {BODY_SECONDS:.0f} s") from None
        return b"".join(pieces)

    async def _take(self, raw: bytes, *, is_lines: bool) -> Accepted:
        rows = rows_in(raw, is_lines=is_lines)
        if isinstance(rows, Malformed):
            raise Refusal(400 if rows.error.startswith("not JSON") else 422, rows.error)
        accepted, refused = self._read_rows(rows)
        if not accepted:
            self.count(refused=len(refused))
            raise Refusal(422, _first_reason(refused), refused)
        await self.check()
        if self.problem == NO_ANSWER:  # a row that is given to the producer now would appear in Kafka later
            raise Refusal(503, f"{NO_ANSWER}, and nothing was fed: send the rows again")
        try:
            async with asyncio.timeout(BROKER_SECONDS):
                await asyncio.gather(*[await self._send(record) for record in accepted])
        except (KafkaError, TimeoutError) as error:
            self.problem = f"Kafka has not acknowledged: {type(error).__name__}"
            log.warning("not acknowledged", rows=len(accepted), error=f"{type(error).__name__}: {error}")
            raise Refusal(
                503, "Kafka has not acknowledged all rows: send them again, repeated rows do no harm"
            ) from None
        self.problem, self._acknowledged_at = None, asyncio.get_running_loop().time()
        self.count(accepted=len(accepted), refused=len(refused))
        if refused:
            log.info("rows refused", stage="serve", accepted=len(accepted), refused=len(refused), first=refused[0].why)
        return Accepted(accepted=len(accepted), refused=refused)

    async def check(self) -> None:
        """Find out whether Kafka answers, unless it has just acknowledged a row."""
        is_fresh = asyncio.get_running_loop().time() - self._acknowledged_at < FRESH_SECONDS
        if self.answers is None or (is_fresh and self.problem is None):
            return
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                is_up = await self.answers()
        except TimeoutError:
            is_up = False
        self.problem = None if is_up else NO_ANSWER

    def count(self, *, accepted: int = 0, refused: int = 0) -> None:
        """Count the rows of a request, before it is answered."""
        rows = self.telemetry.metrics.rows
        rows["accepted"].inc(accepted)
        rows["refused"].inc(refused)

    def _read_rows(self, rows: Iterator[Any]) -> tuple[list[Target | Page], tuple[RefusedRow, ...]]:
        """Split the rows into records to feed and refused rows."""
        now = datetime.now(UTC)
        accepted: list[Target | Page] = []
        refused: list[RefusedRow] = []
        for number, row in enumerate(rows, 1):
            if number > self.max_rows:
                raise Refusal(413, f"more than {self.max_rows} rows, the limit of one request")
            record = read_row(row, now=now)
            if isinstance(record, Malformed):
                refused.append(RefusedRow(row=number, why=record.error))
            else:
                accepted.append(record)
        return accepted, tuple(refused)

    async def _send(self, record: Target | Page) -> Awaitable[Any]:
        if isinstance(record, Page):
            return await feed_page(record, self.outbox, value=record_of(record), traces=self.telemetry.traces)
        return await feed_target(record, self.outbox, value=encode(record), traces=self.telemetry.traces)


def application(service: Service) -> web.Application:
    """Make the application. Every error is answered as problem details of one line."""

    @web.middleware
    async def problems(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        try:
            return await handler(request)
        except Refusal as refusal:
            return _answer(refusal.problem)
        except web.HTTPException as error:
            title = HTTPStatus(error.status).phrase
            problem = ProblemDetails(
                title=title, status=error.status, detail=f"{request.method} {request.path}: {title}"
            )
            return _answer(problem, error.headers.get("Allow"))
        except ConnectionError:  # the client has disconnected
            raise
        except Exception as error:  # a client never sees a traceback
            log.error("internal error", error=f"{type(error).__name__}: {error}")  # noqa: TRY400 — traceback below
            log.debug("traceback of the internal error", exc_info=error)
            return _answer(ProblemDetails(title="Internal Server Error", status=500, detail="see the service's log"))

    @web.middleware
    async def counted(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        began = time.perf_counter()
        response = await handler(request)
        route = COUNTED.get(request.path, OTHER)
        if request.path != HEALTH:  # monitoring requests it all the time
            service.telemetry.metrics.answers[route, str(response.status)].inc()
        if route == "feed":
            service.telemetry.metrics.answer_seconds.observe(time.perf_counter() - began)
        return response

    app = web.Application(middlewares=[counted, problems], client_max_size=service.max_bytes)
    app.add_routes(
        [
            web.post("/feed", service.feed),
            web.get(HEALTH, service.health),
            web.get("/openapi.json", service.openapi),
        ]
    )
    return app


def _is_lines(request: web.Request) -> bool:
    """Return whether the body is JSON lines. Other media types are refused: any web page may send some (CORS)."""
    sent = request.content_type if "Content-Type" in request.headers else ""
    if sent in NDJSON:
        return True
    if sent == JSON:
        return False
    raise Refusal(415, f"Content-Type is {sent or 'missing'}: send {JSON} or {NDJSON[0]}")


def _first_reason(refused: tuple[RefusedRow, ...]) -> str:
    if not refused:
        return "no rows"
    return f"no row can be fed; the first: {refused[0].why}"


def _answer(problem: ProblemDetails, allow: str | None = None) -> web.Response:
    fields = orjson.loads(encode(problem))
    if not problem.refused:
        del fields["refused"]
    headers = {"Allow": allow} if allow else {}
    if problem.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Bearer realm="chistovik"'
    if problem.status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = str(RETRY_SECONDS)
    return web.Response(body=orjson.dumps(fields), status=problem.status, headers=headers, content_type=PROBLEM)
