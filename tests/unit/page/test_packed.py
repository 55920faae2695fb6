"""A page with a compressed body is read as the page with the original body."""

from __future__ import annotations

import gzip
import json
import zlib
from datetime import UTC, datetime
from typing import Any

import brotli
import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st

from agents.clean.record import clean_record
from agents.stage.delivery import Delivery
from pipeline import native
from pipeline.page.packed import read_page, unpacked
from pipeline.records.page import Page, page_id, page_of
from pipeline.records.reason import Reason
from pipeline.records.wire import Malformed, decode, encode

URL, AT = "https://news.example/1", datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
TEXT = "<html><body>" + "<p>В Верхних Соснах к полудню убрали снег с главной улицы.</p>" * 40
PACKED = {
    "gzip": gzip.compress(TEXT.encode(), mtime=0),
    "deflate": zlib.compress(TEXT.encode()),
    "br": brotli.compress(TEXT.encode()),
    "zstd": zstd.compress(TEXT.encode()),
}


def packed(body: bytes, coding: Any, **said: Any) -> Page:
    return Page(url=URL, fetched_at=AT, body_base64=body, content_coding=coding, **said)


@pytest.mark.parametrize("coding", PACKED)
def test_a_compressed_page_is_read_as_the_original_page(coding: str) -> None:
    plain = page_of(URL, TEXT.encode(), fetched_at=AT, media_type="text/html", charset="utf-8")
    read = read_page(encode(packed(PACKED[coding], coding, media_type="text/html", charset="utf-8")))
    assert isinstance(read, Page)
    assert read == plain
    assert page_id(read) == page_id(plain)


@pytest.mark.parametrize("charset", ["cp1251", "utf-8", None])
def test_a_packed_body_that_is_not_utf_8_stays_bytes_with_its_charset(charset: str | None) -> None:
    raw = TEXT.encode("cp1251")
    read = unpacked(packed(gzip.compress(raw), "gzip", charset=charset))
    assert read == page_of(URL, raw, fetched_at=AT, charset=charset)
    assert (read.raw, read.charset) == (raw, charset)


def test_all_other_fields_of_a_page_stay() -> None:
    read = unpacked(packed(PACKED["gzip"], "gzip", origin="urls/1/2", title="Снег", redirects=(URL,)))
    assert (read.origin, read.title, read.redirects) == ("urls/1/2", "Снег", (URL,))


def test_a_compressed_page_that_is_too_large_is_refused_before_it_is_decompressed_whole() -> None:
    read = unpacked(packed(gzip.compress(b"\0" * (32 << 20)), "gzip"), 1 << 20)
    assert (read.refused, read.detail) == (Reason.TOO_LARGE, "more than 1048576 bytes (CHISTOVIK_MAX_PAGE_BYTES)")


@pytest.mark.parametrize("body", [PACKED["gzip"][:-20], TEXT.encode(), PACKED["zstd"]])
def test_a_page_that_is_not_in_its_coding_has_failed(body: bytes) -> None:
    read = unpacked(packed(body, "gzip"))
    assert read.failed
    assert read.body_base64 is None


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({"body": TEXT, "content_coding": "gzip"}, "content_coding is of body_base64"),
        ({"refused": "empty", "content_coding": "gzip"}, "content_coding is of body_base64"),
        ({"body_base64": "aGk=", "content_coding": "compress"}, "content_coding: Input should be 'gzip', 'deflate'"),
    ],
)
def test_a_content_coding_needs_bytes_and_must_be_supported(said: dict[str, str], error: str) -> None:
    read = read_page(encode({"url": URL, "fetched_at": AT} | said))
    assert isinstance(read, Malformed)
    assert error in read.error


def test_a_compressed_body_is_never_returned_as_the_body() -> None:
    with pytest.raises(ValueError, match="the body is packed with gzip"):
        _ = packed(PACKED["gzip"], "gzip").raw


def test_clean_makes_the_same_record_of_a_packed_page() -> None:
    def cleaned(page: Page, largest: int = 8 << 20) -> bytes:
        return clean_record(Delivery(topic="pages", partition=0, offset=7, value=encode(page)), largest, 1 << 20).value

    plain = page_of(URL, TEXT.encode(), fetched_at=AT, media_type="text/html")
    page = packed(PACKED["br"], "br", media_type="text/html")
    assert cleaned(page) == cleaned(plain)
    assert b'"reason":"too-large"' in cleaned(page, largest=2000)
    assert b'"stage":"fetch"' in cleaned(packed(b"x", "gzip"))


LONG = "<p class='a'>Снег \\ \"идёт\"\n\t\u007f\U0001f600</p>" * 200
FIELDS = {
    "url": URL,
    "fetched_at": "2026-03-02T09:30:00Z",
    "media_type": 'text/html; x="y"',
    "body": LONG,
    "body_base64": None,
    "detail": '","body_base64":null,',
    "title": 'Says "hello", \\',
    "more": {"body": "another", "body_base64": None},
    "list": ["body", 1],
}
# What is written between fields, in a field, or over some bytes.
ODDITIES = (
    *(
        b'"body":"", ',
        b'"body":"x","body_base64":null,',
        b'"bod\\u0079":"x",',
        b'"body" : 1,',
        b"\\",
        b'"',
        b"\xff",
        b"\x01",
    ),
    *(
        b"\\ud83d",
        b"\\ud83d\\ude00",
        b"\\u0416",
        b"\\u00zz",
        b"\\x",
        b"{",
        b"}",
        b"[",
        b',"body":"',
        b'","body_base64":null,',
        b"",
    ),
)


@given(
    st.permutations(list(FIELDS)).flatmap(
        lambda names: st.sampled_from([names, names[:6], list(FIELDS), list(FIELDS)[:6]])
    ),
    st.booleans(),
    st.booleans(),
    st.lists(st.tuples(st.floats(0, 1), st.sampled_from(ODDITIES), st.integers(0, 3)), max_size=2),
)
def test_a_record_whose_body_is_read_apart_is_the_same(
    names: list[str], ascii_only: bool, dense: bool, changes: list[tuple[float, bytes, int]]
) -> None:
    fields = {name: FIELDS[name] for name in names}
    value = json.dumps(fields, ensure_ascii=ascii_only, separators=(",", ":") if dense else None).encode()
    for share, oddity, over in changes:
        # Mostly beside a field: a place among the characters of the body is rarely of interest.
        places = [
            place
            for place in range(len(value))
            if value[place : place + 1] in b',"' and value[place - 4 : place] != b"\\n"
        ]
        place = places[int(share * (len(places) - 1))]
        value = value[:place] + oddity + value[place + over :]
    assert read_page(value) == decode(Page, value)


@pytest.mark.parametrize("media_type", [None, "text/html"])
def test_our_own_records_are_read_apart(media_type: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    value = encode(page_of(URL, LONG.encode(), fetched_at=AT, media_type=media_type))
    read = read_page(value)
    monkeypatch.setattr(
        "pipeline.page.packed.decode", lambda kind, some: decode(kind, some) if len(some) < 2_000 else None
    )
    assert read_page(value) == read or not native.COMPILED
