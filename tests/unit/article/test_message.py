"""An outcome as a message: where it goes, and what its headers say."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from pipeline.article.message import child_of, message_of
from pipeline.records.article import Article, DeadLetter, Discarded, Duplicate, Outcome
from pipeline.records.document import Cleaning, Provenance
from pipeline.records.reason import Reason
from pipeline.records.verdict import Kinship
from pipeline.records.wire import encode
from pipeline.topics import OUTCOMES
from pipeline.topics.headers import header

SOURCE = Provenance(
    page_id="page-1", topic="pages", partition=2, offset=40, fetched_at=datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
)
COMMON: dict[str, Any] = {"page_id": "page-1", "url": "https://sosny.example/a", "provenance": SOURCE}
ARTICLE = Article(
    event="updated",
    article_id="article-1",
    revision=2,
    article_body="Снег убрали.",
    word_count=2,
    in_language="ru",
    cleaning=Cleaning(kept_lines=1, kept_characters=12),
    **COMMON,
)
DUPLICATE = Duplicate(kind=Kinship.EXACT, article_id="article-1", similarity=1.0, **COMMON)
DISCARDED = Discarded(reason=Reason.EMPTY, **COMMON)
DEAD_LETTER = DeadLetter(stage="clean", error="убита через 30 с", attempt=2, original_base64=b"\xff", **COMMON)
OUTCOMES_OF_ALL_KINDS = [ARTICLE, DUPLICATE, DISCARDED, DEAD_LETTER]
PARENT = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def headers(outcome: Outcome, parent: bytes | None = PARENT) -> dict[str, bytes]:
    return dict(message_of(outcome, prefix="news.", parent=parent).headers)


@pytest.mark.parametrize(
    ("outcome", "topic", "key"),
    [
        (ARTICLE, "articles", b"article-1"),
        (DUPLICATE, "duplicates", b"article-1"),
        (DISCARDED, "discarded", b"page-1"),
        (DEAD_LETTER, "dead-letters", b"page-1"),
    ],
)
def test_each_outcome_goes_to_its_topic_under_its_key(outcome: Outcome, topic: str, key: bytes) -> None:
    message = message_of(outcome, prefix="news.", parent=None)
    assert (message.topic, message.key, message.value) == (topic, key, encode(outcome))
    assert topic in OUTCOMES


@pytest.mark.parametrize("outcome", OUTCOMES_OF_ALL_KINDS)
def test_every_message_is_a_cloud_event(outcome: Outcome) -> None:
    found = headers(outcome)
    assert found["ce_specversion"] == b"1.0"
    assert found["ce_source"] == b"urn:chistovik:news.publish"
    assert found["ce_time"] == b"2026-03-02T09:30:00Z"
    assert found["content-type"] == b"application/json"
    assert found["ce_subject"] == message_of(outcome, prefix="news.", parent=None).key


def test_the_type_of_an_event_says_topic_event_and_version() -> None:
    assert [headers(outcome)["ce_type"].decode() for outcome in OUTCOMES_OF_ALL_KINDS] == [
        "chistovik.articles.updated.v1",
        "chistovik.duplicates.duplicate.v1",
        "chistovik.discarded.discarded.v1",
        "chistovik.dead-letters.dead-letter.v1",
    ]


def test_the_id_of_an_event_is_the_place_of_its_page() -> None:
    assert headers(ARTICLE)["ce_id"] == b"pages/2/40"


def test_no_header_is_there_twice() -> None:
    names = [name for name, _ in message_of(DEAD_LETTER, prefix="news.", parent=PARENT).headers]
    assert len(names) == len(set(names))


def test_the_time_of_an_event_is_in_utc() -> None:
    elsewhere = SOURCE.fetched_at.astimezone(timezone(timedelta(hours=5))) if SOURCE.fetched_at else None
    moved = replace(ARTICLE, provenance=replace(SOURCE, fetched_at=elsewhere))
    assert headers(moved)["ce_time"] == b"2026-03-02T09:30:00Z"


def test_an_event_whose_page_had_no_time_has_none() -> None:
    assert "ce_time" not in headers(replace(DEAD_LETTER, provenance=replace(SOURCE, fetched_at=None)))


def test_the_same_outcome_makes_the_same_message() -> None:
    one, other = (message_of(ARTICLE, prefix="news.", parent=PARENT) for _ in range(2))
    assert one == other


def test_a_message_stays_in_the_trace_of_its_document() -> None:
    version, trace, span, flags = headers(ARTICLE)["traceparent"].split(b"-")
    assert (version, trace, flags) == (b"00", b"0af7651916cd43dd8448eb211c80319c", b"01")
    assert span != b"b7ad6b7169203331"


def test_two_outcomes_of_one_trace_are_two_spans() -> None:
    other = replace(ARTICLE, provenance=replace(SOURCE, offset=41))
    assert headers(ARTICLE)["traceparent"] != headers(other)["traceparent"]


@pytest.mark.parametrize("parent", [None, b"", b"nonsense", PARENT + b"-more", PARENT.upper(), b"\xff" * 55])
def test_without_a_readable_parent_a_trace_begins(parent: bytes | None) -> None:
    found = headers(ARTICLE, parent)["traceparent"]
    assert re.fullmatch(rb"00-[0-9a-f]{32}-[0-9a-f]{16}-00", found)
    assert found == headers(ARTICLE, None)["traceparent"]


def test_each_stage_has_a_span_of_its_own() -> None:
    assert child_of(PARENT, "clean", "pages/2/40") != child_of(PARENT, "publish", "pages/2/40")


def test_a_dead_letter_says_in_its_headers_what_broke_and_where_it_came_from() -> None:
    found = headers(DEAD_LETTER)
    assert (found["stage"], found["attempt"]) == (b"clean", b"2")
    assert found["error"].decode() == "убита через 30 с"
    assert (found["source-topic"], found["source-partition"], found["source-offset"]) == (b"pages", b"2", b"40")


def test_no_other_outcome_has_the_headers_of_a_dead_letter() -> None:
    assert not {"stage", "error", "attempt", "source-topic"} & set(headers(ARTICLE))


def test_a_long_error_is_cut_between_characters() -> None:
    found = headers(replace(DEAD_LETTER, error="x" + "ы" * 5000))["error"]
    assert found.decode() == "x" + "ы" * 499


def test_a_header_is_found_by_its_name() -> None:
    assert header([("a", b"1"), ("b", b"2"), ("b", b"3")], "b") == b"2"
    assert header([("a", b"1")], "b") is None
