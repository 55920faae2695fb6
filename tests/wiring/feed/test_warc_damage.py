"""Damaged archives, and archives of odd writers: one line for each damaged record, and every other page is read."""

from __future__ import annotations

import gzip
import random
from typing import TYPE_CHECKING

import brotli
import pytest
from backports import zstd

from agents.feed import archive as archive_module
from agents.feed import warc
from agents.feed.page_files import Input, Problem
from agents.feed.warc import Archive

if TYPE_CHECKING:
    from pathlib import Path

HTTP = "application/http; msgtype=response"
BODY = "<html><body><p>" + "Снег в Мурманске лежит до мая. " * 30 + "</p></body></html>"
B = BODY.encode()
GZ = gzip.compress(B, mtime=0)


def block(body: bytes | str = B, *lines: str, status: str = "HTTP/1.1 200 OK", end: str = "\r\n") -> bytes:
    head = [status, *(lines or ("Content-Type: text/html; charset=utf-8",))]
    return (end.join(head) + end + end).encode("latin-1") + (body.encode() if isinstance(body, str) else body)


def record(
    number: int,
    raw: bytes | None = None,
    *,
    kind: str = "response",
    media_type: str = HTTP,
    length: object = None,
    url: str = "https://p.example/{}",
    version: str = "WARC/1.0",
    date: str = "2026-03-02T11:30:00Z",
    more: str = "",
    end: str = "\r\n",
) -> bytes:
    raw = block() if raw is None else raw
    said = len(raw) if length is None else length
    lines = [version, f"WARC-Type: {kind}", f"WARC-Date: {date}", f"WARC-Target-URI: {url.format(number)}"]
    lines += [f"Content-Type: {media_type}"] if media_type else []
    lines += [more] if more else []
    return (end.join([*lines, f"Content-Length: {said}"]) + end + end).encode() + raw + (end + end).encode()


def members(*records: bytes) -> bytes:
    return b"".join(gzip.compress(one, mtime=0) for one in records)


def read(folder: Path, raw: bytes, **how: int) -> tuple[list[int], list[str], Archive]:
    path = folder / "crawl.warc.gz"
    path.write_bytes(raw)
    made = Archive(path, **how)  # type: ignore[arg-type]
    found = list(made)
    assert all(isinstance(one, Input | Problem) for one in found)
    pages = [int(one.page.url.rpartition("/")[2]) for one in found if isinstance(one, Input)]
    return pages, [str(one) for one in found if isinstance(one, Problem)], made


GOOD = [record(number) for number in range(1, 6)]


def flipped(raw: bytes, at: int, *, by: int = 0xFF) -> bytes:
    return raw[:at] + bytes([raw[at] ^ by]) + raw[at + 1 :]


def with_second(bad: bytes) -> list[bytes]:
    return [GOOD[0], bad, *GOOD[2:]]


BAD = {
    "too long": record(2, length=5 * len(B)),
    "ten times too long": record(2, length=f"9{len(B)}"),
    "a terabyte": record(2, length=1 << 40),
    "a little too long": record(2, length=len(block()) + 9),
    "too short": record(2, length=len(block()) - 9),
    "much too short": record(2, length=70),
    "zero": record(2, length=0),
    "negative": record(2, length=-5),
    "no number": record(2, length="many"),
    "twenty digits": record(2, length="9" * 30),
    "none": record(2).replace(b"Content-Length:", b"Content-Width:"),
    "two": record(2, more="Content-Length: 7"),
    "cut in its block": record(2)[:-300],
    "cut in its header": record(2)[:60],
    "garbage": b"\x00\xffgarbage that is no record\r\n" * 20,
    "another format": b"<html>not an archive</html>\n",
    "a header without an end": b"WARC/1.0\r\nWARC-Type: response\r\nContent-Length: 10\r\n",
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_record_in_its_own_gzip_member_costs_one_line(tmp_path: Path, case: str) -> None:
    pages, problems, _ = read(tmp_path, members(*with_second(BAD[case])))
    assert pages == [1, 3, 4, 5]
    assert len(problems) == 1
    assert problems[0].startswith(f"{tmp_path}/crawl.warc.gz:2: damaged, or not a WARC record: ")


@pytest.mark.parametrize("case", BAD)
@pytest.mark.parametrize("packed", [False, True])
def test_a_bad_record_among_others_costs_one_line(tmp_path: Path, case: str, packed: bool) -> None:
    raw = b"".join(with_second(BAD[case]))
    pages, problems, _ = read(tmp_path, gzip.compress(raw) if packed else raw)
    assert pages == [1, 3, 4, 5]
    assert len(problems) == 1
    assert "\n" not in problems[0]


@pytest.mark.parametrize("at", [0, 1, 2, 3, 9, 12, 60, 200, -7, -3])
def test_a_flipped_byte_in_a_member_costs_its_record(tmp_path: Path, at: int) -> None:
    packed = [gzip.compress(one, mtime=0) for one in GOOD]
    packed[1] = flipped(packed[1], at % len(packed[1]))
    pages, problems, _ = read(tmp_path, b"".join(packed))
    assert [one for one in pages if one != 2] == [1, 3, 4, 5]
    assert len(problems) == (2 not in pages)


@pytest.mark.parametrize("left", [4, 30, 200, -4, -30])
def test_a_member_whose_writer_crashed_costs_its_record(tmp_path: Path, left: int) -> None:
    packed = [gzip.compress(one, mtime=0) for one in GOOD]
    packed[1] = packed[1][:left]
    pages, problems, _ = read(tmp_path, b"".join(packed))
    assert [one for one in pages if one != 2] == [1, 3, 4, 5]
    assert len(problems) == 1


def test_any_flipped_byte_costs_one_record_at_most(tmp_path: Path) -> None:
    chance = random.Random(7)
    packed = members(*GOOD)
    for _ in range(300):
        pages, problems, _ = read(tmp_path, flipped(packed, chance.randrange(len(packed)), by=chance.randrange(1, 256)))
        assert len(pages) >= 4, problems
        assert len(problems) <= 1


@pytest.mark.parametrize(
    "junk", [b"garbage" * 9, bytes(range(1, 200)), b"\x1f\x8b\x08", b"\x1f\x8b\x08" * 50, b"WARC/1.0\r\n"]
)
def test_bytes_between_members_cost_one_line(tmp_path: Path, junk: bytes) -> None:
    pages, problems, _ = read(tmp_path, members(*GOOD[:2]) + junk + members(*GOOD[2:]))
    assert pages == [1, 2, 3, 4, 5]
    assert len(problems) == 1


@pytest.mark.parametrize("padding", [bytes(512), b"\r\n\r\n", b"\n"])
@pytest.mark.parametrize("packed", [False, True])
def test_padding_costs_nothing(tmp_path: Path, padding: bytes, packed: bool) -> None:
    parts = [gzip.compress(one) if packed else one for one in GOOD]
    pages, problems, _ = read(tmp_path, padding.join(parts) + padding)
    assert (pages, problems) == ([1, 2, 3, 4, 5], [])


@pytest.mark.parametrize("grouping", [(5,), (2, 3), (1, 1, 3)])
def test_a_member_may_hold_several_records(tmp_path: Path, grouping: tuple[int, ...]) -> None:
    rest = iter(GOOD)
    raw = members(*(b"".join(next(rest) for _ in range(size)) for size in grouping))
    assert read(tmp_path, raw)[:2] == ([1, 2, 3, 4, 5], [])


@pytest.mark.parametrize("packed", [False, True])
def test_the_last_record_may_be_cut_off(tmp_path: Path, packed: bool) -> None:
    raw = members(*GOOD) if packed else b"".join(GOOD)
    for cut in range(5, len(raw) // 5, 7):
        pages, problems, _ = read(tmp_path, raw[:-cut])
        assert [one for one in pages if one != 5] == [1, 2, 3, 4]
        assert len(problems) == (5 not in pages)


def test_junk_in_front_of_an_archive_costs_one_line(tmp_path: Path) -> None:
    for raw in (members(*GOOD), b"".join(GOOD)):
        pages, problems, _ = read(tmp_path, b"junk\n" + raw)
        assert pages == [1, 2, 3, 4, 5]
        assert len(problems) == 1


def test_a_damaged_record_counts_as_a_row_for_the_next_time(tmp_path: Path) -> None:
    raw = members(*with_second(BAD["too long"]))
    assert read(tmp_path, raw, after=2)[:2] == ([3, 4, 5], [])
    assert read(tmp_path, raw, after=3)[:2] == ([4, 5], [])


def test_a_bad_length_behind_the_limit_does_not_take_the_rest_of_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warc, "LARGEST", 100)
    monkeypatch.setattr(warc, "LARGEST_HEAD", 100)
    monkeypatch.setattr(archive_module, "LARGEST_HEAD", 1000)
    large = [record(1, block("<p>x")), record(2, length=9000), *(record(number, block("<p>x")) for number in (3, 4))]
    pages, problems, _ = read(tmp_path, b"".join(large))
    assert pages == [1, 3, 4]
    assert len(problems) == 1


CHUNKED = (
    b"".join(b"%x\r\n%b\r\n" % (len(B[at : at + 99]), B[at : at + 99]) for at in range(0, len(B), 99)) + b"0\r\n\r\n"
)
TYPE = "Content-Type: text/html; charset=utf-8"

ODD = {
    "HTTP with bare line feeds": record(1, block(end="\n")),
    "a media type in capitals": record(1, media_type="application/HTTP; msgtype=response"),
    "no media type of the record": record(1, media_type=""),
    "a comma in Content-Type": record(1, block(B, "Content-Type: text/html,charset=utf-8")),
    "a malformed Content-Type": record(1, block(B, "Content-Type: html")),
    "no Content-Type": record(1, block(B, "Server: x")),
    "no fields": record(1, b"HTTP/1.1 200 OK\r\n\r\n" + B),
    "XHTML": record(1, block('<?xml version="1.0"?><html xmlns="a">' + BODY, "Content-Type: application/xml")),
    "203": record(1, block(status="HTTP/1.1 203 Non-Authoritative Information")),
    "a whole 206": record(
        1, block(B, TYPE, f"Content-Range: bytes 0-{len(B) - 1}/{len(B)}", status="HTTP/1.1 206 Partial")
    ),
    "no reason": record(1, block(status="HTTP/1.1 200")),
    "HTTP/2": record(1, block(status="HTTP/2 200"), version="WARC/1.1", date="2026-03-02T11:30:00.123456Z"),
    "HTTP/3": record(1, block(status="HTTP/3 200")),
    "small letters": record(1, block(status="http/1.1 200 ok")),
    "a line without a colon": record(1, block(B, TYPE, "nonsense")),
    "a folded line": record(1, block(B, "Content-Type: text/html;", "  charset=utf-8")),
    "chunked": record(1, block(CHUNKED, TYPE, "Transfer-Encoding: chunked")),
    "chunked with bare line feeds": record(
        1, block(b"%x\n" % len(B) + B + b"\n0\n\n", TYPE, "Transfer-Encoding: chunked")
    ),
    "chunked in capitals": record(1, block(CHUNKED, TYPE, "TRANSFER-ENCODING: Chunked")),
    "chunks undone, header kept": record(1, block(B, TYPE, "Transfer-Encoding: chunked", "Content-Encoding: gzip")),
    "chunked gzip": record(
        1,
        block(
            b"%x\r\n" % len(GZ) + GZ + b"\r\n0\r\n\r\n", TYPE, "Transfer-Encoding: chunked", "Content-Encoding: gzip"
        ),
    ),
    "brotli": record(1, block(brotli.compress(B), TYPE, "Content-Encoding: br")),
    "brotli undone, header kept": record(1, block(B, TYPE, "Content-Encoding: br")),
    "zstd": record(1, block(zstd.compress(B), TYPE, "Content-Encoding: zstd")),
    "gzip twice": record(1, block(gzip.compress(GZ, mtime=0), TYPE, "Content-Encoding: gzip, gzip")),
    "gzip unsaid": record(1, block(GZ)),
    "an unknown coding": record(1, block(B, TYPE, "Content-Encoding: UTF-8")),
    "angle brackets": record(1, url="<https://p.example/{}>"),
    "a bad digest": record(1, more="WARC-Payload-Digest: sha1:AAAA"),
    "WARC 0.18": record(1, version="WARC/0.18"),
    "WARC lines with bare line feeds": record(1, end="\n"),
    "fields in small letters": record(1)
    .replace(b"WARC-Type", b"warc-type")
    .replace(b"Content-Length", b"content-length"),
    "a folded field": record(1).replace(b"WARC-Target-URI: ", b"WARC-Target-URI:\r\n  "),
    "a date without a zone": record(1, date="2026-03-02T11:30:00"),
    "a date with nanoseconds": record(1, date="2026-03-02T11:30:00.123456789Z"),
    "no line ends behind it": record(1).removesuffix(b"\r\n\r\n"),
    "one line end behind it": record(1).removesuffix(b"\r\n"),
    "truncated by the crawler": record(
        1, block(GZ[:-20], TYPE, "Content-Encoding: gzip"), more="WARC-Truncated: length"
    ),
    "a resource": record(1, B, kind="resource", media_type="text/html"),
    "a resource with a charset": record(1, B, kind="resource", media_type="text/html; charset=utf-8"),
    "a conversion": record(1, "Снег лежит до мая.\n".encode() * 20, kind="conversion", media_type="text/plain"),
    "a response without HTTP": record(1, B, media_type="text/html"),
}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("case", ODD)
def test_an_odd_but_readable_record_is_a_page(tmp_path: Path, case: str, packed: bool) -> None:
    both = [ODD[case], GOOD[1]]
    pages, problems, made = read(tmp_path, members(*both) if packed else b"".join(both))
    assert (pages, problems, made.summary) == ([1, 2], [], "")
    first = next(one for one in made if isinstance(one, Input)).page
    assert "Снег" in (first.raw.decode("utf-8", "replace"))
    assert first.fetched_at.utcoffset() is not None


LEFT = {
    "of type revisit": record(1, kind="revisit"),
    "of type metadata": record(1, b"a: b", kind="metadata", media_type="application/warc-fields"),
    "in segments": record(1, more="WARC-Segment-Number: 1"),
    "of type continuation": record(1, kind="continuation", more="WARC-Segment-Number: 2"),
    "of status 206": record(1, block(B, TYPE, "Content-Range: bytes 9-99/500", status="HTTP/1.1 206 Partial")),
    "application/json": record(1, b"{}", kind="resource", media_type="application/json", url="urn:pageinfo:x/{}"),
    "without a web URL": record(1, b"text", kind="resource", media_type="text/plain", url="urn:text:x/{}"),
    "without HTTP": record(1, b"no HTTP here"),
    "application/xml": record(1, block("<rss/>", "Content-Type: application/xml")),
    "image/png": record(1, b"\x89PNG", kind="conversion", media_type="image/png"),
}


@pytest.mark.parametrize("why", LEFT)
def test_what_is_left_out_is_counted(tmp_path: Path, why: str) -> None:
    pages, problems, made = read(tmp_path, members(LEFT[why], GOOD[1]))
    assert (pages, problems) == ([2], [])
    assert made.summary.endswith(f"1 pages; 1 other records left out (1 {why})")


@pytest.mark.parametrize(
    ("raw", "name"), [(zstd.compress(GOOD[0]), "zstd"), (b"\x04\x22\x4d\x18" + bytes(99), "lz4"), (b"\xfd7zXZ\0", "xz")]
)
def test_another_compression_is_named(tmp_path: Path, raw: bytes, name: str) -> None:
    pages, problems, _ = read(tmp_path, raw)
    assert pages == []
    assert len(problems) == 1
    assert f"compressed with {name}, which is not read: unpack it first" in problems[0]


def test_a_folder_says_what_to_name(tmp_path: Path) -> None:
    assert [str(one) for one in Archive(tmp_path)] == [f"{tmp_path}: a folder, not a file"]
