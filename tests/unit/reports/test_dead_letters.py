"""Dead letters as they are worked with: what a list keeps, what a replay says of itself, what it must not touch."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.clean.record import CleanRecord, clean_record, failed_record, unread_record
from agents.stage.delivery import Delivery
from pipeline.article.message import message_of
from pipeline.records.article import DeadLetter
from pipeline.records.document import Failure, Provenance, read_document
from pipeline.records.note import State
from pipeline.records.page import Page
from pipeline.records.page import page_of as make_page
from pipeline.records.verdict import Decision, Kinship
from pipeline.records.wire import Malformed, encode
from pipeline.reports.dead_letters import (
    MOST_ATTEMPTS,
    LetterPosition,
    LetterRow,
    NewestLetters,
    Original,
    StoredLetter,
    is_original,
    page_of,
    replay_headers,
    text_of,
    why_not_replay,
)
from pipeline.text.plain import one_line, printable
from pipeline.topics import DEAD_LETTER_NOTES, DEAD_LETTERS
from pipeline.topics.headers import LARGEST_ATTEMPT, attempt_of, header
from pipeline.verdict.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.records.document import Cleaned

AT = datetime(2031, 1, 6, 10, tzinfo=UTC)
PAGE = Page(
    url="https://outlet.example/bridge",
    fetched_at=AT,
    body="Вечером на площади у старой мельницы открыли мост, сообщили в районной администрации.\n" * 3,
)
LETTER = DeadLetter(
    stage="clean",
    error="took longer than 30 s",
    attempt=1,
    page_id="a" * 32,
    url=PAGE.url,
    original_base64=encode(PAGE),
    original_key_base64=b"outlet.example",
    provenance=Provenance(page_id="a" * 32, topic="pages", partition=3, offset=8, fetched_at=AT),
)
PARENT = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
LIMIT = 1 << 20


def filed(
    letter: DeadLetter = LETTER, headers: tuple[tuple[str, bytes], ...] = (("traceparent", PARENT),)
) -> StoredLetter:
    place = LetterPosition(page_id=letter.page_id, partition=1, offset=20)
    return StoredLetter(letter=letter, place=place, at=AT, headers=headers)


def row(number: int) -> LetterRow:
    return replace(filed().row(None), at=AT + timedelta(seconds=number), offset=number, error=f"error {number:07d}" * 9)


def delivery(value: bytes, *, offset: int = 0, headers: tuple[tuple[str, bytes], ...] = ()) -> Delivery:
    return Delivery(topic="pages", partition=3, offset=offset, key=b"outlet.example", value=value, headers=headers)


def document(record: CleanRecord) -> Cleaned:
    return read_document(record.value, partition=record.partition, offset=0)


@pytest.mark.parametrize(
    ("value", "attempt"),
    [
        (b"1", 1),
        (b"4", 4),
        (b"0", 0),  # a URL that was never requested
        (b"-3", 1),
        (b"", 1),
        ("٣".encode(), 1),
        (b"2.5", 1),
        (b"9" * 9, LARGEST_ATTEMPT),
    ],
)
def test_the_attempt_is_read_from_the_header_and_is_the_first_where_that_is_no_number(value: bytes, attempt: int):
    assert attempt_of([("attempt", value)]) == attempt


@given(st.binary())
def test_no_header_makes_an_attempt_that_cannot_be_written(value: bytes):
    assert 0 <= attempt_of([("attempt", value)]) <= LARGEST_ATTEMPT


def test_a_page_that_was_never_replayed_is_at_its_first_attempt():
    assert attempt_of([]) == 1


@pytest.mark.parametrize("value", [b"{", encode(PAGE)])
def test_a_failure_says_which_attempt_it_was_and_keeps_key_and_value(value: bytes):
    replayed = delivery(value, headers=(("attempt", b"3"),))

    failure = document(failed_record(replayed, "hung", LIMIT))

    assert isinstance(failure, Failure)
    assert (failure.attempt, failure.original_base64, failure.original_key_base64) == (3, value, b"outlet.example")


def test_a_failure_too_large_for_its_original_still_says_its_attempt():
    failure = document(failed_record(delivery(encode(PAGE), headers=(("attempt", b"3"),)), "hung", 600))

    assert isinstance(failure, Failure)
    assert (failure.attempt, failure.original_base64) == (3, None)
    assert failure.error.startswith("hung; the original stays in pages")


@pytest.mark.parametrize("value", [b"{", b"", b"\xff\x00", encode(PAGE), encode(replace(PAGE, body="Другое"))])
@pytest.mark.parametrize("speak", [failed_record, unread_record])
def test_a_record_read_back_from_pages_is_known_by_the_id_that_the_cleaning_gave_it(
    value: bytes, speak: Callable[..., CleanRecord]
):
    failure = document(speak(delivery(value), "hung", LIMIT))
    letter = replace(LETTER, page_id=failure.provenance.page_id)

    assert is_original(letter, Original(b"outlet.example", value))
    assert not is_original(letter, Original(b"outlet.example", value + b" x"))
    assert not is_original(letter, Original(b"outlet.example", encode(replace(PAGE, url="https://another.example/"))))


def test_a_replay_names_the_letter_the_next_attempt_and_the_same_trace():
    headers = replay_headers(filed(replace(LETTER, attempt=2)))

    assert header(headers, "replay-of") == b"a" * 32
    assert header(headers, "attempt") == b"3"
    assert (header(headers, "traceparent") or b"").split(b"-")[1] == PARENT.split(b"-")[1]
    assert header(headers, "traceparent") != PARENT


def test_headers_do_not_grow_however_often_a_page_fails_and_whatever_it_came_with():
    strange = (("traceparent", PARENT), ("attempt", b"1"), *((f"x-{number}", b"y" * 1000) for number in range(50)))
    letter, headers, sizes = LETTER, strange, set()
    for _ in range(4):
        replayed = replay_headers(filed(letter, headers))
        letter = replace(letter, attempt=attempt_of(replayed))
        headers = message_of(letter, prefix="news.", parent=header(replayed, "traceparent")).headers
        sizes.add(sum(len(name) + len(value) for name, value in replayed))

    assert letter.attempt == 5
    assert len(sizes) == 1


def test_the_attempt_stops_counting_before_it_cannot_be_read():
    headers = replay_headers(filed(replace(LETTER, attempt=(1 << 63) - 1)))

    assert attempt_of(headers) == LARGEST_ATTEMPT


def test_a_page_that_failed_often_is_replayed_only_by_force():
    often = replace(LETTER, attempt=MOST_ATTEMPTS)

    assert "failed 5 times already (took longer than 30 s); --force" in (why_not_replay(often, force=False) or "")
    assert why_not_replay(often, force=True) is None
    assert why_not_replay(replace(LETTER, attempt=MOST_ATTEMPTS - 1), force=False) is None


def test_a_broken_record_of_documents_is_not_fed_as_a_page():
    letter = replace(LETTER, stage="dedupe", provenance=replace(LETTER.provenance, topic="documents"))

    assert "a record of documents, not a page" in (why_not_replay(letter, force=True) or "")


def test_a_dead_letter_that_is_replayed_becomes_an_article_once():
    value, ledger = encode(PAGE), Ledger(0)
    failed = document(failed_record(delivery(value, offset=1), "hung", LIMIT))
    replays = [document(clean_record(delivery(value, offset=offset), LIMIT, LIMIT)) for offset in (2, 3)]

    verdicts = [ledger.judge(one, offset) for offset, one in enumerate([failed, *replays])]

    decisions = [verdict.decision for verdict in verdicts if verdict]
    assert decisions == [Decision.DEAD_LETTER, Decision.CREATED, Decision.DUPLICATE]
    assert verdicts[2] is not None
    assert verdicts[2].kinship is Kinship.REDELIVERED


def test_a_page_that_fails_again_after_its_article_leaves_the_article_alone():
    value, ledger = encode(PAGE), Ledger(0)
    good = [document(clean_record(delivery(value, offset=offset), LIMIT, LIMIT)) for offset in (1, 3)]
    failed = document(failed_record(delivery(value, offset=2), "hung", LIMIT))

    verdicts = [ledger.judge(one, offset) for offset, one in enumerate([good[0], failed, good[1]])]

    assert [verdict and verdict.decision for verdict in verdicts] == ["created", "dead-letter", "duplicate"]


@given(st.permutations(range(12)), st.integers(1, 15))
def test_a_list_keeps_the_newest_in_their_order(order: list[int], limit: int):
    newest = NewestLetters(limit)
    for number in order:
        newest.add(row(number))

    assert [one.offset for one in newest.rows()] == sorted(order, reverse=True)[:limit]
    assert newest.seen == 12


def test_a_list_of_any_length_takes_the_memory_of_its_limit():
    newest = NewestLetters(20)
    for number in range(200):
        newest.add(row(number))
    tracemalloc.start()
    for number in range(200, 20_200):
        newest.add(row(number))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 100_000  # 20,000 rows take 10 MB
    assert newest.rows()[0].offset == 20_199


@pytest.mark.parametrize(("text", "found"), [("LONGER", True), ("outlet.EXAMPLE", True), ("clean", False)])
def test_a_text_is_looked_for_in_url_and_error(text: str, found: bool):
    assert filed().row(None).says(text) is found


def test_a_row_holds_no_original():
    assert len(encode(filed().row(State.DROPPED))) < 400


def test_a_note_outlives_its_letter():
    week = 7  # days: a segment is deleted as a whole, when its youngest record is old enough
    assert DEAD_LETTERS.retention_days
    assert DEAD_LETTER_NOTES.retention_days
    assert DEAD_LETTER_NOTES.retention_days >= DEAD_LETTERS.retention_days + week
    assert not DEAD_LETTER_NOTES.public


def test_notes_on_two_letters_of_a_page_have_keys_of_their_own():
    assert LetterPosition(page_id="ab", partition=1, offset=20).key == b"ab:1:20"
    assert (
        LetterPosition(page_id="ab", partition=1, offset=2).key
        != LetterPosition(page_id="ab", partition=12, offset=0).key
    )


@pytest.mark.parametrize(
    ("raw", "charset", "text"),
    [
        ("Снег".encode(), None, "Снег"),
        ("Снег".encode("koi8-r"), "koi8-r", "Снег"),
        ("Снег".encode("koi8-r"), None, None),
        ("Снег".encode("koi8-r"), "no-such-charset", None),
    ],
)
def test_a_page_is_shown_as_text_where_it_is_in_the_charset_that_it_names(
    raw: bytes, charset: str | None, text: str | None
):
    assert text_of(make_page("https://a.example/", raw, fetched_at=AT, charset=charset)) == text


def test_an_original_that_holds_no_page_says_why():
    assert isinstance(page_of(Original(None, b"{")), Malformed)
    assert page_of(Original(None, encode(PAGE))) == PAGE


def test_what_came_with_a_page_cannot_steer_a_terminal():
    assert one_line("a\x1b[2J\r\nb\u202ec", 80) == "a�[2J b�c"
    assert one_line("а" * 100, 10) == "а" * 9 + "…"
    assert printable("a\tb\n\x1b") == "a\tb\n�"
