"""The audit's books: whatever outcomes come in whatever order, the ranges are those of a naive count."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.records.wire import Malformed
from pipeline.reports.audit import (
    SHOWN_RANGES,
    OutcomeLedger,
    PartitionAudit,
    Place,
    outcome_place,
    ranges_of,
    summary,
    value_place,
)
from pipeline.topics import OUTCOMES

OFFSETS = st.integers(0, 40)
TOPICS = st.sampled_from(sorted(OUTCOMES))
Range = tuple[int, int]


def runs(offsets: set[int]) -> list[Range]:
    """The ranges of a set of offsets, counted one by one."""
    found: list[Range] = []
    for offset in sorted(offsets):
        if found and found[-1][1] == offset:
            found[-1] = (found[-1][0], offset + 1)
        else:
            found.append((offset, offset + 1))
    return found


def ledger(kept: Range, *, cleaned: int | None, young: int = 0) -> OutcomeLedger:
    return OutcomeLedger(3, kept=kept, cleaned=cleaned, young=young)


def value(topic: str, partition: object, offset: object) -> bytes:
    return orjson.dumps(
        {"event": "x", "provenance": {"page_id": "1", "topic": topic, "partition": partition, "offset": offset}}
    )


@given(
    begin=OFFSETS,
    length=OFFSETS,
    cleaned=OFFSETS,
    young=OFFSETS,
    outcomes=st.lists(st.tuples(OFFSETS, TOPICS), max_size=120),
    unpublished=st.sets(OFFSETS),
)
def test_the_balance_is_that_of_a_naive_count(
    begin: int, length: int, cleaned: int, young: int, outcomes: list[tuple[int, str]], unpublished: set[int]
):
    end = begin + length
    books = ledger((begin, end), cleaned=cleaned, young=young)
    for offset, topic in outcomes:
        books.resolve(offset, topic)
    for offset in unpublished:
        books.expect(offset)
    balance = books.close()

    seen = [offset for offset, _ in outcomes]
    looked_at = {page for page in range(begin, end) if page >= young or page >= cleaned}
    without = looked_at - set(seen)
    in_flight = {page for page in without if page >= cleaned or page in unpublished}
    assert balance.pages == len(looked_at)
    assert balance.in_flight == len(in_flight)
    assert list(balance.missing.first) == runs(without - in_flight)
    assert list(balance.twice.first) == runs({page for page in looked_at if seen.count(page) > 1})
    assert list(balance.fell_out.first) == runs(set(range(min(cleaned, end), min(begin, end))) - {*seen, *unpublished})
    for name in OUTCOMES:
        assert balance.outcomes[name] == sum(topic == name and page in looked_at for page, topic in outcomes)
    assert balance.whole == (not balance.missing.first and not balance.twice.first and not balance.fell_out.first)


@given(st.sets(st.integers(0, 300)), st.integers(0, 10**9))
def test_ranges_are_those_of_a_naive_count_and_bounded(offsets: set[int], base: int):
    found = ranges_of(sum(1 << offset for offset in offsets), base)

    expected = [(start + base, end + base) for start, end in runs(offsets)]
    assert list(found.first) == expected[:SHOWN_RANGES]
    assert found.pages == len(offsets)


def test_a_page_with_no_outcome_is_missing_only_behind_what_clean_has_committed():
    books = ledger((0, 10), cleaned=6)
    for page in (0, 1, 5):
        books.resolve(page, "articles")
    balance = books.close()

    assert balance.missing.first == ((2, 5),)
    assert balance.in_flight == 4


def test_an_outcome_of_a_page_that_was_fed_after_the_snapshot_changes_nothing():
    books = ledger((0, 2), cleaned=2)
    for page in (0, 1, 2, 2, 10**15):
        books.resolve(page, "articles")
    balance = books.close()

    assert balance.whole
    assert balance.outcomes["articles"] == 2


def test_where_clean_has_never_committed_what_is_before_the_log_fell_out_behind_the_newest_outcome():
    books = ledger((8, 10), cleaned=None)
    books.resolve(4, "articles")
    balance = books.close()

    assert balance.fell_out.first == ((5, 8),)
    assert balance.in_flight == 2
    assert balance.missing.pages == 0


def test_where_clean_has_never_committed_and_the_log_is_whole_nothing_fell_out():
    balance = ledger((0, 3), cleaned=None).close()

    assert balance.whole
    assert balance.in_flight == 3


def test_pages_older_than_the_compaction_lag_are_looked_at_only_when_they_are_not_cleaned():
    cleaned = ledger((0, 10), cleaned=10, young=7).close()
    waiting = ledger((0, 10), cleaned=4, young=7).close()

    assert (cleaned.begin, cleaned.missing.first) == (7, ((7, 10),))
    assert (waiting.begin, waiting.missing.first, waiting.in_flight) == (4, (), 6)


def test_a_million_pages_take_a_quarter_of_a_megabyte():
    books = ledger((0, 1_000_000), cleaned=1_000_000)

    assert len(books._seen) + len(books._more) == 250_000


def test_the_place_is_read_from_the_header_and_the_value_not_looked_at():
    headers = [("ce_specversion", b"1.0"), ("ce_id", b"pages/11/4096")]

    assert outcome_place(headers, b"{not JSON") == Place(11, 4096)
    assert outcome_place([("ce_id", b"documents/1/2")], b"{not JSON") is None


@pytest.mark.parametrize("place", [None, b"", b"pages/1", b"pages/1/-2", b"pages/1/2/3", b"pages/ 1/2", b"\xff/1/2"])
def test_without_a_place_in_the_header_it_is_read_from_the_value(place: bytes | None):
    headers = [] if place is None else [("ce_id", place)]

    assert outcome_place(headers, value("pages", 2, 7)) == Place(2, 7)
    assert outcome_place(headers, value("documents", 2, 7)) is None


@pytest.mark.parametrize("broken", [b"", b"[]", b"{}", value("pages", -1, 2), value("pages", 1, "2"), b"[" * 5000])
def test_an_outcome_that_says_nowhere_whose_it_is_is_malformed(broken: bytes):
    assert isinstance(outcome_place([], broken), Malformed)


def test_a_tombstone_is_no_outcome_and_no_document():
    assert outcome_place([("ce_id", b"pages/1/2")], None) is None
    assert isinstance(value_place(None), Malformed)


def test_the_row_has_the_first_ranges_and_the_count_of_all_pages():
    books = ledger((0, 100), cleaned=100)
    for page in range(0, 100, 2):
        books.resolve(page, "dead-letters")
    row = books.close().row()

    assert (row["partition"], row["from"], row["to"], row["pages"], row["dead_letters"]) == (3, 0, 100, 100, 50)
    assert row["missing"] == [[page, page + 1] for page in range(1, 41, 2)]
    assert row["missing_pages"] == 50
    assert (row["twice"], row["twice_pages"], row["fell_out"], row["fell_out_pages"]) == ([], 0, [], 0)


def test_the_summary_adds_up_all_partitions():
    def closed(*pages: int) -> PartitionAudit:
        books = ledger((2, 6), cleaned=1)
        for page in pages:
            books.resolve(page, "articles")
        return books.close()

    said = summary([closed(2, 3), closed(4, 4)])

    assert said == (
        "8 pages: articles 4, duplicates 0, discarded 0, dead letters 0, "
        "in flight 5, missing 0, twice 1, fell out of the log 2"
    )
