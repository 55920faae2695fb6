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


# Words that no other block has: with few words a page has no theme.
MANY = " ".join(f"{first}{second}only" for first in "bcdfg" for second in "aeiouxyz")


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
    found = columns((*ARTICLE, MANY, "Подпишитесь на рассылку магазина одежды."), 0, 3)
    assert min(found["themed"][:3]) >= 2  # times the mean, to which the words of no other block count as well
    assert found["themed"][3:] == [0.0, 0.0]  # words of its own alone make no theme


def test_a_short_text_has_no_theme() -> None:
    found = columns(ARTICLE, 0, 2)
    assert {share for name in NAMES[:4] for share in found[name]} == {-1.0}


def test_the_mean_of_the_main_text_is_one() -> None:
    texts = (f"{MANY} bridge", "", f"{MANY} river", "", "bridge")
    found = columns(texts, 0, 2)
    assert found["themed"][0] == found["themed"][2] == pytest.approx(1.0)
    assert found["themed"][4] == pytest.approx(41 / 40)


def test_words_of_four_blocks_before_and_after_are_near() -> None:
    texts = (MANY, "", "", "", "", MANY, "", "", "", MANY)
    found = columns(texts, 0, 9)
    assert [found["stems_before"][place] for place in (0, 5, 9)] == pytest.approx([0.0, 0.0, 3.0])
    assert [found["stems_after"][place] for place in (0, 5, 9)] == pytest.approx([0.0, 3.0, 0.0])


def test_only_long_words_count_and_pairs_of_dense_characters() -> None:
    assert columns(("to be or not to be", "the bridge", "市長視察", "第 市"), 0, 0)["stems"] == [0, 1, 3, 0]


def test_a_block_without_words_has_no_share() -> None:
    found = columns(("", "—", MANY, MANY), 2, 3)
    assert found["themed"][:2] == found["stems_after"][:2] == found["repeated"][:2] == [-1.0, -1.0]
    assert found["themed_around_5"][0] == pytest.approx(1.0)


def test_the_words_around_are_counted_whole() -> None:
    texts = (MANY, "", f"{MANY} magazine", *[""] * 5, "magazine other", *[""] * 6)
    around = columns(texts, 0, 2)["themed_around_5"]
    assert around[0] == pytest.approx(1.0)
    assert around[8] == pytest.approx(0.5 / (80 / 81))
    assert around[14] == -1.0


def test_a_run_of_words_that_another_block_has_is_repeated() -> None:
    texts = (
        "Free delivery of all orders above fifty",
        "free delivery of all orders above ninety",
        "Other words are here",
    )
    assert columns(texts, 0, 0)["repeated"] == pytest.approx([0.75, 0.75, 0.0])
