"""The HTTP service against the embedded broker: what it takes, what it refuses, and when it says yes."""

from __future__ import annotations

import asyncio
import gzip
import os
import signal
from contextlib import ExitStack, asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import aiohttp
import orjson
import pytest
from aiohttp import web
from aiokafka.errors import KafkaTimeoutError
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.errors import SettingsError
from agents.http import check_door, is_loopback
from agents.serve import handlers as service_file
from agents.serve import server as serving_file
from agents.serve.handlers import Service, application
from agents.serve.server import serving
from agents.settings import NO_SECRET, Secret, Settings
from agents.signals import Ending
from agents.testing import MemoryOutbox
from pipeline.records.page import Page
from pipeline.records.target import Target
from pipeline.records.wire import Malformed, decode
from pipeline.topics import PAGES, URLS
from pipeline.url.intake import Accepted, read_row, rows_in
from pipeline.url.openapi import openapi
from tests.support.embedded import embedded_broker
from tests.support.fed import pages, targets
from tests.support.patience import SECONDS, until
from tests.support.ports import free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

A, B = "https://sosny.example/a", "https://sosny.example/b"
JSON = {"Content-Type": "application/json"}
LINES = {"Content-Type": "application/x-ndjson"}
SETTINGS = Settings(prefix="t.", service_port=0)


@asynccontextmanager
async def running(outbox: Any = None, **more: Any) -> AsyncIterator[tuple[aiohttp.ClientSession, Service]]:
    """Serve on loopback, into memory."""
    known = {
        "outbox": outbox or MemoryOutbox(),
        "document": b"{}",
        "token": NO_SECRET,
        "max_bytes": 1 << 20,
        "max_rows": 100,
    }
    service = Service(**(known | more))
    runner = web.AppRunner(application(service), access_log=None, auto_decompress=False, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        async with aiohttp.ClientSession(f"http://127.0.0.1:{runner.addresses[0][1]}") as client:
            yield client, service
    finally:
        await runner.cleanup()


async def post(client: aiohttp.ClientSession, body: Any, status: int, **more: Any) -> dict[str, Any]:
    """Send a body and expect a status; of a problem, one line."""
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    async with client.post("/feed", data=raw, **({"headers": JSON} | more)) as answer:
        said = orjson.loads(await answer.read())
        assert answer.status == status, said
        kind = "application/json" if status == 202 else "application/problem+json"
        assert answer.content_type == kind
        if status != 202:
            assert said["status"] == status
            assert "\n" not in said["detail"]
            assert "Traceback" not in str(said)
        return dict(said)


async def test_urls_and_pages_are_in_kafka_when_it_says_so():
    with embedded_broker() as connection:
        async with serving(SETTINGS, connection, "1") as url, aiohttp.ClientSession(url) as client:
            said = await post(
                client,
                {
                    "urls": [
                        A,
                        {"url": B, "priority": 9, "title": "Снег", "date_published": "2026-03-02T14:30:00+03:00"},
                        "nonsense",
                    ],
                    "pages": [
                        {"url": A, "text": "Снег убрали."},
                        {"url": B, "html": "<p>x", "fetched_at": "2026-03-02T11:30:00Z"},
                        {"url": B},
                    ],
                },
                202,
            )
            assert said == {
                "accepted": 4,
                "refused": [
                    {"row": 3, "why": "'nonsense' is not an http(s) URL"},
                    {"row": 6, "why": "a page needs exactly one of `html` and `text`"},
                ],
            }
            found = {one.url: one for one in await targets(connection, "t.")}
            assert found[B].date_published == "2026-03-02T14:30:00+03:00"
            assert (found[B].priority, found[B].title, found[A].source) == (9, "Снег", "http")
            fed = {one.url: one for one in await pages(connection, "t.")}
            assert (fed[A].body, fed[A].media_type, fed[B].body) == ("Снег убрали.", "text/plain", "<p>x")
            async with client.get("/healthz") as health:
                assert (health.status, await health.text()) == (200, "serve: ok\n")
            async with client.get("/openapi.json") as document:
                assert orjson.loads(await document.read()) == openapi("1")


@pytest.mark.parametrize(
    ("body", "headers", "accepted"),
    [
        (orjson.dumps({"url": A}), JSON, 1),
        (orjson.dumps([A, {"url": B}, {"url": A, "text": "x"}]), JSON, 3),
        (orjson.dumps({"urls": [A]}), {"Content-Type": "application/json; charset=utf-8"}, 1),
        (f'"{A}"\n\n{{"url": "{B}"}}\r\n'.encode(), LINES, 2),
        (gzip.compress(orjson.dumps({"urls": [A]}), mtime=0), JSON | {"Content-Encoding": "gzip"}, 1),
    ],
)
async def test_every_shape_of_a_body_is_taken(body: bytes, headers: dict[str, str], accepted: int):
    async with running() as (client, service):
        assert await post(client, body, 202, headers=headers) == {"accepted": accepted, "refused": []}
        assert len(service.outbox.sent) == accepted


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        (b"", 400, "not JSON: "),
        (b"{", 400, "not JSON: "),
        (b"\xff", 400, "not JSON: "),
        (b"[" * 100_000, 400, "not JSON: "),
        (b"7", 422, "expected an array of rows, or an object"),
        (b"{}", 422, "no rows"),
        (b"[]", 422, "no rows"),
        (b'{"url_s": []}', 422, "unknown field 'url_s'"),
        (b'{"urls": "x"}', 422, "urls: expected an array"),
        (b"[7, null]", 422, "no row can be fed; the first: expected a URL or an object"),
        (b'{"url": "ftp://x/"}', 422, "no row can be fed; the first: 'ftp://x/' is not an http(s) URL"),
        (
            b'{"url": "https://x.example/", "text": "a", "html": "b"}',
            422,
            "no row can be fed; the first: a row needs exactly one of",
        ),
        (
            b'{"url": "https://x.example/", "text": 7}',
            422,
            "no row can be fed; the first: text: Input should be a valid string",
        ),
    ],
)
async def test_what_cannot_be_fed_is_said_in_one_line(body: bytes, status: int, says: str):
    async with running() as (client, service):
        said = await post(client, body, status)
        assert said["detail"].startswith(says)
        assert service.outbox.sent == []


async def test_a_refused_row_keeps_its_number_and_the_others_are_fed():
    async with running() as (client, service):
        said = await post(client, f'"{A}"\n{{broken\n\n7\n"{B}"'.encode(), 202, headers=LINES)
        assert said["accepted"] == 2
        assert [row["row"] for row in said["refused"]] == [2, 3]
        assert [decode(Target, sent.value).url for sent in service.outbox.sent] == [A, B]


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "image/png"]
)
async def test_a_media_type_that_any_web_page_may_send_is_not_taken(media_type: str):
    async with (
        running() as (client, _),
        client.post(
            "/feed",
            data=orjson.dumps({"urls": [A]}),
            headers={"Content-Type": media_type} if media_type else {},
            skip_auto_headers=["Content-Type"],
        ) as answer,
    ):
        assert answer.status == 415


@pytest.mark.parametrize("coding", ["compress", "gzip, gzip"])
async def test_a_coding_that_we_do_not_know_is_not_taken(coding: str):
    async with running() as (client, _):
        await post(client, b"x", 415, headers=JSON | {"Content-Encoding": coding})


async def test_a_request_is_bounded_in_bytes_and_rows_packed_or_not():
    async with running(max_bytes=2000, max_rows=3) as (client, service):
        assert (await post(client, {"urls": [A] * 4}, 413))["detail"] == "more than 3 rows, the limit of one request"
        await post(client, b" " * 2001, 413)
        await post(client, gzip.compress(b" " * 100_000), 413, headers=JSON | {"Content-Encoding": "gzip"})

        async def endless() -> AsyncIterator[bytes]:
            for _ in range(100):
                yield b" " * 100

        async with client.post("/feed", data=endless(), headers=JSON) as answer:
            assert answer.status == 413
        assert service.outbox.sent == []
        assert (await post(client, {"urls": [A] * 3}, 202))["accepted"] == 3


async def test_a_damaged_body_is_refused():
    async with running() as (client, _):
        for raw in (b"nonsense", gzip.compress(b"[]" * 500)[:-9]):
            await post(client, raw, 400, headers=JSON | {"Content-Encoding": "gzip"})


@pytest.mark.parametrize(
    "sent",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        "Basic c2VzYW0=",
        "sesam",
        "Bearer sesam2",
        "Bearer sesa",
        "Bearer s\u00e9sam",
    ],
)
async def test_without_the_token_nothing_is_taken(sent: str | None):
    async with running(token=Secret("sesam")) as (client, service):
        headers = JSON | ({"Authorization": sent} if sent is not None else {})
        async with client.post("/feed", data=orjson.dumps({"urls": [A]}), headers=headers) as answer:
            assert answer.status == 401
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")
            assert "sesam" not in (await answer.text()).replace("sesam2", "")
        assert service.outbox.sent == []


@pytest.mark.parametrize("sent", ["Bearer sesam", "bearer sesam", "Bearer  sesam "])
async def test_with_the_token_it_is(sent: str):
    async with running(token=Secret("sesam")) as (client, _):
        assert (await post(client, {"urls": [A]}, 202, headers=JSON | {"Authorization": sent}))["accepted"] == 1


async def test_health_and_the_document_need_no_token():
    async with running(token=Secret("sesam")) as (client, _):
        for path in ("/healthz", "/openapi.json"):
            async with client.get(path) as answer:
                assert answer.status == 200


async def test_without_a_token_only_loopback_names_are_answered():
    """A web page whose name was made to mean 127.0.0.1 (DNS rebinding) is none of them."""
    async with running() as (client, service):
        await post(client, {"urls": [A]}, 421, headers=JSON | {"Host": "evil.example"})
        assert service.outbox.sent == []
        await post(client, {"urls": [A]}, 202, headers=JSON | {"Host": "localhost:80"})


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/feed", 405), ("POST", "/", 404), ("POST", "/healthz", 405)]
)
async def test_other_requests_are_problems_too(method: str, path: str, status: int):
    async with running() as (client, _), client.request(method, path) as answer:
        assert (answer.status, answer.content_type) == (status, "application/problem+json")
        assert orjson.loads(await answer.read())["status"] == status


async def test_what_kafka_does_not_acknowledge_is_not_accepted(monkeypatch: pytest.MonkeyPatch):
    async with running(MemoryOutbox(fails=KafkaTimeoutError())) as (client, service):
        said = await post(client, {"urls": [A]}, 503)
        assert "send them again" in said["detail"]
        async with client.get("/healthz") as health:
            assert (health.status, await health.text()) == (
                503,
                "serve: Kafka has not acknowledged: KafkaTimeoutError\n",
            )
        service.outbox.fails = None
        await post(client, {"urls": [A]}, 202)
        async with client.get("/healthz") as health:
            assert health.status == 200


class SilentOutbox(MemoryOutbox):
    """Never acknowledges."""

    async def send(self, *arguments: Any, **more: Any) -> Any:
        return asyncio.get_running_loop().create_future()


async def test_kafka_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(service_file, "BROKER_SECONDS", 0.1)
    async with running(SilentOutbox()) as (client, _):
        sent = client.post("/feed", data=orjson.dumps({"urls": [A]}), headers=JSON)
        async with sent as answer:
            assert (answer.status, answer.headers["Retry-After"]) == (503, "10")


async def _never() -> bool:
    await asyncio.get_running_loop().create_future()
    return True


async def _no() -> bool:
    return False


@pytest.mark.parametrize("answers", [_no, _never])
async def test_while_kafka_is_away_nothing_is_given_to_the_producer(answers: Any, monkeypatch: pytest.MonkeyPatch):
    """A row that the producer holds would appear in Kafka when it is back, after its sender was told that it is not."""
    monkeypatch.setattr(service_file, "ANSWER_SECONDS", 0.1)
    async with running(answers=answers) as (client, service):
        said = await post(client, {"urls": [A]}, 503)
        assert said["detail"] == "Kafka does not answer, and nothing was fed: send the rows again"
        assert service.outbox.sent == []
        async with client.get("/healthz") as health:
            assert (health.status, await health.text()) == (503, "serve: Kafka does not answer\n")


async def test_kafka_is_asked_whether_it_is_up_only_if_it_has_not_just_acknowledged_a_row():
    asked: list[bool] = []

    async def answers() -> bool:
        asked.append(True)
        return len(asked) != 2

    async with running(answers=answers) as (client, service):
        await post(client, {"urls": [A]}, 202)
        await post(client, {"urls": [A]}, 202)
        assert len(asked) == 1
        service._acknowledged_at -= 60
        await post(client, {"urls": [A]}, 503)
        await post(client, {"urls": [A]}, 202)
        assert len(asked) == 3


async def test_a_broker_that_is_gone_is_noticed_before_rows_are_sent(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(service_file, "FRESH_SECONDS", 0.0)
    with ExitStack() as broker:
        connection = broker.enter_context(embedded_broker())
        async with serving(SETTINGS, connection, "1") as url, aiohttp.ClientSession(url) as client:
            await post(client, {"urls": [A]}, 202)
            broker.close()
            said = await post(client, {"urls": [B]}, 503)
            assert "nothing was fed" in said["detail"]


async def test_a_body_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(service_file, "BODY_SECONDS", 0.1)

    async def slow() -> AsyncIterator[bytes]:
        yield b"["
        await asyncio.sleep(3600)

    async with running() as (client, _), client.post("/feed", data=slow(), headers=JSON) as answer:
        assert answer.status == 408


async def test_too_many_requests_at_once_are_told_to_come_again(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(service_file, "WAITING", 3)
    outbox = SilentOutbox()
    async with running(outbox) as (client, service):
        hung = [
            asyncio.create_task(client.post("/feed", data=b'{"urls": ["https://a.example/"]}', headers=JSON))
            for _ in range(3)
        ]
        await until(lambda: service.in_hand == 3)
        await post(client, {"urls": [A]}, 503)
        for one in hung:
            one.cancel()
        await asyncio.gather(*hung, return_exceptions=True)


async def test_an_error_of_ours_shows_no_traceback(monkeypatch: pytest.MonkeyPatch):
    async with running(MemoryOutbox(fails=ZeroDivisionError("inner"))) as (client, _):
        assert (await post(client, {"urls": [A]}, 500))["detail"] == "see the service's log"


async def test_a_page_that_is_too_large_for_a_record_is_fed_as_a_refused_page():
    async def body() -> AsyncIterator[bytes]:
        yield orjson.dumps({"url": A, "text": "x" * (25 << 20)})

    async with running(max_bytes=64 << 20) as (client, service):
        async with client.post("/feed", data=body(), headers=JSON) as answer:
            assert answer.status == 202
        (sent,) = service.outbox.sent
        page = decode(Page, sent.value)
        assert (sent.topic, page.refused) == (PAGES.name, "too-large")


async def test_records_are_keyed_by_their_host():
    async with running() as (client, service):
        await post(client, [A, {"url": "HTTPS://SOSNY.example:443/b"}, {"url": A, "text": "x"}], 202)
        assert [(sent.topic, sent.key) for sent in service.outbox.sent] == [
            (URLS.name, b"sosny.example"),
            (URLS.name, b"sosny.example"),
            (PAGES.name, b"sosny.example"),
        ]


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("[::1]", True),
        ("localhost", True),
        ("LOCALHOST.", True),
        ("0.0.0.0", False),
        ("::", False),
        ("10.0.0.1", False),
        ("localhost.example", False),
        ("", False),
    ],
)
def test_what_means_this_machine_alone(host: str, expected: bool):
    assert is_loopback(host) is expected
    if expected:
        check_door(replace(SETTINGS, service_host=host))
    else:
        with pytest.raises(SettingsError, match="set CHISTOVIK_SERVICE_TOKEN, or listen on 127"):
            check_door(replace(SETTINGS, service_host=host))
        check_door(replace(SETTINGS, service_host=host, service_token=Secret("x")))


async def test_a_port_that_is_taken_is_one_line():
    with embedded_broker() as connection:
        async with serving(SETTINGS, connection, "1") as url:
            port = int(url.rpartition(":")[2])
            with pytest.raises(SettingsError, match=f"CHISTOVIK_SERVICE_PORT={port}: "):
                async with serving(replace(SETTINGS, service_port=port), connection, "1"):
                    pass


async def test_on_sigterm_the_request_in_hand_is_answered_first(monkeypatch: pytest.MonkeyPatch):
    began, go_on = asyncio.Event(), asyncio.Event()
    made: list[Service] = []

    def noted(**how: Any) -> Service:
        made.append(Service(**how))
        return made[0]

    monkeypatch.setattr(serving_file, "Service", noted)
    monkeypatch.setattr(Ending, "begin", lambda _: None)  # this process goes on after the service has ended

    async def body() -> AsyncIterator[bytes]:
        yield b'{"urls": '
        began.set()
        await go_on.wait()
        yield orjson.dumps([A]) + b"}"

    with embedded_broker() as connection:
        settings = replace(SETTINGS, service_port=free_port())
        running = asyncio.create_task(serving_file.serve(settings, connection, "1"))
        async with aiohttp.ClientSession(f"http://127.0.0.1:{settings.service_port}") as client:
            await _listens(client)
            request = asyncio.create_task(client.post("/feed", data=body(), headers=JSON))
            await began.wait()
            await until(lambda: made and made[0].in_hand)
            os.kill(os.getpid(), signal.SIGTERM)
            await until(lambda: made[0].is_leaving)
            await asyncio.sleep(0.3)
            assert not running.done()
            go_on.set()
            async with await request as answer:
                assert decode(Accepted, await answer.read()) == Accepted(accepted=1)
            async with asyncio.timeout(SECONDS):
                await running
        assert [one.url for one in await targets(connection, "t.")] == [A]


async def _listens(client: aiohttp.ClientSession) -> None:
    async def answers() -> bool:
        try:
            async with client.get("/healthz"):
                return True
        except aiohttp.ClientConnectionError:
            return False

    await until(answers)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=120), st.booleans())
def test_any_body_is_rows_or_refused(raw: bytes, is_lines: bool):
    from datetime import UTC, datetime  # noqa: PLC0415

    rows = rows_in(raw, is_lines=is_lines)
    for row in () if isinstance(rows, Malformed) else rows:
        assert isinstance(read_row(row, now=datetime(2026, 1, 1, tzinfo=UTC)), Target | Page | Malformed)


def test_the_document_points_at_schemas_that_are_there():
    document = openapi("1")
    text = orjson.dumps(document).decode()
    names = set(document["components"]["schemas"])
    assert {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]} == names - {"RefusedRow"} | {
        "RefusedRow"
    }
    assert document["openapi"].startswith("3.1")
    assert set(document["paths"]["/feed"]["post"]["responses"]) == {
        "202",
        "400",
        "401",
        "413",
        "415",
        "422",
        "503",
        "default",
    }
