"""The scorer of docs/evaluation.md, on cases that a reader can count."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from tests.bench import page_f1
from tests.bench.scoring import scorer
from tests.bench.sets import EVAL, read

if TYPE_CHECKING:
    from pathlib import Path


def f1(predicted: str, gold: str, title: str | None = None) -> float:
    found: float = page_f1.summarize([page_f1.page(predicted, gold, title)])["pageF1"]
    return found


@pytest.mark.parametrize(
    ("predicted", "gold", "expected"),
    [
        ("One two three", "one TWO  three!", 1.0),
        ("", "", 1.0),
        ("", "one", 0.0),
        ("one two", "one two three four", 2 * 2 / (2 * 2 + 2)),
        ("one one", "one", 2 / 3),  # a word counts as often as it occurs
        ("新聞", "聞", 2 / 3),  # a Han character is a word
        ("soft\u00adhyphen", "softhyphen", 1.0),
    ],
)
def test_page_f1_counts_words(predicted: str, gold: str, expected: float):
    assert f1(predicted, gold) == pytest.approx(expected)


def test_a_line_that_is_the_title_counts_on_neither_side():
    assert f1("The title\nthe text", "the text", "The title") == 1.0
    assert f1("the text", "The title\nthe text", "The title") == 1.0


def test_without_a_scorer_beside_the_sets_ours_is_used(tmp_path: Path):
    assert scorer(tmp_path) is page_f1


@pytest.mark.skipif(not (EVAL / "score.py").exists(), reason="the evaluation sets are not here (docs/evaluation.md)")
def test_ours_gives_what_the_scorer_beside_the_sets_gives():
    theirs = scorer()
    for row in read("plain", sets=["fundus", "daniel_zh"])[::20]:
        one, other = (by.page(row.body, row.gold_text, row.gold_title) for by in (page_f1, theirs))
        assert one == other
        assert math.isclose(page_f1.summarize([one])["pageF1"], theirs.summarize([other])["pageF1"])
    assert theirs.NUM.pattern == page_f1.NUM.pattern
