"""How long hosts rest and URLs wait: longer with each failure, within bounds, and never shorter than a host asks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.url.answers import LONGEST_WAIT
from pipeline.url.patience import SHORTEST_WAIT, patience_of, rest_of_host, wait_for_host, wait_of_url

MINUTE, DAY = 60.0, 86_400.0


def rests(*, is_busy: bool, asked: float | None = None) -> list[float]:
    return [
        rest_of_host(number, is_busy=is_busy, asked=asked, base=MINUTE, name="sosny.example") for number in range(1, 8)
    ]


def within(rest: float, full: float) -> bool:
    return full / 2 <= rest <= full


def test_a_busy_host_rests_at_once_and_up_to_sixteen_minutes() -> None:
    found = rests(is_busy=True)
    assert all(map(within, found, [1 * MINUTE, 4 * MINUTE, *[16 * MINUTE] * 5]))


def test_two_lost_connections_in_a_row_are_no_reason_to_rest() -> None:
    found = rests(is_busy=False)
    assert found[:2] == [0.0, 0.0]
    assert all(map(within, found[2:], [1 * MINUTE, 4 * MINUTE, *[16 * MINUTE] * 3]))


@given(failures=st.integers(1, 99), asked=st.floats(0, LONGEST_WAIT), is_busy=st.booleans(), base=st.floats(0, 1000))
def test_a_host_rests_at_least_as_long_as_it_asks(failures: int, asked: float, is_busy: bool, base: float) -> None:
    rest = rest_of_host(failures, is_busy=is_busy, asked=asked, base=base, name="a")
    assert asked <= rest <= LONGEST_WAIT


def test_a_host_that_always_asks_for_a_second_rests_longer_in_the_end() -> None:
    found = rests(is_busy=True, asked=1.0)
    assert all(1 <= rest <= 2 for rest in found[:2])
    assert all(map(within, found[2:], [1 * MINUTE, 4 * MINUTE, *[16 * MINUTE] * 3]))


@given(attempt=st.integers(1, 20), asked=st.floats(0, LONGEST_WAIT), base=st.floats(0, 1000))
def test_a_url_waits_at_least_as_long_as_its_host_asks(attempt: int, asked: float, base: float) -> None:
    assert asked <= wait_of_url(attempt, asked=asked, base=base, name="a") <= LONGEST_WAIT


def test_a_url_waits_longer_after_each_of_its_attempts() -> None:
    waits = [wait_of_url(attempt, asked=None, base=MINUTE, name="a") for attempt in range(1, 5)]
    assert all(map(within, waits, [MINUTE, 4 * MINUTE, 16 * MINUTE, 64 * MINUTE]))


@pytest.mark.parametrize(("attempts", "base", "seconds"), [(5, 60.0, DAY), (1, 60.0, 17 * MINUTE), (5, 0.05, 72.0)])
def test_patience_is_a_day_and_follows_the_waits_of_a_url(attempts: int, base: float, seconds: float) -> None:
    assert patience_of(attempts, base=base) == pytest.approx(seconds, rel=0.01)
    assert patience_of(10_000, base=base) < float("inf")


@given(st.lists(st.integers(0, 2 * 16 * 60), min_size=500, max_size=500))
def test_a_url_of_a_dead_host_is_looked_at_some_times_and_its_patience_ends(rests: list[int]) -> None:
    waited, looks = 0.0, 0
    while waited < DAY:
        wait = wait_for_host(rests[looks], waited=waited, patience=DAY, name=f"urls-later/1/{looks}")
        assert wait >= min(rests[looks], DAY - waited)
        waited, looks = waited + wait, looks + 1
    assert waited <= DAY + SHORTEST_WAIT
    assert looks < 80
