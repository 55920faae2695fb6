"""What the hosts of the test web do: news sites with feeds and sitemaps, and all the trouble that the web knows."""

from __future__ import annotations

import asyncio
import gzip
import random
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import brotli
from aiohttp import web
from backports import zstd

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.support.web import Web

    Handler = Callable[[web.Request, "Web"], Awaitable[web.StreamResponse]]
    Script = Callable[[web.Request], Awaitable[web.StreamResponse]]

NEWS = tuple(f"news-{number:02}.test" for number in range(1, 25))
SLOW = tuple(f"slow-{number:02}.test" for number in range(1, 5))
TROUBLE = (
    *("drip.test", "endless.test", "bomb.test", "mute.test", "hangup.test", "down.test", "flaky.test"),
    *("busy-seconds.test", "busy-date.test", "busy-always.test"),
    *("loop.test", "chain.test", "evil.test", "moved.test", "cookie.test"),
    *("charsets.test", "etag.test", "modified.test", "types.test", "status.test", "coded.test"),
    *("robots-5xx.test", "robots-4xx.test", "robots-moved.test", "robots-large.test", "robots-deny.test"),
    *("robots-agent.test", "delay.test", "xn--m1abib5c.xn--p1ai"),
)
SCRIPTED = tuple(f"scripted-{number:02}.test" for number in range(1, 4))  # a test says what they do
NAMES = (*NEWS, *SLOW, *TROUBLE, *SCRIPTED)
UNBOUND = ("dead-01.test", "dead-02.test")  # nobody listens there
ARTICLES = 200  # of a news site
SLOW_SECONDS = 1.5
LAST_MODIFIED = "Mon, 02 Mar 2026 09:30:00 GMT"
PUBLISHED = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
_ROBOTS = {
    "robots-deny.test": "User-agent: *\nDisallow: /\n",
    "robots-agent.test": "User-agent: chistoviktest\nDisallow: /not-for-us\nAllow: /\n\nUser-agent: *\nDisallow: /\n",
    "robots-moved.test": "User-agent: *\nDisallow: /closed\n",
    "moved.test": "User-agent: *\nDisallow:\n",
    "delay.test": "User-agent: *\nCrawl-delay: 0.7\n",
    "cookie.test": "User-agent: *\nDisallow: /*utm_\nDisallow: /*?*sort=\n",
}
_USUAL_ROBOTS = "User-agent: *\nDisallow: /private/\nDisallow: /*?print=\nAllow: /private/open\nSitemap: /sitemap.xml\n"
_WORDS = (
    "В Верхних Соснах к полудню убрали снег с главной улицы, сообщили в администрации. Дворники вышли в пять утра. "
    "Жители говорят, что такой зимы не помнят давно. Школы работают, автобусы ходят по расписанию. "
    "Мэр пообещал премии всем, кто работал ночью, и попросил не оставлять машины у обочин до вечера."
)


def article(host: str, number: int, *, language: str = "ru") -> str:
    """Write the page of an article, different for each host and number."""
    text = "".join(f"<p>{_WORDS} {host}, {number}, {paragraph}.</p>" for paragraph in range(1, 6))
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>Снег {number} — {host}</title>'
        f'<meta property="og:title" content="Снег убрали, сводка {number} ({host})"></head><body><nav><a href="/">Главная'
        f"</a></nav><article><h1>Снег убрали, сводка {number} ({host})</h1>{text}</article></body></html>"
    )


@cache
def long_article(host: str, number: int) -> bytes:
    """Write an article among 100 KB of markup, as most are, and pack it."""
    words, scripts = _WORDS.split(), []
    for at in range(900):
        key = (at * 7919 + number * 104_729) % 1_000_003
        scripts.append(
            f'<a class="m-{key:x}" href="/article/{key}">{words[key % len(words)]} {words[at % len(words)]}</a>'
        )
    text = article(host, number).replace("</body>", f"<footer>{''.join(scripts)}</footer></body>")
    return gzip.compress(text.encode())


@cache
def large_page(size: int) -> bytes:
    """Write a page of so many bytes that hardly packs."""
    letters = random.Random(size).choices("оеаинтсрвлкмдпуяыь <>/", k=size // 2)
    return f"<html><body><p>{''.join(letters)}".encode()[:size]


@cache
def _bomb(coding: str) -> bytes:
    zeros = b"<p>" + b"\0" * (64 << 20)
    return {"gzip": gzip.compress, "br": lambda data: brotli.compress(data, quality=1), "zstd": zstd.compress}[coding](
        zeros
    )


def _html(text: str, **headers: str) -> web.Response:
    return web.Response(text=text, content_type="text/html", headers=headers)


@dataclass
class Sites:
    """The behaviour of all hosts, and how often each URL was asked for."""

    counts: Counter[str] = field(default_factory=Counter)
    changed: set[str] = field(default_factory=set)  # hosts whose articles have a new text
    missing: Counter[str] = field(default_factory=Counter)
    scripts: dict[str, Script] = field(default_factory=dict)  # by host: the answer to a request, robots.txt too

    async def answer(self, request: web.Request, host: str, whole: Web) -> web.StreamResponse:
        """Answer a request to a host."""
        self.counts[host + request.raw_path] += 1
        if host in self.scripts:
            return await self.scripts[host](request)
        if request.path == "/robots.txt":
            return await self._robots(request, host)
        if host.startswith(("news-", "xn--")):
            return self._news(request, host, whole)
        if host.startswith("slow-"):
            await asyncio.sleep(SLOW_SECONDS)
            return self._news(request, host, whole)
        name = "_" + host.removesuffix(".test").replace("-", "_")
        handler: Handler | None = getattr(self, name, None)
        if handler is not None:
            return await handler(request, whole)
        return self._news(request, host, whole)

    @staticmethod
    def robots_text(host: str) -> str | None:
        """Give the rules of a host; None where it has none that can be read."""
        if host in {"robots-5xx.test", "robots-4xx.test"}:
            return None
        if host == "robots-large.test":  # what comes after 500 KiB does not count
            return "User-agent: *\nDisallow: /closed\n" + "# snow\n" * 80_000 + "Disallow: /late\n"
        return _ROBOTS.get(host, _USUAL_ROBOTS)

    async def _robots(self, request: web.Request, host: str) -> web.StreamResponse:
        if host == "robots-5xx.test":
            return web.Response(status=503)
        if host == "robots-4xx.test":
            return web.Response(status=403)
        if host == "robots-moved.test" and "real" not in request.query:
            raise web.HTTPMovedPermanently("/robots.txt?real")
        if host == "mute.test":
            await asyncio.sleep(3600)
        return web.Response(text=self.robots_text(host) or "")

    def _news(self, request: web.Request, host: str, whole: Web) -> web.StreamResponse:
        path = request.path
        if path.startswith("/article/") and path.removeprefix("/article/").isdigit():
            text = article(host, int(path.removeprefix("/article/")))
            return _html(text.replace("Мэр", "Губернатор") if host in self.changed else text)
        if path.startswith("/long/"):
            packed = long_article(host, int(path.removeprefix("/long/")) % 4)
            return web.Response(body=packed, headers={"Content-Type": "text/html", "Content-Encoding": "gzip"})
        if path.startswith("/bytes/"):
            body = large_page(int(path.split("/")[2]))
            return web.Response(body=body, headers={"Content-Type": "text/html; charset=utf-8"})
        listing = LISTINGS.get(path)
        if listing is not None:
            body, kind = listing(whole.url(host, ""), host)
            return web.Response(body=body, headers={"Content-Type": kind})
        if path == "/":
            links = "".join(f'<li><a href="/article/{number}">Сводка {number}</a></li>' for number in range(1, 21))
            return _html(f"<html><body><h1>{host}</h1><ul>{links}</ul></body></html>")
        return _html(article(host, sum(path.encode())), ETag='"same"') if path.startswith("/p") else self._none()

    def _none(self) -> web.Response:
        return web.Response(status=404, text="нет такой страницы")

    # — trouble —

    async def _drip(self, request: web.Request, _: Web) -> web.StreamResponse:
        """Send a byte now and then, for ever."""
        response = web.StreamResponse(headers={"Content-Type": "text/html"})
        await response.prepare(request)
        with suppress(ConnectionError):  # the other side has had enough
            while True:
                await response.write(b"<")
                await asyncio.sleep(0.1)
        return response

    async def _endless(self, request: web.Request, _: Web) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/html"})
        await response.prepare(request)
        with suppress(ConnectionError):
            while True:
                await response.write(b"<p>snow</p>" * 6000)
        return response

    async def _bomb(self, request: web.Request, _: Web) -> web.StreamResponse:
        coding = request.path.strip("/")
        return web.Response(body=_bomb(coding), headers={"Content-Type": "text/html", "Content-Encoding": coding})

    async def _mute(self, _request: web.Request, _: Web) -> web.StreamResponse:
        await asyncio.sleep(3600)
        return web.Response()

    async def _hangup(self, request: web.Request, _: Web) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    async def _down(self, _request: web.Request, _: Web) -> web.StreamResponse:
        return web.Response(status=503)

    async def _flaky(self, request: web.Request, _: Web) -> web.StreamResponse:
        if self.counts["flaky.test" + request.raw_path] <= 2:
            return web.Response(status=500)
        return _html(article("flaky.test", 1))

    async def _busy_seconds(self, request: web.Request, _: Web) -> web.StreamResponse:
        return self._busy(request, "busy-seconds.test", "2")

    async def _busy_date(self, request: web.Request, _: Web) -> web.StreamResponse:
        at = datetime.now(UTC) + timedelta(hours=1)
        return self._busy(request, "busy-date.test", format_datetime(at, usegmt=True))

    def _busy(self, request: web.Request, host: str, when: str) -> web.StreamResponse:
        if self.counts[host + request.raw_path] == 1:
            return web.Response(status=429, headers={"Retry-After": when})
        return _html(article(host, 1))

    async def _busy_always(self, _request: web.Request, _: Web) -> web.StreamResponse:
        return web.Response(status=429, headers={"Retry-After": "1"})

    async def _loop(self, request: web.Request, _: Web) -> web.StreamResponse:
        raise web.HTTPFound({"/a": "/b", "/b": "/a"}.get(request.path, request.path))

    async def _chain(self, request: web.Request, _: Web) -> web.StreamResponse:
        left = int(request.path.strip("/"))
        if left == 0:
            return _html(article("chain.test", 1))
        raise web.HTTPSeeOther(f"/{left - 1}")

    async def _evil(self, request: web.Request, whole: Web) -> web.StreamResponse:
        raise web.HTTPFound(EVIL[request.path.strip("/")].replace(":PORT", f":{whole.port}"))

    async def _moved(self, request: web.Request, whole: Web) -> web.StreamResponse:
        raise web.HTTPMovedPermanently(whole.url("news-01.test", request.path))

    async def _cookie(self, request: web.Request, _: Web) -> web.StreamResponse:
        if request.path == "/login":
            response: web.Response = web.HTTPFound("/article/1")
            response.set_cookie("session", "1")
            raise response  # type: ignore[misc]  # it is an exception, too
        return _html(article("cookie.test", 1), **{"Set-Cookie": "seen=1"})

    async def _charsets(self, request: web.Request, _: Web) -> web.StreamResponse:
        name, said, in_page = CHARSETS[request.path.strip("/")]
        text = article("charsets.test", len(name), language="uk" if name == "koi8-u" else "ru")
        text = text.replace('<meta charset="utf-8">', f'<meta charset="{in_page}">' if in_page else "")
        text = text.replace("—", "-")
        return web.Response(body=text.encode(name), headers={"Content-Type": f"text/html{said}"})

    async def _etag(self, request: web.Request, _: Web) -> web.StreamResponse:
        version = '"2"' if "etag.test" in self.changed else '"1"'
        if request.headers.get("If-None-Match") == version:
            return web.Response(status=304, headers={"ETag": version})
        return _html(article("etag.test", int(version.strip('"'))), ETag=version)

    async def _modified(self, request: web.Request, _: Web) -> web.StreamResponse:
        if request.headers.get("If-Modified-Since") == LAST_MODIFIED:
            return web.Response(status=304)
        return _html(article("modified.test", 1), **{"Last-Modified": LAST_MODIFIED})

    async def _types(self, request: web.Request, _: Web) -> web.StreamResponse:
        kind = TYPES[request.path.strip("/")]
        headers = {"Content-Type": kind} if kind else {}
        body = article("types.test", len(kind)).encode() if kind != "application/pdf" else b"%PDF-1.7"
        response = web.StreamResponse(headers=headers)
        if not kind:
            response.content_type = ""
            del response.headers["Content-Type"]
        await response.prepare(request)
        await response.write(body)
        return response

    async def _status(self, request: web.Request, _: Web) -> web.StreamResponse:
        return web.Response(status=int(request.path.strip("/")), text="нет")

    async def _coded(self, request: web.Request, _: Web) -> web.StreamResponse:
        coding = request.path.strip("/")
        body = article("coded.test", len(coding)).encode()
        if coding == "reserved":
            said = [("X-Robots-Tag", "noarchive"), ("X-Robots-Tag", "googlebot: noindex"), ("TDM-Reservation", "1")]
            response = web.Response(body=body, content_type="text/html")
            for name, value in (*said, ("tdm-policy", "https://coded.test/policy.json")):
                response.headers.add(name, value)
            return response
        packed: dict[str, Any] = {
            "gzip": gzip.compress,
            "br": brotli.compress,
            "zstd": zstd.compress,
            "broken": lambda data: gzip.compress(data)[:-20],
            "lie": lambda data: data,
        }
        how = coding if coding in {"gzip", "br", "zstd"} else "gzip"
        return web.Response(body=packed[coding](body), headers={"Content-Type": "text/html", "Content-Encoding": how})


EVIL = {
    "loopback": "http://127.0.0.1:PORT/",  # allowed in the tests, where loopback is open; nobody serves it
    "private": "http://inside.test:PORT/",
    "metadata": "http://169.254.169.254:PORT/latest/meta-data/",
    "named-metadata": "http://metadata.test:PORT/latest/",
    "six": "http://[fd00::1]:PORT/",
    "mapped": "http://[::ffff:10.0.0.1]:PORT/",
    "decimal": "http://167772161:PORT/",
    "file": "file:///etc/passwd",
    "gopher": "gopher://127.0.0.1:70/_",
    "credentials": "http://admin:secret@news-01.test:PORT/article/1",
    "port": "http://news-01.test:22/",
    "nowhere": "http://",
    "javascript": "javascript:alert(1)",
}
CHARSETS = {  # path → what it is in, what the header says, what the page says
    "cp1251-said-utf-8": ("cp1251", "; charset=utf-8", ""),
    "cp1251-in-page": ("cp1251", "", "windows-1251"),
    "koi8-u": ("koi8-u", "; charset=KOI8-U", ""),
    "utf-16": ("utf-16", "", ""),
    "utf-8": ("utf-8", "; charset=utf-8", "utf-8"),
}
TYPES = {
    "html": "text/html; charset=utf-8",
    "xhtml": "application/xhtml+xml",
    "text": "text/plain; charset=utf-8",
    "pdf": "application/pdf",
    "png": "image/png",
    "json": "application/json",
    "bytes": "application/octet-stream",
}


def _rss(base: str, host: str) -> tuple[bytes, str]:
    items = "".join(
        f"<item><title>Сводка {number}</title><link>{base}/article/{number}</link>"
        f"<guid>{base}/article/{number}</guid><pubDate>{format_datetime(PUBLISHED + timedelta(minutes=number))}</pubDate>"
        "</item>"
        for number in range(1, 21)
    )
    text = f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>{host}</title>{items}</channel></rss>'
    return text.encode(), "application/rss+xml; charset=utf-8"


def _atom(base: str, host: str) -> tuple[bytes, str]:
    entries = "".join(
        f"<entry><title>Сводка {number}</title><id>urn:{host}:{number}</id>"
        f'<link rel="alternate" href="{base}/article/{number}"/><updated>2026-03-02T10:{number:02}:00Z</updated></entry>'
        for number in range(21, 41)
    )
    text = f'<feed xmlns="http://www.w3.org/2005/Atom"><title>{host}</title>{entries}</feed>'
    return text.encode(), "application/atom+xml"


def _sitemap(base: str, _host: str, numbers: range = range(41, 101)) -> tuple[bytes, str]:
    urls = "".join(
        f"<url><loc>{base}/article/{number}</loc><lastmod>2026-03-02T11:00:00Z</lastmod></url>" for number in numbers
    )
    text = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'
    return text.encode(), "application/xml"


def _packed_sitemap(base: str, host: str) -> tuple[bytes, str]:
    return gzip.compress(_sitemap(base, host, range(101, 151))[0], mtime=0), "application/gzip"


def _index(base: str, _host: str) -> tuple[bytes, str]:
    maps = "".join(f"<sitemap><loc>{base}/{name}</loc></sitemap>" for name in ("sitemap.xml", "sitemap-2.xml.gz"))
    return (
        f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{maps}</sitemapindex>'.encode(),
        "text/xml",
    )


LISTINGS: dict[str, Callable[[str, str], tuple[bytes, str]]] = {
    "/feed.xml": _rss,
    "/atom.xml": _atom,
    "/sitemap.xml": _sitemap,
    "/sitemap-2.xml.gz": _packed_sitemap,
    "/sitemap-index.xml": _index,
}
