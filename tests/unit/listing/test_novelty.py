"""The new entries of a listing, and the memory of entries seen."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.listing import novelty as novelty_file
from pipeline.listing.dates import ANY_TIME, ANY_ZONE
from pipeline.listing.entries import Entry, Kind, Listing
from pipeline.listing.novelty import SIZE, Novelty, children_of, key_of, keys_of, novelty
from pipeline.listing.watchlist import Watch
from pipeline.records.watched import Watched, partition_of, state_key
from pipeline.records.wire import decode, encode

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
WATCH = Watch(url="https://sosny.example/feed", kind="feed", backlog=2)


def entry(name: str, *, hours: float | None = None, changed: float | None = None) -> Entry:
    return Entry(
        url=f"https://sosny.example/{name}",
        number=1,
        published=None if hours is None else NOW - timedelta(hours=hours),
        modified=None if changed is None else NOW - timedelta(hours=changed),
    )


def listing(*entries: Entry, kind: Kind = Kind.RSS) -> Listing:
    return Listing(kind=kind, entries=entries)


def after(new: Novelty, *, polls: int = 1) -> Watched:
    return Watched(url=WATCH.url, watch=WATCH.url, at=NOW, next_at=NOW, interval=900, polls=polls, seen=new.seen)


def chosen(found: Listing, state: Watched | None = None, watch: Watch = WATCH, elsewhere=lambda _key: False) -> Novelty:
    return novelty(found, state, watch, now=NOW, elsewhere=elsewhere)


def names(new: Novelty) -> list[str]:
    return [one.url.rpartition("/")[2] for one in new.fed]


def test_the_first_poll_feeds_recent_entries_oldest_first() -> None:
    found = chosen(listing(entry("c", hours=1), entry("b", hours=2), entry("a", hours=24 * 8)))
    assert (names(found), found.old, found.held_back) == (["b", "c"], 1, 0)


def test_an_entry_that_was_seen_is_not_new_in_another_spelling() -> None:
    state = after(chosen(listing(entry("a?utm_source=rss", hours=1))))
    assert names(
        chosen(listing(entry("b", hours=1), entry("a", hours=1), entry("a?utm_source=x", hours=1)), state)
    ) == ["b"]


def test_of_entries_without_a_date_the_first_poll_feeds_a_few_and_later_ones_all() -> None:
    first = chosen(listing(*(entry(name) for name in "edcba")))
    assert (names(first), first.held_back) == (["d", "e"], 3)
    second = chosen(listing(*(entry(name) for name in "hgfedcb")), after(first))
    assert (names(second), second.held_back) == (["f", "g", "h"], 0)


def test_the_first_poll_of_a_sitemap_feeds_only_dated_entries() -> None:
    first = chosen(listing(entry("a"), entry("b", changed=1), entry("c", hours=2), kind=Kind.SITEMAP))
    assert (names(first), first.held_back) == (["b", "c"], 1)
    assert names(chosen(listing(entry("a"), entry("d"), kind=Kind.SITEMAP), after(first))) == ["d"]


def test_an_old_entry_that_appears_later_is_not_fed_and_is_remembered() -> None:
    second = chosen(
        listing(entry("b", hours=24 * 30), entry("a", hours=1)), after(chosen(listing(entry("a", hours=1))))
    )
    assert (names(second), second.old) == ([], 1)
    assert chosen(listing(entry("b", hours=24 * 30)), after(second)).old == 0


def test_a_changed_entry_is_fed_only_with_updates_on() -> None:
    first, second = listing(entry("a", hours=5, changed=4)), listing(entry("a", hours=5, changed=1))
    assert names(chosen(second, after(chosen(first)))) == []
    watch = replace(WATCH, updates=True)
    assert names(chosen(second, after(chosen(first, watch=watch)), watch)) == ["a"]
    assert names(chosen(second, after(chosen(second, watch=watch)), watch)) == []


def test_a_change_without_a_zone_that_an_earlier_version_saw_is_not_fed_again() -> None:
    """Earlier versions dropped such a time: they remembered the day."""
    watch = replace(WATCH, updates=True)
    now = replace(entry("a", changed=3), modified_within=ANY_ZONE)
    assert now.modified is not None
    former = replace(now, modified=now.modified.replace(hour=0), modified_within=ANY_TIME)
    state = after(chosen(listing(former), watch=watch))
    upgraded = chosen(listing(now), state, watch)
    assert names(upgraded) == []
    later = replace(now, modified=now.modified + timedelta(hours=1))
    assert names(chosen(listing(later), after(upgraded), watch)) == ["a"]


def test_an_entry_is_too_old_only_if_it_surely_is() -> None:
    day = Entry(url="https://sosny.example/a", number=1, published=NOW - timedelta(days=8), published_within=ANY_TIME)
    assert names(chosen(listing(day))) == ["a"]
    assert names(chosen(listing(replace(day, published=NOW - timedelta(days=9))))) == []


def test_keys_stay_as_states_hold_them() -> None:
    """A key that changes would feed every entry of every watch again after an upgrade."""
    changed = Entry(url="https://sosny.example/a?b=1", number=1, modified=datetime(2026, 3, 2, 11, 30, tzinfo=UTC))
    assert (key_of(changed, WATCH) or b"").hex() == "a1b316a808483dac"
    assert (key_of(changed, replace(WATCH, updates=True)) or b"").hex() == "230b3ca72ad9778a"


def test_an_entry_of_another_part_of_the_watch_is_not_fed_but_remembered() -> None:
    key = key_of(entry("a"), WATCH)
    found = chosen(listing(entry("b", hours=1), entry("a", hours=1)), elsewhere=lambda one: one == key)
    assert names(found) == ["b"]
    assert key in keys_of(found.seen)


def test_entries_beyond_the_limit_of_a_poll_come_with_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(novelty_file, "MOST_FED", 3)
    state, fed = None, []
    found = listing(*(entry(str(n), hours=1) for n in range(8)))
    for _ in range(3):
        new = chosen(found, state)
        fed += names(new)
        state = after(new)
    assert sorted(fed) == list("01234567")
    assert not new.is_more


def test_an_entry_that_left_the_listing_is_remembered_while_there_is_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(novelty_file, "MOST_SEEN", 4)
    state = after(chosen(listing(entry("b", hours=1), entry("a", hours=2))))
    state = after(chosen(listing(entry("d", hours=1), entry("c", hours=2)), state))
    assert names(chosen(listing(entry("a", hours=3)), state)) == []
    state = after(chosen(listing(entry("f", hours=1), entry("e", hours=1), entry("d", hours=1)), state))
    assert names(chosen(listing(entry("a", hours=3), entry("c", hours=3)), state)) == ["a"]


@settings(max_examples=200)
@given(
    st.lists(
        st.lists(st.tuples(st.sampled_from("abcdefgh"), st.none() | st.integers(0, 24 * 9)), max_size=8),
        min_size=1,
        max_size=6,
    )
)
def test_no_entry_is_fed_twice_and_the_state_is_bounded(polls: list[list[tuple[str, int | None]]]) -> None:
    state, fed = None, []
    for number, said in enumerate(polls, 1):
        new = chosen(listing(*(entry(name, hours=hours) for name, hours in said)), state)
        fed += names(new)
        assert len(new.seen) % SIZE == 0
        assert {key_of(entry(name), WATCH) for name, _ in said} <= keys_of(new.seen).keys()
        state = after(new, polls=number)
    assert len(fed) == len(set(fed))


def test_a_state_of_the_largest_listing_fits_its_record() -> None:
    most = listing(*(entry(str(n), hours=1) for n in range(novelty_file.MOST_SEEN)), kind=Kind.SITEMAP)
    state = after(Novelty(fed=(), seen=b"".join(key_of(one, WATCH) or b"" for one in most.entries)))
    record = encode(state)
    assert len(record) < (1 << 20) - 10_000
    assert decode(Watched, record) == state


def test_the_sitemaps_of_an_index_that_changed_lately_are_watched() -> None:
    index = listing(
        entry("old", changed=24 * 30), entry("b", changed=5), entry("a", changed=1), entry("u"), kind=Kind.SITEMAP_INDEX
    )
    assert [url.rpartition("/")[2] for url in children_of(index, WATCH, now=NOW)] == ["a", "b", "u"]


def test_both_ends_of_an_index_without_dates_are_watched() -> None:
    index = listing(*(entry(f"s{n}") for n in range(100)), kind=Kind.SITEMAP_INDEX)
    found = [int(url.rpartition("/s")[2]) for url in children_of(index, WATCH, now=NOW)]
    assert found == [*range(10), *range(90, 100)]


@given(st.lists(st.none() | st.floats(0, 24 * 20), max_size=60))
def test_the_number_of_watched_sitemaps_of_an_index_is_limited(changes: list[float | None]) -> None:
    index = listing(*(entry(str(n), changed=hours) for n, hours in enumerate(changes)), kind=Kind.SITEMAP_INDEX)
    found = children_of(index, WATCH, now=NOW)
    assert len(found) == len(set(found)) <= novelty_file.MOST_CHILDREN


def test_all_parts_of_a_watch_lie_in_one_partition() -> None:
    assert state_key(WATCH.url, "https://a.example/") != state_key(WATCH.url, WATCH.url)
    assert {partition_of(WATCH.url, 12) for _ in range(3)} <= set(range(12))
