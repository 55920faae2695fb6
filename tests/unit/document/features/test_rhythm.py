"""The heading above a block, and lists of teasers that repeat headline, text and time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.document.blocks.measures import measure
from pipeline.document.features.rhythm import NAMES, forms_of, rhythm, under_headings
from pipeline.document.rules.recognise import cues_of
from tests.unit.native.test_native import both_ways

if TYPE_CHECKING:
    from collections.abc import Sequence


def of_headings(heads: Sequence[bool]) -> dict[str, list[float]]:
    count = len(heads)
    words, coded, kinds = np.arange(count, dtype=np.float32), np.arange(count, dtype=np.int16) - 1, np.arange(count) + 9
    compiled, plain = both_ways(lambda: under_headings(np.asarray(heads, bool), words, coded, kinds).tolist())
    assert compiled == plain
    return dict(zip(NAMES, compiled, strict=True))


def heard(forms: Sequence[int]) -> list[float]:
    def run() -> list[float]:
        row = np.full(len(forms), np.nan, np.float32)
        rhythm(np.asarray(forms, np.int64), row)
        told: list[float] = row.tolist()
        return told

    compiled, plain = both_ways(run)
    assert compiled == plain
    return list(compiled)


@given(st.lists(st.booleans(), max_size=70))
def test_the_compiled_loop_finds_the_same_heading(heads: list[bool]) -> None:
    of_headings(heads)


@given(st.lists(st.integers(0, 3), max_size=50))
def test_the_compiled_loop_hears_the_same_rhythm(forms: list[int]) -> None:
    heard(forms)


def test_a_block_is_told_of_the_last_heading_above_it() -> None:
    found = of_headings([False, True, False, False, True])
    assert found == {
        "from_heading": [-1, 0, 1, 2, 0],
        "heading_words": [-1, 1, 1, 1, 4],
        "heading_cue": [-1, 0, 0, 0, 3],
        "heading_kind": [-1, 10, 10, 10, 13],
    }


def test_teasers_have_a_rhythm_and_paragraphs_have_none() -> None:
    assert min(heard([1, 2, 3] * 6)) == 1.0
    assert heard([1] * 18) == [0.0] * 18
    mixed = heard([*range(10, 30), *[1, 2] * 10])
    assert max(mixed[:8]) == 0.0
    assert min(mixed[-8:]) == 1.0


def test_teasers_of_text_and_time_are_heard_whatever_they_say() -> None:
    teasers = (
        *("Порт закрыли на день", "Ветер повалил краны, людей вывели из порта заранее.", "Сегодня, 10:55"),
        *("Мост открыли", "По новому мосту проехали первые автобусы и машины.", "Сегодня, 9:12"),
        *("Музей просит помощи", "Крыша музея протекает с весны, и денег на неё нет.", "Вчера, 18:40"),
        *("Школы на замке", "Из-за мороза ученики трёх районов останутся дома.", "Вчера, 15:03"),
    )
    measures = measure(teasers)
    forms = forms_of(measures, cues_of(teasers, measures), np.zeros(len(teasers), np.int64))
    assert np.mean(heard(forms.tolist())) > 0.5


def test_no_block_has_no_rhythm() -> None:
    assert heard([]) == []
    assert heard([7]) == [pytest.approx(0.0)]
