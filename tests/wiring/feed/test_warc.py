"""Web archives: which records become pages, and what is said of the others."""

import gzip
import os
from datetime import UTC, datetime
from pathlib import Path

import brotli
import pytest

from agents.feed import warc
from agents.feed.lines import Meter
from agents.feed.page_files import Input, Problem
from agents.feed.warc import Archive
from pipeline.records.reason import Reason

URL = "https://sosny.example/a"


def record(
    block: bytes, *, kind: str = "response", url: str = URL, media_type: str = "application/http; msgtype=response"
) -> bytes:
    head = (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:uuid:6d058047-ede2-4a13-be79-90c17c631dd4>\r\n"
        f"WARC-Date: 2026-03-02T11:30:00Z\r\nWARC-Target-URI: {url}\r\nContent-Type: {media_type}\r\nContent-Length: {len(block)}\r\n\r\n"
    )
    return head.encode() + block + b"\r\n\r\n"


def http(body: bytes, status: str = "200 OK", **headers: str) -> bytes:
    said = {"Content-Type": "text/html"} | {name.replace("_", "-"): value for name, value in headers.items()}
    return (
        f"HTTP/1.1 {status}\r\n".encode()
        + b"".join(f"{name}: {value}\r\n".encode() for name, value in said.items())
        + b"\r\n"
        + body
    )


def archived(folder: Path, *records: bytes, packed: bool = True) -> Archive:
    path = folder / "crawl.warc.gz"
    path.write_bytes(b"".join(gzip.compress(one) if packed else one for one in records))
    return Archive(path)


def only(archive: Archive) -> Input:
    (found,) = archive
    assert isinstance(found, Input), found
    return found


@pytest.mark.parametrize("packed", [True, False])
def test_a_response_is_a_page_with_the_time_it_was_fetched(tmp_path: Path, packed: bool) -> None:
    found = only(
        archived(
            tmp_path,
            record(http("Снег".encode("cp1251"), Content_Type="text/html; charset=windows-1251")),
            packed=packed,
        )
    )
    page = found.page
    assert (page.url, page.raw, page.media_type, page.charset) == (
        URL,
        "Снег".encode("cp1251"),
        "text/html",
        "windows-1251",
    )
    assert page.fetched_at == datetime(2026, 3, 2, 11, 30, tzinfo=UTC)
    assert found.where == f"{tmp_path}/crawl.warc.gz:1"


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (gzip.compress(b"<p>x", mtime=0), {"Content_Encoding": "gzip"}),
        (brotli.compress(b"<p>x"), {"Content_Encoding": "br"}),
        (b"4\r\n<p>x\r\n0\r\n\r\n", {"Transfer_Encoding": "chunked"}),
        (b"2;ext=1\r\n<p\r\n2\r\n>x\r\n0\r\n\r\n", {"Transfer_Encoding": "chunked"}),
        # Archives whose writer has undone the coding and left the header
        (b"<p>x", {"Content_Encoding": "gzip"}),
        (b"<p>x", {"Transfer_Encoding": "chunked"}),
    ],
)
def test_codings_are_undone(tmp_path: Path, body: bytes, headers: dict[str, str]) -> None:
    assert only(archived(tmp_path, record(http(body, **headers)))).page.body == "<p>x"


def test_what_the_server_declared_about_the_use_of_a_page_is_kept(tmp_path: Path) -> None:
    said = {
        "X_Robots_Tag": "noarchive, googlebot: noindex",
        "TDM_Reservation": "1",
        "tdm_policy": "https://sosny.example/p",
    }
    page = only(archived(tmp_path, record(http(b"<p>snow</p>", **said)))).page
    assert page.x_robots_tag == ("noarchive, googlebot: noindex",)
    assert (page.tdm_reservation, page.tdm_policy) == ("1", "https://sosny.example/p")


def test_other_records_are_left_out_and_told(tmp_path: Path) -> None:
    archive = archived(
        tmp_path,
        record(b"software: x\r\n", kind="warcinfo", media_type="application/warc-fields"),
        record(b"GET / HTTP/1.1\r\n\r\n", kind="request", media_type="application/http; msgtype=request"),
        record(http(b"")),
        record(http(b"no", "404 Not Found")),
        record(http(b"", "301 Moved")),
        record(http(b"\x89PNG", Content_Type="image/png")),
        record(http(b"text", Content_Type="text/plain; charset=utf-8"), url=f"<{URL}>"),
        record(b"20260302 1 IN A", url="dns:sosny.example", media_type="text/dns"),
        record(http(b"x"), kind="revisit"),
    )
    found = [one.page.url for one in archive if isinstance(one, Input)]
    assert found == [URL, URL]
    assert archive.pages == 2
    assert archive.summary.startswith(f"{tmp_path}/crawl.warc.gz: 2 pages; 7 other records left out (")
    for what in (
        "1 of status 404",
        "1 of status 301",
        "1 image/png",
        "1 of type request",
        "1 of type revisit",
        "1 without HTTP",
    ):
        assert what in archive.summary


def test_a_response_that_cannot_be_read_is_a_problem_and_the_rest_goes_on(tmp_path: Path) -> None:
    bad, nameless, good = archived(
        tmp_path,
        record(http(b"\x1f\x8bnonsense", Content_Encoding="gzip")),
        record(http(b"x"), url="file:a"),
        record(http(b"x")),
    )
    assert isinstance(bad, Problem)
    assert str(bad).startswith(f"{tmp_path}/crawl.warc.gz:1: the body is not what its content coding says")
    assert str(nameless) == f"{tmp_path}/crawl.warc.gz:2: a response without a web URL ('file:a')"
    assert isinstance(good, Input)


@pytest.mark.parametrize("packed", [True, False])
def test_a_body_that_is_too_large_is_fed_as_a_refused_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, packed: bool
) -> None:
    monkeypatch.setattr(warc, "LARGEST", 1000)
    big = http(gzip.compress(b"x" * 2000), Content_Encoding="gzip") if packed else http(b"x" * 2000)
    assert only(archived(tmp_path, record(big))).page.refused is Reason.TOO_LARGE


def test_an_archive_is_read_on_behind_a_record(tmp_path: Path) -> None:
    path = archived(tmp_path, *(record(http(b"x"), url=f"{URL}{n}") for n in range(5))).path
    meter = Meter()
    meter.expect(path)
    found = [one for one in Archive(path, after=3, meter=meter) if isinstance(one, Input)]
    assert [one.page.url for one in found] == [f"{URL}3", f"{URL}4"]
    assert [one.place.row for one in found if one.place] == [4, 5]
    assert meter.done == meter.total


@pytest.mark.parametrize("raw", [b"", b"hello\n" * 9, b"\x1f\x8bnonsense", os.urandom(2000)])
def test_what_is_no_archive_is_one_problem(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "x.warc"
    path.write_bytes(raw)
    (found,) = Archive(path)
    assert isinstance(found, Problem)
    assert "\n" not in str(found)


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("cut", [1, 10, 3000])
def test_an_archive_that_was_cut_off_gives_whole_pages_and_then_a_problem(
    tmp_path: Path, cut: int, packed: bool
) -> None:
    body = os.urandom(5000).hex().encode()
    path = archived(tmp_path, record(http(b"x")), record(http(body)), packed=packed).path
    end = len(path.read_bytes()) - (4 if not packed else 0)  # two line ends behind a record are no loss
    path.write_bytes(path.read_bytes()[: end - cut])
    first, *rest = Archive(path)
    assert isinstance(first, Input)
    pages = [one.page.raw for one in rest if isinstance(one, Input)]
    assert pages in ([], [body])  # gzip's last bytes are only its checksum
    assert pages or [type(one) for one in rest] == [Problem]
    assert packed or not pages


def test_a_missing_archive_is_a_problem(tmp_path: Path) -> None:
    (found,) = Archive(tmp_path / "no.warc")
    assert str(found) == f"{tmp_path}/no.warc: no such file"
