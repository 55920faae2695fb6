"""Failures of a host and failures of a URL: each URL has its own attempts, and the error of its own requests."""

from __future__ import annotations

import asyncio
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from aiohttp import web as http

from pipeline.records.page import Page
from pipeline.records.target import Waiting
from pipeline.records.wire import decode
from pipeline.topics import PAGES, URLS_LATER, VISITS
from pipeline.topics.headers import header
from tests.support.fetched import bench, seen
from tests.support.patience import until
from tests.support.sites import article
from tests.support.web import Web, running_web

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.fetched import Bench

HOST, OTHER = "scripted-01.test", "scripted-02.test"
DEAD = "dead-01.test"
# Waits between a URL's own attempts: 0.05 and 0.2 s
USUAL = {"CHISTOVIK_FETCH_ATTEMPTS": "3", "CHISTOVIK_FETCH_BACKOFF": "0.05"}


@pytest.fixture
def web() -> Iterator[Web]:
    with running_web() as made:
        yield made


def script(web: Web, host: str, answer: Callable[[http.Request], http.StreamResponse | float | None]) -> None:
    """Let a host answer as `answer` says; None is an article, a number so many seconds of silence in front of one."""

    async def respond(request: http.Request) -> http.StreamResponse:
        found = answer(request)
        if isinstance(found, http.StreamResponse):
            return found
        await asyncio.sleep(found or 0.0)
        if request.path == "/robots.txt":
            return http.Response(text="User-agent: *\nDisallow:\n")
        return http.Response(text=article(host, sum(request.path.encode())), content_type="text/html")

    web.sites.scripts[host] = respond


def requests(web: Web, host: str) -> Counter[str]:
    """Count the requests to a host by path, robots.txt aside."""
    return Counter(one.path for one in web.asked(host))


async def fetch(made: Bench, urls: list[str]) -> dict[str, Page]:
    """Submit URLs; return their pages by URL."""
    places = await made.submit(*urls)
    pages = await made.pages(len(urls))
    return {url: pages[place] for place, url in zip(places, urls, strict=True)}


async def waited(made: Bench) -> list[Waiting]:
    return [decode(Waiting, one.value) for one in await made.read(URLS_LATER.name)]


BROKEN: dict[str, Callable[[], http.StreamResponse]] = {
    "an error": lambda: http.Response(status=500),
    "not found": lambda: http.Response(status=404),
    "forbidden": lambda: http.Response(status=403),
    "a broken body": lambda: http.Response(
        body=bytes(range(256)), headers={"Content-Encoding": "gzip", "Content-Type": "text/html"}
    ),
    "busy": lambda: http.Response(status=503),
    "busy, with a time": lambda: http.Response(status=503, headers={"Retry-After": "0"}),
    "too many requests": lambda: http.Response(status=429),
    "a gateway's error": lambda: http.Response(status=502),
}
FINAL = {"not found": "not-found", "forbidden": "refused"}


@pytest.mark.parametrize("what", BROKEN)
async def test_good_pages_behind_a_failing_section_are_fetched_and_each_bad_one_has_its_own_requests(
    web: Web, tmp_path: Path, what: str
) -> None:
    script(web, HOST, lambda request: BROKEN[what]() if request.path.startswith("/old/") else None)
    bad = [web.url(HOST, f"/old/{number}") for number in range(9)]
    good = [web.url(HOST, f"/new/{number}") for number in range(6)]
    async with bench(web, tmp_path, **USUAL, CHISTOVIK_FETCH_GIVE_UP="600") as made:
        pages = await fetch(made, bad + good)
    assert {url: page.failed for url, page in pages.items() if url in good and seen(page) != "page"} == {}
    asked = requests(web, HOST)
    assert [asked[f"/new/{number}"] for number in range(6)] == [1] * 6
    attempts = 1 if what in FINAL else 3
    assert [asked[f"/old/{number}"] for number in range(9)] == [attempts] * 9
    assert {seen(pages[url]) for url in bad} == {FINAL.get(what, "failed")}
    assert all("(attempt 3 of 3)" in (pages[url].failed or "(attempt 3 of 3)") for url in bad)


@pytest.mark.parametrize("status", [500, 404])
async def test_a_host_does_not_rest_for_what_is_wrong_with_its_urls(web: Web, tmp_path: Path, status: int) -> None:
    script(web, HOST, lambda request: None if request.path == "/robots.txt" else http.Response(status=status))
    urls = [web.url(HOST, f"/old/{number}") for number in range(20)]
    async with bench(web, tmp_path, CHISTOVIK_FETCH_ATTEMPTS="2", CHISTOVIK_FETCH_BACKOFF="1") as made:
        await fetch(made, urls)
        held = [one for one in await waited(made) if one.host_problem is not None]
    assert held == []


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "1"}])
async def test_a_rate_limit_that_lifts_costs_no_url(web: Web, tmp_path: Path, headers: dict[str, str]) -> None:
    """After ten requests the host is busy six times; each time is charged to the URL that was asked for."""

    def answer(request: http.Request) -> http.StreamResponse | None:
        if request.path != "/robots.txt" and 10 < sum(requests(web, HOST).values()) + 1 <= 16:
            return http.Response(status=429, headers=headers)
        return None

    script(web, HOST, answer)
    urls = [web.url(HOST, f"/{number}") for number in range(200)]
    async with bench(web, tmp_path, CHISTOVIK_FETCH_ATTEMPTS="5", CHISTOVIK_FETCH_BACKOFF="0.1") as made:
        pages = await fetch(made, urls)
        later = await waited(made)
    assert Counter(map(seen, pages.values())) == {"page": 200}
    assert sum(requests(web, HOST).values()) == 206
    charged = Counter(one.target.url for one in later if one.host_problem is None and one.problem)
    assert sum(charged.values()) == 6
    assert {one.attempt for one in later if one.target.url not in charged} <= {1}


async def test_the_urls_of_a_dead_host_end_in_time_and_say_that_nobody_asked_for_them(web: Web, tmp_path: Path) -> None:
    dead = [web.url(DEAD, f"/article/{number}") for number in range(100)]
    alive = [web.url(HOST, f"/{number}") for number in range(20)]
    script(web, HOST, lambda _: None)
    async with bench(web, tmp_path, **USUAL, CHISTOVIK_FETCH_GIVE_UP="1.5") as made:
        pages = await fetch(made, dead + alive)
        records = await made.read(PAGES.name)
        later, visits = await waited(made), await made.read(VISITS.name)
    assert Counter(map(seen, pages.values())) == {"failed": 100, "page": 20}
    errors = {(pages[url].failed or "").partition(" since ")[0] for url in dead}
    assert errors == {"this URL was never requested: its host has failed"}
    assert all("ClientConnectorError" in (pages[url].failed or "") for url in dead)
    attempts = [header(one.headers, "attempt") for one in records if decode(Page, one.value).failed]
    assert attempts == [b"0"] * 100
    assert {(one.attempt, one.problem) for one in later} == {(1, "")}
    assert all("ClientConnectorError" in (one.host_problem or "") for one in later)
    assert len(later) < 100 * 12
    assert len(visits) <= 20


async def test_a_site_whose_robots_txt_fails_and_heals_loses_no_attempt(web: Web, tmp_path: Path) -> None:
    def answer(request: http.Request) -> http.StreamResponse | None:
        fails = request.path == "/robots.txt" and web.sites.counts[f"{HOST}/robots.txt"] <= 4
        return http.Response(status=500) if fails else None

    script(web, HOST, answer)
    urls = [web.url(HOST, f"/{number}") for number in range(30)]
    more = {"CHISTOVIK_FETCH_ATTEMPTS": "1", "CHISTOVIK_FETCH_BACKOFF": "0.1", "CHISTOVIK_FETCH_GIVE_UP": "600"}
    async with bench(web, tmp_path, **more) as made:
        pages = await fetch(made, urls)
        later = await waited(made)
    assert Counter(map(seen, pages.values())) == {"page": 30}
    assert {one.attempt for one in later} == {1}
    assert len(web.asked(HOST, "/robots.txt")) == 5


async def test_a_robots_txt_that_fails_for_good_is_named(web: Web, tmp_path: Path) -> None:
    script(web, HOST, lambda request: http.Response(status=500) if request.path == "/robots.txt" else None)
    async with bench(web, tmp_path, **USUAL, CHISTOVIK_FETCH_GIVE_UP="1") as made:
        pages = await fetch(made, [web.url(HOST, f"/{number}") for number in range(5)])
    assert all("never requested" in (page.failed or "") for page in pages.values())
    assert all("(robots.txt: HTTP 500)" in (page.failed or "") for page in pages.values())
    assert web.asked(HOST) == []


async def test_a_url_whose_host_dies_after_its_first_request_says_both(web: Web, tmp_path: Path) -> None:
    """The host is busy for an hour after one request of one URL; the other was never asked for."""

    def answer(request: http.Request) -> http.StreamResponse | None:
        busy = http.Response(status=503, headers={"Retry-After": "3600"})
        return busy if request.path != "/robots.txt" else None

    script(web, HOST, answer)
    more = USUAL | {"CHISTOVIK_FETCH_GIVE_UP": "1"}
    async with bench(web, tmp_path, **more) as made:
        await made.submit(web.url(HOST, "/first"))
        await until(lambda: waited(made))
        await made.submit(web.url(HOST, "/second"))
        (page,) = (await made.pages(1)).values()
    assert page.url == web.url(HOST, "/second")
    assert (page.failed or "").startswith("this URL was never requested: its host has failed since ")
    assert (page.failed or "").endswith("(HTTP 503)")
    assert requests(web, HOST) == {"/first": 1}


async def test_a_redirect_to_a_dead_host_is_charged_to_the_url_and_slows_the_dead_host_only(
    web: Web, tmp_path: Path
) -> None:
    def answer(request: http.Request) -> http.StreamResponse | None:
        if not request.path.startswith("/gone/"):
            return None
        return http.Response(status=302, headers={"Location": web.url(DEAD, request.path)})

    script(web, HOST, answer)
    gone = [web.url(HOST, f"/gone/{number}") for number in range(12)]
    good = [web.url(HOST, f"/{number}") for number in range(12)]
    async with bench(web, tmp_path, **USUAL, CHISTOVIK_FETCH_GIVE_UP="600") as made:
        pages = await fetch(made, gone + good)
        held = [one for one in await waited(made) if one.host_problem is not None]
    assert Counter(seen(pages[url]) for url in good) == {"page": 12}
    assert held == []
    asked = requests(web, HOST)
    assert [asked[f"/gone/{number}"] for number in range(12)] == [3] * 12
    assert all("ClientConnectorError" in (pages[url].failed or "") for url in gone)
    assert all((pages[url].failed or "").endswith("(attempt 3 of 3)") for url in gone)
    assert {pages[url].url for url in gone} == {web.url(DEAD, f"/gone/{number}") for number in range(12)}


async def test_no_redirect_breaks_a_rest(web: Web, tmp_path: Path) -> None:
    def answer(request: http.Request) -> http.StreamResponse | None:
        path = request.path
        return http.Response(status=302, headers={"Location": web.url(OTHER, path)}) if path != "/robots.txt" else None

    def busy(request: http.Request) -> http.StreamResponse | None:
        is_first = sum(requests(web, OTHER).values()) == 0
        is_busy = request.path != "/robots.txt" and is_first
        return http.Response(status=429, headers={"Retry-After": "2"}) if is_busy else None

    script(web, HOST, answer)
    script(web, OTHER, busy)
    async with bench(web, tmp_path, **USUAL) as made:
        pages = await fetch(made, [web.url(HOST, f"/{number}") for number in range(10)])
    assert Counter(map(seen, pages.values())) == {"page": 10}
    first, second, *_ = sorted(one.begin for one in web.asked(OTHER))
    assert second - first >= 2


async def test_slow_pages_hold_up_no_others(web: Web, tmp_path: Path) -> None:
    script(web, HOST, lambda request: 3600.0 if request.path.startswith("/slow/") else None)
    slow = [web.url(HOST, f"/slow/{number}") for number in range(4)]
    good = [web.url(HOST, f"/{number}") for number in range(20)]
    more = {"CHISTOVIK_FETCH_ATTEMPTS": "2", "CHISTOVIK_FETCH_BACKOFF": "0.1", "CHISTOVIK_FETCH_TIMEOUT": "1"}
    async with bench(web, tmp_path, **more, CHISTOVIK_FETCH_GIVE_UP="600") as made:
        pages = await fetch(made, slow + good)
    assert Counter(seen(pages[url]) for url in good) == {"page": 20}
    assert {pages[url].failed for url in slow} == {"answering took too long (attempt 2 of 2)"}
    assert [web.sites.counts[f"{HOST}/slow/{number}"] for number in range(4)] == [2] * 4


async def test_a_host_that_hangs_up_now_and_then_is_fetched(web: Web, tmp_path: Path) -> None:
    def answer(request: http.Request) -> http.StreamResponse | None:
        if request.path != "/robots.txt" and sum(requests(web, HOST).values()) % 3 == 2:
            assert request.transport is not None
            request.transport.close()
            return http.Response()
        return None

    script(web, HOST, answer)
    async with bench(web, tmp_path, CHISTOVIK_FETCH_ATTEMPTS="5", CHISTOVIK_FETCH_BACKOFF="0.05") as made:
        pages = await fetch(made, [web.url(HOST, f"/{number}") for number in range(60)])
        held = [one for one in await waited(made) if one.host_problem is not None]
    assert Counter(map(seen, pages.values())) == {"page": 60}
    assert held == []


async def test_a_busy_host_rests_as_long_as_it_asks(web: Web, tmp_path: Path) -> None:
    def answer(request: http.Request) -> http.StreamResponse | None:
        is_busy = request.path != "/robots.txt" and sum(requests(web, HOST).values()) % 4 == 3
        return http.Response(status=503, headers={"Retry-After": "1"}) if is_busy else None

    script(web, HOST, answer)
    async with bench(web, tmp_path, CHISTOVIK_FETCH_ATTEMPTS="5", CHISTOVIK_FETCH_BACKOFF="0.1") as made:
        pages = await fetch(made, [web.url(HOST, f"/{number}") for number in range(12)])
    assert Counter(map(seen, pages.values())) == {"page": 12}
    asked = sorted(web.asked(HOST), key=lambda one: one.begin)
    assert any(one.status == 503 for one in asked)
    assert all(other.begin - one.end >= 1 for one, other in pairwise(asked) if one.status == 503)


NO_FETCH = ["refused", "robots", "blocked-address", "unknown-host"]


@pytest.mark.parametrize("what", NO_FETCH)
async def test_what_was_no_fetch_is_tried_again(web: Web, tmp_path: Path, what: str) -> None:
    """The cause goes away between two workers, as by a change of the settings; the URL is fed again in the window."""
    is_open = False

    def answer(request: http.Request) -> http.StreamResponse | None:
        if is_open:
            return None
        if request.path == "/robots.txt" and what == "robots":
            return http.Response(text="User-agent: *\nDisallow: /\n")
        if request.path == "/moved":
            where = {"blocked-address": web.url("inside.test", "/"), "unknown-host": web.url("nobody.invalid", "/")}
            return http.Response(status=302, headers={"Location": where[what]})
        return http.Response(status=403) if request.path == "/p" and what == "refused" else None

    script(web, HOST, answer)
    url = web.url(HOST, "/moved" if what in {"blocked-address", "unknown-host"} else "/p")
    async with bench(web, tmp_path, **USUAL) as made:
        await made.submit(url)
        first = await made.pages(1)
        await made.stop()
        is_open = True
        await made.start()
        await made.submit(url)
        both = await made.pages(2)
    if what == "unknown-host" and [seen(page) for page in first.values()] == ["failed"]:
        return  # there is no name server here that could say so
    assert [seen(page) for page in first.values()] == [what]
    assert Counter(map(seen, both.values())) == {what: 1, "page": 1}
