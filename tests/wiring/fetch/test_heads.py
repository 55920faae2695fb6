"""Answers whose head a strict HTTP library refuses, and what browsers make of them."""

from __future__ import annotations

import math
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest
from aiohttp import SocketTimeoutError

from agents.fetch import request
from agents.fetch.fetcher import Failed, Fetched, Wanted
from agents.fetch.lenient import LenientConnector
from agents.fetch.listing_client import WebListingClient
from agents.settings import Settings
from pipeline.records.reason import Reason
from tests.support.rawweb import answer, article, raw_web

if TYPE_CHECKING:
    from collections.abc import Callable

A = article("Swimming hall reopens").encode()
LONG = "https://static.example.org " * 2300  # 60 KB


def bare(*lines: bytes, body: bytes = A) -> bytes:
    return b"\r\n".join([*lines, b"", b""]) + body


LENGTH = b"Content-Length: %d" % len(A)
HTML = b"Content-Type: text/html; charset=utf-8"
OK = b"HTTP/1.1 200 OK"
CHUNKED = b"%x\r\n%b\r\n0\r\n\r\n" % (len(A), A)

ODD = {
    "a line of 60 KB": bare(OK, HTML, LENGTH, b"Content-Security-Policy: " + LONG.encode()),
    "300 lines": bare(OK, *[b"X-%d: value" % number for number in range(300)], HTML, LENGTH),
    "a line without a colon": bare(OK, HTML, b"this line has no colon", LENGTH),
    "a line without a colon, no length": bare(OK, b"this line has no colon", HTML, b"Connection: close"),
    "a space before the colon": bare(OK, b"Content-Type : text/html", b"Content-Length : %d" % len(A)),
    "a name with a space": bare(OK, b"My Header: x", HTML, LENGTH),
    "no name": bare(OK, b": nothing", HTML, LENGTH),
    "a name that is not ASCII": bare(OK, "Заголовок: x".encode(), HTML, LENGTH),
    "a value in windows-1251": bare(OK, b"X-Title: " + "Снег".encode("cp1251"), HTML, LENGTH),
    "a folded line": bare(OK, b"X-A: one", b"  two", HTML, LENGTH),
    "a folded line at first": bare(OK, b"  two", HTML, LENGTH),
    "a NUL": bare(OK, b"X-A: o\0ne", HTML, LENGTH),
    "a carriage return in a value": bare(OK, b"X-A: o\rne", HTML, LENGTH),
    "bare line feeds": b"HTTP/1.1 200 OK\nContent-Type: text/html\n%b\n\n" % LENGTH + A,
    "bare line feeds and a bad line": b"HTTP/1.1 200 OK\nbad\nContent-Type: text/html\n%b\n\n" % LENGTH + A,
    "equal lengths": bare(OK, HTML, LENGTH, LENGTH),
    "equal lengths in one line": bare(OK, HTML, b"%b, %d" % (LENGTH, len(A))),
    "a length that is no number": bare(OK, HTML, b"Content-Length: many", b"Connection: close"),
    "a negative length": bare(OK, HTML, b"Content-Length: -1", b"Connection: close"),
    "an empty length": bare(OK, HTML, b"Content-Length:", b"Connection: close"),
    "chunked and a length": bare(OK, HTML, b"Transfer-Encoding: chunked", b"Content-Length: 9", body=CHUNKED),
    "a length and chunked": bare(OK, HTML, b"Content-Length: 9", b"Transfer-Encoding: Chunked", body=CHUNKED),
    "chunked twice": bare(OK, HTML, b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked", body=CHUNKED),
    "identity": bare(OK, HTML, b"Transfer-Encoding: identity", LENGTH),
    "bytes behind the body": bare(OK, HTML, LENGTH, b"Connection: close", body=A + b"<!-- 0.01 s -->\r\n"),
    "bytes behind the body, kept alive": bare(OK, HTML, LENGTH, body=A + b"\r\n\r\n<!-- 0.01 s -->"),
    "no reason": bare(b"HTTP/1.1 200", HTML, LENGTH),
    "no reason and a space": bare(b"HTTP/1.1 200 ", HTML, LENGTH),
    "a reason in Cyrillic": bare("HTTP/1.1 200 Хорошо".encode("cp1251"), HTML, LENGTH),
    "two spaces": bare(b"HTTP/1.1  200  OK", HTML, LENGTH),
    "small letters": bare(b"http/1.1 200 ok", HTML, LENGTH),
    "another version": bare(b"HTTP/1.2 200 OK", HTML, LENGTH),
    "version 2": bare(b"HTTP/2 200", HTML, LENGTH),
    "version 1.0 without a length": bare(b"HTTP/1.0 200 OK", HTML),
    "ICY": bare(b"ICY 200 OK", HTML, LENGTH),
    "a blank line first": b"\r\n" + bare(OK, HTML, LENGTH),
    "no fields": bare(OK),
    "early hints": bare(b"HTTP/1.1 103 Early Hints", b"Link: </a.css>", body=bare(OK, HTML, LENGTH)),
    "early hints and a bad line": bare(b"HTTP/1.1 103 Early Hints", b"Link", body=bare(OK, b"bad", HTML, LENGTH)),
    "upgrade": bare(OK, b"Upgrade: h2,h2c", b"Connection: Upgrade, close", HTML, LENGTH),
}


@pytest.mark.parametrize("pieces", [0, 40])
@pytest.mark.parametrize("case", ODD)
async def test_an_answer_with_an_odd_head_is_read(case: str, pieces: int) -> None:
    step = 4000 if pieces and len(ODD[case]) > 20_000 else pieces
    async with raw_web({("a.test", "/"): ODD[case]}, pieces=step) as (web, fetcher):
        got = await fetcher.get(web.url("a.test", "/"))
    assert isinstance(got, Fetched), got
    assert got.body.removesuffix(b"\r\n").startswith(A)
    assert len(got.body) < len(A) + 2
    assert len(web.asked) == 1  # no second request


@pytest.mark.parametrize(
    "raw",
    [
        bare(OK, HTML, LENGTH, b"Content-Length: 9"),
        bare(OK, b"X-A: " + b"x" * (300 << 10), HTML, LENGTH),
        bare(OK, *[b"X-%d: %b" % (number, b"x" * 5000) for number in range(200)], HTML, LENGTH),
        b"<html>" + A,
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"",
        b"HTTP/1.1 2000 OK\r\n\r\n" + A,
        b"HTTP/1.1 200 OK\r\nbad\r\nContent-Type: text/html\r\n",
    ],
    ids=["two-lengths", "a-huge-line", "a-huge-head", "no-head", "ssh", "nothing", "status", "no-end"],
)
@pytest.mark.parametrize("pieces", [0, 5000])
async def test_an_answer_that_browsers_refuse_fails_and_the_host_is_not_to_blame(raw: bytes, pieces: int) -> None:
    async with raw_web({("a.test", "/"): raw}, pieces=pieces) as (web, fetcher):
        got = await fetcher.get(web.url("a.test", "/"))
    assert isinstance(got, Failed), got
    assert not got.of_host


SHORT = {
    "a length": bare(OK, HTML, b"Content-Length: %d" % (len(A) + 50), b"Connection: close"),
    "chunks": bare(OK, HTML, b"Transfer-Encoding: chunked", body=b"%x\r\n%b\r\n" % (len(A), A)),
    "a bad chunk": bare(OK, HTML, b"Transfer-Encoding: chunked", body=b"%x\r\n%b\r\nzz\r\n" % (len(A), A)),
    "a bad line and a length": bare(OK, b"bad", HTML, b"Content-Length: %d" % (len(A) + 50)),
}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("pieces", [0, 700])
@pytest.mark.parametrize("case", SHORT)
async def test_a_body_that_breaks_off_is_taken_at_the_last_attempt_only(case: str, pieces: int, packed: bool) -> None:
    async with raw_web({("a.test", "/"): SHORT[case]}, pieces=pieces) as (web, fetcher):
        first = await fetcher.get(web.url("a.test", "/"), Wanted(packed=packed))
        assert isinstance(first, Failed)
        last = await fetcher.get(web.url("a.test", "/"), Wanted(packed=packed, short=True))
    assert isinstance(last, Fetched), last
    assert (last.body, last.coding) == (A, "")
    assert last.detail.startswith("the body broke off")


async def test_a_body_that_stalls_is_taken_at_the_last_attempt_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request, "IDLE_SECONDS", 0.5)
    stalled = bare(OK, HTML, b"Content-Length: %d" % (len(A) + 1))
    async with raw_web({("a.test", "/"): stalled}, stalls=True) as (web, fetcher):
        assert isinstance(await fetcher.get(web.url("a.test", "/")), Failed)
        last = await fetcher.get(web.url("a.test", "/"), Wanted(short=True))
    assert isinstance(last, Fetched)
    assert last.body == A


class Clock:
    """A loop's clock with one timer."""

    def __init__(self) -> None:
        self.now = self.due = 0.0
        self.made = 0

    def time(self) -> float:
        return self.now

    def call_later(self, seconds: float, work: Callable[[], None]) -> Clock:
        self.due, self._work, self.made = self.now + seconds, work, self.made + 1
        return self

    def cancel(self) -> None:
        self.due = math.inf

    def run(self) -> None:
        self.now = self.due
        self._work()


async def test_an_answer_is_waited_for_from_its_last_bytes_on() -> None:
    async with LenientConnector() as connector:
        protocol, clock = connector._factory(), Clock()
        protocol.set_response_params(read_timeout=20.0)
        protocol._loop = clock
        protocol.start_timeout()
        head = iter((b"HTTP", b"/1.1 200", b" OK"))
        for clock.now in (15.0, 16.0, 17.0):
            protocol.data_received(next(head))
        clock.run()
        assert (protocol.exception(), clock.due, clock.made) == (None, 37.0, 2)
        clock.run()
        assert isinstance(protocol.exception(), SocketTimeoutError)


@pytest.mark.parametrize("short", [False, True])
async def test_a_body_of_which_nothing_came_fails_at_every_attempt(short: bool) -> None:
    odd = {
        ("a.test", "/length"): bare(OK, HTML, b"Content-Length: 900", b"Connection: close", body=b""),
        ("a.test", "/chunks"): bare(OK, HTML, b"Transfer-Encoding: chunked", b"Connection: close", body=A),
    }
    async with raw_web(odd) as (web, fetcher):
        for _, path in odd:
            assert isinstance(await fetcher.get(web.url("a.test", path), Wanted(short=short)), Failed), path


async def test_every_status_of_the_2xx_is_a_page() -> None:
    odd = {("a.test", f"/{status}"): answer(A, status=b"HTTP/1.1 %d X" % status) for status in (203, 206, 299)}
    async with raw_web(odd) as (web, fetcher):
        for _, path in odd:
            assert isinstance(await fetcher.get(web.url("a.test", path)), Fetched), path


@pytest.mark.parametrize(
    ("body", "whole"),
    [
        ("<rss><channel/></rss>\n", True),
        ('<x:urlset xmlns:x="a"></x:urlset >', True),
        ('{"items": []}', True),
        ("<rss><channel><item>", False),
        ("<rss><item></item>", False),
        ("", False),
    ],
)
async def test_a_listing_with_a_wrong_length_is_read_if_it_is_whole(body: str, whole: bool) -> None:
    raw = bare(OK, b"Content-Type: text/xml", b"Content-Length: 999", b"Connection: close", body=body.encode())
    async with raw_web({("a.test", "/feed"): raw}) as (web, fetcher), AsyncExitStack() as resources:
        got = await WebListingClient(Settings(), resources, _fetcher=fetcher).get(web.url("a.test", "/feed"))
    assert isinstance(got, Fetched if whole else Failed)


async def test_a_bad_head_of_a_feed_and_of_robots_is_mended_too() -> None:
    feed = bare(OK, b"bad", b"Content-Type: text/xml", b"Content-Length: 6", b"Content-Length: 6", body=b"<rss/>")
    robots = b"User-agent: *\nDisallow: /no\n"
    odd = {
        ("a.test", "/feed"): feed,
        ("a.test", "/no"): answer(A),
        ("a.test", "/robots.txt"): bare(OK, b"bad", b"Content-Length: 900", b"Connection: close", body=robots),
    }
    async with raw_web(odd) as (web, fetcher):
        got = await fetcher.get(web.url("a.test", "/feed"), Wanted(pages=False))
        assert isinstance(got, Fetched)
        assert got.body == b"<rss/>"
        refused = await fetcher.get(web.url("a.test", "/no"))
    assert getattr(refused, "reason", None) is Reason.ROBOTS
