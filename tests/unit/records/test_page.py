"""A page, its bytes and its id."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.records.fields import digest
from pipeline.records.page import Page, page_id, page_of
from pipeline.records.reason import Reason

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
URL = "https://sosny.example/news/sneg"
TEXT = "Снег в Верхних Соснах убрали к полудню."


def page(body: str = TEXT, url: str = URL) -> Page:
    return Page(url=url, fetched_at=AT, body=body)


def test_the_id_of_a_page_is_the_same_in_every_process_and_release() -> None:
    assert page_id(page()) == "860ba14d0a333ee21651c13fdeddbbd4"


def test_the_id_changes_with_the_url() -> None:
    assert page_id(page()) != page_id(page(url=URL + "/"))


def test_the_id_changes_with_the_body() -> None:
    assert page_id(page()) != page_id(page(TEXT + " "))


def test_the_id_does_not_change_with_the_time_of_the_fetch() -> None:
    later = Page(url=URL, fetched_at=AT.replace(year=2027), body=TEXT)
    assert page_id(later) == page_id(page())


def test_the_id_does_not_depend_on_how_the_bytes_travel() -> None:
    assert page_id(Page(url=URL, fetched_at=AT, body_base64=TEXT.encode())) == page_id(page())


def test_a_url_and_a_body_cannot_trade_characters() -> None:
    assert page_id(page("bc", url="a")) != page_id(page("c", url="ab"))


def test_a_refused_page_is_named_by_its_reason_and_detail() -> None:
    large = Page(url=URL, fetched_at=AT, refused=Reason.TOO_LARGE, detail="9 MB")
    larger = Page(url=URL, fetched_at=AT, refused=Reason.TOO_LARGE, detail="10 MB")
    assert len({page_id(large), page_id(larger), page_id(page(""))}) == 3


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"body": TEXT, "body_base64": b"x"},
        {"body": TEXT, "refused": Reason.EMPTY},
        {"body": "", "body_base64": b""},
        {"body": TEXT, "body_base64": b"x", "refused": Reason.EMPTY},
        {"body": TEXT, "failed": "HTTP 500"},
        {"refused": Reason.ROBOTS, "failed": "HTTP 500"},
    ],
)
def test_a_page_has_exactly_one_of_its_four_bodies(parts: dict) -> None:
    with pytest.raises(ValueError, match="exactly one of body, body_base64, refused and failed"):
        Page(url=URL, fetched_at=AT, **parts)


def test_a_page_cannot_be_edited() -> None:
    with pytest.raises(AttributeError):
        page().body = "другое"


def test_utf_8_travels_as_readable_text() -> None:
    made = page_of(URL, TEXT.encode(), fetched_at=AT, charset="UTF8")
    assert (made.body, made.body_base64, made.charset) == (TEXT, None, None)


def test_bytes_that_are_not_utf_8_travel_as_they_are() -> None:
    raw = TEXT.encode("cp1251")
    made = page_of(URL, raw, fetched_at=AT)
    assert (made.body, made.body_base64) == (None, raw)


def test_bytes_declared_in_another_charset_are_not_read_as_utf_8() -> None:
    made = page_of(URL, b"plain ascii", fetched_at=AT, charset="utf-16le")
    assert (made.body, made.body_base64, made.charset) == (None, b"plain ascii", "utf-16le")


def test_an_empty_page_is_a_page() -> None:
    assert page_of(URL, b"", fetched_at=AT).raw == b""


@given(st.binary() | st.text().map(str.encode), st.sampled_from([None, "utf-8", "windows-1251"]))
def test_the_bytes_of_a_page_come_back_as_they_went_in(raw: bytes, charset: str | None) -> None:
    assert page_of(URL, raw, fetched_at=AT, charset=charset).raw == raw


@given(st.lists(st.binary(max_size=3), max_size=4), st.lists(st.binary(max_size=3), max_size=4))
def test_a_digest_tells_lists_of_parts_apart(one: list[bytes], other: list[bytes]) -> None:
    assert (digest(*one) == digest(*other)) == (one == other)
