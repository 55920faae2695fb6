"""Media types of pages: malformed ones are decided by the bytes."""

from __future__ import annotations

import pytest

from pipeline.page.media_types import ContentType, content_type, may_be_page, page_type
from pipeline.page.opening import Opened, Unopened, open_page
from pipeline.records.page import page_of
from tests.support.documents import AT

HTML = b"<!DOCTYPE html><html><p>x"


@pytest.mark.parametrize(
    ("header", "media_type", "charset"),
    [
        ("text/html,charset=utf-8", "text/html", "utf-8"),
        ("text/plain, text/html;charset=a, charset=b", "text/html", "a"),
        ("html", "", None),
        ("text/html/x", "", None),
        ("*/*", "", None),
        ("'text/html'", "text/html", None),
        ("text/html" + ";" * 2000 + "charset=utf-8", "text/html", None),
        ("текст/html", "", None),
    ],
)
def test_a_content_type_is_read_as_browsers_do(header: str, media_type: str, charset: str | None) -> None:
    assert content_type(header) == ContentType(media_type, charset)


@pytest.mark.parametrize(
    ("media_type", "head", "found"),
    [
        ("", b"anything", ""),
        ("text/plain", HTML, "text/plain"),
        (
            "application/xml",
            b"\xef\xbb\xbf <?xml version='1.0'?><!DOCTYPE html [<!ENTITY a 'b'>]><html>",
            "application/xhtml+xml",
        ),
        ("text/xml", b"<!-- a --><x:html xmlns:x='y'>", "application/xhtml+xml"),
        ("text/xml", b"<?xml version='1.0'?><rss><html>", None),
        ("text/xml", "<html/>".encode("utf-16"), "application/xhtml+xml"),
        ("text/x-html", HTML, "text/html"),
        ("text/x-html", b"{}", None),
        ("image/png", HTML, None),
    ],
)
def test_the_first_bytes_decide_where_the_type_does_not(media_type: str, head: bytes, found: str | None) -> None:
    assert page_type(media_type, head) == found
    assert may_be_page(media_type) or found is None


@pytest.mark.parametrize("media_type", ["text/html,charset=windows-1251", "html; charset=windows-1251"])
def test_a_page_that_was_fed_with_a_malformed_type_is_opened(media_type: str) -> None:
    body = "<html><p>Снег".encode("cp1251")
    opened = open_page(page_of("https://a.example/", body, fetched_at=AT, media_type=media_type))
    assert opened == Opened("<html><p>Снег", html=True)


def test_a_page_of_another_type_is_not_opened() -> None:
    unopened = open_page(page_of("https://a.example/", HTML, fetched_at=AT, media_type="application/pdf; a=b"))
    assert isinstance(unopened, Unopened)
    assert unopened.detail == "application/pdf"
