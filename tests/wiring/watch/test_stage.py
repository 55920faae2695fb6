"""The stage `watch` on the embedded broker, and against small sites on loopback."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs
from typer.testing import CliRunner

from agents.cli import app
from agents.settings import Settings
from agents.watch import stage as stage_file
from agents.watch.status import status
from pipeline.records.watched import Watched
from pipeline.records.wire import decode
from pipeline.topics import WATCHES
from tests.support.embedded import embedded_broker
from tests.support.fed import records, serving, targets
from tests.support.patience import until
from tests.support.ports import nobody
from tests.support.watching import Site, fed, quickly, rss, settings_of, sitemap, watching
from tests.support.web import impolite, running_web

if TYPE_CHECKING:
    from pathlib import Path

    from aiohttp import web

PREFIX = "t."
PARTITIONS = 4  # of the embedded broker's topics


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage_file, "LOOK_SECONDS", 0.05)


async def test_what_is_new_is_fed_once_with_its_title_and_conditional_requests():
    site = Site({"/feed": rss("b", "a")})
    with embedded_broker() as connection:
        async with serving(site.answer) as host:
            async with watching(connection, settings_of(host), quickly(f"http://{host}/feed")):
                await fed(connection, at_least=2)
                await until(lambda: site.count("/feed", 304) >= 2)
                site.files["/feed"] = rss("c", "b", "a")
                await fed(connection, at_least=3)
                await until(lambda: site.count("/feed", 304) >= 4)
            assert await fed(connection) == ["a", "b", "c"]
            first, *_ = await targets(connection, PREFIX)
            assert (first.title, first.source, first.referrer) == ("a", "watch", f"http://{host}/feed")
            assert site.count("/feed", 200) == 2

            asked = len(site.asked)
            async with watching(connection, settings_of(host), quickly(f"http://{host}/feed")):
                await until(lambda: len(site.asked) >= asked + 3)  # robots.txt, and the feed
            assert site.count("/feed", 200) == 2  # its validators were remembered too
            assert await fed(connection) == ["a", "b", "c"]


async def test_a_feed_is_polled_as_it_was_given_and_knows_what_the_version_before_wrote_of_it():
    site = Site({"/feed": rss("b", "a")})
    with embedded_broker() as connection:
        async with serving(site.answer) as host:
            given, canonical = f"http://{host}//feed?z=1&a=2&utm_source=x", f"http://{host}/feed?a=2&z=1"
            site.files["//feed"] = rss("b", "a")
            async with watching(connection, settings_of(host), quickly(canonical)):
                assert await fed(connection, at_least=2) == ["a", "b"]
                await until(lambda: site.count("/feed", 304) >= 2)
            site.files["//feed"] = rss("c", "b", "a")
            async with watching(connection, settings_of(host), quickly(given)):
                assert await fed(connection, at_least=3) == ["a", "b", "c"]
            rows = await status(connection, PREFIX, [quickly(given)])
    assert [row[0] for row in rows] == [given]
    assert int(rows[0][2]) >= 4
    assert site.count("//feed")


async def test_a_site_leads_to_its_feeds_and_sitemaps_and_each_page_is_fed_once():
    site = Site(
        {
            "/": "<html><head><link rel=alternate type='application/rss+xml' href='/feed'></head></html>",
            "/robots.txt": "User-agent: *\nSitemap: /index.xml\n",
            "/feed": rss("b", "a"),
            "/index.xml": "<sitemapindex><sitemap><loc>BASE/s1.xml</loc></sitemap><sitemap><loc>/no.xml</loc></sitemap></sitemapindex>",
            "/s1.xml": sitemap("a", "b", "c"),
        }
    )
    with embedded_broker() as connection:
        async with (
            serving(site.answer) as host,
            watching(connection, settings_of(host), quickly(f"http://{host}/", "site")),
        ):
            assert sorted(await fed(connection, at_least=3)) == ["a", "b", "c"]
            await until(lambda: site.count("/s1.xml", 304) >= 2 and site.count("/index.xml", 304) >= 2)
            site.files["/s1.xml"] = sitemap("a", "b", "c", "d")
            await fed(connection, at_least=4)
            assert site.count("/") == 1  # once a day
            rows = await status(connection, PREFIX, [quickly(f"http://{host}/", "site")])
            assert [row[0].strip().removeprefix(f"http://{host}") for row in rows] == [
                "/",
                "/feed",
                "/index.xml",
                "/s1.xml",
                "/no.xml",
            ]
            assert [row[1] == "ok" for row in rows] == [True, True, True, True, False]
        assert sorted(await fed(connection)) == ["a", "b", "c", "d"]


async def test_a_watched_page_that_is_no_feed_leads_to_its_feed():
    site = Site(
        {
            "/feed": "<html><head><meta http-equiv=refresh content='0; url=/real.xml'></head></html>",
            "/real.xml": rss("b", "a"),
        }
    )
    with embedded_broker() as connection:
        async with (
            serving(site.answer) as host,
            watching(connection, settings_of(host), quickly(f"http://{host}/feed")),
        ):
            await fed(connection, at_least=2)
            site.files["/real.xml"] = rss("c", "b", "a")
            assert await fed(connection, at_least=3) == ["a", "b", "c"]
            site.files["/feed"] = rss("d")  # the feed has come back
            assert await fed(connection, at_least=4) == ["a", "b", "c", "d"]


async def test_a_watched_feed_that_is_cut_off_is_asked_for_again_without_validators():
    whole = rss("c", "b", "a")
    site = Site({"/feed": whole[: whole.index("BASE/a")]})
    with embedded_broker() as connection, capture_logs() as logs:
        async with (
            serving(site.answer) as host,
            watching(connection, settings_of(host), quickly(f"http://{host}/feed")),
        ):
            await fed(connection, at_least=2)
            await until(lambda: site.count("/feed", 200) >= 3)  # never 304
            assert site.count("/feed", 304) == 0
            site.files["/feed"] = whole
            assert await fed(connection, at_least=3) == ["b", "c", "a"]
    assert next(line["note"] for line in logs if line.get("note")) == "cut off: no </rss> at its end"


async def test_a_watched_feed_that_yields_nothing_says_why():
    site = Site({"/feed": rss()})
    with embedded_broker() as connection, capture_logs() as logs:
        async with (
            serving(site.answer) as host,
            watching(connection, settings_of(host), quickly(f"http://{host}/feed")),
        ):
            await until(lambda: site.count("/feed") >= 4)
    assert [line["note"] for line in logs if line.get("note")][:1] == ["it has no entries"]


async def test_an_index_that_lists_pages_too_is_watched_for_both():
    page = "<url><loc>BASE/page</loc><lastmod>2026-03-02</lastmod></url>"
    site = Site(
        {
            "/i.xml": f"<sitemapindex>{page}<sitemap><loc>BASE/s.xml</loc></sitemap></sitemapindex>",
            "/s.xml": sitemap("a"),
        }
    )
    with embedded_broker() as connection:
        async with (
            serving(site.answer) as host,
            watching(connection, settings_of(host), quickly(f"http://{host}/i.xml", "sitemap")),
        ):
            assert sorted(await fed(connection, at_least=2)) == ["a", "page"]


async def test_a_sitemap_that_is_watched_speaks_for_its_own_site_and_a_feed_for_all():
    foreign = "<url><loc>https://sosny.example/x</loc><lastmod>2026-03-02</lastmod></url></urlset>"
    site = Site(
        {
            "/sitemap.xml": sitemap("a").replace("</urlset>", foreign),
            "/feed": rss("b").replace("</channel>", "<item><link>https://sosny.example/y</link></item></channel>"),
        }
    )
    with embedded_broker() as connection, capture_logs() as logs:
        async with (
            serving(site.answer) as host,
            watching(
                connection,
                settings_of(host),
                quickly(f"http://{host}/sitemap.xml", "sitemap"),
                quickly(f"http://{host}/feed"),
            ),
        ):
            await fed(connection, at_least=3)
            await until(lambda: site.count("/sitemap.xml") >= 3)
            urls = {target.url for target in await targets(connection, PREFIX)}
            assert urls == {f"http://{host}/a", f"http://{host}/b", "https://sosny.example/y"}
    assert sum(line.get("of_other_sites", 0) for line in logs) == 1  # at the first poll only


async def test_a_feed_is_left_alone_for_as_long_as_its_answer_holds():
    site = Site({"/headers": rss("a"), "/ttl": rss("b").replace("<channel>", "<channel><ttl>60</ttl>")})

    def answer(request: web.Request) -> web.StreamResponse:
        made = site.answer(request)
        if request.path == "/headers":
            made.headers["Cache-Control"] = "max-age=3600"
        return made

    with embedded_broker() as connection:
        async with serving(answer) as host:
            watches = [replace(quickly(f"http://{host}/{name}"), max_interval=7200.0) for name in ("headers", "ttl")]
            async with watching(connection, settings_of(host), *watches):
                await fed(connection, at_least=2)
                states = [
                    decode(Watched, one.value) for one in await records(connection, PREFIX + WATCHES.name, at_least=2)
                ]
    assert [3600 <= (one.next_at - one.at).total_seconds() <= 3960 for one in states] == [True, True]


async def test_a_feed_that_fails_is_told_and_asked_again_and_costs_the_others_nothing():
    site = Site({"/bad": 500, "/page": "<html><body>x", "/good": rss("a")})
    with embedded_broker() as connection:
        async with serving(site.answer) as host:
            watches = [quickly(f"http://{host}/{name}") for name in ("bad", "page", "gone", "good")]
            async with watching(connection, settings_of(host), *watches) as stage:
                assert await fed(connection, at_least=1) == ["a"]
                await until(lambda: all(stage._states.get(watch, watch.url) for watch in watches))
                problems = [state.problem for watch in watches if (state := stage._states.get(watch, watch.url))]
                assert problems == [
                    "HTTP 500",
                    "an HTML page, not a feed or sitemap: write `site` for a home page",
                    "not-found: HTTP 404",
                    "",
                ]
                rows = [row[:3] for row in await status(connection, PREFIX, [*watches, quickly("http://new.example/")])]
                assert rows[0][1].startswith("failed ")
                assert rows[0][1].endswith(" times: HTTP 500")
                assert rows[3][:2] == (watches[3].url, "ok")
                assert rows[4] == ("http://new.example/", "not polled yet", "0")
                site.files["/bad"] = rss("b")
                assert await fed(connection, at_least=2) == ["a", "b"]
                await until(lambda: not getattr(stage._states.get(watches[0], watches[0].url), "problem", "x"))


async def test_states_are_records_of_the_topic_and_a_broken_one_costs_nothing():
    site = Site({"/feed": rss("a")})
    with embedded_broker() as connection:
        async with serving(site.answer) as host:
            watch = quickly(f"http://{host}/feed")
            async with connection.producer("test") as producer:
                for partition in range(PARTITIONS):
                    await producer.send_and_wait(PREFIX + WATCHES.name, b"{", key=b"x", partition=partition)
            async with watching(connection, settings_of(host), watch):
                await fed(connection, at_least=1)
                await until(lambda: site.count("/feed") >= 3)  # the state of the second poll is written before
            states = [
                state
                for one in await records(connection, PREFIX + WATCHES.name)
                if isinstance(state := decode(Watched, one.value), Watched)
            ]
            assert {state.url for state in states} == {watch.url}
            assert max(state.polls for state in states) >= 2


async def test_what_was_given_up_is_not_polled_until_it_is_ours_again():
    site = Site({"/feed": rss("a")})
    with embedded_broker() as connection:
        async with (
            serving(site.answer) as host,
            watching(connection, settings_of(host), quickly(f"http://{host}/feed")) as stage,
        ):
            await fed(connection, at_least=1)
            await stage.on_partitions_revoked([])
            asked = len(site.asked)
            await asyncio.sleep(1)
            assert len(site.asked) == asked
            await stage.on_partitions_assigned([])
            await until(lambda: len(site.asked) > asked)


def test_the_test_web_is_watched_politely(tmp_path: Path):
    with running_web() as known, embedded_broker() as connection:
        env = known.settings(tmp_path, CHISTOVIK_PREFIX=PREFIX, CHISTOVIK_FETCH_PACE="0.3")
        watches = [
            replace(quickly(known.url("news-01.test", "/feed.xml")), min_interval=30.0, max_interval=60.0),
            replace(
                quickly(known.url("news-02.test", "/sitemap-index.xml"), "sitemap"),
                min_interval=30.0,
                max_interval=60.0,
            ),
            replace(quickly(known.url("news-03.test", "/atom.xml")), min_interval=30.0, max_interval=60.0),
            replace(quickly(known.url("robots-deny.test", "/feed.xml")), min_interval=30.0, max_interval=60.0),
        ]

        async def run() -> list[str]:
            async with watching(connection, Settings.from_env(env), *watches) as stage:
                found = await targets(connection, PREFIX, at_least=20 + 110 + 20)
                await until(lambda: stage._states.get(watches[3], watches[3].url) is not None)
                assert "robots" in getattr(stage._states.get(watches[3], watches[3].url), "problem", "")
            assert all(target.date_published for target in found if "news-02" not in target.url)
            return [target.url for target in found]

        urls = asyncio.run(run())
        assert len(set(urls)) == len(urls) == 150
        assert not known.asked("robots-deny.test")
        assert impolite(known.log, pace=0.3, slack=0.02) == []


def test_a_list_is_checked_without_a_broker_and_every_mistake_is_a_line(tmp_path: Path):
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    good.write_text('[[watch]]\nsite = "https://sosny.example"\n', encoding="utf-8")
    bad.write_text('[[watch]]\nsite = "sosny"\n[[watch]]\nfead = "x"\n', encoding="utf-8")
    done = CliRunner().invoke(app, ["watch", "--check", str(good)], obj=Settings())
    assert (done.exit_code, done.stdout) == (0, "site https://sosny.example/\n")
    for arguments in (["watch", "--check", str(bad)], ["watch", str(bad)]):
        done = CliRunner().invoke(app, arguments, obj=Settings())
        assert done.exit_code == 2
        assert done.stderr.splitlines() == [
            f"chistovik: {bad}: watch 1: site: 'sosny' is not an http(s) URL",
            f"chistovik: {bad}: watch 2: unknown field 'fead'; the fields are backlog, feed, max_age, max_interval, min_interval, priority, site, sitemap, updates",
            f"chistovik: {bad}: watch 2: expected one of feed, sitemap and site",
        ]
    done = CliRunner().invoke(app, ["watch"], obj=Settings(brokers=nobody(), watches=str(good)))
    assert done.exit_code == 3  # no Kafka there
