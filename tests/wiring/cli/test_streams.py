"""The command on streams that are full, closed or left by their reader: one line, and an exit code of its own."""

from __future__ import annotations

import errno
import os
import shlex
import subprocess
from typing import TYPE_CHECKING

import orjson
import pytest

from agents.cli.failing import finish
from agents.errors import OutputError
from tests.support.command import COMMAND
from tests.support.patience import SECONDS

if TYPE_CHECKING:
    from pathlib import Path

TEXT = "В посёлке Ясном открыли новую пекарню, сообщила районная газета. Хлеб там пекут с шести утра.\n"
FULL = "chistovik: standard output cannot be written: No space left on device; the output is incomplete\n"
CLOSED = "chistovik: standard output is closed: nothing can be printed\n"
NO_KAFKA = {"CHISTOVIK_BROKERS": "127.0.0.1:1"}


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b"\n".join(orjson.dumps({"url": f"https://o.example/{n}", "text": TEXT * 3}) for n in range(3)))
    return path


def shell(line: str, **env: str) -> tuple[int, str, str]:
    done = subprocess.run(
        ["bash", "-c", f"{shlex.join(COMMAND)} {line}"],
        capture_output=True,
        timeout=SECONDS,
        check=False,
        env=os.environ | NO_KAFKA | env,
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


@pytest.mark.parametrize("arguments", ["clean ROWS", "explain --json ROWS", "--version"])
def test_a_full_output_is_one_line_with_its_exit_code(rows: Path, arguments: str) -> None:
    assert shell(f"{arguments.replace('ROWS', str(rows))} > /dev/full") == (74, "", FULL)


@pytest.mark.parametrize("arguments", ["clean ROWS", "--version"])
def test_a_closed_output_is_one_line_with_its_exit_code(rows: Path, arguments: str) -> None:
    assert shell(f"{arguments.replace('ROWS', str(rows))} >&-") == (74, "", CLOSED)


def test_a_closed_input_is_one_line() -> None:
    assert shell("clean - <&-") == (1, "", "chistovik: standard input: it is closed\n")


def test_a_closed_error_output_costs_its_lines_only(rows: Path) -> None:
    code, out, _ = shell(f"clean {rows} none.html 2>&-")
    assert (code, len(out.splitlines())) == (1, 3)
    assert shell(f"clean {rows} > /dev/full 2>&1") == (74, "", "")


def test_a_reader_that_ends_is_no_error(rows: Path) -> None:
    code, out, said = shell(f"clean {rows} {rows} {rows} | head -c 5; exit ${{PIPESTATUS[0]}}")
    assert (code, len(out), said) == (0, 5, "")


def test_an_html_file_that_does_not_fit_is_named(rows: Path) -> None:
    code, _, said = shell(f"explain --html /dev/full {rows}")
    assert (code, said) == (74, "chistovik: --html /dev/full: No space left on device; the file is incomplete\n")


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (
            OSError(errno.ENOSPC, "No space left on device", "/data/x"),
            r"^/data/x: No space left on device: free some space",
        ),
        (OSError(errno.EFBIG, "File too large"), r"^File too large: raise the limit of file sizes \(ulimit -f\)"),
        (OSError(errno.EMFILE, "Too many open files"), r"^Too many open files: raise the limit of open files"),
    ],
)
def test_what_the_machine_lacks_is_no_internal_error(error: OSError, says: str) -> None:
    async def fail() -> None:
        raise error

    with pytest.raises(OutputError, match=says):
        finish(fail())
