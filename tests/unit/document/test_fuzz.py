"""Whatever bytes come in, the decoders and the cleaner answer with a value: never an exception, never without a reason."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from agents.clean.record import clean_record, failed_record, unread_record
from agents.stage.delivery import Delivery
from pipeline.document.classifier.judge import judge, measure_text
from pipeline.document.clean import clean
from pipeline.page.charset import Undecodable, decode, known_charset
from pipeline.page.markup import looks_like_html, start_tags, visible_text
from pipeline.page.routing import route_of
from pipeline.records.document import Cleaned, Document, Failure, Refusal, read_document
from pipeline.records.page import Page
from pipeline.records.route import PARTITION, Route
from pipeline.records.verdict import Verdict
from pipeline.records.wire import Malformed, encode
from pipeline.records.wire import decode as read_record

AT = datetime(2031, 1, 6, tzinfo=UTC)
LIMIT = 1 << 20
GOOD = "В посёлке Ясном открыли новую пекарню, сообщила районная газета. Хлеб там пекут с шести утра."
FEW = settings(max_examples=60)

names = st.sampled_from(
    ["p", "div", "a", "table", "tr", "td", "ul", "li", "br", "script", "style", "article", "h1", "svg", "title", "x-y"]
)
odd = st.sampled_from(
    [
        *("<", "<!--", "-->", "<![CDATA[", "]]>", "<?", "&#", "&#x110000;", "&#0;", "&lt", "</", '="', "'", "\0"),
        *(
            "\u0130",
            "\ufdfa",
            "\u202e",
            "\u0301" * 9,
            "\u00ad",
            "\ufeff",
            "\u2028",
            "\x85",
            "\r",
            "\n\n",
            "\ud800",
            "\uffff",
        ),
        *(
            "1. ",
            "• ",
            "| ",
            "06.01.2031 10:17",
            "USD EUR 1,2",
            "Фото: А.",
            "Читайте также",
            "©",
            "(",
            "…",
            "http://a.ru",
        ),
        *(
            "<meta charset=utf-7>",
            '<meta name="author" content="',
            '<script type="application/ld+json">{"@type":',
            GOOD,
        ),
        *(
            '<link rel="canonical" href="http://[">',
            '<time datetime="2031-13-45">',
            "<!DOCTYPE html [<!ENTITY a 'b'>]>",
        ),
    ]
)
tags = st.one_of(
    st.builds("<{}>".format, names),
    st.builds("</{}>".format, names),
    st.builds('<{} class="{}">'.format, names, st.text(max_size=9)),
)
pieces = st.one_of(tags, odd, st.text(st.characters(), max_size=20))
markup = st.lists(pieces, max_size=40).map("".join)
bodies = st.one_of(st.text(st.characters(), max_size=300), markup, markup.map("<html><body>{}".format))
documents = st.one_of(bodies.map(lambda text: text.encode("utf-8", "surrogatepass")), st.binary(max_size=300))
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)
VALID: dict[str, Any] = {"url": "https://o.example/a", "fetched_at": "2031-01-06T00:00:00Z", "body": GOOD}


def cleaned(page: Page) -> Document | Refusal:
    return clean(page, topic="pages", partition=0, offset=0)


def outcome(value: bytes | None) -> Cleaned:
    """Clean a record as the processes do, and read what was made as the next stage does."""
    delivery = Delivery(topic="pages", partition=1, offset=2, key=b"o.example", value=value)
    made = clean_record(delivery, LIMIT, LIMIT)
    found = read_document(made.value, partition=0, offset=9)
    assert (found.provenance.partition, found.provenance.offset) == (1, 2)  # of the page: what was made can be read
    assert made.partition == PARTITION[found.route]
    if isinstance(found, Refusal):
        assert found.detail
    if isinstance(found, Failure):
        assert found.error
        assert "\n" not in found.error
    return found


@FEW
@given(bodies)
def test_any_text_ends_as_a_document_with_words_or_a_refusal_that_says_why(text: str):
    page = Page(url="https://o.example/a", fetched_at=AT, body=text)

    found = cleaned(page)

    assert found == cleaned(page)
    assert found.word_count > 0 if isinstance(found, Document) else found.detail


@FEW
@given(
    documents,
    st.none() | st.text(max_size=12) | st.sampled_from(["cp1251", "utf-7", "utf-16", "hex", "idna", "gb18030"]),
)
def test_any_bytes_in_any_charset_end_as_a_document_or_a_refusal(raw: bytes, charset: str | None):
    found = cleaned(Page(url="https://o.example/a", fetched_at=AT, body_base64=raw, charset=charset))

    assert isinstance(found, Document) or found.detail


@FEW
@given(
    st.dictionaries(
        st.sampled_from([*VALID, "body_base64", "charset", "media_type", "schema_version", "refused"]), values
    )
)
def test_a_valid_record_with_other_values_in_its_fields_has_an_outcome(fields: dict[str, Any]):
    outcome(json.dumps(VALID | fields).encode())


@FEW
@given(st.data())
def test_a_valid_record_with_bytes_changed_cut_or_put_in_has_an_outcome(data: st.DataObject):
    value = bytearray(encode(Page(url="https://o.example/a", fetched_at=AT, body=GOOD)))
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(value)))
        value[start : start + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=9))
    outcome(bytes(value))


@FEW
@given(st.none() | st.binary(max_size=200) | values.map(lambda value: json.dumps(value).encode()))
def test_bytes_that_are_no_page_are_a_failure_that_keeps_them(value: bytes | None):
    found = outcome(value)

    assert isinstance(found, Failure)
    assert found.original_base64 == (value or b"")


@FEW
@given(
    st.binary(max_size=200) | values.map(lambda value: json.dumps(value).encode()),
    st.sampled_from([Page, Cleaned, Verdict]),
)
def test_no_decoder_of_records_raises(value: bytes, kind: Any):
    found = read_record(kind, value)

    assert isinstance(found, Malformed)
    assert found.error


@FEW
@given(st.binary(max_size=200) | st.just(encode(Page(url="u", fetched_at=AT, body=GOOD))), st.text(max_size=99))
def test_a_page_whose_process_died_has_a_record_whatever_it_holds(value: bytes, error: str):
    delivery = Delivery(topic="pages", partition=1, offset=2, value=value)

    for made in (failed_record(delivery, error, LIMIT), unread_record(delivery, error, LIMIT)):
        found = read_document(made.value, partition=0, offset=9)
        assert isinstance(found, Failure)
        assert (found.error, found.original_base64) == (error, value)


@FEW
@given(bodies)
def test_what_looks_at_markup_without_a_parser_takes_any_text(text: str):
    assert looks_like_html(text) in {True, False}
    assert 0 <= start_tags(text) <= text.count("<") + len(text)
    assert len(visible_text(text)) <= len(text)
    assert route_of(text, html=True) in set(Route)
    for judged in judge(measure_text(text)):
        assert judged.kept in judged.text


@FEW
@given(documents, st.none() | st.text(max_size=60), st.booleans())
def test_bytes_are_a_text_or_undecodable(raw: bytes, said: str | None, html: bool):
    found = decode(raw, charset=said, html=html)

    assert isinstance(found, str) or (isinstance(found, Undecodable) and found.detail)
    assert known_charset(said) is None or b"a".decode(str(known_charset(said)), "ignore") is not None
