"""Bodies, media types and redirects that break the rules, and what browsers make of them."""

from __future__ import annotations

import gzip
import zlib
from typing import TYPE_CHECKING

import brotli
import pytest

from agents.fetch.fetcher import Failed, Fetched, Refused, Wanted
from pipeline.page.codings import unpack
from pipeline.records.reason import Reason
from tests.support.rawweb import WORDS, answer, article, raw_web

if TYPE_CHECKING:
    from collections.abc import Callable

    from agents.fetch.answer import Answer
    from tests.support.rawweb import RawWeb

    Answers = dict[tuple[str, str], bytes | Callable[[str], bytes]]

A = article("Herring catch is the smallest").encode()
G = gzip.compress(A, mtime=0)
RAW_DEFLATE = zlib.compress(A)[2:-4]


async def fetched(answers: Answers, path: str = "/", wanted: Wanted | None = None) -> tuple[Answer, RawWeb]:
    async with raw_web(answers) as (web, fetcher):
        return await fetcher.get(web.url("a.test", path), wanted), web


# — content codings —

CODED = [
    ("none", A),
    ("UTF-8", A),
    ("identity", A),
    ("text/html", A),
    ("", A),
    ("gzip", A),
    ("br", A),
    ("deflate", A),
    ("zstd", A),
    ("gzip, br", A),
    ("GZIP", G),
    ("x-gzip", G),
    ("gzip;q=1.0", G),
    ('"gzip"', G),
    ("identity, gzip", G),
    ("none, gzip", G),
    ("gzip, gzip", gzip.compress(G, mtime=0)),
    ("gzip, gzip", G),
    ("gzip", gzip.compress(G, mtime=0)),
    ("none", G),
    ("br", G),
    ("deflate", G),
    ("deflate", zlib.compress(A)),
    ("deflate", RAW_DEFLATE),
    ("Deflate", RAW_DEFLATE),
    ("br", brotli.compress(A)),
    ("gzip, br", brotli.compress(G)),
    ("br, gzip", gzip.compress(brotli.compress(A), mtime=0)),
    ("br, gzip", brotli.compress(A)),
    ("gzip", gzip.compress(A[:1000], mtime=0) + gzip.compress(A[1000:], mtime=0)),
    ("gzip", G + bytes(30)),
]


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(("header", "body"), CODED, ids=[f"{number}-{one[0]}" for number, one in enumerate(CODED)])
async def test_the_bytes_of_a_body_decide_its_coding(header: str, body: bytes, packed: bool) -> None:
    got, _ = await fetched({("a.test", "/"): answer(body, f"Content-Encoding: {header}")}, wanted=Wanted(packed=packed))
    assert isinstance(got, Fetched), got
    assert unpack([got.body], got.coding, 1 << 20) == A
    assert packed or got.body == A


@pytest.mark.parametrize("body", [G, gzip.compress(G, mtime=0), A])
async def test_gzip_need_not_be_said(body: bytes) -> None:
    got, _ = await fetched({("a.test", "/"): answer(body)})
    assert isinstance(got, Fetched)
    assert got.body == A


async def test_two_headers_with_codings_are_one_list() -> None:
    raw = answer(brotli.compress(G), "Content-Encoding: gzip", "Content-Encoding: br")
    got, _ = await fetched({("a.test", "/"): raw})
    assert isinstance(got, Fetched)
    assert got.body == A


@pytest.mark.parametrize("header", ["gzip", "br", "deflate", "zstd"])
async def test_bytes_that_are_neither_packed_nor_text_fail(header: str) -> None:
    got, _ = await fetched({("a.test", "/"): answer(bytes(range(256)) * 9, f"Content-Encoding: {header}")})
    assert isinstance(got, Failed)
    assert "content coding" in got.problem


@pytest.mark.parametrize("layers", [1, 2, 3])
@pytest.mark.parametrize("said", ["", "gzip", "gzip, gzip, gzip"])
async def test_a_bomb_in_layers_is_too_large(layers: int, said: str) -> None:
    bomb = bytes(64 << 20)
    for _ in range(layers):
        bomb = gzip.compress(bomb, 6)
    for packed in (False, True):
        got, _ = await fetched(
            {("a.test", "/"): answer(bomb, f"Content-Encoding: {said}")}, wanted=Wanted(packed=packed)
        )
        assert isinstance(got, Refused)
        assert got.reason is Reason.TOO_LARGE


@pytest.mark.parametrize("packed", [False, True])
async def test_a_packed_body_that_breaks_off_is_taken_at_the_last_attempt(packed: bool) -> None:
    cut = answer(G[:-60], "Content-Encoding: gzip", length=False)
    got, _ = await fetched({("a.test", "/"): cut}, wanted=Wanted(packed=packed))
    assert isinstance(got, Failed)
    got, _ = await fetched({("a.test", "/"): cut}, wanted=Wanted(packed=packed, short=True))
    assert isinstance(got, Fetched)
    assert got.coding == ""
    assert A.startswith(got.body)
    assert got.detail


# — media types —

XHTML = (
    b'<?xml version="1.0"?>\n<!DOCTYPE html>\n<!-- <rss> --><html xmlns="http://www.w3.org/1999/xhtml"><p>'
    + WORDS.encode()
)
FEED = b'<?xml version="1.0"?><rss version="2.0"><channel><title>&lt;html&gt;</title></channel></rss>'


@pytest.mark.parametrize(
    ("line", "body", "media_type", "charset"),
    [
        ("Content-Type: text/html,charset=utf-8", A, "text/html", "utf-8"),
        ("Content-Type: text/html charset=utf-8", A, "", None),
        ("Content-Type: html", A, "", None),
        ("Content-Type: text", A, "", None),
        ("Content-Type: /", A, "", None),
        ("Content-Type: ;charset=utf-8", A, "", "utf-8"),
        ("Content-Type: charset=utf-8", A, "", "utf-8"),
        ("Content-Type:", A, "", None),
        ("Content-Type: */*", A, "", None),
        ("Content-Type: unknown/unknown", A, "", None),
        ("Content-Type: TEXT/HTML;CHARSET=UTF-8", A, "text/html", "UTF-8"),
        ("Content-Type: text/html;;; charset='utf-8'", A, "text/html", "utf-8"),
        ("Content-Type: text/plain, text/html", A, "text/html", None),
        ("Content-Type: text/html\r\nContent-Type: text/html; charset=utf-8", A, "text/html", "utf-8"),
        ("Content-Type: application/xml", XHTML, "application/xhtml+xml", None),
        ("Content-Type: text/xml; charset=utf-8", XHTML, "application/xhtml+xml", "utf-8"),
        ("Content-Type: application/xml", gzip.compress(XHTML, mtime=0), "application/xhtml+xml", None),
        ("Content-Type: text/x-html", A, "text/html", None),
        ("Content-Type: application/html", A, "text/html", None),
    ],
)
async def test_a_malformed_media_type_is_read_as_browsers_do(
    line: str, body: bytes, media_type: str, charset: str | None
) -> None:
    got, _ = await fetched({("a.test", "/"): answer(body, line)}, wanted=Wanted(packed=True))
    assert isinstance(got, Fetched), got
    assert (got.media_type, got.charset) == (media_type, charset)


@pytest.mark.parametrize(
    ("line", "body"),
    [
        ("Content-Type: application/xml", FEED),
        ("Content-Type: text/xml", b"<html-like/>"),
        ("Content-Type: application/octet-stream", A),
        ("Content-Type: image/png", A),
        ("Content-Type: text/html, application/pdf", A),
        ("Content-Type: application/x-html-template", b"{}"),
    ],
)
async def test_what_is_no_page_is_refused(line: str, body: bytes) -> None:
    got, _ = await fetched({("a.test", "/"): answer(body, line)})
    assert isinstance(got, Refused)
    assert got.reason is Reason.MEDIA_TYPE


# — redirects —


def moved(location: bytes | str, *lines: str, status: bytes = b"HTTP/1.1 301 Moved") -> bytes:
    raw = location.encode() if isinstance(location, str) else location
    return answer(b"", b"Location: " + raw, *lines, status=status)


@pytest.mark.parametrize(
    ("location", "asked"),
    [
        ("/новость", "/%D0%BD%D0%BE%D0%B2%D0%BE%D1%81%D1%82%D1%8C"),
        (b"/caf\xe9", "/caf%E9"),
        ("/новость".encode("cp1251"), "/%ED%EE%E2%EE%F1%F2%FC"),
        (b"/caf\xe9?q=\xe9#\xe9", "/caf%E9?q=%E9"),
        ("/a b", "/a%20b"),
        ("  /a  ", "/a"),
        ("/a\tb", "/ab"),
        ("/%zz", "/%zz"),
        ("\\a\\b", "/a/b"),
        ("/a?x=\\", "/a?x=\\"),
        ("a#part", "/a"),
        ("?page=2", "/?page=2"),
        ("//a.test:{port}/b", "/b"),
        ("http:///a.test:{port}/b", "/b"),
        ("HTTP://A.TEST:{port}/b", "/b"),
        ("http:\\\\a.test:{port}\\b", "/b"),
        ("www.a.test/b", "/www.a.test/b"),
    ],
)
async def test_a_location_is_read_as_browsers_do(location: bytes | str, asked: str) -> None:
    answers: Answers = {("a.test", asked): answer(A)}
    async with raw_web(answers) as (web, fetcher):
        raw = location if isinstance(location, bytes) else location.replace("{port}", str(web.port))
        answers["a.test", "/old"] = moved(raw)
        answers["a.test", "/"] = answers["a.test", "/old"]
        got = await fetcher.get(web.url("a.test", "/"))
        assert web.asked == [("a.test", "/"), ("a.test", asked)], got
        assert isinstance(got, Fetched)


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
async def test_every_redirect_is_followed(status: int) -> None:
    odd: Answers = {("a.test", "/"): moved("/b", status=b"HTTP/1.1 %d" % status), ("a.test", "/b"): answer(A)}
    got, _ = await fetched(odd)
    assert isinstance(got, Fetched)


@pytest.mark.parametrize("line", ["X: 1", "Location:", "Location:   "])
async def test_a_redirect_to_nowhere_is_the_page_that_it_shows(line: str) -> None:
    got, _ = await fetched({("a.test", "/"): answer(A, line, status=b"HTTP/1.1 302 Found")})
    assert isinstance(got, Fetched)
    got, _ = await fetched({("a.test", "/"): answer("<p>Moved", line, status=b"HTTP/1.1 302 Found")})
    assert isinstance(got, Refused)
    assert (got.reason, got.detail) == (Reason.REFUSED, "HTTP 302 without a Location")


def refresh(content: str, *, around: str = "{}", text: str = "") -> bytes:
    meta = f'<meta http-equiv="refresh" content="{content}">'
    return answer(f"<html><head>{around.format(meta)}<title>Redirecting</title></head><body>{text}</body></html>")


FOLLOWED = {
    "meta": refresh("0; URL=/new"),
    "without url=": refresh("0; /new"),
    "quoted": refresh("0;url='/new'"),
    "spaces and capitals": answer("<META  CONTENT = ' 0 ;  uRl  = /new ' HTTP-EQUIV=REFRESH>"),
    "relative": refresh("0;url=new"),
    "escaped": refresh("0;url=&#47;ne&#x77;"),
    "a few seconds": refresh("5;url=/new", text="<p>This page has moved. You will be taken there."),
    "noscript": refresh("0;url=/new", around="<noscript>{}</noscript>"),
    "noscript in the body": refresh("9", text='<noscript><p><meta http-equiv=refresh content="1;/new"></noscript>'),
    "base": refresh("0;url=new", around='<base href="/">{}'),
    "packed": answer(gzip.compress(b'<meta http-equiv=refresh content="0;/new">', mtime=0), "Content-Encoding: gzip"),
    "UTF-16": answer('<meta http-equiv=refresh content="0;/new">'.encode("utf-16")),
    "no media type": answer('<html><meta http-equiv=refresh content="0;/new">', "Content-Type:"),
    "at once, a full page": refresh("0;url=/new", text=WORDS),
    "after a script": refresh("0;url=/new", around="<script>" + "x();" * 5000 + "</script>{}"),
    "header": answer("", "Refresh: 0; url=/new"),
    "header with text": answer("<p>Moved", "refresh: 5;URL='/new'"),
    "header, another type": answer("", "Refresh: 0; url=/new", "Content-Type: application/json"),
    "without a Location": answer('<meta http-equiv=refresh content="0;/new">', status=b"HTTP/1.1 302 Found"),
}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("case", FOLLOWED)
async def test_a_refresh_is_a_redirect(case: str, packed: bool) -> None:
    got, web = await fetched(
        {("a.test", "/"): FOLLOWED[case], ("a.test", "/new"): answer(A)}, wanted=Wanted(packed=packed)
    )
    assert isinstance(got, Fetched), got
    assert got.url == web.url("a.test", "/new")
    assert got.redirects == (web.url("a.test", "/"),)


STAY = {
    "in a comment": refresh("0;url=/new", around="<!-- {} -->"),
    "in a script": refresh("0;url=/new", around="<script>document.write('{}')</script>"),
    "in a template": refresh("0;url=/new", around="<template>{}</template>"),
    "in a style": refresh("0;url=/new", around="<style>{}</style>"),
    "in a text field": refresh("9", text='<textarea><meta http-equiv=refresh content="0;/new"></textarea>'),
    "a live page": refresh("300;url=/new"),
    "a live page that reloads": refresh("5"),
    "itself": refresh("0;url=/"),
    "itself, a fragment": refresh("0;url=#top"),
    "noscript on a full page": refresh("0;url=/new", around="<noscript>{}</noscript>", text=WORDS),
    "a few seconds on a full page": refresh("5;url=/new", text=WORDS),
    "no number": refresh("soon;url=/new"),
    "a script as target": refresh("0;url=javascript:go()"),
    "mail": refresh("0;url=mailto:a@b.example"),
    "another meta": answer('<meta name="refresh" content="0;url=/new">'),
    "a plain text about it": answer('<meta http-equiv=refresh content="0;/new">', "Content-Type: text/plain"),
    "header, a live page": answer(A, "Refresh: 600; url=/new"),
    "header, itself": answer(A, "Refresh: 0"),
    "header, a few seconds on a full page": answer(A, "Refresh: 5; url=/new"),
}


@pytest.mark.parametrize("case", STAY)
async def test_a_refresh_of_a_live_page_is_none(case: str) -> None:
    got, web = await fetched({("a.test", "/"): STAY[case], ("a.test", "/new"): answer(A)})
    assert isinstance(got, Fetched), got
    assert got.url == web.url("a.test", "/")
    assert web.asked == [("a.test", "/")]


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("http://10.0.0.1/", Reason.BLOCKED_ADDRESS),
        ("http://169.254.169.254/latest", Reason.BLOCKED_ADDRESS),
        ("http://u:p@b.test/", Reason.NOT_FETCHABLE),
        ("http://b.test:22/", Reason.NOT_FETCHABLE),
        ("http://b.test:{port}/closed", Reason.ROBOTS),
        ("/loop", Reason.TOO_MANY_REDIRECTS),
        ("/chain/1", Reason.TOO_MANY_REDIRECTS),
    ],
)
@pytest.mark.parametrize("header", [False, True])
async def test_a_refresh_obeys_the_rules_of_redirects(target: str, reason: Reason, header: bool) -> None:
    answers: Answers = {
        ("b.test", "/robots.txt"): answer("User-agent: *\nDisallow: /closed", "Content-Type: text/plain"),
        ("a.test", "/loop"): refresh("0;url=/"),
        **{("a.test", f"/chain/{one}"): refresh(f"0;url=/chain/{one + 1}") for one in range(1, 9)},
    }
    async with raw_web(answers) as (web, fetcher):
        there = target.replace("{port}", str(web.port))
        answers["a.test", "/"] = answer("", f"Refresh: 0;{there}") if header else refresh(f"0;{there}")
        got = await fetcher.get(web.url("a.test", "/"))
    assert isinstance(got, Refused), got
    assert got.reason is reason
    assert not [host for host, _ in web.asked if host == "b.test"]


# — cookies —


def unless(cookie: str, *lines: str, status: bytes = b"HTTP/1.1 302 Found") -> Callable[[str], bytes]:
    return lambda head: answer(A) if cookie in head else answer("", *lines, status=status)


async def test_a_cookie_lives_as_long_as_its_chain_of_redirects() -> None:
    answers: Answers = {("a.test", "/"): unless("Cookie: seen=1", "Set-Cookie: seen=1; Path=/", "Location: /")}
    async with raw_web(answers) as (web, fetcher):
        for _ in range(2):
            got = await fetcher.get(web.url("a.test", "/"))
            assert isinstance(got, Fetched)
        assert ["Cookie: seen=1" in head for head in web.requests] == [False, True, False, True]


async def test_a_consent_page_of_another_path_lets_us_back_in() -> None:
    answers: Answers = {
        ("a.test", "/"): unless("consent=yes", "Set-Cookie: id=7", "Location: /consent?back=/"),
        ("a.test", "/consent?back=/"): answer(
            "", "Set-Cookie: consent=yes; Path=/", "Location: /", status=b"HTTP/1.1 303 See"
        ),
    }
    got, web = await fetched(answers)
    assert isinstance(got, Fetched)
    assert len(web.asked) == 3
    assert "id=7" in web.requests[2]


async def test_a_cookie_goes_to_its_own_host_and_path_only() -> None:
    answers: Answers = {("a.test", "/"): b"", ("b.test", "/"): answer(A)}
    async with raw_web(answers) as (web, fetcher):
        answers["a.test", "/"] = moved(
            web.url("b.test", "/"), "Set-Cookie: a=1", "Set-Cookie: b=2; Domain=b.test", "Set-Cookie: c=3; Path=/x"
        )
        got = await fetcher.get(web.url("a.test", "/"))
        assert isinstance(got, Fetched)
        assert "Cookie" not in web.requests[1]


@pytest.mark.parametrize("value", ["seen=1", "id=%d"])
async def test_a_loop_that_sets_cookies_ends(value: str) -> None:
    count = iter(range(100))

    def again(_: str) -> bytes:
        return answer(
            "", f"Set-Cookie: {value.replace('%d', str(next(count)))}", "Location: /", status=b"HTTP/1.1 302 F"
        )

    got, web = await fetched({("a.test", "/"): again})
    assert isinstance(got, Refused)
    assert got.reason is Reason.TOO_MANY_REDIRECTS
    assert len(web.asked) <= 6
