"""What the example of OpenSearch does when the index is busy, in part or as a whole; the rest is tests/broker's."""

from __future__ import annotations

import importlib
import re
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import aiohttp
import orjson
import pytest
from aiohttp import web
from yarl import URL

from agents.subscribe.event import Event
from pipeline.article.message import message_of
from pipeline.records.article import edition
from tests.support.kafka import ROOT
from tests.support.outcomes import article
from tests.support.ports import nobody

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path
    from types import ModuleType

STATES = [article("a", 1), article("a", 2, revision=2, minute=5), article("b", 3), article("c", 4)]


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "deploy" / "examples"))
    found = importlib.import_module("to_opensearch")
    monkeypatch.setattr(found.asyncio, "sleep", _no_pause)
    return found


async def _no_pause(_: float) -> None: ...


@dataclass
class Busy:
    """An index that answers as it is told: a status for the whole request, or one for each action, by id and version."""

    answers: list[int | dict[tuple[str, int], int]]
    asked: list[list[tuple[str, int]]] = field(default_factory=list)

    async def bulk(self, request: web.Request) -> web.Response:
        assert request.content_type == "application/x-ndjson"
        lines = [orjson.loads(line) for line in (await request.read()).splitlines()]
        heads, documents = [line["index"] for line in lines[::2]], lines[1::2]
        assert {head["version_type"] for head in heads} == {"external"}
        assert [head["_id"] for head in heads] == [one["article_id"] for one in documents]
        self.asked.append([(head["_id"], head["version"]) for head in heads])
        answer = self.answers.pop(0)
        if isinstance(answer, int):
            return web.Response(status=answer, text="busy")
        items = [
            {"index": {"_id": one[0], "status": answer.get(one, 201), "error": {"type": "t"}}} for one in self.asked[-1]
        ]
        return web.json_response({"errors": True, "items": items})


@asynccontextmanager
async def index_of(program: ModuleType, busy: Busy, rejects: Path | None = None) -> AsyncIterator[Any]:
    app = web.Application()
    app.router.add_post("/_bulk", busy.bulk)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        async with aiohttp.ClientSession() as http:
            yield program.Index(
                http, URL.build(scheme="http", host="127.0.0.1", port=runner.addresses[0][1]), "news", rejects
            )
    finally:
        await runner.cleanup()


def events() -> list[Event]:
    messages = [message_of(one, prefix="news.", parent=None) for one in STATES]
    return [
        Event(topic="news.articles", partition=0, offset=offset, value=one.value, key=one.key, headers=one.headers)
        for offset, one in enumerate(messages)
    ]


KEYS = [(one.article_id, edition(one.provenance.fetched_at, one.revision)) for one in STATES]


async def test_only_what_was_not_taken_is_sent_again(program: ModuleType):
    busy = Busy([429, 503, {KEYS[1]: 429, KEYS[2]: 409, KEYS[3]: 503}, {KEYS[3]: 429}, {}])

    async with index_of(program, busy) as index:
        await index.write(events())

    assert busy.asked == [KEYS, KEYS, KEYS, [KEYS[1], KEYS[3]], [KEYS[3]]]


async def test_what_is_refused_for_good_is_put_aside_and_the_rest_is_taken(program: ModuleType, tmp_path: Path):
    busy = Busy([{KEYS[0]: 400, KEYS[1]: 429}, {}])

    async with index_of(program, busy, tmp_path / "rejects") as index:
        await index.write(events())

    assert busy.asked == [KEYS, [KEYS[1]]]
    (line,) = (tmp_path / "rejects").read_bytes().splitlines()
    assert orjson.loads(line)["event"] == "news.articles/0 offset 0"


@pytest.mark.parametrize("answer", [{KEYS[2]: 400}, 401, 413])
async def test_what_is_refused_for_good_ends_it(program: ModuleType, answer: int | dict[tuple[str, int], int]):
    async with index_of(program, Busy([answer])) as index:
        with pytest.raises(program.SinkError, match=r"offset 2 was refused: 400|: 4\d\d busy"):
            await index.write(events())


async def test_patience_ends(program: ModuleType, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(program, "PATIENCE", -1.0)
    async with index_of(program, Busy([429])) as index:
        with pytest.raises(program.SinkError, match="took too little"):
            await index.write(events())


async def test_a_batch_is_sent_in_requests_of_bounded_size(program: ModuleType, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(program, "BYTES", 1)
    busy = Busy([{}, {}, {}, {}])

    async with index_of(program, busy) as index:
        await index.write(events())

    assert busy.asked == [[key] for key in KEYS]


async def test_an_index_that_is_not_there_is_waited_for(program: ModuleType, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(program, "PATIENCE", -1.0)
    async with aiohttp.ClientSession() as http:
        index = program.Index(http, URL(f"http://{nobody()}"), "news", None)
        with pytest.raises(program.SinkError, match=rf"^http://{re.escape(nobody())}/? took too little for .*: 503 "):
            await index.write(events())
