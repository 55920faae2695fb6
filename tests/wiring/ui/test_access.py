"""The live page over HTTP: the token, the cookie, and requests forged by other sites."""

from __future__ import annotations

import re

import pytest
from selectolax.lexbor import LexborHTMLParser

from agents.settings import Secret
from agents.ui.access import Access, next_path
from pipeline.topics import PAGES
from tests.support.fed import records
from tests.support.uiworld import (
    HTML,
    PREFIX,
    letter,
    open_page,
    tree,
    unused,
    words,
    write,
)


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "192.168.1.5", "[::2]"])
async def test_without_a_token_only_requests_to_localhost_are_answered(host: str):
    with unused() as connection:
        async with open_page(connection) as (client, _):
            for path in ("/", "/status.json", "/articles"):
                async with client.get(path, headers=HTML | {"Host": host}) as answer:
                    assert answer.status == 421
                    assert "localhost only" in await answer.text()
            for name in ("localhost", "127.0.0.1:99", "[::1]"):
                async with client.get("/", headers=HTML | {"Host": name}) as answer:
                    assert answer.status == 200


async def test_a_token_is_accepted_by_form_and_by_link():
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
                    assert answer.status == 200, "it shows no data"


async def test_a_token_is_accepted_as_a_bearer_header():
    with unused() as connection:
        async with (
            open_page(connection, ui_token=Secret("key"), cookies=False) as (client, _),
            client.get("/status.json", headers={"Authorization": "bearer key"}) as answer,
        ):
            assert answer.status == 200


async def test_outside_of_localhost_a_token_is_made_and_shown_in_the_link():
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
def test_log_in_never_redirects_to_another_site(path: str):
    assert next_path(path) == "/"


def test_two_servers_without_a_token_refuse_each_others_forms():
    assert Access(Secret()).csrf != Access(Secret()).csrf
    assert Access(Secret("a")).csrf == Access(Secret("a")).csrf != Access(Secret("b")).csrf


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_another_site_cannot_change_anything(headers: dict[str, str]):
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
