"""One page has a process of its own, which is as killable as one of the pool."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from tests.support.patience import SECONDS

ROOT = Path(__file__).parents[3]
PAGES = ROOT / "deploy" / "demo" / "pages"
PAGE = str(PAGES / "09_ru_article.html")
HARMFUL = str(ROOT / "tests" / "support" / "harmful.py")


def run(harm: str, *arguments: str, seconds: str = "5") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, HARMFUL, harm, *arguments],
        env=os.environ | {"CHISTOVIK_PAGE_TIMEOUT": seconds, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        timeout=SECONDS,
        check=False,
    )


@pytest.mark.parametrize(
    ("harm", "error"),
    [
        ("crash", "its process died: SIGSEGV"),
        ("exit", "its process died: exit code 7"),
        ("eat", "needs more than 2048 MiB of memory (CHISTOVIK_PAGE_MEMORY)"),
        ("raise", "ValueError: an error of a parser"),
        ("hang", "took longer than 5 s (CHISTOVIK_PAGE_TIMEOUT)"),
    ],
)
def test_a_single_page_that_harms_its_process_is_one_failed_page(harm: str, error: str):
    done = run(harm, "clean", PAGE)

    assert (done.returncode, done.stderr) == (0, b"")
    (row,) = map(orjson.loads, done.stdout.splitlines())
    assert (row["reason"], row["error"]) == ("failed", error)


@pytest.mark.parametrize("harm", ["crash", "raise"])
def test_explain_says_in_one_line_what_a_single_page_did(harm: str):
    done = run(harm, "explain", PAGE)

    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert PAGE.encode() in done.stderr


def test_one_page_alone_and_the_same_page_among_others_are_cleaned_alike():
    other = str(PAGES / "04_uk_clean.txt")
    command = [sys.executable, "-m", "agents.cli", "clean"]
    alone, together = (
        subprocess.run([*command, *pages], cwd=ROOT, capture_output=True, timeout=SECONDS, check=True).stdout
        for pages in ([PAGE], [PAGE, other])
    )
    rows = [orjson.loads(output.splitlines()[0]) for output in (alone, together)]
    for row in rows:
        row["provenance"].pop("fetched_at")

    assert rows[0] == rows[1]
