"""`chistovik feed` as a user types it, into the embedded broker."""

from __future__ import annotations

import asyncio
import gzip
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

import orjson
import pytest
from aiohttp import web
from typer.testing import CliRunner

from agents import kafka
from agents.cli import app
from agents.errors import SettingsError
from agents.feed import feeder as feeding
from agents.feed.feeder import Feeder
from agents.feed.url_lists import read_urls
from agents.settings import Settings
from agents.testing import MemoryOutbox
from tests.support.embedded import embedded_broker
from tests.support.fed import pages, serving, targets
from tests.support.patience import SECONDS
from tests.support.ports import nobody

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from click.testing import Result

    from agents.feed.page_files import Place
    from agents.kafka import Connection

PREFIX = "t."
A, B = "https://sosny.example/a", "https://sosny.example/b"
RSS = """<rss version="2.0"><channel><item><title>Снег</title><link>/a</link><pubDate>Mon, 02 Mar 2026 14:30:00 +0300</pubDate></item>
<item><link>https://sosny.example/old</link><pubDate>Mon, 02 Mar 2020 14:30:00 +0300</pubDate></item><item><link>/undated</link></item>
<item><title>нет ссылки</title></item></channel></rss>"""


@pytest.fixture
def connection(monkeypatch: pytest.MonkeyPatch) -> Iterator[Connection]:
    with embedded_broker() as found:
        monkeypatch.setattr(kafka, "connect", lambda _settings: found)
        yield found


@pytest.fixture
def feed(connection: Connection) -> Callable[..., Result]:
    def invoke(*arguments: str, code: int = 0, stdin: str = "", settings: Settings | None = None) -> Result:
        wished = settings or Settings(prefix=PREFIX)
        done = CliRunner().invoke(app, ["feed", *arguments], obj=wished, input=stdin)
        assert done.exit_code == code, done.output
        return done

    return invoke


def fed_urls(connection: Connection) -> list[str]:
    return sorted(target.url for target in asyncio.run(targets(connection, PREFIX)))


class Web:
    """A web server beside the command, which has an event loop of its own."""

    def __init__(self, answers: dict[str, web.Response | Callable[[], web.Response]]) -> None:
        self._answers = answers
        self.asked: list[str] = []
        self._ready, self._stop = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(SECONDS)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(SECONDS)

    @property
    def settings(self) -> Settings:
        return Settings(
            prefix=PREFIX,
            user_agent="TestBot/1.0 (+https://bot.example/)",
            fetch_networks="127.0.0.0/8",
            fetch_ports=self.host.rpartition(":")[2],
            fetch_pace=0.0,
        )

    def url(self, path: str) -> str:
        return f"http://{self.host}{path}"

    async def _serve(self) -> None:
        async with serving(self._answer) as self.host:
            self._ready.set()
            await asyncio.to_thread(self._stop.wait)

    def _answer(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        made = self._answers.get(request.path)
        return made() if callable(made) else web.Response(status=404)


def said(body: bytes | str, media_type: str = "application/xml", status: int = 200) -> Callable[[], web.Response]:
    raw = body.encode() if isinstance(body, str) else body
    return lambda: web.Response(body=raw, headers={"Content-Type": media_type}, status=status)


def test_urls_as_arguments_are_urls_and_paths_are_pages(connection: Connection, feed: Any, tmp_path: Path):
    (tmp_path / "page.txt").write_text("В посёлке открыли пекарню.", encoding="utf-8")

    done = feed(A, str(tmp_path / "page.txt"), "HTTPS://sosny.example/b", "--priority", "7", "--refetch")

    assert done.stderr == "2 URLs and 1 pages fed\n"
    found = asyncio.run(targets(connection, PREFIX))
    assert sorted(one.canonical or "" for one in found) == [A, B]
    assert [(one.priority, one.refetch, one.source) for one in found] == [(7, True, "feed")] * 2
    (page,) = asyncio.run(pages(connection, PREFIX))
    assert page.url == "file:page.txt"


def test_a_list_is_fed_and_each_bad_row_is_a_line(connection: Connection, feed: Any, tmp_path: Path):
    (tmp_path / "list.txt").write_text(f"# x\n{A}\nnonsense\n{B}\n", encoding="utf-8")

    done = feed("--urls", str(tmp_path / "list.txt"), "--urls", "-", "--urls", "gone.txt", stdin=A + "c\n", code=1)

    assert done.stderr.splitlines() == [
        f"chistovik: {tmp_path}/list.txt:3: 'nonsense' is not an http(s) URL",
        "chistovik: gone.txt: no such file",
        "3 URLs fed",
    ]
    assert fed_urls(connection) == [A, A + "c", B]


def test_an_interrupted_feed_goes_on_where_it_was(
    connection: Connection, feed: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    rows = [f"{A}{n}" for n in range(30)]
    (tmp_path / "list.txt").write_text("\n".join(rows), encoding="utf-8")
    monkeypatch.setattr(feeding, "UNCONFIRMED", 10)
    real = feeding.feed_target
    sent = 0

    async def breaks(*arguments: Any, **more: Any) -> Any:
        nonlocal sent
        sent += 1
        if sent == 26:
            raise KeyboardInterrupt
        return await real(*arguments, **more)

    monkeypatch.setattr(feeding, "feed_target", breaks)
    arguments = ("--urls", str(tmp_path / "list.txt"), "--resume", str(tmp_path / "state"))
    feed(*arguments, code=130)
    monkeypatch.setattr(feeding, "feed_target", real)
    done = feed(*arguments)
    assert done.stderr == "10 URLs fed\n"  # 20 were confirmed
    assert set(fed_urls(connection)) == set(rows)
    with (tmp_path / "list.txt").open("a", encoding="utf-8") as more:
        more.write(f"\n{B}\n")
    assert feed(*arguments).stderr == "1 URLs fed\n"
    assert feed(*arguments).stderr == "0 URLs fed\n"


def test_pages_of_rows_and_of_archives_resume_too(connection: Connection, feed: Any, tmp_path: Path):
    rows = b"".join(orjson.dumps({"url": f"{A}{n}", "text": "Снег убрали."}) + b"\n" for n in range(3))
    (tmp_path / "rows.jsonl.gz").write_bytes(gzip.compress(rows))
    block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>x"
    head = f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:6d058047-ede2-4a13-be79-90c17c631dd4>\r\nWARC-Date: 2026-03-02T11:30:00Z\r\nWARC-Target-URI: {B}\r\nContent-Type: application/http\r\nContent-Length: {len(block)}\r\n\r\n"
    (tmp_path / "x.warc").write_bytes((head.encode() + block + b"\r\n\r\n") * 2)
    arguments = (
        "--jsonl",
        str(tmp_path / "rows.jsonl.gz"),
        "--warc",
        str(tmp_path / "x.warc"),
        "--resume",
        str(tmp_path / "s"),
    )

    assert feed(*arguments).stderr == "5 pages fed\n"
    assert feed(*arguments).stderr == "0 pages fed\n"
    assert sorted(page.url for page in asyncio.run(pages(connection, PREFIX))) == [f"{A}0", f"{A}1", f"{A}2", B, B]


def test_a_feed_is_fetched_and_its_dates_and_titles_are_carried(connection: Connection, feed: Any):
    with Web({"/feed.xml": said(RSS)}) as site:
        done = feed("--rss", site.url("/feed.xml"), settings=site.settings, code=1)
        assert done.stderr.splitlines() == [f"chistovik: {site.url('/feed.xml')}#4: no link", "3 URLs fed"]
        found = {target.url: target for target in asyncio.run(targets(connection, PREFIX))}
        first = found[site.url("/a")]
        assert (first.title, first.date_published, first.source) == ("Снег", "2026-03-02T14:30:00+03:00", "rss")
        assert first.referrer == site.url("/feed.xml")
        assert found[site.url("/undated")].date_published is None


def test_since_leaves_out_what_is_older_or_without_a_date_and_says_so(
    connection: Connection, feed: Any, tmp_path: Path
):
    (tmp_path / "feed.xml").write_text(RSS.replace("<link>/", "<link>https://sosny.example/"), encoding="utf-8")
    path = str(tmp_path / "feed.xml")

    done = feed("--rss", path, "--since", "2026-01-01", code=1)

    assert done.stderr.splitlines() == [
        f"chistovik: {path}#4: no link",
        f"{path}: 3 listed; left out: 1 older, 1 without a date",
        "1 URLs fed",
    ]
    assert fed_urls(connection) == [A]


def test_an_index_of_sitemaps_is_followed_packed_or_not_each_once(connection: Connection, feed: Any):
    def sitemap(*paths: str) -> str:
        return "<urlset>" + "".join(f"<url><loc>{path}</loc></url>" for path in paths) + "</urlset>"

    index = "<sitemapindex>" + "".join(
        f"<sitemap><loc>{path}</loc></sitemap>"
        for path in ("/one.xml.gz", "/two.txt", "/one.xml.gz#again", "/index.xml", "/deeper.xml", "/no.xml")
    )
    with Web(
        {
            "/index.xml": said(index + "</sitemapindex>"),
            "/deeper.xml": said("<sitemapindex><sitemap><loc>/three.xml</loc></sitemap></sitemapindex>"),
            "/one.xml.gz": said(gzip.compress(sitemap("/a", "/b").encode()), "application/gzip"),
            "/two.txt": lambda: web.Response(text=f"{A}\n"),
            "/three.xml": said(sitemap("/c")),
        }
    ) as site:
        done = feed("--sitemap", site.url("/index.xml"), "--any-site", settings=site.settings, code=1)
        assert done.stderr.splitlines() == [
            f"chistovik: {site.url('/no.xml')}: not-found: HTTP 404",
            "4 URLs fed",
        ]
        assert fed_urls(connection) == [*map(site.url, ("/a", "/b", "/c")), A]
        assert len(site.asked) == len(set(site.asked))


def test_a_sitemap_speaks_for_its_own_site_and_for_those_that_let_it(connection: Connection, feed: Any):
    robots: list[str] = []
    with Web({"/robots.txt": lambda: web.Response(text="\n".join(robots))}) as site:
        other = site.url("/other").replace("127.0.0.1", "localhost")
        listed = "\n".join([site.url("/own"), other, A, A + "/2"])
        site._answers["/index.xml"] = said(
            f"<sitemapindex><sitemap><loc>{site.url('/s.txt')}</loc></sitemap></sitemapindex>"
        )
        site._answers["/s.txt"] = lambda: web.Response(text=listed)
        done = feed("--sitemap", site.url("/index.xml"), settings=site.settings)
        assert done.stderr.splitlines() == [
            f"{site.url('/index.xml')}: 4 listed; left out: 3 of other sites (--any-site includes them)",
            "1 URLs fed",
        ]
        assert fed_urls(connection) == [site.url("/own")]

        robots.append(f"Sitemap: {site.url('/index.xml')}")  # of both hosts: localhost lets it speak
        done = feed("--sitemap", site.url("/index.xml"), settings=site.settings)
        assert done.stderr.splitlines()[-1] == "2 URLs fed"
        assert other in fed_urls(connection)


def test_an_index_that_leads_to_itself_in_other_words_ends(connection: Connection, feed: Any):
    count = 0

    def deeper() -> web.Response:
        nonlocal count
        count += 1
        return web.Response(text=f"<sitemapindex><sitemap><loc>/i{count}</loc></sitemap></sitemapindex>")

    with Web({f"/i{n}": deeper for n in range(50)}) as site:
        done = feed("--sitemap", site.url("/i0"), settings=site.settings, code=1)
    assert "an index nested 4 levels deep; it is left out" in done.stderr
    assert count == 4


@pytest.mark.parametrize(
    "page",
    [
        '<html><head><link rel="alternate" type="application/rss+xml" href="/real.xml"></head></html>',
        '<html><head><meta http-equiv="Refresh" content="0; URL=/real.xml"></head></html>',
        '<html><body><a href="/rss">RSS</a></body></html>',
    ],
)
def test_an_html_page_leads_to_the_feed_that_it_names(connection: Connection, feed: Any, page: str):
    with Web({"/feed": said(page, "text/html"), "/real.xml": said(RSS), "/rss": said(RSS)}) as site:
        done = feed("--rss", site.url("/feed"), settings=site.settings, code=1)
        assert done.stderr.splitlines()[-1] == "3 URLs fed"
        assert site.url("/a") in fed_urls(connection)


def test_pages_that_lead_to_one_another_end(feed: Any):
    def leading_to(path: str) -> Any:
        return said(f'<html><head><link rel="alternate" type="application/rss+xml" href="{path}"></head></html>')

    with Web({"/one": leading_to("/two"), "/two": leading_to("/one")}) as site:
        done = feed("--rss", site.url("/one"), settings=site.settings, code=1)
        assert done.stderr.splitlines()[0] == f"chistovik: {site.url('/two')}: an HTML page, not a feed or sitemap"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("<rss><channel><title>x</title></channel></rss>", "lists no page: it has no entries"),
        ("<feed xmlns='http://www.w3.org/2005/Atom'/>", "lists no page: it has no entries"),
        ("<urlset></urlset>", "lists no page: it has no entries"),
        ("<sitemapindex></sitemapindex>", "lists no page: it has no entries"),
        ('{"items": []}', "lists no page: it has no entries"),
        ("<rss><channel><item><title>x", "cut off: no </rss> at its end; 0 entries are read"),
        ("<html><body>x</body></html>", "an HTML page, not a feed or sitemap"),
        ("# only a comment", "neither XML nor JSON nor a list of URLs"),
    ],
)
def test_a_listing_that_yields_nothing_says_why(feed: Any, tmp_path: Path, text: str, says: str):
    path = tmp_path / "listing"
    path.write_text(text, encoding="utf-8")
    for option in ("--rss", "--sitemap"):
        assert feed(option, str(path), code=1).stderr.splitlines()[0] == f"chistovik: {path}: {says}"


def test_a_listing_that_is_cut_off_says_so_and_gives_what_comes_before(
    connection: Connection, feed: Any, tmp_path: Path
):
    path = tmp_path / "sitemap.xml.gz"
    whole = f"<urlset><url><loc>{A}</loc></url><url><loc>{B}</loc></url></urlset>"
    path.write_bytes(gzip.compress(whole.encode()) + gzip.compress(b"more")[:-6])
    done = feed("--sitemap", str(path), code=1)
    assert done.stderr.splitlines() == [
        f"chistovik: {path}: truncated gzip; 2 entries are read",
        "2 URLs fed",
    ]
    path.write_text(whole[: whole.index("</loc></url></urlset>")], encoding="utf-8")
    done = feed("--sitemap", str(path), code=1)
    assert done.stderr.splitlines()[0].startswith(f"chistovik: {path}: cut off: no </urlset> at its end; 1 entries")
    assert set(fed_urls(connection)) == {A, B}


def test_an_index_gives_the_pages_that_it_lists_too(connection: Connection, feed: Any):
    index = (
        "<sitemapindex><url><loc>/page</loc></url><sitemap><loc>/s.xml</loc></sitemap>"
        "<url><loc>https://o.example/x</loc></url></sitemapindex>"
    )
    with Web({"/i.xml": said(index), "/s.xml": said(f"<urlset><url><loc>{'/a'}</loc></url></urlset>")}) as site:
        done = feed("--sitemap", site.url("/i.xml"), settings=site.settings)
        assert done.stderr.splitlines() == [
            f"{site.url('/i.xml')}: 3 listed; left out: 1 of other sites (--any-site includes them)",
            "2 URLs fed",
        ]
        assert set(fed_urls(connection)) == {site.url("/page"), site.url("/a")}


def test_since_keeps_what_may_be_younger(connection: Connection, feed: Any, tmp_path: Path):
    """A time without a zone may be up to twelve hours later, and a day may mean its end."""
    now = datetime.now(UTC)
    items = {
        "zoneless": (now - timedelta(hours=10)).strftime("%Y-%m-%d %H:%M:%S"),
        "today": now.strftime("%Y-%m-%d"),
        "old": (now - timedelta(hours=30)).strftime("%Y-%m-%d %H:%M:%S"),
        "exact": (now - timedelta(hours=10)).isoformat(),
    }
    listed = "".join(
        f"<item><link>https://sosny.example/{name}</link><pubDate>{said}</pubDate></item>"
        for name, said in items.items()
    )
    (tmp_path / "feed.xml").write_text(f"<rss><channel>{listed}</channel></rss>", encoding="utf-8")
    feed("--rss", str(tmp_path / "feed.xml"), "--since", "6h")
    assert {url.rpartition("/")[2] for url in fed_urls(connection)} == {"zoneless", "today"}
    dates = [target.date_published for target in asyncio.run(targets(connection, PREFIX))]
    assert all(date is not None and len(date) == len("2026-03-02") for date in dates)


def test_robots_hold_for_feeds_too(connection: Connection, feed: Any):
    with Web({"/robots.txt": said("User-agent: *\nDisallow: /", "text/plain"), "/feed.xml": said(RSS)}) as site:
        done = feed("--rss", site.url("/feed.xml"), settings=site.settings, code=1)
    assert "robots" in done.stderr.splitlines()[0]
    assert "/feed.xml" not in site.asked


def test_a_feed_of_our_own_network_is_not_asked_for(feed: Any):
    with Web({"/feed.xml": said(RSS)}) as site:
        closed = Settings(
            prefix=PREFIX, user_agent="TestBot/1.0 (+https://bot.example/)", fetch_ports=site.settings.fetch_ports
        )
        done = feed("--rss", site.url("/feed.xml"), settings=closed, code=1)
        assert "blocked-address" in done.stderr
        assert site.asked == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "nothing to feed"),
        (
            ("--urls", "x", "--since", "whenever"),
            "--since 'whenever': expected a date (2026-03-01), a date and time, or a period (90m, 36h, 7d)",
        ),
    ],
)
def test_a_wrong_word_is_said(feed: Any, arguments: tuple[str, ...], says: str):
    assert says in feed(*arguments, code=2).output


def test_a_feed_needs_to_say_who_asks(connection: Connection):
    done = CliRunner().invoke(app, ["feed", "--rss", f"http://{nobody()}/feed.xml"], obj=Settings(prefix=PREFIX))

    assert isinstance(done.exception, SettingsError)
    assert str(done.exception).startswith("CHISTOVIK_USER_AGENT='': to fetch, name yourself")


async def test_a_broker_that_refuses_writes_confirms_nothing(tmp_path: Path):
    (tmp_path / "list.txt").write_text(f"{A}\n{B}\n", encoding="utf-8")
    confirmed: list[Place] = []
    feeder = Feeder(outbox=MemoryOutbox(fails=ConnectionError("refused")), confirmed=confirmed.extend)
    for one in read_urls(str(tmp_path / "list.txt")):
        await feeder.add(one)  # type: ignore[arg-type]
    with pytest.raises(ConnectionError):
        await feeder.flush()
    assert confirmed == []
