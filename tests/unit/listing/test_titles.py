"""The titles of listings: markup goes, and what a title is about stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.listing.titles import title_of_either, title_of_html, title_of_text


@pytest.mark.parametrize(
    ("text", "either"),
    [
        ("<b>Снег</b> и <a href='/x'>лёд</a>", "Снег и лёд"),
        ("<p>Снег<br>лёд</p>", "Снег лёд"),
        ("<canvas> и <col>", "<canvas> и <col>"),
        ("Why <b> is not <strong>", "Why <b> is not <strong>"),
        ("<table> or <div>?", "<table> or <div>?"),
        ("List<String> in Java", "List<String> in Java"),
        ("1 < 2 > 0", "1 < 2 > 0"),
        ("Снег &amp;amp; лёд", "Снег & лёд"),
        ("<img src=x>Снег", "Снег"),
    ],
)
def test_of_an_rss_title_only_sure_markup_goes(text: str, either: str) -> None:
    assert title_of_either(text) == either
    assert title_of_text(text) == text


def test_html_has_no_tags_left() -> None:
    assert title_of_html("<canvas>Снег</canvas> &lt;col&gt;") == "Снег <col>"


@given(st.text())
def test_a_title_is_one_line(text: str) -> None:
    for title in (title_of_text(text), title_of_html(text), title_of_either(text)):
        assert title == " ".join(title.split(" "))
        assert "\n" not in title
