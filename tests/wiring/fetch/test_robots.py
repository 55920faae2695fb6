"""A robots.txt that comes in an odd way over HTTP is obeyed, and it fails for the host that it is of."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest
from aiohttp import web as http

from agents.fetch.fetcher import Failed, Fetched, Fetcher, Refused
from agents.fetch.guard import Guard
from agents.fetch.pace import Hosts
from pipeline.records.reason import Reason
from pipeline.url.addresses import networks_of
from tests.support.sites import article
from tests.support.web import NETWORK, Web, running_web

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Answer = Callable[[http.Request], http.StreamResponse]

AGENT = "ChistovikTest/1.0 (+https://example.org/bot)"
HOST, OTHER, THIRD = "scripted-01.test", "scripted-02.test", "scripted-03.test"
RULES = b"User-agent: *\nDisallow: /closed\n"


@pytest.fixture
def web() -> Iterator[Web]:
    with running_web() as made:
        yield made


def script(web: Web, host: str, robots: Answer) -> None:
    """Let a host answer to robots.txt and below /robots as `robots` says, and to all else with an article."""

    async def respond(request: http.Request) -> http.StreamResponse:
        if request.path.startswith("/robots"):
            return robots(request)
        return http.Response(text=article(host, 1), content_type="text/html")

    web.sites.scripts[host] = respond


def fetcher(web: Web, *, backoff: float | None = None) -> Fetcher:
    guard, known = Guard(frozenset({80, 443, web.port}), networks_of(NETWORK)), web.addresses
    hosts = Hosts(delay=0.0, parallel=1, backoff=backoff)
    return Fetcher(user_agent=AGENT, guard=guard, hosts=hosts, known_hosts={name: (at,) for name, at in known.items()})


ODD: dict[str, tuple[bytes, dict[str, str]]] = {
    "utf-16": (RULES.decode().encode("utf-16"), {}),
    "packed, not said": (gzip.compress(RULES, mtime=0), {}),
    "packed, said": (gzip.compress(RULES, mtime=0), {"Content-Encoding": "gzip"}),
    "not packed, said": (RULES, {"Content-Encoding": "gzip"}),
    "another coding said": (gzip.compress(RULES, mtime=0), {"Content-Encoding": "br"}),
    "an unknown coding said": (RULES, {"Content-Encoding": "utf-8"}),
    "as HTML": (RULES, {"Content-Type": "text/html"}),
    "more than the limit": (RULES + b"# snow\n" * 200_000, {}),
    "for us in another version": (b"User-agent: chistoviktest/0.9\nDisallow: /closed\nUser-agent: *\nDisallow: /", {}),
}


@pytest.mark.parametrize("what", ODD)
async def test_an_odd_robots_txt_is_obeyed(web: Web, what: str) -> None:
    body, headers = ODD[what]
    script(web, HOST, lambda _: http.Response(body=body, headers=headers))
    async with fetcher(web) as made:
        closed, open_ = [await made.get(web.url(HOST, path)) for path in ("/closed", "/open")]
    assert isinstance(closed, Refused)
    assert closed.reason is Reason.ROBOTS
    assert isinstance(open_, Fetched)


@pytest.mark.parametrize(("hops", "is_obeyed"), [(1, True), (5, True), (6, False)])
async def test_five_redirects_of_robots_txt_are_followed_to_other_hosts_too(
    web: Web, hops: int, is_obeyed: bool
) -> None:
    hosts = (HOST, OTHER, THIRD)

    def answer(request: http.Request) -> http.StreamResponse:
        number = int(request.path.removeprefix("/robots").removesuffix(".txt") or 0)
        if number == hops:
            return http.Response(body=RULES)
        location = web.url(hosts[(number + 1) % 3], f"/robots{number + 1}.txt")
        return http.Response(status=301, headers={"Location": location})

    for host in hosts:
        script(web, host, answer)
    async with fetcher(web) as made:
        closed = await made.get(web.url(HOST, "/closed"))
    assert isinstance(closed, Refused if is_obeyed else Fetched)


@pytest.mark.parametrize("where", ["dead-01.test", "inside.test", "nobody.invalid"])
async def test_a_robots_txt_that_is_redirected_to_nowhere_is_unreachable(web: Web, where: str) -> None:
    location = {"Location": web.url(where, "/robots.txt")}
    script(web, HOST, lambda _: http.Response(status=301, headers=location))
    async with fetcher(web) as made:
        got = await made.get(web.url(HOST, "/p"))
    assert isinstance(got, Failed)
    assert got.problem.startswith("robots.txt: ")
    assert (got.host, got.of_host, got.asked) == (HOST, True, False)
    assert web.asked(HOST, "/p") == []


async def test_how_long_a_host_asks_to_wait_for_its_robots_txt_is_heard(web: Web) -> None:
    script(web, HOST, lambda _: http.Response(status=503, headers={"Retry-After": "100"}))
    async with fetcher(web, backoff=1.0) as made:
        first, second = [await made.get(web.url(HOST, "/p")) for _ in range(2)]
    for got in (first, second):
        assert isinstance(got, Failed)
        assert not got.asked
        assert 90 < (got.wait or 0) <= 101
    assert len(web.asked(HOST, "/robots.txt")) == 1


async def test_a_lost_robots_txt_does_not_shorten_the_delay_of_its_host(web: Web) -> None:
    answers = iter([http.Response(text="User-agent: *\nCrawl-delay: 0.3\n"), http.Response(status=500)])
    script(web, HOST, lambda _: next(answers))
    async with fetcher(web, backoff=0.0) as made:
        await made.get(web.url(HOST, "/1"))
        made._robots[web.url(HOST, "").rstrip("/")].until = 0.0  # a day later
        await made.get(web.url(HOST, "/2"))
        assert made.hosts[HOST].delay == 0.3
