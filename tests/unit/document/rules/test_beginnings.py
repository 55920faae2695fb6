"""A text that a pattern matches is never left out by the quick test of how it begins."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import native
from pipeline.document.classifier import beyond, series
from pipeline.document.metadata import line_names
from pipeline.document.rules.beginnings import Beginnings

PATTERNS = {
    "byline": (beyond._BY, beyond._BY_WORDS, 1),
    "button": (beyond._ACTION, beyond._BUTTON_WORDS, 1),
    "label": (line_names._LABEL, line_names._LABEL_WORDS, 1),
    "label alone": (line_names._LABEL_ALONE, line_names._LABEL_WORDS, 1),
    "made": (line_names._MADE, line_names._MADE_WORDS, 1 + line_names._BEFORE_MADE),
}
LETTERS = "abceghiklmnoprstuvwyzабвгдежзиклмнопрстуцшыяўәąé"


@pytest.mark.parametrize("name", PATTERNS)
@given(data=st.data())
def test_what_a_pattern_matches_may_begin_so(name: str, data: st.DataObject) -> None:
    pattern, beginnings, words = PATTERNS[name]
    text = data.draw(st.from_regex(pattern))
    found = pattern.search(text)
    assert found is not None
    text = text[found.start() :]
    if pattern.match(text):
        assert beginnings.near(text, words)


@pytest.mark.parametrize("letter", LETTERS)
def test_a_letter_that_a_pattern_takes_for_another_is_accepted(letter: str) -> None:
    pattern = re.compile(letter, re.IGNORECASE)
    beginnings = Beginnings(f"{letter}{letter}")
    for one in map(chr, range(0x10000)):
        if pattern.match(one):
            assert beginnings.near(one + one), hex(ord(one))


def test_other_beginnings_are_left_out() -> None:
    if native.COMPILED:
        beginnings = Beginnings("by автор")
        assert not any(map(beginnings.near, ["", "b", "buy it", "атака", "«Автор", "12", "記者 by", "— by"]))
        assert beginnings.near("words by", 2)
        assert not beginnings.near("more words by", 2)


def test_places_are_those_of_short_texts_that_begin_so_or_have_digits() -> None:
    texts = ["By Anna", "Nobody", "3 May 2031", "١٢٣ يوم", "5 of 12", "by the way, this line is a long one", "БЫЛО"]
    beginnings = Beginnings("by бы")
    found = beginnings.places(texts, range(len(texts)), longest=20, digits=3)
    assert set(found) >= {0, 2, 3, 4, 6}
    assert 5 not in found
    if native.COMPILED:
        assert found == [0, 2, 3, 4, 6]
        assert beginnings.places(texts, range(1, 6), longest=20) == []


ITEMS = st.lists(
    st.sampled_from(
        [
            "-",
            "–",
            "•",
            "+",
            " ",
            "\u00a0",
            "12",
            "٣",
            ".",
            ")",
            ":",
            "3 мая",
            "2031",
            "10:30",
            "Имя",
            "«",
            "слово " * 7,
        ]
    ),
    min_size=1,
    max_size=6,
).map(lambda parts: "".join(parts).strip())


@given(ITEMS)
def test_a_line_of_a_shape_may_be_an_item(text: str) -> None:
    assert series._shape(text) == "" or list(series._may_be_items([text], range(1))) == [0]
