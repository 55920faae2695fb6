"""The live page over HTTP: one article beside its raw page, its duplicates and revisions, and hostile texts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from selectolax.lexbor import LexborHTMLParser

from agents.ui.rendering import web_link
from tests.support.uiworld import (
    HOSTILE,
    HTML,
    KAZAKH,
    MENU,
    PATHS,
    PREFIX,
    TAIL,
    letter,
    open_page,
    place_of,
    settled,
    tree,
    unused,
    words,
    write,
)

if TYPE_CHECKING:
    from agents.kafka import Connection


async def test_an_article_is_shown_beside_its_raw_page_with_removed_lines_struck_out(published: Connection):
    async with open_page(published) as (client, _):
        await settled(client)
        path, article = await place_of(published, "https://sosny.example/mill")
        page = await tree(client, path)

        body = [words(line) for line in page.css(".clean .text p")]
        assert body == article.article_body.split("\n")
        assert page.css_first(".clean .text").attributes["lang"] == "ru"
        kept = [words(line) for line in page.css(".blocks p.kept")]
        assert kept == body
        removed = [words(line).removeprefix("removed: ") for line in page.css(".blocks del")]
        lines = [" ".join(line.split()) for line in (MENU + TAIL).splitlines()]
        assert set(removed) >= set(lines)
        assert not set(removed) & set(body)
        for block in page.css(".blocks details.gone"):
            assert block.css_first("summary .rule").text()
            assert words(block.css_first(".why")), "the reason is inside the opened block as well"
        by_rule = {
            words(row.css_first("th")): int(words(row.css("td")[0])) for row in page.css("#metadata table tbody tr")
        }
        assert sum(by_rule.values()) == sum(one.lines for one in article.cleaning.removed) == len(removed)


async def test_duplicates_and_revisions_of_an_article_are_listed_with_their_reasons(published: Connection):
    async with open_page(published) as (client, _):
        await settled(client)
        path, article = await place_of(published, "https://sosny.example/mill", revision=2)
        page = await tree(client, path)

        rows = {
            words(row.css_first("th")): [words(cell) for cell in row.css("td")]
            for row in page.css("#repeats ~ .scroll tbody tr")
        }
        assert rows["https://verba.example/reprint"][:3] == ["exact", "1.00", "the same words"]
        kind, similar, why, _ = rows["https://sosny.example/longer"]
        assert kind == "near"
        assert 0.5 < float(similar) < 1
        assert "of 47 bands agree" in why
        revisions = [[words(cell) for cell in row.css("th, td")] for row in page.css("#revisions ~ .scroll tbody tr")]
        assert [row[:2] for row in revisions] == [["1", "created"], ["2", "updated"]]
        assert "another text at the same URL" in revisions[1][2]
        assert page.css_first("tr.here").attributes["aria-current"] == "true"

        async with client.get(f"/articles/{article.article_id}", allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (303, path), "the newest revision"
        groups = await tree(client, "/duplicates")
        (row,) = groups.css("tbody tr")
        _, repeats, kinds, *_ = (words(cell) for cell in row.css("th, td"))
        assert (repeats, set(kinds.split(", "))) == ("2", {"1 exact", "1 near"})


async def test_kazakh_text_is_unchanged_and_marked_with_its_language(published: Connection):
    async with open_page(published) as (client, _):
        await settled(client)
        path, _ = await place_of(published, "https://dala.example/kitap")
        page = await tree(client, path)

        assert words(page.css_first("h1")) == "Жылжымалы кітапхана алыстағы он ауылға жетті"
        assert {page.css_first(one).attributes["lang"] for one in ("h1", ".clean .text", ".blocks")} == {"kk"}
        assert "Айгүл Серікқызының" in KAZAKH
        assert "Айгүл Серікқызының" in words(page.css_first(".clean .text"))
        found = await tree(client, "/articles?q=%D0%90%D0%9B%D0%AB%D0%A1%D0%A2%D0%90%D2%92%D0%AB")  # АЛЫСТАҒЫ
        assert len(found.css("tbody tr")) == 1
        assert found.css_first("tbody a").attributes["lang"] == "kk"


async def test_hostile_pages_are_shown_as_text_only(published: Connection):
    async with open_page(published) as (client, _):
        await settled(client)
        path, article = await place_of(published, "https://hostile.example/<script>alert('url')</script>")
        letters = await tree(client, "/dead-letters")
        (dead,) = [one.attributes["href"] for one in letters.css("tbody th a")]
        for one in (
            path,
            dead,
            *PATHS,
            "/hosts/hostile.example",
            "/articles?q=<script>alert(1)</script>",
            "/hosts?q=%22%3E<img>",
        ):
            async with client.get(one, headers=HTML) as answer:
                raw = await answer.text()
            page = LexborHTMLParser(raw)
            assert len(page.css("script")) <= 1, one
            assert not page.css("img, b, iframe"), one
            assert not [node for node in page.css("*") for name in node.attributes if name.startswith("on")], one
            assert "\u202e" not in raw
            assert not [node for node in page.css("a[href]") if "javascript:" in node.attributes["href"]], one

        page = await tree(client, path)
        assert '<script>alert("script")</script>' in words(page.css_first("h1"))
        assert '<img src=x onerror=alert("image")>' in words(page.css_first(".clean .text"))
        assert "{{ 7 * 7 }} jars" in words(page.css_first(".clean .text"))
        assert '"quoted" & ampersanded' in words(page.css_first(".blocks"))
        assert "\u202e" in HOSTILE
        assert "\u202e" in article.article_body
        assert "javascript:alert('href')" in words(await tree(client, "/discarded"))


@pytest.mark.parametrize(
    ("url", "is_link"),
    [
        ("https://a.example/x?y=1&z=2", True),
        ("http://a.example", True),
        ("javascript:alert(1)", False),
        ("JavaScript:alert(1)", False),
        (" javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("file:page.txt", False),
        ("//a.example/x", False),
        ("https://user:secret@a.example/", False),
        ("https://[broken", False),
        ("https://a.example/\u202etxt.exe", False),
        ("kafka:pages/0/1", False),
    ],
)
def test_only_plain_web_addresses_become_links(url: str, is_link: bool):
    shown = web_link(url)
    assert shown.startswith("<a ") == is_link
    if is_link:
        assert 'rel="noreferrer noopener nofollow"' in shown
    assert "\u202e" not in shown


async def test_a_raw_page_that_is_gone_or_replaced_is_reported(published: Connection):
    _, article = await place_of(published, "https://dala.example/kitap")
    gone = replace(article, provenance=replace(article.provenance, offset=10**9))
    other = replace(article, provenance=replace(article.provenance, offset=0))
    with unused() as connection:
        first, second = await write(connection, gone, other)
        producer = connection.producer("test")
        await producer.start()
        await producer.send_and_wait(
            PREFIX + "pages", letter("x").original_base64, partition=article.provenance.partition
        )
        await producer.stop()
        async with open_page(connection) as (client, _):
            for (partition, offset), says in (
                (first, "no longer in Kafka"),
                (second, "another page has its offset"),
            ):
                page = await tree(client, f"/articles/{partition}/{offset}")
                assert says in words(page.css_first(".raw .notice"))
                assert words(page.css_first(".clean .text p")) == article.article_body.split("\n")[0]
                assert not page.css(".blocks")
            await tree(client, "/articles/0/99999", 404)
            await tree(client, f"/articles/{'0' * 32}", 404)
