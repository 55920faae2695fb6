"""The live page over HTTP: lists are filtered, bounded and kept up to date."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.support.patience import until
from tests.support.uiworld import (
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


async def test_lists_can_be_filtered_and_accept_any_page_number(published: Connection):
    async with open_page(published) as (client, _):
        await settled(client)
        for path, rows in (
            ("/articles?host=sosny.example", 2), ("/articles?lang=kk", 1), ("/articles?q=orchard", 1), ("/articles?q=zzz", 0),
            ("/articles?page=99999", 4), ("/articles?page=-1", 4), ("/articles?page=x", 4), ("/duplicates?kind=near", 1),
            ("/discarded?reason=no-article", 2), ("/discarded?reason=robots", 0), ("/hosts?q=VERBA", 1), ("/dead-letters?q=answer", 1),
        ):  # fmt: skip
            assert len((await tree(client, path)).css("tbody tr")) == rows, path
        reasons = await tree(client, "/discarded")
        assert words(reasons.css_first(".reasons")) == "all reasons 2 no-article 2"


async def test_a_long_topic_shows_only_its_newest_events_and_says_so():
    events = [letter(f"page-{number}") for number in range(60)]
    with unused() as connection:
        await write(connection, *events)
        async with open_page(connection, ui_events=10) as (client, _):
            await settled(client)
            page = await tree(client, "/dead-letters")
            assert "Based on the newest 10 dead letters only, since" in words(page.css_first("main"))
            assert len(page.css("tbody tr")) == 10
            assert "page-59" in words(page.css_first("tbody tr"))
            host = await tree(client, "/hosts/sosny.example")
            assert "Dead letters: 10" in words(host.css_first(".facts"))


async def test_new_events_appear_while_the_site_runs():
    with unused() as connection:
        async with open_page(connection) as (client, _):
            await settled(client)
            assert not (await tree(client, "/dead-letters")).css("tbody tr")
            await write(connection, letter("new"))

            async def rows() -> list[Any]:
                return (await tree(client, "/dead-letters")).css("tbody tr")

            (row,) = await until(rows)
            assert "sosny.example/new" in words(row)
