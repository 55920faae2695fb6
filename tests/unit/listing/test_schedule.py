"""The time of the next poll of a URL."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.listing.schedule import FIRST_INTERVAL, JITTER, LONGEST_BACKOFF, SITE_INTERVAL, Polled, after_poll, is_due
from pipeline.listing.watchlist import Watch
from pipeline.records.watched import Watched

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
WATCH = Watch(url="https://sosny.example/feed", kind="feed", min_interval=60, max_interval=7200)


def polled(*polls: Polled, watch: Watch = WATCH, url: str = WATCH.url) -> Watched:
    state, now = None, NOW
    for one in polls:
        state = after_poll(state, watch, url, one, now=now)
        now = state.next_at
    assert state is not None
    return state


def wait(state: Watched) -> float:
    return (state.next_at - state.at).total_seconds()


def test_a_new_url_starts_with_an_interval_of_a_quarter_of_an_hour() -> None:
    state = polled(Polled(new=20))
    assert (state.interval, state.polls) == (FIRST_INTERVAL, 1)
    assert FIRST_INTERVAL <= wait(state) <= FIRST_INTERVAL * (1 + JITTER)


def test_the_interval_shrinks_while_much_is_new_and_grows_while_nothing_is() -> None:
    assert polled(*[Polled(new=5)] * 3).interval == FIRST_INTERVAL / 4
    assert polled(*[Polled(new=1)] * 9).interval == FIRST_INTERVAL
    assert polled(Polled(new=1), Polled(is_unchanged=True), Polled()).interval == FIRST_INTERVAL * 2.25


@given(st.lists(st.builds(Polled, new=st.integers(0, 50), is_more=st.booleans()), min_size=1, max_size=40))
def test_the_interval_stays_within_its_bounds(polls: list[Polled]) -> None:
    state = polled(*polls)
    assert WATCH.min_interval <= state.interval <= WATCH.max_interval
    assert WATCH.min_interval <= wait(state) <= WATCH.max_interval * (1 + JITTER)


def test_entries_beyond_the_limit_of_a_poll_are_fetched_soon() -> None:
    assert wait(polled(Polled(), Polled(new=1000, is_more=True))) <= WATCH.min_interval * (1 + JITTER)


@pytest.mark.parametrize("said", [{"fresh_for": 3600.0}, {"ttl": 3600.0}, {"fresh_for": 60.0, "ttl": 3600.0}])
def test_a_listing_that_is_fresh_for_an_hour_is_not_polled_before(said: dict[str, float]) -> None:
    state = polled(Polled(new=5, **said))
    assert 3600 <= wait(state) <= 3600 * (1 + JITTER)
    assert state.interval == FIRST_INTERVAL  # how often it changes is another matter
    unchanged = polled(Polled(new=5, **said), Polled(is_unchanged=True))
    assert (wait(unchanged) >= 3600) == ("ttl" in said)  # an answer of 304 brings no feed, but headers


def test_a_long_freshness_does_not_exceed_the_interval_of_the_watch() -> None:
    assert wait(polled(Polled(fresh_for=1e9, ttl=1e9))) <= WATCH.max_interval * (1 + JITTER)
    assert wait(polled(Polled(new=1000, is_more=True, ttl=3600.0))) <= WATCH.min_interval * (1 + JITTER)


def test_a_failing_url_is_polled_less_and_less_but_at_least_once_a_day() -> None:
    waits = [wait(polled(*[Polled(problem="HTTP 500")] * n)) for n in range(1, 16)]
    assert waits[1] > waits[0] * 1.5
    assert max(waits) <= LONGEST_BACKOFF * (1 + JITTER)
    assert polled(Polled(problem="x" * 5000)).problem == "x" * 1000


def test_a_failure_forgets_nothing_and_a_success_ends_it() -> None:
    good = polled(Polled(new=1, etag='"1"', last_modified="yesterday", seen=b"12345678", found=("https://a.example/",)))
    bad = after_poll(good, WATCH, WATCH.url, Polled(problem="HTTP 500"), now=good.next_at)
    assert (bad.seen, bad.etag, bad.found, bad.failures, bad.polls) == (good.seen, '"1"', good.found, 1, 1)
    again = after_poll(bad, WATCH, WATCH.url, Polled(is_unchanged=True), now=bad.next_at)
    assert (again.etag, again.last_modified, again.seen, again.failures, again.problem) == (
        '"1"',
        "yesterday",
        b"12345678",
        0,
        "",
    )


def test_new_validators_take_the_place_of_old_ones() -> None:
    state = polled(Polled(etag='"1"'), Polled(last_modified="now"))
    assert (state.etag, state.last_modified) == (None, "now")


def test_a_wait_that_the_host_asks_for_is_kept_up_to_a_day() -> None:
    assert wait(polled(Polled(problem="HTTP 429", wait=5000.0))) >= 5000
    assert wait(polled(Polled(problem="HTTP 429", wait=1e9))) <= LONGEST_BACKOFF * (1 + JITTER)


def test_a_home_page_is_polled_once_a_day_and_its_feeds_as_they_change() -> None:
    site = Watch(url="https://sosny.example/", kind="site")
    assert wait(polled(Polled(found=("https://sosny.example/f",)), watch=site, url=site.url)) >= SITE_INTERVAL
    assert wait(polled(Polled(), watch=site, url="https://sosny.example/f")) < SITE_INTERVAL


def test_a_url_is_due_before_its_first_poll_and_not_right_after_it() -> None:
    state = polled(Polled())
    assert is_due(None, WATCH, NOW)
    assert not is_due(state, WATCH, state.next_at - timedelta(seconds=1))
    assert is_due(state, WATCH, state.next_at)


@pytest.mark.parametrize(("failures", "due"), [(0, True), (3, False)])
def test_a_list_that_was_changed_to_shorter_intervals_holds_at_once(failures: int, due: bool) -> None:
    state = replace(polled(Polled()), next_at=NOW + timedelta(hours=6), failures=failures)
    quick = replace(WATCH, max_interval=60.0)
    assert is_due(state, quick, NOW + timedelta(seconds=70)) is due


def test_two_urls_drift_apart() -> None:
    waits = {wait(polled(Polled(), url=f"https://sosny.example/{n}")) for n in range(20)}
    assert len(waits) > 15
