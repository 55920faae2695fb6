"""Ends that are no part of an article are cut off, and nothing is overlooked by the quick test."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.document.rules.phrases import CREDIT_TAILS, TAIL_PROMPTS
from pipeline.document.rules.rule import Rule
from pipeline.document.rules.trim import may_trim, trim

PIECES = st.one_of(
    st.sampled_from(sorted({*TAIL_PROMPTS, *CREDIT_TAILS})).flatmap(
        lambda phrase: st.sampled_from([phrase, phrase.upper(), phrase.title(), phrase.replace("s", "\u017f")])
    ),
    st.sampled_from(
        [". ", "! ", "» ", ") ", "…\u00a0\u2003", ".     ", ": ", ":", "2031-01-06 ", "date: ", "10:30", "слово " * 40]
    ),
    st.text(max_size=3),
)


@given(st.lists(PIECES, max_size=8).map("".join))
def test_what_is_cut_is_not_overlooked(text: str) -> None:
    assert may_trim([text]) == [True] or trim(text, Rule.PROSE) == (text, Rule.PROSE)


@pytest.mark.parametrize("prompt", sorted(TAIL_PROMPTS))
def test_a_prompt_in_capitals_is_cut(prompt: str) -> None:
    text = (
        f"Снег шёл всю ночь. {prompt.upper()}{'' if prompt[-1] == ':' else ' '}news.example"  # a word is beside a colon
    )
    assert may_trim([text]) == [True]
    assert trim(text, Rule.PROSE) == ("Снег шёл всю ночь.", Rule.TAIL_PROMPT)
