"""The words that a block shares with the page: of the main text, of its neighbors, of a copy."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.document.features.themes import NAMES, themes_of
from tests.unit.native.test_native import both_ways

ARTICLE = (
    "Рыболовы побережья просят вернуть старый маяк.",
    "Маяк погас весной, и рыболовам пришлось обходить побережье.",
    "Без света маяк опасен, говорят на побережье рыболовы.",
)


def columns(texts: tuple[str, ...], first: int, last: int) -> dict[str, list[float]]:
    compiled, plain = both_ways(lambda: themes_of(texts, (first, last)).tolist())
    assert compiled == plain
    return dict(zip(NAMES, compiled, strict=True))


@given(
    st.lists(st.one_of(st.text(max_size=40), st.text("abcdeé中文語 .", max_size=60)), max_size=14),
    st.integers(0, 14),
    st.integers(0, 14),
)
def test_the_compiled_loop_returns_the_same(texts: list[str], first: int, last: int) -> None:
    columns(tuple(texts), first, last)


def test_a_block_shares_the_words_of_the_main_text_in_any_inflection() -> None:
    found = columns((*ARTICLE, "Подпишитесь на рассылку магазина одежды."), 0, 2)
    assert min(found["themed"][:3]) >= 0.25
    assert found["themed"][3] == 0.0


def test_its_own_words_alone_make_no_theme() -> None:
    assert columns(ARTICLE[:1], 0, 0)["themed"] == [0.0]


def test_a_word_of_many_blocks_is_the_theme() -> None:
    often = columns((*ARTICLE, "Новый маяк построят осенью"), 0, 2)["themed_often"]
    assert often == pytest.approx([0, 0, 0, 0.25])  # beside a block of the main text there are only two others


def test_words_of_four_blocks_before_and_after_are_near() -> None:
    texts = ("bridge", "one", "two", "few", "bridge", "bridges", "", "bridge")
    found = columns(texts, 0, 0)
    assert [found["stems_before"][place] for place in (0, 4, 5)] == [0.0, 1.0, 1.0]
    assert [found["stems_after"][place] for place in (0, 5, 7)] == [1.0, 1.0, 0.0]


def test_only_long_words_count_and_pairs_of_dense_characters() -> None:
    assert columns(("to be or not to be", "the bridge", "市長視察", "第 市"), 0, 0)["stems"] == [0, 1, 3, 0]


def test_a_block_without_words_has_no_share() -> None:
    found = columns(("", "—"), 0, 1)
    assert found["themed"] == found["stems_after"] == found["repeated"] == [-1.0, -1.0]
    assert found["themed_around_5"] == [0.0, 0.0]


def test_the_words_around_are_weighed_by_their_number() -> None:
    texts = ("bridge river", "bridge river", "magazine", *[""] * 5, "river")
    around = columns(texts, 0, 1)["themed_around_5"]
    assert around[0] == pytest.approx(4 / 5)
    assert around[8] == pytest.approx(1.0)


def test_a_run_of_words_that_another_block_has_is_repeated() -> None:
    texts = (
        "Free delivery of all orders above fifty",
        "free delivery of all orders above ninety",
        "Other words are here",
    )
    assert columns(texts, 0, 0)["repeated"] == pytest.approx([0.75, 0.75, 0.0])
