"""Refreshes: how browsers read their value, and which of them redirect."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.page.refresh import SEARCHED, SMALL, Refresh, by_header, by_page, mentions_refresh, parsed


@pytest.mark.parametrize(
    ("content", "seconds", "target"),
    [
        ("0; URL=/new", 0, "/new"),
        ("0;url='/a b'", 0, "/a b"),
        ("0;/plain", 0, "/plain"),
        ("0,url=/x", 0, "/x"),
        ("0 url=/x", 0, "/x"),
        ('  5 ; uRl = "/q\'x" behind', 5, "/q'x"),
        ("0.9;url=/x", 0, "/x"),
        (".5;url=/x", 0, "/x"),
        ("0;urls/1", 0, "urls/1"),
        ("0;url", 0, "url"),
        ("0;url='/open", 0, "/open"),
        ("300", 300, ""),
        ("0;url=", 0, ""),
    ],
)
def test_a_value_is_read_as_browsers_do(content: str, seconds: float, target: str) -> None:
    assert parsed(content) == Refresh(seconds, target)


@pytest.mark.parametrize("content", ["", "url=/x", "soon;url=/x", "-1;url=/x", "0x;url=/x", "٣;url=/x"])
def test_what_browsers_ignore_is_none(content: str) -> None:
    assert parsed(content) is None


def test_a_header_redirects_soon_or_not_at_all() -> None:
    assert by_header("0;url=/x") == Refresh(0, "/x")
    assert by_header("10;/x") == Refresh(10, "/x")
    assert [by_header(value) for value in (None, "", "5", "11;/x")] == [None] * 4


@pytest.mark.parametrize("spelling", ["refresh", "Refresh", "REFRESH", "ReFrEsH"])
def test_a_page_is_searched_as_far_as_its_size_says(spelling: str) -> None:
    page = b" " * (SEARCHED + 10) + spelling.encode() + b" " * 100
    assert mentions_refresh(page, len(page))
    assert not mentions_refresh(page, SMALL + 1)
    assert mentions_refresh(spelling.encode("utf-16"), 20)


def test_the_first_refresh_that_redirects_counts() -> None:
    html = '<meta http-equiv=refresh content="900;/a"><meta http-equiv=refresh content="0;/b">'
    assert by_page(html.encode(), None) == Refresh(0, "/b")


def test_a_target_in_the_charset_of_the_page() -> None:
    html = '<meta charset="windows-1251"><meta http-equiv=refresh content="0;/новость">'
    assert by_page(html.encode("cp1251"), None) == Refresh(0, "/новость")


@given(st.text(max_size=300))
def test_no_value_raises(content: str) -> None:
    parsed(content)


@given(
    st.lists(
        st.sampled_from(
            ["<meta ", 'http-equiv="refresh" ', 'content="0;/x"', ">", "<noscript>", "<!--", "<base href>", "<"]
        )
    )
)
def test_no_page_raises(pieces: list[str]) -> None:
    by_page("".join(pieces).encode(), "utf-8")
