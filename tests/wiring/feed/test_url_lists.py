"""Lists of URLs, and rows of them: what is fed, and the one line that a bad row costs."""

import gzip
import io
import lzma
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.feed import url_lists
from agents.feed.lines import Meter
from agents.feed.page_files import Problem
from agents.feed.url_lists import UrlInput, is_url, named_urls, read_urls

A, B = "https://sosny.example/a", "https://sosny.example/b"


def read(path: Path, raw: bytes, **more) -> list[UrlInput | Problem]:
    path.write_bytes(raw)
    return list(read_urls(str(path), **more))


def urls(found: list[UrlInput | Problem]) -> list[str]:
    return [one.target.url if isinstance(one, UrlInput) else str(one) for one in found]


def test_a_line_is_a_url_and_comments_are_passed_over(tmp_path: Path) -> None:
    raw = f"\ufeff# посёлки\n{A}\n\n  {B}  # второй\r\n#{A}\n{A}#top".encode()
    found = read(tmp_path / "list.txt", raw)
    assert urls(found) == [A, B, A + "#top"]
    first = found[0]
    assert isinstance(first, UrlInput)
    assert (first.where, first.target.source, first.target.priority) == (f"{tmp_path}/list.txt:2", "feed", 5)


def test_a_row_says_more_of_its_url(tmp_path: Path) -> None:
    row = b'{"url": "%s", "priority": 9, "referrer": "https://sosny.example/", "title": "x", "date_published": "%s", "by": 1}'
    found = read(
        tmp_path / "list.jsonl",
        b"\n".join(row % (A.encode(), at) for at in (b"2026-03-02T14:30:00+03:00", b"2026-03-02")),
    )
    targets = [one.target for one in found if isinstance(one, UrlInput)]
    assert [one.date_published for one in targets] == ["2026-03-02T14:30:00+03:00", "2026-03-02"]
    assert (targets[0].priority, targets[0].referrer, targets[0].title) == (9, "https://sosny.example/", "x")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"sosny.example/a", "'sosny.example/a' is not an http(s) URL: write https://sosny.example/a"),
        (b"ftp://sosny.example/a", "'ftp://sosny.example/a' is not an http(s) URL"),
        (b"file:///etc/passwd", "'file:///etc/passwd' is not an http(s) URL"),
        (b"http://", "'http://' is not an http(s) URL"),
        (b"https://sosny.example/a b", "more than one URL on a line: 'b'; write spaces in a URL as %20"),
        (b"https://sosny.example/\xd1", "not UTF-8 (byte 0xd1 at offset 22)"),
        (b"https://sosny.example/" + b"a" * 9000, "a URL of 9022 characters; the limit is 8192"),
        (b'{"url": 7}', "url: Input should be a valid string"),
        (b'{"url": "x:y"}', "'x:y' is not an http(s) URL"),
        (b'{"priority": 3}', "url: "),
        (b'{"url": "https://sosny.example/", "priority": 10}', "priority: Input should be less than or equal to 9"),
        (b'{"url": "https://sosny.example/", "date_published": "soon"}', "date_published"),
        (b'{"url": "https://sosny.example/", "referrer": "nowhere"}', "referrer: 'nowhere' is not an http(s) URL"),
        (b"{broken", "Invalid JSON"),
    ],
)
def test_a_bad_line_is_one_line_and_the_rest_goes_on(tmp_path: Path, line: bytes, says: str) -> None:
    found = read(tmp_path / "list.txt", A.encode() + b"\n" + line + b"\n" + B.encode())
    assert urls([found[0], found[2]]) == [A, B]
    assert str(found[1]).startswith(f"{tmp_path}/list.txt:2: {says}")
    assert "\n" not in str(found[1])


@pytest.mark.parametrize(("name", "pack"), [("l.txt", bytes), ("l.txt.gz", gzip.compress), ("l.txt.xz", lzma.compress)])
def test_a_list_is_read_on_behind_a_line_and_its_bytes_are_counted(tmp_path: Path, name: str, pack) -> None:
    meter = Meter()
    raw = pack(f"{A}\n{B}\n".encode() * 500)
    (tmp_path / name).write_bytes(raw)
    meter.expect(tmp_path / name)
    found = read(tmp_path / name, raw, after=998, meter=meter)
    assert urls(found) == [A, B]
    assert [one.place.row for one in found if one.place] == [999, 1000]
    assert meter.done == meter.total == len(raw)


def test_a_list_that_is_not_there_or_damaged_is_a_problem(tmp_path: Path) -> None:
    assert [str(one) for one in read_urls(str(tmp_path / "no.txt"))] == [f"{tmp_path}/no.txt: no such file"]
    found = read(tmp_path / "cut.gz", gzip.compress(f"{A}\n".encode() * 9)[:-6])
    assert isinstance(found[-1], Problem)


def test_a_line_that_is_too_long_is_one_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(url_lists, "LONGEST_LINE", 1 << 10)
    found = read(tmp_path / "l.txt", b"https://" + b"a" * 5000 + f"\n{A}".encode())
    assert urls(found) == [f"{tmp_path}/l.txt:1: a line longer than 1 KiB", A]


def test_a_dash_is_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(f"{A}\nx".encode())))
    assert urls(list(read_urls("-"))) == [A, "standard input:2: 'x' is not an http(s) URL"]


def test_arguments_are_urls_where_they_look_like_it() -> None:
    assert [is_url(one) for one in (A, "HTTP://x", "page.html", "./http", "file:a", "https:/a")] == [
        True,
        True,
        False,
        False,
        False,
        False,
    ]
    assert urls(list(named_urls([A, "http://", "https://" + "a" * 9000]))) == [
        A,
        "argument 2: 'http://' is not an http(s) URL",
        "argument 3: a URL of 9008 characters; the limit is 8192",
    ]


@given(st.binary(max_size=200))
def test_any_bytes_are_targets_or_problems_of_one_line(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.txt"
    for one in read(path, raw):
        assert isinstance(one, UrlInput) or "\n" not in str(one)


LINES = f"# c\n{A}\n\n{B} # note\n \t{A}/6\t\n"


@pytest.mark.parametrize(
    "raw",
    [
        LINES.encode("utf-16"),
        LINES.encode("utf-16-le"),
        LINES.encode("utf-16-be"),
        LINES.encode("utf-8-sig"),
        LINES.replace("\n", "\r\n").encode("utf-16"),
        LINES.replace("\n", "\r\n").encode(),
        LINES.replace("\n", "\r").encode(),
        gzip.compress(LINES.encode(), mtime=0),
        gzip.compress(LINES.encode(), mtime=0) + gzip.compress(b"# end", mtime=0),
        lzma.compress(LINES.encode()),
        LINES.replace("# c", "# \u0441\u043f\u0438\u0441\u043e\u043a").encode("cp1251"),
        f"\"{A}\",\n'{B}'\n<{A}/6>\n".encode(),
        f"url\n{A}\n{B}\n{A}/6".encode(),
        f"url,title\r\n{A},One\r\n{B},Two\r\n{A}/6,Three\r\n".encode(),
        f'\ufeffTitle;Link\n"One; or\ntwo";{A}\nTwo;"{B}"\n\n;{A}/6\n'.encode(),
        f"\u0417\u0430\u0433\u043e\u043b\u043e\u0432\u043e\u043a;\u0421\u0441\u044b\u043b\u043a\u0430\n\u0421\u043d\u0435\u0433;{A}\n;{B}\n;{A}/6".encode(
            "utf-16"
        ),
        f"title;url\n\u0421\u043d\u0435\u0433;{A}\n;{B}\n;{A}/6".encode("cp1251"),
        f'"{A}","One"\n"{B}","Two"\n"{A}/6","Three"'.encode(),
        f"{A}\tOne\n{B}\tTwo words\n3\t{A}/6\n".encode(),
        f"id\turl\n1\t{A}\n2\t{B}\n3\t{A}/6\n".encode(),
        f"id|url\n1|{A}\n2|{B}\n3|{A}/6\n".encode(),
        f'{{"url": "{A}"}}\n{{"url": "{B}"}}\r\n{{"url": "{A}/6"}}'.encode(),
    ],
)
def test_a_list_is_read_in_the_forms_in_which_programs_write_it(tmp_path: Path, raw: bytes) -> None:
    assert urls(read(tmp_path / "list", raw)) == [A, B, f"{A}/6"]


def test_the_name_of_a_file_makes_commas_delimiters(tmp_path: Path) -> None:
    raw = f"{A},One\n{B},Two\nnone,Three\n".encode()
    assert urls(read(tmp_path / "list.csv", raw)) == [A, B, f"{tmp_path}/list.csv:3: no URL in this row"]
    assert urls(read(tmp_path / "list.csv.gz", gzip.compress(raw)))[:2] == [A, B]
    assert urls(read(tmp_path / "list.txt", f"{A},123.html\n{B};2|3\n".encode())) == [f"{A},123.html", f"{B};2|3"]


def test_a_table_is_read_on_behind_a_row(tmp_path: Path) -> None:
    found = read(tmp_path / "list.csv", f'url,title\n{A},"one\ntwo"\n{B},Two\n'.encode(), after=3)
    assert urls(found) == [B]
    assert [one.place.row for one in found if one.place] == [4]


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b'<?xml version="1.0"?><opml version="2.0"><body/></opml>', "an OPML list of feeds"),
        (b'\xef\xbb\xbf<?xml version="1.0"?>\n<rss version="2.0"></rss>', "a feed: read it with --rss"),
        (b"<feed xmlns='http://www.w3.org/2005/Atom'/>", "a feed: read it with --rss"),
        (b"<urlset></urlset>", "a sitemap: read it with --sitemap"),
        (b"<!doctype html><p>https://sosny.example/a", "HTML or XML"),
        (f'[\n  "{A}",\n  "{B}"\n]'.encode(), "a JSON array: give one URL or one object a line"),
        (b'[{"url": "x"}]', "a JSON array"),
        (b"PK\x03\x04" + b"\0" * 99, "a ZIP archive or an office document"),
        (b"%PDF-1.7\n", "a PDF"),
        (b"BZh91AY", "compressed with bzip2"),
        (bytes(range(256)) * 9, "binary data"),
        (gzip.compress(b"%PDF-1.7", mtime=0), "a PDF"),
    ],
)
def test_a_file_of_another_format_is_one_problem(tmp_path: Path, raw: bytes, says: str) -> None:
    (found,) = urls(read(tmp_path / "list", raw))
    assert found.startswith(f"{tmp_path}/list: not a list of URLs but {says}")


def test_a_folder_is_one_problem_and_an_empty_list_is_none(tmp_path: Path) -> None:
    assert urls(list(read_urls(str(tmp_path)))) == [
        f"{tmp_path}: a folder: name a file with one URL a line (folders of pages: --pages)"
    ]
    assert read(tmp_path / "empty", b"") == []
    assert read(tmp_path / "empty.gz", b"") == []


@pytest.mark.parametrize(
    "behind", [b"garbage", b"\x1f\x8b\x08\x00", gzip.compress(b"x" * 99, mtime=0)[:-9], b"\0" * 9 + b"?"]
)
def test_what_stands_behind_the_members_of_a_gzip_file_costs_no_url(tmp_path: Path, behind: bytes) -> None:
    packed = gzip.compress(f"{A}\n".encode()) + gzip.compress(f"{B}\n".encode())
    found = read(tmp_path / "list.txt", packed + behind)
    assert urls(found)[:2] == [A, B]
    assert isinstance(found[-1], Problem)
