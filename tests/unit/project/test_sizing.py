"""deploy/SIZING.md is what its program computes, and the program computes what a reader would."""

from __future__ import annotations

import pytest

from pipeline.topics import TOPICS
from tests.bench.sizing import (
    BUSY,
    CASES,
    MEASURED,
    OUT,
    Case,
    cores,
    disk,
    memory,
    page,
    partitions,
    route_load,
    state,
    verdict,
)


def test_the_page_is_what_the_program_writes() -> None:
    assert OUT.read_text("utf-8") == page([Case(pages=pages) for pages in CASES]), "run `make sizing`"


def test_a_day_of_as_many_pages_as_a_core_cleans_takes_a_core() -> None:
    rate = MEASURED["clean"].value * BUSY
    assert cores(Case(pages=int(rate * 86_400), peak=1.0), "clean") == pytest.approx(1, rel=1e-3)
    assert cores(Case(pages=int(rate * 86_400), peak=4.0), "clean") == pytest.approx(4, rel=1e-3)


def test_disk_is_bytes_times_days_times_copies() -> None:
    assert disk(Case(pages=1000, copies=1))["pages"] == 1000 * 7 * MEASURED["pages"].value
    assert disk(Case(pages=1000, copies=3))["pages"] == 3000 * 7 * MEASURED["pages"].value
    assert disk(Case(pages=1000, copies=1, fetched=0.5))["urls"] == 500 * 7 * MEASURED["urls"].value


def test_every_topic_that_grows_with_the_pages_is_counted() -> None:
    bounded = {"watches", "profiles", "urls-later", "dead-letters", "dead-letter-notes"}
    assert set(disk(Case(pages=1))) == {topic.name for topic in TOPICS} - bounded


def test_partitions_suffice_for_the_pods_of_clean_and_are_never_fewer_than_the_table_says() -> None:
    assert partitions(Case(pages=10)) == 12
    large = Case(pages=100_000_000)
    assert partitions(large) % 12 == 0
    assert partitions(large) * 2 >= cores(large, "clean")


def test_what_does_not_fit_is_said() -> None:
    assert verdict(Case(pages=1_000_000)) == "fits as it is"
    assert "behind for good" in verdict(Case(pages=300_000_000))
    mean, busiest = route_load(Case(pages=100_000_000, peak=2.0))
    assert busiest == 2 * mean
    assert state(Case(pages=100, window=14)) * 2 == pytest.approx(state(Case(pages=100, window=28)))


def test_a_ledger_has_a_tenth_of_its_window_in_memory_and_at_most_two_million_texts() -> None:
    small, large = Case(pages=1000, empty=0, window=10), Case(pages=100_000_000, empty=0, window=10)
    recent, filtered = MEASURED["recent"].value, MEASURED["filter"].value
    assert memory(small, 0.5) == pytest.approx(500 * recent + 4500 * filtered)
    assert memory(large, 0.5) == pytest.approx(2**21 * (recent - filtered) + 500_000_000 * filtered)
