"""The stage `fetch` on the embedded broker and the test web: what every URL ends in."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from agents.errors import SettingsError
from agents.fetch.messages import SETTLES
from pipeline.page.packed import unpacked
from pipeline.records.reason import Reason
from pipeline.records.target import Target, Visit, Waiting
from pipeline.records.wire import decode
from pipeline.topics import PAGES, URLS_LATER, VISITS
from pipeline.topics.headers import ORIGIN, header
from tests.support.fetched import bench, seen
from tests.support.patience import until
from tests.support.sites import EVIL, NEWS, article, long_article
from tests.support.web import Web, impolite, running_web

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def web() -> Iterator[Web]:
    with running_web() as made:
        yield made


async def test_every_url_ends_in_one_page(web: Web, tmp_path: Path) -> None:
    urls = {web.url(host, f"/article/{number}"): "page" for host in NEWS for number in range(5)}
    urls |= {
        web.url("status.test", "/404"): Reason.NOT_FOUND,
        web.url("status.test", "/410"): Reason.GONE,
        web.url("status.test", "/451"): Reason.REFUSED,
        web.url("news-01.test", "/private/x"): Reason.ROBOTS,
        web.url("types.test", "/pdf"): Reason.MEDIA_TYPE,
        web.url("loop.test", "/a"): Reason.TOO_MANY_REDIRECTS,
        web.url("bomb.test", "/gzip"): Reason.TOO_LARGE,
        web.url("evil.test", "/metadata"): Reason.BLOCKED_ADDRESS,
        "http://169.254.169.254/latest/meta-data/": Reason.BLOCKED_ADDRESS,
        "ftp://news-01.test/": Reason.NOT_FETCHABLE,
        "http://reader:secret@news-01.test/": Reason.NOT_FETCHABLE,
        "not a URL": Reason.NOT_FETCHABLE,
        web.url("flaky.test", "/p"): "page",
        web.url("busy-seconds.test", "/p"): "page",
        web.url("moved.test", "/article/7"): "page",
        web.url("down.test", "/p"): "failed",
        web.url("dead-01.test", "/p"): "failed",
        web.url("robots-5xx.test", "/p"): "failed",
        web.url("coded.test", "/lie"): "page",
        web.url("coded.test", "/broken"): "page",  # what came of it, at the last attempt
    }
    # The usual time-out, which no answer here comes near: the web packs its bombs while others wait (0.5 s and more)
    more = {"CHISTOVIK_FETCH_ATTEMPTS": "3", "CHISTOVIK_FETCH_BACKOFF": "0.2", "CHISTOVIK_FETCH_GIVE_UP": "2"}
    async with bench(web, tmp_path, **more) as made:
        places = await made.submit(*urls)
        pages = await made.pages(len(urls))
    found = {url: pages[place] for place, url in zip(places, urls, strict=True)}
    assert {url: (page.failed, page.detail) for url, page in found.items() if seen(page) != urls[url]} == {}
    moved = next(page for page in pages.values() if page.requested_url and page.refused is None)
    assert (moved.requested_url, moved.url) == (
        web.url("moved.test", "/article/7"),
        web.url("news-01.test", "/article/7"),
    )
    broken = found[web.url("coded.test", "/broken")]
    assert (broken.detail, broken.content_coding) == ("the packed body breaks off", None)
    assert article("coded.test", len("broken")).startswith((broken.body or "")[:200])
    assert len(web.asked("coded.test", "/broken")) == 3
    failed = {url: page.failed for url, page in found.items() if page.failed}
    unasked = {web.url("dead-01.test", "/p"), web.url("robots-5xx.test", "/p")}
    assert {url for url, problem in failed.items() if "attempt 3 of 3" in problem} == failed.keys() - unasked
    assert {url for url, problem in failed.items() if "never requested" in problem} == unasked


async def test_an_answer_without_end_is_given_up_as_often_as_it_is_tried(web: Web, tmp_path: Path) -> None:
    more = {"CHISTOVIK_FETCH_TIMEOUT": "1", "CHISTOVIK_FETCH_ATTEMPTS": "3", "CHISTOVIK_FETCH_BACKOFF": "0.2"}
    async with bench(web, tmp_path, **more) as made:
        (place,) = await made.submit(web.url("drip.test", "/p"))
        page = (await made.pages(1))[place]
    assert (page.failed or "").endswith("took too long (attempt 3 of 3)")


async def test_what_the_feed_said_goes_with_the_page(web: Web, tmp_path: Path) -> None:
    target = Target(
        url=web.url("news-01.test", "/article/1?utm_source=rss#top"),
        submitted_at=datetime.now(UTC),
        source="rss",
        referrer=web.url("news-01.test", "/feed.xml"),
        title="Снег",
        date_published="2026-03-02T09:30:00Z",
    )
    async with bench(web, tmp_path) as made:
        await made.submit(target)
        (page,) = (await made.pages(1)).values()
    assert (page.url, page.requested_url) == (web.url("news-01.test", "/article/1?utm_source=rss"), None)
    assert page.body == article("news-01.test", 1)
    assert (page.referrer, page.title, page.date_published) == (target.referrer, target.title, target.date_published)


async def test_a_packed_page_travels_as_it_came(web: Web, tmp_path: Path) -> None:
    urls = [web.url("news-01.test", "/long/1"), *(web.url("coded.test", f"/{coding}") for coding in ("br", "zstd"))]
    async with bench(web, tmp_path) as made:
        long, *others = await made.submit(*urls)
        pages = await made.pages(3)
    assert (pages[long].body_base64, pages[long].content_coding) == (long_article("news-01.test", 1), "gzip")
    assert [pages[place].content_coding for place in others] == ["br", "zstd"]
    read = [unpacked(pages[place]) for place in others]
    assert [page.body for page in read] == [article("coded.test", 2), article("coded.test", 4)]


async def test_what_is_no_record_of_a_url_ends_as_failed(web: Web, tmp_path: Path) -> None:
    async with bench(web, tmp_path) as made:
        await made.submit(b"{}", b"\xff", b'{"url": 7}')
        pages = await made.pages(3)
    assert {seen(page) for page in pages.values()} == {"failed"}
    assert all("not a URL to fetch" in (page.failed or "") for page in pages.values())


async def test_ten_spellings_are_fetched_once_and_each_has_its_page(web: Web, tmp_path: Path) -> None:
    base, port = "news-05.test", web.port
    spellings = [
        f"http://{base}:{port}/article/7",
        f"HTTP://{base}:{port}/article/7",
        f"http://NEWS-05.TEST:{port}/article/7",
        f"http://{base}.:{port}/article/7",
        f"http://{base}:{port}//article/7",
        f"http://{base}:{port}/x/../article/./7",
        f"http://{base}:{port}/%61rticle/7",
        f"http://{base}:{port}/article/7#comments",
        f"http://{base}:{port}/article/7?utm_source=telegram",
        f" http://{base}:{port}/article/7?fbclid=1&yclid=2 ",
    ]
    async with bench(web, tmp_path) as made:
        places = await made.submit(*spellings)
        pages = await made.pages(10)
        assert len(web.asked(base)) == 1
        assert Counter(map(seen, pages.values())) == {"page": 1, Reason.ALREADY_FETCHED: 9}
        assert all(places[0] in page.detail for page in pages.values() if page.refused)
        again = Target(url=spellings[3], submitted_at=datetime.now(UTC), refetch=True)
        await made.submit(again)
        await made.pages(11)
    assert len(web.asked(base)) == 2


async def test_where_one_spelling_has_no_page_another_one_is_fetched(web: Web, tmp_path: Path) -> None:
    other, url = web.url("news-07.test", "//article/7"), web.url("news-07.test", "/article/7")
    async with bench(web, tmp_path) as made:
        found = []
        for number, one in enumerate((other, other, url, other), 1):
            (place,) = await made.submit(one)
            page = (await made.pages(number))[place]
            found.append((page.url, seen(page)))
    already = (other, Reason.ALREADY_FETCHED)
    assert found == [(other, Reason.NOT_FOUND), already, (url, "page"), already]


async def test_validators_are_of_one_spelling(web: Web, tmp_path: Path) -> None:
    async with bench(web, tmp_path, CHISTOVIK_FETCH_WINDOW="0") as made:
        for number, path in enumerate(("/p", "/p?utm_source=rss", "/p?utm_source=rss", "/p"), 1):
            await made.submit(web.url("etag.test", path))
            pages = await made.pages(number)
    assert Counter(map(seen, pages.values())) == {"page": 3, Reason.NOT_MODIFIED: 1}


async def test_a_url_that_the_version_before_visited_is_not_fetched_again(web: Web, tmp_path: Path) -> None:
    given, canonical = (web.url("news-08.test", path) for path in ("/p?b=1&a=2&fbclid=x", "/p?a=2&b=1"))
    before = Visit(url=canonical, at=datetime.now(UTC), origin="urls/0/99", result="page")
    async with bench(web, tmp_path) as made:
        await made.visited(before)
        (place,) = await made.submit(given)
        page = (await made.pages(1))[place]
    assert (page.url, page.refused) == (given, Reason.ALREADY_FETCHED)
    assert not web.asked("news-08.test")


async def test_a_url_is_not_sent_again_unchanged(web: Web, tmp_path: Path) -> None:
    url = web.url("etag.test", "/p")
    async with bench(web, tmp_path, CHISTOVIK_FETCH_WINDOW="0") as made:
        await made.submit(url)
        await made.pages(1)
        await made.submit(url)
        second = await made.pages(2)
        await made.stop()
        await made.start()  # what was visited outlives the worker
        await made.submit(url)
        third = await made.pages(3)
        web.sites.changed.add("etag.test")
        await made.submit(url)
        fourth = await made.pages(4)
    assert Counter(map(seen, second.values())) == {"page": 1, Reason.NOT_MODIFIED: 1}
    assert Counter(map(seen, third.values())) == {"page": 1, Reason.NOT_MODIFIED: 2}
    assert Counter(map(seen, fourth.values())) == {"page": 2, Reason.NOT_MODIFIED: 2}


async def test_a_failing_url_waits_in_its_topic_and_keeps_its_attempts_over_a_restart(web: Web, tmp_path: Path) -> None:
    more = {"CHISTOVIK_FETCH_ATTEMPTS": "3", "CHISTOVIK_FETCH_BACKOFF": "1"}
    async with bench(web, tmp_path, **more) as made:
        (place,) = await made.submit(web.url("down.test", "/p"))
        await until(lambda: made.read(URLS_LATER.name))
        await made.stop()
        await made.start()
        pages = await made.pages(1)
        waited = [decode(Waiting, one.value) for one in await made.read(URLS_LATER.name)]
    assert "HTTP 503 (attempt 3 of 3)" in (pages[place].failed or "")
    assert [(one.attempt, one.problem, one.origin) for one in waited] == [
        (2, "HTTP 503", place),
        (3, "HTTP 503", place),
    ]
    assert len(web.asked("down.test")) == 3


async def test_a_stopped_worker_leaves_nothing_to_do_twice(web: Web, tmp_path: Path) -> None:
    urls = [web.url(host, f"/article/{number}") for host in NEWS for number in range(20)]
    async with bench(
        web, tmp_path, CHISTOVIK_FETCH_PACE="0.4"
    ) as made:  # 8 s for them all, of which we stop in the first
        await made.submit(*urls)
        await until(lambda: made.read(PAGES.name))
        await made.stop()
        assert len(await made.read(PAGES.name)) < len(urls)
        await made.start()
        pages = await made.pages(len(urls))
    assert {seen(page) for page in pages.values()} == {"page"}
    assert set(Counter((one.host, one.path) for one in web.log if one.path != "/robots.txt").values()) == {1}


async def test_each_record_says_which_one_it_settles(web: Web, tmp_path: Path) -> None:
    async with bench(web, tmp_path) as made:
        (flaky,) = await made.submit(web.url("flaky.test", "/p"))
        await made.pages(1)
        (page,), later = await made.read(PAGES.name), await made.read(URLS_LATER.name)
        found = await until(lambda: made.read(VISITS.name))  # it is written behind the page
        visits = [decode(Visit, one.value) for one in found]
    assert [header(one.headers, SETTLES) for one in later][:1] == [flaky.encode()]
    last = later[-1]
    assert header(page.headers, SETTLES) == f"urls-later/{last.partition}/{last.offset}".encode()
    assert header(page.headers, ORIGIN) == flaky.encode()
    assert [(one.url, one.result, one.origin) for one in visits] == [(web.url("flaky.test", "/p"), "page", flaky)]


async def test_the_pace_is_kept_by_the_whole_stage(web: Web, tmp_path: Path) -> None:
    urls = [web.url(host, f"/article/{number}") for host in NEWS[:6] for number in range(4)]
    urls += [web.url("moved.test", "/article/9"), web.url("chain.test", "/2"), web.url("delay.test", "/p1")]
    async with bench(web, tmp_path, CHISTOVIK_FETCH_PACE="0.25") as made:
        await made.submit(*urls)
        await made.pages(len(urls))
    assert impolite(web.log, pace=0.25) == []


async def test_no_redirect_leads_inside_whoever_asks(web: Web, tmp_path: Path) -> None:
    urls = [web.url("evil.test", f"/{path}") for path in EVIL if path != "loopback"]
    async with bench(web, tmp_path) as made:
        await made.submit(*urls)
        pages = await made.pages(len(urls))
    assert {seen(page) for page in pages.values()} <= {
        Reason.BLOCKED_ADDRESS,
        Reason.NOT_FETCHABLE,
        Reason.TOO_MANY_REDIRECTS,
    }
    assert {one.host for one in web.log} == {"evil.test"}


@pytest.mark.parametrize("agent", ["", "Bot/1.0", "Mozilla/5.0", "Бот/1.0 (+https://example.org)"])
async def test_who_does_not_say_who_they_are_fetches_nothing(web: Web, tmp_path: Path, agent: str) -> None:
    with pytest.raises(SettingsError, match="CHISTOVIK_USER_AGENT"):
        async with bench(web, tmp_path, CHISTOVIK_USER_AGENT=agent):
            pass
