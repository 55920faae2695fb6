"""INPUT arguments to pages; what is wrong costs one line, the rest goes on."""

import gzip
import io
import json
import lzma
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from agents.feed import page_files
from agents.feed.page_files import Input, Problem, read_inputs
from pipeline.records.page import Page
from pipeline.records.reason import Reason
from pipeline.records.wire import decode, encode

TEXT = "Снег в Верхних Соснах убрали к полудню."
HTML = f"<html><body><p>{TEXT}</p></body></html>"
PACKERS: dict[str, Callable[[bytes], bytes]] = {".jsonl": bytes, ".jsonl.gz": gzip.compress, ".jsonl.xz": lzma.compress}


def rows(*found: Any) -> bytes:
    return b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in found)


def read(*names: Path | str, charset: str | None = None) -> list[Input | Problem]:
    return list(read_inputs(map(str, names), charset=charset))


def only(*names: Path | str, charset: str | None = None) -> Input:
    [found] = read(*names, charset=charset)
    assert isinstance(found, Input)
    return found


def written(folder: Path, name: str, raw: bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(raw)
    return path


def urls(found: list[Input | Problem]) -> list[str]:
    return [one.page.url if isinstance(one, Input) else str(one) for one in found]


def test_a_file_is_a_page_named_after_it(tmp_path: Path) -> None:
    found = only(written(tmp_path, "sneg.txt", TEXT.encode()))
    assert (found.page.url, found.page.body, found.problem) == ("file:sneg.txt", TEXT, None)
    assert found.where == str(tmp_path / "sneg.txt")


def test_files_are_read_in_the_order_of_the_arguments(tmp_path: Path) -> None:
    names = [written(tmp_path, name, TEXT.encode()) for name in ("b.txt", "a.html", "c.txt")]
    assert urls(read(*names)) == ["file:b.txt", "file:a.html", "file:c.txt"]


def test_a_folder_is_read_in_the_order_of_its_names_with_its_folders(tmp_path: Path) -> None:
    for name in ("2.txt", "10.txt", "b/1.html", "a/2.html", ".hidden"):
        written(tmp_path, name, TEXT.encode())
    assert urls(read(tmp_path)) == ["file:10.txt", "file:2.txt", "file:a/2.html", "file:b/1.html"]


def test_rows_in_a_folder_are_rows(tmp_path: Path) -> None:
    written(tmp_path, "a.jsonl.gz", gzip.compress(rows({"text": TEXT}, {"text": TEXT})))
    assert urls(read(tmp_path)) == ["file:a.jsonl.gz#1", "file:a.jsonl.gz#2"]


def test_a_folder_without_files_is_a_problem(tmp_path: Path) -> None:
    assert read(tmp_path) == [Problem(str(tmp_path), "no files in this folder")]


def test_a_dash_is_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(TEXT.encode())))
    found = only("-")
    assert (found.page.url, found.page.body, found.where) == ("file:-", TEXT, "standard input")


@pytest.mark.parametrize("suffix", PACKERS)
def test_a_row_passes_its_url_and_id_through(tmp_path: Path, suffix: str) -> None:
    row = {"url": "https://sosny.example/a", "html": HTML, "id": "n-17", "label": [1, {"x": None}]}
    found = only(written(tmp_path, "pages" + suffix, PACKERS[suffix](rows(row))))
    assert (found.page.url, found.id, found.page.body) == ("https://sosny.example/a", "n-17", HTML)


def test_a_row_of_html_is_html_and_one_of_text_is_text(tmp_path: Path) -> None:
    found = read(written(tmp_path, "a.jsonl", rows({"html": TEXT}, {"text": HTML})))
    assert [one.page.media_type for one in found if isinstance(one, Input)] == ["text/html", "text/plain"]


def test_a_row_may_say_when_it_was_fetched(tmp_path: Path) -> None:
    found = only(written(tmp_path, "a.jsonl", rows({"text": TEXT, "fetched_at": "2026-03-02T14:30:00+05:00"})))
    assert found.page.fetched_at == datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def test_a_row_without_a_url_is_named_by_its_file_and_id_or_line(tmp_path: Path) -> None:
    path = written(tmp_path, "a.jsonl", rows({"text": TEXT, "id": 0}, {"text": TEXT, "id": "б"}, {"text": TEXT}))
    assert urls(read(path)) == ["file:a.jsonl#0", "file:a.jsonl#б", "file:a.jsonl#3"]


def test_empty_lines_are_no_rows_but_they_count(tmp_path: Path) -> None:
    path = written(tmp_path, "a.ndjson", b"\n" + rows({"text": TEXT}) + b" \r\n" + rows({"text": TEXT}))
    assert urls(read(path)) == ["file:a.ndjson#2", "file:a.ndjson#4"]


def test_the_last_row_needs_no_line_end(tmp_path: Path) -> None:
    assert len(read(written(tmp_path, "a.jsonl", rows({"text": TEXT}).rstrip()))) == 1


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (b"{broken", "Invalid JSON: key must be a string at line 1 column 2"),
        (b"[" * 100_000, "Invalid JSON: recursion limit exceeded"),
        (b'"text"', "Input should be an object"),
        (b'{"text": 7}', "text: Input should be a valid string"),
        (b'{"text": "a", "html": "b"}', "a row needs exactly one of `html` and `text`"),
        (b'{"url": "https://sosny.example/a"}', "a row needs exactly one of `html` and `text`"),
        (b'{"text": "\xd1\xed\xe5\xe3"}', "Invalid JSON: invalid unicode code point"),
        (b'{"text": "\\ud83d"}', "Invalid JSON: "),
        (b'{"text": "a", "id": 1.5}', "id"),
        (b'{"text": "a", "id": %d}' % 10**30, "id"),
        (b'{"text": "a", "fetched_at": "2026-03-02"}', "fetched_at: "),
    ],
)
def test_a_bad_row_names_its_line_and_the_rest_goes_on(tmp_path: Path, row: bytes, says: str) -> None:
    path = written(tmp_path, "a.jsonl", rows({"text": TEXT}) + row + b"\n" + rows({"text": TEXT}))
    first, second, third = read(path)
    assert isinstance(second, Problem)
    assert str(second).startswith(f"{path}:2: {says}")
    assert "\n" not in str(second)
    assert urls([first, third]) == ["file:a.jsonl#1", "file:a.jsonl#3"]


def test_a_row_without_text_is_a_page_with_a_problem(tmp_path: Path) -> None:
    path = written(tmp_path, "a.jsonl", rows({"text": " \n", "id": 4}))
    found = only(path)
    assert (found.id, str(found.problem)) == (4, f"{path}:1: empty: no characters but white space")


def test_a_row_that_is_too_long_is_one_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_files, "LONGEST_ROW", 1 << 10)
    short, long = rows({"text": "Снег."}), rows({"text": "ы" * 3000})
    found = read(written(tmp_path, "a.jsonl", short + long + short))
    assert [type(one) for one in found] == [Input, Problem, Input]
    assert urls(found)[2] == "file:a.jsonl#3"


def test_a_row_is_not_too_long_for_being_the_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_files, "LONGEST_ROW", 1 << 10)
    found = read(written(tmp_path, "a.jsonl", rows({"text": "ы" * 3000}).rstrip()))
    assert [type(one) for one in found] == [Problem]


@pytest.mark.parametrize("name", ["no-such.txt", "no-such.jsonl", "no-such.jsonl.gz", "no-such.jsonl.xz"])
def test_a_missing_file_is_a_problem_and_the_rest_goes_on(tmp_path: Path, name: str) -> None:
    there = written(tmp_path, "there.txt", TEXT.encode())
    found = read(tmp_path / name, there)
    assert found[0] == Problem(str(tmp_path / name), "no such file")
    assert urls(found[1:]) == ["file:there.txt"]


@pytest.mark.parametrize("coding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
@pytest.mark.parametrize("suffix", PACKERS)
def test_rows_may_be_utf_16_as_a_shell_of_windows_writes_them(tmp_path: Path, suffix: str, coding: str) -> None:
    row = json.dumps({"url": "https://sosny.example/a", "text": TEXT})
    raw = f"{row}\r\n{row}\r\n".encode(coding)
    found = read(written(tmp_path, f"a{suffix}", PACKERS[suffix](raw)))
    assert urls(found) == ["https://sosny.example/a"] * 2


@pytest.mark.parametrize("suffix", [".jsonl.gz", ".jsonl.xz"])
def test_a_truncated_archive_gives_its_rows_and_then_a_problem(tmp_path: Path, suffix: str) -> None:
    noise = [{"text": f"{TEXT} {os.urandom(300).hex()}", "id": n} for n in range(400)]
    packed = PACKERS[suffix](rows(*noise))
    path = written(tmp_path, "a" + suffix, packed[: len(packed) * 2 // 3])
    *whole, last = read(path)
    assert isinstance(last, Problem)
    assert last.where == str(path)
    assert [one.id for one in whole if isinstance(one, Input)] == list(range(len(whole)))
    assert whole


@pytest.mark.parametrize("suffix", [".jsonl.gz", ".jsonl.xz"])
@pytest.mark.parametrize("at", [0, 12, 60])
def test_a_damaged_archive_is_one_problem(tmp_path: Path, suffix: str, at: int) -> None:
    packed = bytearray(PACKERS[suffix](rows(*[{"text": f"{TEXT} {n}"} for n in range(50)])))
    packed[at : at + 8] = b"\xff" * 8
    found = read(written(tmp_path, "a" + suffix, bytes(packed)))
    assert [one for one in found if isinstance(one, Problem)] == [found[-1]]


def test_a_text_that_is_not_utf_8_is_a_problem_that_says_what_to_do(tmp_path: Path) -> None:
    path = written(tmp_path, "a.txt", TEXT.encode("cp1251"))
    found = only(path)
    assert str(found.problem) == (
        f"{path}: undecodable: not UTF-8 (byte 0xd1 at offset 0) and no charset is named; give its charset with --charset"
    )


def test_a_charset_that_was_named_is_used(tmp_path: Path) -> None:
    found = only(written(tmp_path, "a.txt", TEXT.encode("cp1251")), charset="cp1251")
    assert (found.problem, found.page.charset, found.page.raw) == (None, "cp1251", TEXT.encode("cp1251"))


@pytest.mark.parametrize(
    ("raw", "reason", "says"),
    [
        (b"", Reason.EMPTY, "empty: 0 bytes"),
        (b"\n \n", Reason.EMPTY, "empty: no characters but white space"),
        (b"%PDF-1.7\n", Reason.BINARY, "binary: a PDF"),
        (b"a\0b\0", Reason.BINARY, "binary: 2 NUL bytes, the first at offset 1"),
    ],
)
def test_a_file_that_is_no_text_is_fed_as_a_refused_page(tmp_path: Path, raw: bytes, reason: Reason, says: str) -> None:
    path = written(tmp_path, "a.bin", raw)
    found = only(path)
    assert (found.page.refused, found.page.raw) == (reason, b"")
    assert str(found.problem) == f"{path}: {says}"


def test_a_file_whose_name_is_not_utf_8_can_be_fed(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xf1\xed\xe5\xe3.txt"))
    try:
        path.write_bytes(TEXT.encode())
    except OSError:
        pytest.skip("this file system takes no such names")
    found = only(path)
    assert found.page.url == r"file:\xf1\xed\xe5\xe3.txt"
    assert decode(Page, encode(found.page)) == found.page


def test_no_file_is_left_open_by_a_reader_that_stops(tmp_path: Path) -> None:
    path = written(tmp_path, "a.jsonl.gz", gzip.compress(rows(*[{"text": TEXT}] * 5)))
    reader = read_inputs([str(path)])
    assert isinstance(next(iter(reader)), Input)
    del reader  # an unclosed file would be a ResourceWarning, and warnings are errors
