"""What `run` shows on a terminal: a person reads each page's outcome and why; a pipe still gets JSON lines."""

from __future__ import annotations

import fcntl
import io
import os
import pty
import re
import struct
import subprocess
import termios
from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pytest
from rich.console import Console

from agents.cli.show.rule_words import WORDS, removed_in_words
from agents.cli.show.run_report import RunReport
from agents.run.tally import Tally
from pipeline.document.rules.rule import Rule
from pipeline.topics import OUTCOMES
from tests.support.command import COMMAND

DEMO = Path(__file__).parents[3] / "deploy" / "demo" / "pages"
PLAIN = {"TERM": "xterm-256color", "NO_COLOR": "1"}
ARTICLE: dict[str, Any] = {
    "event": "created",
    "article_id": "a1",
    "url": "https://a.example/1",
    "headline": "The bridge reopens",
    "article_body": "The bridge reopens\nThe first cars crossed on Saturday.",
    "word_count": 8,
    "in_language": "en",
    "date_published": "2025-06-14",
    "author": ["Rosalind Keane"],
    "cleaning": {"kept_lines": 2, "removed": [{"rule": "menu", "lines": 1, "characters": 20}]},
}


def on_a_terminal(*arguments: str, columns: int, env: dict[str, str]) -> str:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    kept = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "COLUMNS"}}
    with subprocess.Popen(
        [*COMMAND, *arguments], stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs, env=kept | env
    ) as process:
        os.close(theirs)
        said = b""
        try:
            while part := os.read(ours, 65536):
                said += part
        except OSError:  # Linux's word for the end
            pass
    os.close(ours)
    assert process.returncode == 0, said.decode(errors="replace")
    assert b"Traceback" not in said
    return said.decode(errors="replace")


def shown(*events: tuple[str, dict[str, Any]], topics: tuple[str, ...] = tuple(OUTCOMES), width: int = 80) -> str:
    out = io.StringIO()
    report = RunReport(Console(file=out, width=width, highlight=False), topics)
    for topic, event in events:
        report.add(topic, orjson.dumps(event))
    tally = Tally(fed=len(events), outcomes=Counter(topic for topic, _ in events))
    report.close(tally, ["pages"])
    return out.getvalue()


def in_one_line(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize(("columns", "env"), [(80, PLAIN), (132, PLAIN), (80, {"TERM": "dumb"})])
def test_a_terminal_shows_each_page_its_outcome_and_why(columns: int, env: dict[str, str]):
    said = on_a_terminal("run", str(DEMO), "--topics", "articles,duplicates,discarded", columns=columns, env=env)

    assert not re.search(r"\x1b\[[\d;]*3\d[\d;]*m", said)  # no color
    said = re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", said)
    flat = in_one_line(said)
    assert all(f" {path.name}" in flat for path in DEMO.iterdir())
    assert (
        "Swing bridge at Tarn Quay reopens after nine days stuck ajar English, 323 words, published 2025-06-14" in flat
    )
    assert "2 requests to subscribe or donate" in flat
    assert "duplicate of 01_ru_numbered_menu.txt: В Каменогорье в ночь на 14 апреля паводок снёс" in flat
    assert "similarity 1.00: the same words" in flat
    assert "discarded 13_empty_menu_only.txt no article: nothing was left after the cleaning" in flat
    assert "13 pages: 11 articles, 1 duplicate, 1 discarded." in flat
    assert f"explain {DEMO}/01_ru_numbered_menu.txt" in flat
    assert "subscribe articles --from-beginning --follow" in flat


def test_a_terminal_that_cannot_show_a_letter_shows_another():
    said = on_a_terminal(
        "run", str(DEMO / "06_kk_article.txt"), columns=80, env=PLAIN | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    )

    assert "Kazakh, 198 words" in said


def test_only_the_topics_that_are_asked_for_are_shown():
    discarded = {"event": "discarded", "url": "https://a.example/2", "reason": "no-article"}

    said = shown(("articles", ARTICLE), ("discarded", discarded), topics=("articles",))

    assert "https://a.example/2" not in said
    assert "2 pages: 1 article, 1 discarded." in said


def test_a_near_copy_is_shown_beside_its_article_with_the_evidence():
    evidence = {"bands": 30, "jaccard": 0.9, "containment": 0.95, "contained": "page", "agreeing": 4, "differing": 0}
    near = {
        "event": "duplicate",
        "kind": "near",
        "article_id": "a1",
        "url": "https://b.example/2",
        "similarity": 0.9,
        "evidence": evidence,
    }

    flat = in_one_line(shown(("articles", ARTICLE), ("duplicates", near)))

    assert "duplicate of https://a.example/1: The bridge reopens similarity 0.90: 0.95 of the text is shared" in flat
    assert "30 of 47 bands agree" in flat


def test_a_dead_letter_says_where_and_why():
    dead = {"event": "dead-letter", "url": "https://a.example/3", "stage": "clean", "error": "ValueError: no"}

    assert "clean: ValueError: no" in shown(("dead-letters", dead))


def test_a_page_cannot_steer_the_terminal():
    hostile = ARTICLE | {
        "headline": "[red]Bold\x1b[31m\r\x07",
        "url": "https://a.example/\x1b]0;x",
        "author": ["\x1b[2J"],
    }

    said = shown(("articles", hostile))

    assert "\x1b" not in said
    assert "\x07" not in said
    assert "[red]Bold" in said


def test_every_rule_that_drops_a_line_has_words():
    assert {rule for rule in Rule if not rule.keeps} <= WORDS.keys()


def test_the_rules_are_told_in_words_with_their_counts():
    assert removed_in_words([{"rule": "menu", "lines": 1}, {"rule": "credit", "lines": 3}]) == "3 photo credits, 1 menu"
    assert removed_in_words([{"rule": "tail-credit", "lines": 0}]) == "a credit after a paragraph"
    assert removed_in_words([{"rule": "of-a-newer-version", "lines": 2}]) == "2 of-a-newer-version lines"
    assert removed_in_words([]) == "nothing"
