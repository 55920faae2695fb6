"""The live page over HTTP: the overview, and what all pages have in common."""

from __future__ import annotations

import asyncio
import re
from itertools import pairwise
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import orjson
import pytest
from selectolax.lexbor import LexborHTMLParser
from typer.testing import CliRunner

from agents import kafka
from agents.cli import app
from agents.settings import Settings
from tests.support.patience import SECONDS, until
from tests.support.uiworld import (
    HTML,
    PATHS,
    PREFIX,
    TALLY,
    letter,
    open_page,
    settled,
    tree,
    unused,
    words,
    write,
)

if TYPE_CHECKING:
    from agents.kafka import Connection


async def test_the_overview_counts_the_events_that_were_fed(published: Connection):
    async with open_page(published) as (client, _):
        await settled(client)
        page = await tree(client, "/")
        cards = {words(card.css_first("h3")): words(card) for card in page.css(".card")}
        rows = {
            words(row.css_first("th")): [words(cell) for cell in row.css("td")]
            for row in page.css("table.stages tbody tr")
        }

        assert {name: re.search(r"in Kafka: ([\d,]+) event", said)[1] for name, said in cards.items()} == {
            "Articles": "4", "Duplicates": "2", "Discarded": "2", "Dead letters": "1",
        }  # fmt: skip
        assert "created 3" in cards["Articles"]
        assert "updated 1" in cards["Articles"]
        assert list(rows) == ["fetch", "clean", "dedupe", "publish"]
        read = {
            name: row[:2] for name, row in rows.items() if name != "publish"
        }  # librdkafka's mock keeps no offsets of
        assert read == {"fetch": ["urls", "0"], "clean": ["pages", "0"], "dedupe": ["documents", "0"]}  # transactions
        assert all("idle" in rows[name][-1] for name in read)
        assert words(page.css_first("#sum")) == "✓ All is well; publish at work"
        assert {words(row.css_first("th")) for row in page.css("#by-host ~ .scroll tbody tr")} == {
            "sosny.example", "verba.example", "dala.example", "hostile.example", "no host",
        }  # fmt: skip


async def test_the_page_and_the_command_status_report_the_same(published: Connection, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(kafka, "connect", lambda _settings: published)
    async with open_page(published) as (client, _):
        await settled(client)
        async with client.get("/status.json") as answer:
            of_page = orjson.loads(await answer.read())
    monkeypatch.setattr("agents.cli.status.CATCHING_SECONDS", SECONDS)
    monkeypatch.setattr("agents.reports.lag.OLDEST_SECONDS", SECONDS)
    done = await asyncio.to_thread(CliRunner().invoke, app, ["status", "--json"], obj=Settings(prefix=PREFIX))
    of_command = orjson.loads(done.stdout)

    for said in (of_page, of_command):
        said.pop("at")
        for stage in said["stages"]:
            for name in ("measured_seconds", "oldest_seconds", "arriving_per_second", "done_per_second"):
                del stage[name]
        for outcome in said["outcomes"].values():
            del outcome["last_minute"]
    assert of_page == of_command
    assert {name: one["events"] for name, one in of_page["outcomes"].items()} == TALLY
    assert done.exit_code == 0


@pytest.mark.parametrize("path", PATHS)
async def test_every_page_is_complete_and_loads_nothing_from_other_sites(published: Connection, path: str):
    async with open_page(published) as (client, _):
        await settled(client)
        async with client.get(path, headers=HTML) as answer:
            policy = answer.headers["Content-Security-Policy"]
            assert (answer.status, answer.headers["X-Content-Type-Options"]) == (200, "nosniff")
            assert answer.headers["Cache-Control"] == "no-store"
            page = LexborHTMLParser(await answer.text())

        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        for node in page.css("script, link[rel=stylesheet], link[rel=icon], img, iframe, object, embed"):
            source = node.attributes.get("src") or node.attributes.get("href") or ""
            assert source.startswith("/static/"), node.html
            async with client.get(source) as asset:
                assert asset.status == 200, source
        assert not [node for node in page.css("script") if node.text().strip()], "no inline script"
        assert not page.css("[style]"), "no inline style"
        for node in page.css("*"):
            assert not [name for name in node.attributes if name.startswith("on")], node.html
        for node in page.css("a[href]"):
            parts = urlsplit(node.attributes["href"])
            if parts.scheme or parts.netloc:
                assert parts.scheme in {"http", "https"}
                assert set(node.attributes["rel"].split()) == {"noreferrer", "noopener", "nofollow"}


@pytest.mark.parametrize("path", PATHS[:1] + PATHS[2:])
async def test_every_page_has_landmarks_one_headline_and_captions_on_its_tables(published: Connection, path: str):
    async with open_page(published) as (client, _):
        await settled(client)
        page = await tree(client, path)

        assert page.css_first("html").attributes["lang"] == "en"
        assert [len(page.css(name)) for name in ("main", "h1", "header", "footer")] == [1, 1, 1, 1]
        assert page.css_first("a.skip").attributes["href"] == "#main"
        assert all(table.css_first("caption") is not None for table in page.css("table"))
        assert all(cell.attributes.get("scope") for cell in page.css("th"))
        assert len(page.css('nav [aria-current="page"]')) == 1
        ids = [node.attributes["id"] for node in page.css("[id]")]
        assert len(ids) == len(set(ids))
        levels = [int(node.tag[1]) for node in page.css("h1, h2, h3, h4")]
        assert all(after - before <= 1 for before, after in pairwise(levels)), levels


async def test_when_kafka_goes_away_the_last_state_stays_and_health_reports_it():
    with unused() as connection:
        await write(connection, letter("known"))
        context = open_page(connection)
        client, _ = await context.__aenter__()
        await settled(client)
        async with client.get("/healthz") as answer:
            assert (answer.status, await answer.text()) == (200, "ui: ok\n")
    try:

        async def complaint() -> str:
            async with client.get("/healthz") as answer:
                return await answer.text() if answer.status == 503 else ""

        assert await until(complaint, every=0.1) == f"ui: no Kafka answers at {connection.brokers}\n"
        page = await tree(client, "/dead-letters")
        assert "This page may be out of date" in words(page.css_first('[role="alert"]'))
        assert "sosny.example/known" in words(page.css_first("tbody"))
    finally:
        await context.__aexit__(None, None, None)


async def test_an_unknown_path_is_a_complete_error_page(published: Connection):
    async with open_page(published) as (client, _):
        for path in (
            "/nothing",
            "/articles/x/y",
            "/hosts/nobody.example",
            "/static/../door.py",
            "/static/none.css",
            "/dead-letters/0/99999",
        ):
            async with client.get(path, headers=HTML) as answer:
                assert answer.status == 404, path
                assert answer.headers["Content-Security-Policy"]
                assert len(LexborHTMLParser(await answer.text()).css("h1")) == 1
