"""The live page over HTTP: dead letters are shown, replayed and dropped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
import pytest
from selectolax.lexbor import LexborHTMLParser

from pipeline.records.note import State
from pipeline.topics import DEAD_LETTER_NOTES, PAGES, URLS
from tests.support.fed import records
from tests.support.uiworld import (
    HTML,
    MILL,
    PREFIX,
    judged,
    letter,
    open_page,
    settled,
    tree,
    unused,
    words,
    write,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agents.kafka import Connection


@pytest.fixture
def published_anew() -> Iterator[Connection]:
    """Return a broker of its own, for a test that changes something."""
    with judged() as connection:
        yield connection


async def test_a_dead_letter_is_replayed_byte_for_byte_and_marked():
    one = letter("again")
    with unused() as connection:
        ((partition, offset),) = await write(connection, one)
        async with open_page(connection) as (client, _):
            await settled(client)
            path = f"/dead-letters/{partition}/{offset}"
            page = await tree(client, path)
            assert words(page.css_first(".error")) == one.error
            assert MILL.splitlines()[0] in page.css_first("pre").text()
            form = page.css_first(f'form[action="{path}/replay"]')
            sent = {"csrf": form.css_first("[name=csrf]").attributes["value"]}

            async with client.post(f"{path}/replay", data=sent, headers=HTML) as answer:
                said = LexborHTMLParser(await answer.text())
                assert (answer.status, answer.url.path_qs) == (200, f"{path}?done=replay")
            assert "was sent again" in words(said.css_first('[role="status"]'))
            (record,) = await records(connection, PREFIX + PAGES.name, at_least=1)
            assert (record.value, record.key) == (one.original_base64, b"sosny.example")
            assert dict(record.headers)["replay-of"] == one.page_id.encode()
            (note,) = await records(connection, PREFIX + DEAD_LETTER_NOTES.name, at_least=1)
            assert orjson.loads(note.value)["state"] == State.REPLAYED

            async with client.post(f"{path}/replay", data=sent, headers=HTML) as answer:
                assert answer.status == 409
                assert "already replayed" in await answer.text()
            assert len(await records(connection, PREFIX + PAGES.name)) == 1
            assert not (await tree(client, "/dead-letters")).css("tbody tr")
            assert words((await tree(client, "/dead-letters?all=yes")).css("tbody td")[2]) == "replayed"
        async with open_page(connection) as (client, _):  # the state is known after a restart
            await settled(client)
            assert not (await tree(client, "/dead-letters")).css("tbody tr")


async def test_a_url_that_could_not_be_fetched_is_submitted_again(published_anew: Connection):
    async with open_page(published_anew) as (client, _):
        await settled(client)
        (link,) = (await tree(client, "/dead-letters")).css("tbody th a")
        path = link.attributes["href"]
        token = (await tree(client, path)).css_first("[name=csrf]").attributes["value"]
        async with client.post(f"{path}/drop", data={"csrf": token}, headers=HTML) as answer:
            assert "The dead letter was dropped" in await answer.text()
        async with client.post(f"{path}/replay", data={"csrf": token}, headers=HTML) as answer:
            assert "The URL was submitted again" in await answer.text()
        (record,) = await records(published_anew, PREFIX + URLS.name, at_least=1)
        assert orjson.loads(record.value)["url"] == "https://verba.example/late"


async def test_a_page_that_failed_five_times_is_replayed_only_after_a_second_confirmation():
    with unused() as connection:
        ((partition, offset),) = await write(connection, letter("hopeless", attempt=5))
        async with open_page(connection) as (client, _):
            path = f"/dead-letters/{partition}/{offset}"
            page = await tree(client, path)
            token = {"csrf": page.css_first("[name=csrf]").attributes["value"]}
            assert "although it failed 5 times" in words(page.css_first("#actions ~ details"))
            async with client.post(f"{path}/replay", data=token, headers=HTML) as answer:
                assert answer.status == 409
                assert "failed 5 times already" in words(
                    LexborHTMLParser(await answer.text()).css_first('[role="alert"]')
                )
            assert await records(connection, PREFIX + PAGES.name) == []
            async with client.post(f"{path}/replay", data=token | {"force": "yes"}, headers=HTML) as answer:
                assert answer.status == 200
            assert len(await records(connection, PREFIX + PAGES.name, at_least=1)) == 1
