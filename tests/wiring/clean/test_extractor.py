"""CHISTOVIK_EXTRACTOR reaches what cleans, whichever command it is, and the event says which it was."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import orjson
import pytest

from tests.support.command import COMMAND
from tests.support.patience import SECONDS

PAGES = Path(__file__).parents[3] / "deploy" / "demo" / "pages"
HTML, PLAIN = str(PAGES / "09_ru_article.html"), str(PAGES / "04_uk_clean.txt")


def chistovik(*arguments: str, code: int = 0, **env: str) -> subprocess.CompletedProcess[bytes]:
    done = subprocess.run(
        [*COMMAND, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=SECONDS,
        check=False,
        env=os.environ | env,
    )
    assert done.returncode == code, done.stderr.decode()
    return done


@pytest.mark.parametrize("command", ["clean", "run"])
@pytest.mark.parametrize(("extractor", "of_html"), [("blocks", "blocks/html-"), ("trafilatura", "trafilatura/")])
def test_the_extractor_that_is_set_cleans_html_and_plain_text_has_but_one(command: str, extractor: str, of_html: str):
    done = chistovik(command, HTML, PLAIN, CHISTOVIK_EXTRACTOR=extractor)

    html, plain = (orjson.loads(line)["provenance"]["extractor"] for line in done.stdout.splitlines())
    assert html.startswith(of_html)
    assert plain.startswith("blocks/plain-")


def test_without_a_word_it_is_our_own():
    (row,) = chistovik("clean", HTML, CHISTOVIK_EXTRACTOR="").stdout.splitlines()

    assert orjson.loads(row)["provenance"]["extractor"].startswith("blocks/html-")


def test_an_extractor_that_there_is_not_is_one_line():
    done = chistovik("clean", HTML, code=2, CHISTOVIK_EXTRACTOR="goose")

    assert done.stderr == b"chistovik: CHISTOVIK_EXTRACTOR='goose': expected one of blocks, trafilatura\n"
