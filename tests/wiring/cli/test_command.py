"""The command as a user types it, without a Kafka: output, one line for every bad input, exit codes."""

from __future__ import annotations

import gzip
import os
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

import orjson
import pytest

from pipeline import native
from tests.support.command import COMMAND
from tests.support.patience import SECONDS
from tests.support.ports import nobody

DEMO = Path(__file__).parents[3] / "deploy" / "demo" / "pages"
TEXT = "В посёлке Ясном открыли новую пекарню, сообщила районная газета. Хлеб там пекут с шести утра.\n"


def chistovik(*arguments: str, code: int = 0, stdin: bytes = b"", **env: str) -> subprocess.CompletedProcess[bytes]:
    done = subprocess.run(
        [*COMMAND, *arguments], input=stdin, capture_output=True, timeout=SECONDS, check=False, env=os.environ | env
    )
    assert done.returncode == code, done.stderr.decode()
    assert b"Traceback" not in done.stderr
    return done


def lines(done: subprocess.CompletedProcess[bytes]) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize(
    "command", ["run", "clean", "feed", "serve", "watch", "worker", "subscribe", "duplicates", "status", "ui"]
)
def test_help_shows_an_example(command: str):
    assert b"Example" in chistovik(command, "--help").stdout


def test_the_version_says_whether_the_cleaning_is_compiled():
    said = "compiled" if native.COMPILED else "not compiled"
    assert chistovik("--version").stdout.decode() == f"chistovik {version('chistovik')}, {said}\n"


def test_clean_keeps_the_order_and_passes_id_and_url_through(tmp_path: Path):
    rows = [
        {"url": "https://o.example/a", "text": TEXT * 3, "id": "first"},
        {"url": "https://o.example/b", "text": "Меню\n", "id": 2},
        {"url": "https://o.example/c", "html": f"<html><body><p>{TEXT * 4}</p></body></html>", "id": "third"},
    ]
    (tmp_path / "rows.jsonl.gz").write_bytes(gzip.compress(b"\n".join(map(orjson.dumps, rows))))

    first, second, third = lines(chistovik("clean", str(tmp_path / "rows.jsonl.gz")))

    assert [row["id"] for row in (first, second, third)] == ["first", 2, "third"]
    assert first["url"] == "https://o.example/a"
    assert "пекарню" in first["article_body"]
    assert second["reason"] == "no-article"
    assert "article_body" not in second
    assert third["provenance"]["extractor"].startswith("blocks/html-")


def test_clean_reads_standard_input():
    (row,) = lines(chistovik("clean", stdin=(TEXT * 3).encode()))

    assert row["url"] == "file:-"
    assert "пекарню" in row["article_body"]


def test_bad_input_costs_a_line_each_and_the_rest_is_cleaned(tmp_path: Path):
    (tmp_path / "good.txt").write_text(TEXT * 3, encoding="utf-8")
    (tmp_path / "empty.txt").write_bytes(b"")
    (tmp_path / "binary.txt").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    (tmp_path / "koi.txt").write_bytes("Снег".encode("koi8-r"))
    (tmp_path / "rows.jsonl").write_bytes(b'{"url": "https://o.example/"\n{"url": "https://o.example/x"}\n')

    done = chistovik("clean", str(tmp_path), str(tmp_path / "gone.txt"), code=1)

    said = done.stderr.decode()
    assert len(said.splitlines()) == 6
    for what in (
        "empty.txt: empty",
        "binary.txt: binary",
        "koi.txt: undecodable",
        "rows.jsonl:1",
        "rows.jsonl:2",
        "gone.txt: no such file",
    ):
        assert what in said
    by_url = {row["url"]: row for row in lines(done)}
    assert "article_body" in by_url["file:good.txt"]
    assert {by_url[f"file:{name}.txt"]["reason"] for name in ("empty", "binary", "koi")} == {
        "empty",
        "binary",
        "undecodable",
    }


def test_a_charset_that_is_named_is_used(tmp_path: Path):
    (tmp_path / "koi.txt").write_bytes((TEXT * 3).encode("koi8-r"))

    (row,) = lines(chistovik("clean", "--charset", "koi8-r", str(tmp_path / "koi.txt")))

    assert "пекарню" in row["article_body"]


def test_run_gives_every_page_one_outcome_in_the_order_of_the_pages():
    topics = "articles,duplicates,discarded,dead-letters"

    done = chistovik("run", str(DEMO), "--topics", topics)

    events = lines(done)
    assert [event["url"] for event in events] == [f"file:{path.name}" for path in sorted(DEMO.iterdir())]
    kinds = [event["event"] for event in events]
    assert kinds == ["created"] * 11 + ["duplicate", "discarded"]
    assert events[11]["article_id"] == events[0]["article_id"]
    dated = {event["url"][5:7]: event["date_published"] for event in events[:11] if event["date_published"]}
    assert dated.keys() == {"06", "07", "09", "10", "11"}
    assert all(date.startswith("2025-") for date in dated.values())
    assert b"13 pages: 11 articles, 1 discarded, 1 duplicates" in done.stderr


def test_run_prints_articles_only_unless_told_otherwise():
    done = chistovik("run", str(DEMO / "13_empty_menu_only.txt"), str(DEMO / "04_uk_clean.txt"))

    assert [event["event"] for event in lines(done)] == ["created"]


def test_the_same_pages_twice_and_in_another_order_give_the_same_articles():
    names = [str(DEMO / name) for name in ("03_ru_clean_with_caption.txt", "04_uk_clean.txt", "08_en_wire.txt")]

    once = lines(chistovik("run", *names))
    twice = lines(chistovik("run", *reversed(names), *names))

    assert {event["article_id"] for event in once} == {event["article_id"] for event in twice}
    assert len(once) == len(twice) == 3


def test_run_refuses_a_page_over_the_limit_of_the_pipeline(tmp_path: Path):
    (tmp_path / "big.txt").write_text(TEXT * 20_000, encoding="utf-8")
    (tmp_path / "good.txt").write_text(TEXT * 3, encoding="utf-8")

    done = chistovik("run", str(tmp_path), "--topics", "articles,discarded", CHISTOVIK_MAX_PAGE_BYTES="1000000")

    assert [event["event"] for event in lines(done)] == ["discarded", "created"]
    assert lines(done)[0]["reason"] == "too-large"


def test_run_goes_on_after_bad_input_and_says_so_in_its_exit_code(tmp_path: Path):
    (tmp_path / "empty.txt").write_bytes(b"")
    (tmp_path / "good.txt").write_text(TEXT * 3, encoding="utf-8")

    done = chistovik("run", str(tmp_path), "--topics", "articles,discarded", code=1)

    assert [event["event"] for event in lines(done)] == ["discarded", "created"]
    assert b"empty.txt: empty" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("feed", "--pages", str(DEMO)),
        ("worker", "clean"),
        ("subscribe", "articles"),
        ("topics", "apply"),
        ("duplicates", "3f9a"),
    ],
)
def test_a_broker_that_is_not_there_is_one_line(arguments: tuple[str, ...]):
    done = chistovik(*arguments, code=3, CHISTOVIK_BROKERS=nobody())

    assert done.stderr.decode().splitlines() == [
        f"chistovik: no Kafka answers at {nobody()}: check that it is up and that CHISTOVIK_BROKERS is right"
    ]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("worker", "fetsch"), "no stage fetsch; choose from fetch, clean, dedupe, publish"),
        (("subscribe", "pages"), "no topic pages; choose from articles, duplicates, discarded, dead-letters"),
        (("run", str(DEMO), "--topics", "verdicts"), "--topics: no topic verdicts"),
        (("feed",), "nothing to feed"),
    ],
)
def test_a_wrong_word_is_one_line(arguments: tuple[str, ...], says: str):
    done = chistovik(*arguments, code=2)

    assert says in done.stderr.decode()
    assert len(done.stderr.splitlines()) == 1


def test_a_setting_that_cannot_be_used_is_one_line():
    done = chistovik("run", str(DEMO), code=2, CHISTOVIK_HTTP_PORT="eighty")

    assert done.stderr == b"chistovik: CHISTOVIK_HTTP_PORT='eighty': expected a whole number\n"


def test_a_reader_that_leaves_early_is_no_error():
    process = subprocess.Popen([*COMMAND, "clean", str(DEMO)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr is not None
    said = process.stderr.read()
    process.stderr.close()
    process.wait(SECONDS)

    assert b"Traceback" not in said
