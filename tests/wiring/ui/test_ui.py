"""The live page over HTTP, on the embedded broker with events that the real stages have made."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import orjson
import pytest
from selectolax.lexbor import LexborHTMLParser
from typer.testing import CliRunner

from agents import kafka
from agents.cli import app
from agents.settings import Secret, Settings
from agents.subscribe import subscribe
from agents.ui.access import Door, next_path
from agents.ui.rendering import web_link
from pipeline.records.article import Article
from pipeline.records.note import State
from pipeline.records.wire import decode
from pipeline.topics import ARTICLES, DEAD_LETTER_NOTES, PAGES, URLS
from tests.support.fed import records
from tests.support.patience import SECONDS, until
from tests.support.uiworld import (
    HOSTILE,
    KAZAKH,
    MENU,
    MILL,
    PREFIX,
    TAIL,
    TALLY,
    judged,
    letter,
    open_page,
    settled,
    unused,
    write,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    import aiohttp

    from agents.kafka import Connection

HTML = {"Accept": "text/html"}
PATHS = ("/", "/live", "/articles", "/duplicates", "/discarded", "/dead-letters", "/dead-letters?all=yes", "/hosts")


@pytest.fixture(scope="module")
def published() -> Iterator[Connection]:
    with judged() as connection:
        yield connection


@pytest.fixture
def published_anew() -> Iterator[Connection]:
    """Give another one, for a test that changes something."""
    with judged() as connection:
        yield connection


async def tree(client: aiohttp.ClientSession, path: str, status: int = 200) -> LexborHTMLParser:
    async with client.get(path, headers=HTML, allow_redirects=False) as answer:
        text = await answer.text()
        assert answer.status == status, text
        assert "Traceback" not in text
        return LexborHTMLParser(text)


def words(node: Any) -> str:
    return " ".join(node.text(separator=" ").split())


async def place_of(connection: Connection, url: str, revision: int = 1) -> tuple[str, Article]:
    """Find the article of a URL in its topic."""
    async for event in subscribe(connection, PREFIX + ARTICLES.name, from_beginning=True, follow=False):
        article = decode(Article, event.value)
        if article.url == url and article.revision == revision:
            return f"/articles/{event.partition}/{event.offset}", article
    raise AssertionError(f"no article {url}")


async def test_the_overview_counts_what_was_fed(published: Connection):
    async with open_page(published) as (client, _):
        await settled(client)
        page = await tree(client, "/")
        cards = {words(card.css_first("h3")): words(card) for card in page.css(".card")}
        rows = {
            words(row.css_first("th")): [words(cell) for cell in row.css("td")]
            for row in page.css("table.stages tbody tr")
        }

        assert {name: re.search(r"Kafka holds: ([\d,]+) event", said)[1] for name, said in cards.items()} == {
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


async def test_the_page_and_the_command_say_the_same(published: Connection, monkeypatch: pytest.MonkeyPatch):
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
async def test_every_page_is_whole_and_asks_for_nothing_from_elsewhere(published: Connection, path: str):
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
async def test_every_page_has_its_landmarks_one_headline_and_tables_with_captions(published: Connection, path: str):
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


async def test_an_article_stands_beside_its_raw_page_with_the_removed_lines_struck_out(published: Connection):
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
            assert words(block.css_first(".why")), "why is there for who opens it, too"
        by_rule = {
            words(row.css_first("th")): int(words(row.css("td")[0])) for row in page.css("#metadata table tbody tr")
        }
        assert sum(by_rule.values()) == sum(one.lines for one in article.cleaning.removed) == len(removed)


async def test_repeats_and_revisions_of_an_article_are_one_group_with_the_evidence_in_words(published: Connection):
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
        assert "of 44 bands agree" in why
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


async def test_kazakh_is_written_as_it_is_and_named_as_what_it_is(published: Connection):
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


async def test_hostile_pages_are_text_and_nothing_else(published: Connection):
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
def test_only_plain_addresses_of_the_web_are_links(url: str, is_link: bool):
    shown = web_link(url)
    assert shown.startswith("<a ") == is_link
    if is_link:
        assert 'rel="noreferrer noopener nofollow"' in shown
    assert "\u202e" not in shown


async def test_a_raw_page_that_is_gone_or_another_one_is_said_to_be(published: Connection):
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
                (first, "does not hold the raw page any more"),
                (second, "another one has its place"),
            ):
                page = await tree(client, f"/articles/{partition}/{offset}")
                assert says in words(page.css_first(".raw .notice"))
                assert words(page.css_first(".clean .text p")) == article.article_body.split("\n")[0]
                assert not page.css(".blocks")
            await tree(client, "/articles/0/99999", 404)
            await tree(client, f"/articles/{'0' * 32}", 404)


async def test_lists_are_narrowed_and_bounded(published: Connection):
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


async def test_of_a_long_topic_only_the_newest_are_known_and_it_is_said():
    events = [letter(f"page-{number}") for number in range(60)]
    with unused() as connection:
        await write(connection, *events)
        async with open_page(connection, ui_events=10) as (client, _):
            await settled(client)
            page = await tree(client, "/dead-letters")
            assert "Of the newest 10 dead letters, since" in words(page.css_first("main"))
            assert len(page.css("tbody tr")) == 10
            assert "page-59" in words(page.css_first("tbody tr"))
            host = await tree(client, "/hosts/sosny.example")
            assert "10 dead letters" in words(host.css_first(".facts"))


async def test_new_events_come_to_a_page_that_is_open():
    with unused() as connection:
        async with open_page(connection) as (client, _):
            await settled(client)
            assert not (await tree(client, "/dead-letters")).css("tbody tr")
            await write(connection, letter("new"))

            async def rows() -> list[Any]:
                return (await tree(client, "/dead-letters")).css("tbody tr")

            (row,) = await until(rows)
            assert "sosny.example/new" in words(row)


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
                assert (answer.status, answer.url.path_qs) == (200, f"{path}?said=replay")
            assert "is fed again" in words(said.css_first('[role="status"]'))
            (record,) = await records(connection, PREFIX + PAGES.name, at_least=1)
            assert (record.value, record.key) == (one.original_base64, b"sosny.example")
            assert dict(record.headers)["replay-of"] == one.page_id.encode()
            (note,) = await records(connection, PREFIX + DEAD_LETTER_NOTES.name, at_least=1)
            assert orjson.loads(note.value)["state"] == State.REPLAYED

            async with client.post(f"{path}/replay", data=sent, headers=HTML) as answer:
                assert answer.status == 409
                assert "replayed already" in await answer.text()
            assert len(await records(connection, PREFIX + PAGES.name)) == 1
            assert not (await tree(client, "/dead-letters")).css("tbody tr")
            assert words((await tree(client, "/dead-letters?all=yes")).css("tbody td")[2]) == "replayed"
        async with open_page(connection) as (client, _):  # what was done is known after a restart
            await settled(client)
            assert not (await tree(client, "/dead-letters")).css("tbody tr")


async def test_a_url_that_could_not_be_fetched_is_submitted_again(published_anew: Connection):
    async with open_page(published_anew) as (client, _):
        await settled(client)
        (link,) = (await tree(client, "/dead-letters")).css("tbody th a")
        path = link.attributes["href"]
        token = (await tree(client, path)).css_first("[name=csrf]").attributes["value"]
        async with client.post(f"{path}/drop", data={"csrf": token}, headers=HTML) as answer:
            assert "The letter is dropped" in await answer.text()
        async with client.post(f"{path}/replay", data={"csrf": token}, headers=HTML) as answer:
            assert "The URL is submitted again" in await answer.text()
        (record,) = await records(published_anew, PREFIX + URLS.name, at_least=1)
        assert orjson.loads(record.value)["url"] == "https://verba.example/late"


async def test_a_page_that_failed_five_times_is_replayed_only_with_a_second_yes():
    with unused() as connection:
        ((partition, offset),) = await write(connection, letter("hopeless", attempt=5))
        async with open_page(connection) as (client, _):
            path = f"/dead-letters/{partition}/{offset}"
            page = await tree(client, path)
            token = {"csrf": page.css_first("[name=csrf]").attributes["value"]}
            assert "It failed 5 times" in words(page.css_first("#actions ~ details"))
            async with client.post(f"{path}/replay", data=token, headers=HTML) as answer:
                assert answer.status == 409
                assert "failed 5 times already" in words(
                    LexborHTMLParser(await answer.text()).css_first('[role="alert"]')
                )
            assert await records(connection, PREFIX + PAGES.name) == []
            async with client.post(f"{path}/replay", data=token | {"force": "yes"}, headers=HTML) as answer:
                assert answer.status == 200
            assert len(await records(connection, PREFIX + PAGES.name, at_least=1)) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_nothing_is_changed_from_another_page(headers: dict[str, str]):
    with unused() as connection:
        ((partition, offset),) = await write(connection, letter("again"))
        async with open_page(connection) as (client, _):
            path = f"/dead-letters/{partition}/{offset}"
            token = {"csrf": (await tree(client, path)).css_first("[name=csrf]").attributes["value"]}
            for data, more in ((token, headers), ({}, {}), ({"csrf": "0" * 64}, {}), ({"csrf": "é"}, {})):
                async with client.post(f"{path}/replay", data=data, headers=HTML | more) as answer:
                    assert answer.status == 403, await answer.text()
            async with client.get(f"{path}/replay", headers=HTML) as answer:
                assert answer.status == 405
            assert await records(connection, PREFIX + PAGES.name) == []
            origin = {"Origin": str(client._base_url).rstrip("/"), "Sec-Fetch-Site": "same-origin"}
            async with client.post(
                f"{path}/replay", data=token, headers=HTML | origin, allow_redirects=False
            ) as answer:
                assert answer.status == 303


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "192.168.1.5", "[::2]"])
async def test_without_a_token_only_this_machine_is_answered(host: str):
    with unused() as connection:
        async with open_page(connection) as (client, _):
            for path in ("/", "/status.json", "/articles"):
                async with client.get(path, headers=HTML | {"Host": host}) as answer:
                    assert answer.status == 421
                    assert "localhost only" in await answer.text()
            for name in ("localhost", "127.0.0.1:99", "[::1]"):
                async with client.get("/", headers=HTML | {"Host": name}) as answer:
                    assert answer.status == 200


async def test_a_token_opens_the_door_by_form_by_link_and_by_header():
    with unused() as connection:
        async with open_page(connection, ui_token=Secret("Schlüssel"), cookies=False) as (client, link):
            assert "token" not in link, "one that was set is not shown"
            async with client.get("/articles?q=%26", headers=HTML, allow_redirects=False) as answer:
                assert (answer.status, answer.headers["Location"]) == (303, "/login?next=%2Farticles%3Fq%3D%2526")
            for headers in (
                {},
                {"Authorization": "Bearer wrong"},
                {"Authorization": "Basic Schl"},
                {"Cookie": "chistovik-ui=Schl"},
            ):
                async with client.get("/status.json", headers=headers) as answer:
                    assert answer.status == 401
            async with client.post("/dead-letters/0/0/drop", headers=HTML) as answer:
                assert answer.status == 401
            form = await tree(client, "/login?next=/hosts")
            assert "Kafka" not in words(form.css_first("main"))
            assert not form.css("nav")
            for token, status in (("wrong", 401), ("", 401), ("Schlüssel", 303)):
                sent = {"token": token, "next": "/hosts"}
                async with client.post("/login", data=sent, headers=HTML, allow_redirects=False) as answer:
                    assert answer.status == status
            cookie = answer.cookies["chistovik-ui"]
            assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Strict", "/")
            assert "Schl" not in cookie.value
            assert answer.headers["Location"] == "/hosts"
            async with client.get("/hosts", headers=HTML | {"Cookie": f"chistovik-ui={cookie.value}"}) as answer:
                assert answer.status == 200
                assert "Log out" in await answer.text()
            async with client.get(
                "/status.json", headers={"Authorization": "Bearer Schlüssel".encode().decode("latin-1")}
            ) as answer:
                assert answer.status in {200, 401}
            async with client.get("/articles?token=Schl%C3%BCssel", headers=HTML, allow_redirects=False) as answer:
                assert (answer.status, answer.headers["Location"]) == (303, "/articles"), "not in the address any more"
                assert answer.cookies["chistovik-ui"].value == cookie.value
            async with client.get("/?token=wrong", headers=HTML, allow_redirects=False) as answer:
                assert (answer.status, answer.headers["Location"]) == (303, "/login")
                assert not answer.cookies
            for path in ("/healthz", form.css_first("link").attributes["href"]):
                async with client.get(path) as answer:
                    assert answer.status == 200, "there is nothing to see in it"


async def test_a_bearer_is_let_in():
    with unused() as connection:
        async with (
            open_page(connection, ui_token=Secret("key"), cookies=False) as (client, _),
            client.get("/status.json", headers={"Authorization": "bearer key"}) as answer,
        ):
            assert answer.status == 200


async def test_beyond_this_machine_a_token_is_made_and_the_link_shows_it():
    with unused() as connection:
        async with open_page(connection, ui_host="0.0.0.0") as (client, link):
            assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\?token=[\w-]{32}", link)
            async with client.get("/articles", headers=HTML, allow_redirects=False) as answer:
                assert answer.status == 303
            async with client.get(link, headers=HTML) as answer:
                assert (answer.status, answer.url.query_string) == (200, "")
            async with client.get("/articles", headers=HTML) as answer:
                assert answer.status == 200
            token = LexborHTMLParser(await (await client.get("/")).text()).css_first("[name=csrf]").attributes["value"]
            async with client.post("/logout", data={"csrf": token}, headers=HTML, allow_redirects=False) as answer:
                assert answer.status == 303
            async with client.get("/articles", headers=HTML, allow_redirects=False) as answer:
                assert answer.status == 303, "the cookie is gone"


@pytest.mark.parametrize(
    "path", ["//evil.example", "/\\evil.example", "https://evil.example", "evil", "", "/\t/evil.example", "/a\\b"]
)
def test_the_door_leads_nowhere_else(path: str):
    assert next_path(path) == "/"


def test_two_pages_without_a_token_do_not_share_their_forms():
    assert Door(Secret()).csrf != Door(Secret()).csrf
    assert Door(Secret("a")).csrf == Door(Secret("a")).csrf != Door(Secret("b")).csrf


async def test_what_was_known_stays_when_kafka_goes_away_and_health_says_so():
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
        assert "What is shown may be old" in words(page.css_first('[role="alert"]'))
        assert "sosny.example/known" in words(page.css_first("tbody"))
    finally:
        await context.__aexit__(None, None, None)


async def test_a_path_that_is_not_there_is_one_calm_page(published: Connection):
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
