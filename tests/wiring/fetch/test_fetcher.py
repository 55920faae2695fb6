"""One URL fetched from the test web: what comes back from good hosts, bad hosts, and hosts that lead us inside."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from agents.fetch.fetcher import Failed, Fetched, Fetcher, Refused, Wanted
from agents.fetch.guard import BlockedError, Guard
from agents.fetch.pace import Hosts
from pipeline.records.reason import Reason
from pipeline.url.addresses import networks_of
from tests.support.patience import SECONDS
from tests.support.sites import CHARSETS, article
from tests.support.web import NETWORK, Web, impolite, running_web

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

AGENT = "ChistovikTest/1.0 (+https://example.org/bot)"


@pytest.fixture(scope="module")
def web() -> Iterator[Web]:
    with running_web() as made:
        yield made


@asynccontextmanager
async def fetcher(
    web: Web, *, pace: float = 0.0, seconds: float = SECONDS, opened: str = NETWORK, parallel: int = 1
) -> AsyncIterator[Fetcher]:
    guard = Guard(frozenset({80, 443, web.port}), networks_of(opened))
    hosts = Hosts(delay=pace, parallel=parallel)
    known = {name: (address,) for name, address in web.addresses.items()}
    async with Fetcher(user_agent=AGENT, guard=guard, hosts=hosts, known_hosts=known, timeout=seconds) as made:
        yield made


async def get(web: Web, host: str, path: str = "/", wanted: Wanted | None = None, **how: float) -> object:
    async with fetcher(web, **how) as made:  # type: ignore[arg-type]
        return await made.get(web.url(host, path), wanted)


async def test_a_page_comes_with_its_bytes_and_what_was_said_of_it(web: Web) -> None:
    got = await get(web, "news-01.test", "/article/7")
    assert isinstance(got, Fetched)
    assert got.body.decode() == article("news-01.test", 7)
    assert (got.media_type, got.charset, got.redirects) == ("text/html", "utf-8", ())


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd"])
async def test_a_packed_page_is_unpacked(web: Web, coding: str) -> None:
    got = await get(web, "coded.test", f"/{coding}")
    assert isinstance(got, Fetched)
    assert got.body.decode() == article("coded.test", len(coding))


async def test_a_page_that_is_packed_wrongly_may_be_better_another_time(web: Web) -> None:
    got = await get(web, "coded.test", "/broken")
    assert isinstance(got, Failed)
    assert not got.of_host


async def test_what_a_server_declares_about_the_use_of_a_page_is_kept(web: Web) -> None:
    got = await get(web, "coded.test", "/reserved")
    assert isinstance(got, Fetched)
    assert got.x_robots_tag == ("noarchive", "googlebot: noindex")
    assert (got.tdm_reservation, got.tdm_policy) == ("1", "https://coded.test/policy.json")
    plain = await get(web, "news-01.test", "/article/7")
    assert isinstance(plain, Fetched)
    assert (plain.x_robots_tag, plain.tdm_reservation, plain.tdm_policy) == ((), None, None)


async def test_a_page_that_is_not_packed_in_spite_of_its_header_is_read(web: Web) -> None:
    got = await get(web, "coded.test", "/lie")
    assert isinstance(got, Fetched)
    assert got.body.decode() == article("coded.test", len("lie"))


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd"])
async def test_a_bomb_is_too_large_before_it_is_large(web: Web, coding: str) -> None:
    got = await get(web, "bomb.test", f"/{coding}")
    assert isinstance(got, Refused)
    assert got.reason is Reason.TOO_LARGE


async def test_a_body_without_an_end_is_too_large(web: Web) -> None:
    got = await get(web, "endless.test", wanted=Wanted(largest=1 << 20))
    assert isinstance(got, Refused)
    assert got.reason is Reason.TOO_LARGE


@pytest.mark.parametrize("host", ["drip.test", "mute.test"])
async def test_a_host_that_takes_for_ever_fails_in_time(web: Web, host: str) -> None:
    got = await get(web, host, seconds=0.5)
    assert isinstance(got, Failed)
    assert "took too long" in got.problem


@pytest.mark.parametrize(("host", "of_host"), [("hangup.test", False), ("dead-01.test", True)])
async def test_a_host_that_hangs_up_or_is_dead_fails(web: Web, host: str, of_host: bool) -> None:
    got = await get(web, host)
    assert isinstance(got, Failed)
    assert got.of_host == of_host


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (400, Reason.REFUSED),
        (401, Reason.REFUSED),
        (403, Reason.REFUSED),
        (404, Reason.NOT_FOUND),
        (410, Reason.GONE),
        (451, Reason.REFUSED),
        (501, Reason.REFUSED),
    ],
)
async def test_an_answer_that_is_final_is_a_refusal(web: Web, status: int, reason: Reason) -> None:
    got = await get(web, "status.test", f"/{status}")
    assert isinstance(got, Refused)
    assert (got.reason, got.detail) == (reason, f"HTTP {status}")


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
async def test_an_answer_that_may_change_is_a_failure(web: Web, status: int) -> None:
    got = await get(web, "status.test", f"/{status}")
    assert isinstance(got, Failed)
    assert got.problem == f"HTTP {status}"


@pytest.mark.parametrize(
    ("host", "lowest", "highest"), [("busy-seconds.test", 2, 2), ("busy-date.test", 3600 - SECONDS, 3600)]
)
async def test_how_long_a_host_asks_us_to_wait_is_heard(web: Web, host: str, lowest: float, highest: float) -> None:
    web.sites.counts.clear()  # such a host asks for rest the first time only
    got = await get(web, host, "/heard")
    assert isinstance(got, Failed)
    assert got.wait is not None
    assert lowest <= got.wait <= highest
    assert got.of_host


@pytest.mark.parametrize("kind", ["html", "xhtml", "text"])
async def test_html_and_text_are_pages(web: Web, kind: str) -> None:
    assert isinstance(await get(web, "types.test", f"/{kind}"), Fetched)


@pytest.mark.parametrize("kind", ["pdf", "png", "json", "bytes"])
async def test_other_media_types_are_not(web: Web, kind: str) -> None:
    got = await get(web, "types.test", f"/{kind}")
    assert isinstance(got, Refused)
    assert got.reason is Reason.MEDIA_TYPE


@pytest.mark.parametrize("name", CHARSETS)
async def test_the_charset_is_what_the_server_says(web: Web, name: str) -> None:
    got = await get(web, "charsets.test", f"/{name}")
    assert isinstance(got, Fetched)
    assert got.charset == (CHARSETS[name][1].partition("=")[2] or None)


async def test_redirects_are_followed_and_remembered(web: Web) -> None:
    got = await get(web, "chain.test", "/5")
    assert isinstance(got, Fetched)
    assert got.url == web.url("chain.test", "/0")
    assert got.redirects == tuple(web.url("chain.test", f"/{left}") for left in (5, 4, 3, 2, 1))


@pytest.mark.parametrize(
    "path",
    [
        "/p?z=1&a=2",
        "/p/web/2026/http://o.example/x",
        "/p//a/?ref=5&utm_source=rss",
        "/p/%7e%d0?q=%e0+%20",
        "/p|[1]?b[]=1|2",
    ],
)
async def test_the_server_is_asked_for_the_url_as_it_was_given(web: Web, path: str) -> None:
    got = await get(web, "news-06.test", path)
    assert isinstance(got, Fetched)
    assert got.url == web.url("news-06.test", path)
    assert web.asked("news-06.test", path)


async def test_a_url_that_is_not_http_is_refused(web: Web) -> None:
    async with fetcher(web) as made:
        got = await made.get("feed://news-01.test/feed.xml")
    assert isinstance(got, Refused)
    assert got.reason is Reason.NOT_FETCHABLE


async def test_where_robots_forbid_trackers_the_url_without_them_is_asked_for(web: Web) -> None:
    given, bare = "/article/7?id=1&utm_source=rss&fbclid=x&page", "/article/7?id=1&page"
    got = await get(web, "cookie.test", given)
    assert isinstance(got, Fetched)
    assert (got.url, got.redirects) == (web.url("cookie.test", bare), (web.url("cookie.test", given),))
    assert not web.asked("cookie.test", given)
    for path in ("/article/7?sort=up&utm_source=rss", "/article/7?sort=up"):
        refused = await get(web, "cookie.test", path)
        assert isinstance(refused, Refused)
        assert (refused.reason, refused.url) == (Reason.ROBOTS, web.url("cookie.test", path))


@pytest.mark.parametrize(("host", "path"), [("chain.test", "/6"), ("loop.test", "/a"), ("loop.test", "/self")])
async def test_redirects_end_somewhere(web: Web, host: str, path: str) -> None:
    got = await get(web, host, path)
    assert isinstance(got, Refused)
    assert got.reason is Reason.TOO_MANY_REDIRECTS


async def test_a_redirect_to_another_host_asks_its_robots_first(web: Web) -> None:
    async with fetcher(web) as made:
        got = await made.get(web.url("moved.test", "/private/1"))
        assert isinstance(got, Refused)
        assert (got.reason, got.url) == (Reason.ROBOTS, web.url("news-01.test", "/private/1"))
        there = await made.get(web.url("moved.test", "/article/3"))
        assert isinstance(there, Fetched)


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("private", Reason.BLOCKED_ADDRESS),
        ("metadata", Reason.BLOCKED_ADDRESS),
        ("named-metadata", Reason.BLOCKED_ADDRESS),
        ("six", Reason.BLOCKED_ADDRESS),
        ("mapped", Reason.BLOCKED_ADDRESS),
        ("decimal", Reason.BLOCKED_ADDRESS),
        ("file", Reason.NOT_FETCHABLE),
        ("gopher", Reason.NOT_FETCHABLE),
        ("credentials", Reason.NOT_FETCHABLE),
        ("port", Reason.NOT_FETCHABLE),
        ("nowhere", Reason.TOO_MANY_REDIRECTS),
        ("javascript", Reason.NOT_FETCHABLE),
    ],
)
async def test_no_redirect_leads_inside(web: Web, path: str, reason: Reason) -> None:
    got = await get(web, "evil.test", f"/{path}")
    assert isinstance(got, Refused)
    assert got.reason is reason


async def test_without_the_setting_loopback_is_blocked_however_it_is_reached(web: Web) -> None:
    async with fetcher(web, opened="") as made:
        for host in ("news-01.test", "127.0.0.2", "localhost", "[::ffff:127.0.0.2]"):
            got = await made.get(web.url(host, "/article/1"))
            assert isinstance(got, Refused), host
            assert got.reason is Reason.BLOCKED_ADDRESS, host


async def test_a_name_that_changes_its_address_in_between_gains_nothing(web: Web) -> None:
    """DNS rebinding: the resolver's answer passes, the socket is asked to go elsewhere."""
    async with fetcher(web, opened="127.0.0.2/32") as made:
        guard = made.guard
        with pytest.raises(BlockedError, match=r"127\.0\.0\.3: loopback"):
            guard.socket_for((2, 1, 6, "", ("127.0.0.3", web.port)))

        async def lies(host: str, _family: int) -> list[str]:
            return ["127.0.0.2"] if host == "first.test" else ["127.0.0.3"]

        made._resolver._asked = lies  # type: ignore[method-assign]
        assert isinstance(await made.get(web.url("first.test", "/article/1")), Fetched)
        got = await made.get(web.url("second.test", "/article/1"))
        assert isinstance(got, Refused)
        assert got.reason is Reason.BLOCKED_ADDRESS


async def test_a_host_that_is_not_there_is_unknown(web: Web) -> None:
    got = await get(web, "nobody.invalid")
    assert isinstance(got, Refused | Failed)  # where there is no name server, nobody can say
    if isinstance(got, Refused):
        assert got.reason is Reason.UNKNOWN_HOST


@pytest.mark.parametrize(
    ("host", "path", "allowed"),
    [
        ("news-02.test", "/article/1", True),
        ("news-02.test", "/private/1", False),
        ("news-02.test", "/private/open", True),
        ("news-02.test", "/article/1?print=1", False),
        ("robots-deny.test", "/p", False),
        ("robots-agent.test", "/p", True),
        ("robots-agent.test", "/not-for-us", False),
        ("robots-4xx.test", "/p", True),
        ("robots-moved.test", "/p", True),
        ("robots-moved.test", "/closed", False),
        ("robots-large.test", "/closed", False),
        ("robots-large.test", "/page/late", True),
    ],
)
async def test_robots_are_obeyed(web: Web, host: str, path: str, allowed: bool) -> None:
    got = await get(web, host, path)
    assert isinstance(got, Fetched if allowed else Refused)
    if isinstance(got, Refused):
        assert got.reason is Reason.ROBOTS
        assert not web.asked(host, path)


async def test_nothing_is_fetched_while_robots_cannot_be(web: Web) -> None:
    got = await get(web, "robots-5xx.test", "/p")
    assert isinstance(got, Failed)
    assert (got.problem, got.of_host) == ("robots.txt: HTTP 503", True)
    assert not web.asked("robots-5xx.test")


async def test_robots_are_asked_once_for_many_pages(web: Web) -> None:
    web.log.clear()
    async with fetcher(web, parallel=8) as made:
        urls = [web.url("news-03.test", f"/article/{number}") for number in range(30)]
        got = await asyncio.gather(*map(made.get, urls))
    assert all(isinstance(one, Fetched) for one in got)
    assert len(web.asked("news-03.test", "/robots.txt")) == 1


async def test_the_pace_is_kept_for_pages_redirects_and_robots_alike(web: Web) -> None:
    web.log.clear()
    async with fetcher(web, pace=0.2) as made:
        urls = [web.url("news-01.test", f"/article/{number}") for number in range(4)]
        urls += [web.url("moved.test", f"/article/{number}") for number in range(3)]
        urls += [web.url("chain.test", "/2"), web.url("delay.test", "/p1"), web.url("delay.test", "/p2")]
        await asyncio.gather(*map(made.get, urls))
    assert len(web.log) == 19
    assert impolite(web.log, pace=0.2) == []


async def test_no_cookie_is_kept_between_fetches(web: Web) -> None:
    web.log.clear()
    async with fetcher(web) as made:
        for path in ("/login", "/article/2", "/article/3"):
            assert isinstance(await made.get(web.url("cookie.test", path)), Fetched)
    sent = [(one.path, one.cookie) for one in web.asked("cookie.test")]
    # A redirect's cookie goes to the next hop of the same fetch only.
    assert sent == [("/login", ""), ("/article/1", "session=1"), ("/article/2", ""), ("/article/3", "")]


async def test_what_has_not_changed_is_not_sent_again(web: Web) -> None:
    for host in ("etag.test", "modified.test"):
        first = await get(web, host, "/p")
        assert isinstance(first, Fetched)
        again = await get(web, host, "/p", Wanted(etag=first.etag, last_modified=first.last_modified))
        assert isinstance(again, Refused)
        assert again.reason is Reason.NOT_MODIFIED
