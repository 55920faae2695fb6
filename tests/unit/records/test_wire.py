"""Records are encoded and decoded; malformed bytes give a value, never an exception."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.records.article import Article, DeadLetter, Discarded, Duplicate, Outcome
from pipeline.records.document import (
    Cleaned,
    Cleaning,
    Document,
    Failure,
    Provenance,
    Refusal,
    Removed,
    Sources,
    read_document,
)
from pipeline.records.note import Note, State
from pipeline.records.page import Page
from pipeline.records.profile import Profile
from pipeline.records.reason import Reason
from pipeline.records.route import Route
from pipeline.records.target import Target, Visit, Waiting
from pipeline.records.verdict import Decision, Kinship, Verdict
from pipeline.records.watched import Watched
from pipeline.records.wire import LONGEST_ERROR, Malformed, decode, encode, rfc3339
from pipeline.topics import TOPICS

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
PAGE = {"url": "https://sosny.example/a", "fetched_at": "2026-03-02T09:30:00Z", "body": "Снег"}
KINDS: list[Any] = [kind for topic in TOPICS for kind in topic.records]

texts = st.text(max_size=20)
maybe = st.none() | texts
urls = st.text(min_size=1, max_size=30)
counts = st.integers(0, (1 << 63) - 1)
raws = st.binary(max_size=40)
offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
times = st.datetimes(timezones=offsets)
sources = st.builds(Sources, headline=maybe, author=maybe, canonical_url=maybe)
removed = st.builds(Removed, rule=texts, lines=counts, characters=counts)
cleanings = st.builds(
    Cleaning, kept_lines=counts, kept_characters=counts, removed=st.lists(removed, max_size=3).map(tuple)
)
provenances = st.builds(
    Provenance,
    page_id=texts,
    topic=texts,
    partition=counts,
    offset=counts,
    fetched_at=st.none() | times,
    extractor=texts,
    profile=st.none() | counts,
)
read = {
    "url": urls,
    "article_body": texts,
    "word_count": counts,
    "in_language": texts,
    "canonical_url": maybe,
    "headline": maybe,
    "author": st.lists(texts, max_size=2).map(tuple),
    "sources": sources,
    "cleaning": cleanings,
    "provenance": provenances,
}
originals = dict.fromkeys(("original_base64", "original_key_base64"), st.none() | raws)
broken = {"stage": texts, "error": texts, "attempt": counts, **originals}
targets = st.builds(
    Target,
    url=urls,
    submitted_at=times,
    source=texts,
    referrer=st.none() | urls,
    priority=st.integers(0, 9),
    refetch=st.booleans(),
    title=maybe,
    date_published=maybe,
)
RECORDS = {
    Watched: st.builds(
        Watched,
        url=urls,
        watch=urls,
        at=times,
        next_at=times,
        interval=st.floats(0, 1e9),
        etag=maybe,
        last_modified=maybe,
        failures=counts,
        problem=texts,
        polls=counts,
        seen=raws,
        found=st.lists(urls, max_size=3).map(tuple),
    ),
    Target: targets,
    Waiting: st.builds(Waiting, target=targets, origin=texts, attempt=counts, not_before=times, problem=texts),
    Visit: st.builds(Visit, url=urls, at=times, origin=texts, result=texts, etag=maybe, last_modified=maybe),
    Page: st.one_of(
        st.builds(Page, url=urls, fetched_at=times, media_type=maybe, body=texts),
        st.builds(Page, url=urls, fetched_at=times, charset=maybe, body_base64=raws),
        st.builds(Page, url=urls, fetched_at=times, refused=st.sampled_from(Reason), detail=texts),
        st.builds(
            Page, url=urls, fetched_at=times, failed=texts, requested_url=urls, title=maybe, date_published=maybe
        ),
    ),
    Document: st.builds(Document, route=st.sampled_from(Route), text_hash=texts, **read),
    Refusal: st.builds(
        Refusal,
        url=urls,
        route=st.sampled_from(Route),
        reason=st.sampled_from(Reason),
        cleaning=st.none() | cleanings,
        provenance=provenances,
    ),
    Failure: st.builds(Failure, url=urls, route=st.sampled_from(Route), provenance=provenances, **broken),
    Verdict: st.builds(
        Verdict,
        document_partition=counts,
        document_offset=counts,
        decision=st.sampled_from(Decision),
        page_id=texts,
        page_partition=counts,
        page_offset=counts,
        article_id=maybe,
        revision=st.none() | counts,
        kinship=st.none() | st.sampled_from(Kinship),
        fetched_at=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    ),
    Article: st.builds(
        Article,
        event=st.sampled_from(["created", "updated"]),
        article_id=texts,
        revision=counts,
        page_id=texts,
        **read,
    ),
    Duplicate: st.builds(
        Duplicate,
        kind=st.sampled_from(Kinship),
        article_id=texts,
        page_id=texts,
        url=urls,
        similarity=st.floats(0, 1),
        provenance=provenances,
    ),
    Discarded: st.builds(
        Discarded, reason=st.sampled_from(Reason), detail=texts, page_id=texts, url=urls, provenance=provenances
    ),
    DeadLetter: st.builds(DeadLetter, page_id=texts, url=urls, provenance=provenances, **broken),
    Profile: st.builds(
        Profile,
        version=counts,
        articles=counts,
        lines=st.lists(st.tuples(st.integers(0, (1 << 53) - 1), counts, counts), max_size=3).map(tuple),
        recent=st.lists(
            st.lists(st.integers(0, (1 << 32) - 1), max_size=3, unique=True).map(sorted).map(tuple), max_size=3
        ).map(tuple),
    ),
    Note: st.builds(Note, state=st.sampled_from(State), at=times),
}


def page_with(**fields: Any) -> bytes:
    return json.dumps(PAGE | fields).encode()


def error_of(kind: Any, value: bytes | None) -> str:
    found = decode(kind, value)
    assert isinstance(found, Malformed)
    assert "\n" not in found.error
    return found.error


def test_every_record_of_every_topic_is_tried_here() -> None:
    assert set(KINDS) == set(RECORDS)


@pytest.mark.parametrize("kind", KINDS)
@settings(deadline=None)  # a busy machine is no failure
@given(data=st.data())
def test_a_record_comes_back_as_it_was_written(kind: Any, data: st.DataObject) -> None:
    record = data.draw(RECORDS[kind])
    assert decode(kind, encode(record)) == record


@settings(deadline=None)  # a busy machine is no failure
@given(st.one_of(RECORDS[Document], RECORDS[Refusal], RECORDS[Failure]))
def test_the_kinds_of_documents_are_distinguished(record: Cleaned) -> None:
    assert decode(Cleaned, encode(record)) == record


@settings(deadline=None)  # a busy machine is no failure
@given(st.one_of(RECORDS[Article], RECORDS[Duplicate], RECORDS[Discarded], RECORDS[DeadLetter]))
def test_the_kinds_of_outcomes_are_distinguished(record: Outcome) -> None:
    assert decode(Outcome, encode(record)) == record


@pytest.mark.parametrize("kind", [*KINDS, Cleaned, Outcome])
@settings(deadline=None)  # a busy machine is no failure
@given(
    value=st.binary() | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps).map(str.encode)
)
def test_no_bytes_make_decoding_raise(kind: Any, value: bytes) -> None:
    assert isinstance(decode(kind, value), Malformed)


@settings(deadline=None)  # a busy machine is no failure
@given(
    st.dictionaries(
        st.sampled_from([*PAGE, "media_type", "charset", "body_base64", "refused", "detail", "schema_version"]),
        st.none() | st.integers() | st.floats() | st.text() | st.booleans() | st.lists(st.integers()),
    )
)
def test_a_page_with_any_field_spoiled_is_a_page_that_can_be_written_or_malformed(spoiled: dict[str, Any]) -> None:
    found = decode(Page, page_with(**spoiled))
    assert isinstance(found, Malformed) or decode(Page, encode(found)) == found


@pytest.mark.parametrize("kind", [*KINDS, Cleaned])
@pytest.mark.parametrize(
    ("value", "says"),
    [
        (None, "the value is null"),
        (b"", "Invalid JSON: EOF while parsing a value at line 1 column 0"),
        (b"{", "Invalid JSON: EOF while parsing an object at line 1 column 1"),
        (b"not json", "Invalid JSON: expected ident at line 1 column 2"),
        (b"\xff\xfe\x00", "Invalid JSON: expected value at line 1 column 1"),
        (b"null", "Input should be an object"),
        (b"[1, 2]", "Input should be an object"),
        (b"[" * 100_000, "Invalid JSON: recursion limit exceeded"),
        (b'{"a":' * 100_000, "Invalid JSON: recursion limit exceeded"),
    ],
)
def test_bytes_that_are_not_a_record_give_an_error_of_one_line(kind: Any, value: bytes | None, says: str) -> None:
    assert error_of(kind, value).startswith(says)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (b'{"body": "x"}', "url: Field required (and 1 more)"),
        (page_with(url=7), "url: Input should be a valid string"),
        (page_with(url=""), "url: String should have at least 1 character"),
        (page_with(url="x" * 8193), "url: String should have at most 8192 characters"),
        (page_with(fetched_at=1_700_000_000), "fetched_at: Input should be a valid datetime"),
        (page_with(fetched_at="2026-03-02T09:30:00"), "fetched_at: Input should have timezone info"),
        (page_with(fetched_at="вчера"), "fetched_at: Input should be a valid datetime"),
        (page_with(schema_version=2), "schema_version: Input should be 1"),
        (page_with(refused="empty"), "Value error, a page has exactly one of body, body_base64, refused and failed"),
        (page_with(body=None, refused="устала"), "refused: Input should be 'empty', 'binary'"),
        (page_with(body=None, body_base64="0KHQvdC10"), "body_base64: not base64: "),
        (page_with(body=None, body_base64="сне"), "body_base64: not base64: "),
        (page_with(body=None, body_base64="-_-_"), "body_base64: not base64: "),
        (page_with(body="\ud800"), "Invalid JSON: "),
    ],
)
def test_the_error_names_the_invalid_field_of_a_page(value: bytes, says: str) -> None:
    assert error_of(Page, value).startswith(says)


def test_a_string_that_is_not_utf_8_is_malformed() -> None:
    value = json.dumps(PAGE, ensure_ascii=False).encode("cp1251")
    assert error_of(Page, value).startswith("Invalid JSON: invalid unicode code point")


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ({"kind": "refusal", "url": "a", "route": "latin", "provenance": {}}, "refusal.reason: Field required"),
        ({"kind": "document", "url": "a", "route": "klingon"}, "document.route: Input should be 'cyrillic'"),
        ({"kind": "verdict"}, "Input tag 'verdict' found using 'kind' does not match any of the expected tags"),
        ({"kind": "new\nline"}, "Input tag 'new line' found using 'kind'"),
        ({}, "Unable to extract tag using discriminator 'kind'"),
    ],
)
def test_the_error_names_the_invalid_field_of_a_document_and_its_kind(value: dict[str, Any], says: str) -> None:
    assert error_of(Cleaned, json.dumps(value).encode()).startswith(says)


def test_an_error_that_quotes_the_payload_stays_short() -> None:
    assert len(error_of(Cleaned, json.dumps({"kind": "х" * 100_000}).encode())) <= LONGEST_ERROR + 20


@pytest.mark.parametrize("offset", [-1, 1 << 63, 10**40])
def test_a_number_that_could_not_be_written_again_is_malformed(offset: int) -> None:
    [record] = [
        decode(
            Verdict,
            encode(
                Verdict(
                    document_partition=0,
                    document_offset=5,
                    decision=Decision.REPEAT,
                    page_id="p",
                    page_partition=0,
                    page_offset=1,
                )
            ),
        )
    ]
    value = encode(record).replace(b'"document_offset":5', b'"document_offset":%d' % offset)
    assert error_of(Verdict, value).startswith("document_offset: Input should be ")


def test_fields_that_we_do_not_know_yet_are_let_through() -> None:
    assert isinstance(decode(Page, page_with(priority=3)), Page)


@pytest.mark.parametrize(
    ("time", "written"),
    [
        (AT, "2026-03-02T09:30:00Z"),
        (AT.replace(microsecond=5000), "2026-03-02T09:30:00.005000Z"),
        (datetime(2026, 3, 2, 14, 30, tzinfo=timezone(timedelta(hours=5))), "2026-03-02T09:30:00Z"),
        (datetime(2026, 3, 2, 6, 0, tzinfo=timezone(-timedelta(hours=3, minutes=30))), "2026-03-02T09:30:00Z"),
        (datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=5))), "0001-01-01T00:00:00+05:00"),
    ],
)
def test_times_are_written_as_rfc_3339_in_utc(time: datetime, written: str) -> None:
    assert rfc3339(time) == written
    assert json.loads(encode(Page(url="a", fetched_at=time, body="")))["fetched_at"] == written


def test_bytes_are_written_as_base64() -> None:
    assert json.loads(encode(Page(url="a", fetched_at=AT, body_base64=b"\xff\x00")))["body_base64"] == "/wA="


def test_a_value_that_no_record_contains_cannot_be_written() -> None:
    with pytest.raises(TypeError):
        encode({"a": object()})


def test_a_broken_document_is_a_failure_that_keeps_its_bytes() -> None:
    found = read_document(b'{"kind":"document"}', partition=1, offset=9)
    assert isinstance(found, Failure)
    assert (found.stage, found.route, found.original_base64) == ("dedupe", Route.LATIN, b'{"kind":"document"}')
    assert found.error.startswith("not a document: document.url: Field required")
    assert (found.provenance.topic, found.provenance.partition, found.provenance.offset) == ("documents", 1, 9)


@pytest.mark.parametrize("partition", range(4))
@pytest.mark.parametrize("value", [None, b"", b"\xff", b"[" * 100_000, b"{}"])
def test_any_bytes_in_documents_can_be_judged_and_written(value: bytes | None, partition: int) -> None:
    found = read_document(value, partition=partition, offset=0)
    assert decode(Cleaned, encode(found)) == found
