"""The replay filter: what a reader has is dropped, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.subscribe.event import Event, EventError
from agents.subscribe.replays import Replays
from pipeline.article.message import message_of
from pipeline.records.article import Article, Outcome, edition
from pipeline.records.wire import encode
from tests.support.outcomes import AT, article, dead_letter, discarded, duplicate

if TYPE_CHECKING:
    from collections.abc import Sequence

times = st.datetimes(datetime(1970, 1, 1), datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001 — bounds are naive


def event(outcome: Outcome, *, headers: bool = True, timestamp: int = 1000, offset: int = 0) -> Event:
    message = message_of(outcome, prefix="news.", parent=None)
    return Event(
        topic="news." + message.topic,
        partition=0,
        offset=offset,
        value=message.value,
        key=message.key,
        headers=message.headers if headers else (),
        timestamp=timestamp,
    )


async def kept(replays: Replays, *events: Event) -> list[bool]:
    """Hand events to a reader as a subscription does, and say which of them came through."""
    found = []
    for one in events:
        (mark,) = await replays.marks([one])
        found.append(not replays.has(mark))
        if found[-1]:
            replays.note(mark)
    return found


FIRST, SECOND = article("a", 1), article("a", 2, revision=2, minute=5)
OTHER = article("b", 3)


async def test_an_article_is_dropped_when_the_reader_has_this_revision_or_a_newer_one():
    replays = Replays()
    events = map(event, (FIRST, SECOND, FIRST, SECOND, OTHER))

    assert await kept(replays, *events) == [True, True, False, False, True]
    assert replays.dropped == 2


async def test_an_article_that_was_forgotten_and_begins_again_is_newer_than_its_old_revisions():
    again = article("a", 9, revision=1, minute=60 * 24 * 40)

    assert await kept(Replays(), event(FIRST), event(SECOND), event(again), event(SECOND)) == [True, True, True, False]


@pytest.mark.parametrize("outcome", [duplicate("a", 4), discarded(5), dead_letter(6)])
async def test_other_events_are_dropped_by_the_place_of_their_page(outcome: Outcome):
    made_anew = event(outcome, timestamp=2000)  # a topic of the same name, years later

    assert await kept(Replays(), event(outcome), event(outcome), made_anew) == [True, False, True]


async def test_two_pages_that_repeat_one_article_are_two_events():
    assert await kept(Replays(), event(duplicate("a", 4)), event(duplicate("a", 5))) == [True, True]


@pytest.mark.parametrize("outcome", [FIRST, SECOND, duplicate("a", 4), discarded(5), dead_letter(6)])
def test_a_mark_is_the_same_with_and_without_headers(outcome: Outcome):
    assert event(outcome).mark() == event(outcome, headers=False).mark() is not None


@pytest.mark.parametrize("value", [b"", b"{", b"[]", b"7", b"{}", b'{"revision":1}', b'{"provenance":{}}', b"null"])
async def test_what_is_no_event_is_never_dropped(value: bytes):
    strange = Event(topic="news.articles", partition=0, offset=0, value=value)

    assert await kept(Replays(), strange, strange) == [True, True]


async def test_what_was_not_noted_comes_again():
    replays = Replays()
    (mark,) = await replays.marks([event(FIRST)])
    assert not replays.has(mark)

    assert await kept(replays, event(FIRST)) == [True]


async def test_memory_is_bounded_and_what_was_forgotten_comes_again():
    replays = Replays(most=10)
    events = [event(article(str(number), number)) for number in range(50)]

    assert all(await kept(replays, *events))
    assert len(replays._had) <= 11
    assert await kept(replays, events[0], events[0]) == [True, False]


async def test_the_readers_own_store_is_asked_for_what_is_not_remembered_and_once_a_name():
    asked: list[list[str]] = []

    async def known(names: Sequence[str]) -> dict[str, int]:
        asked.append(list(names))
        return {FIRST.article_id: event(SECOND).mark()[1]}  # type: ignore[index]

    replays = Replays(known=known)

    assert await kept(replays, event(FIRST), event(SECOND), event(OTHER), event(OTHER)) == [False, False, True, False]
    assert asked == [[FIRST.article_id], [OTHER.article_id]]


async def test_a_long_replay_of_what_the_store_has_costs_bounded_memory():
    async def known(names: Sequence[str]) -> dict[str, int]:
        return dict.fromkeys(names, 1 << 62)

    replays = Replays(most=10, known=known)
    for number in range(100):
        assert await kept(replays, event(article(str(number), number))) == [False]

    assert len(replays._had) <= 11


@given(times, st.integers(1, 9000), st.integers(0, 10**9), st.integers(1, 900))
def test_an_edition_grows_with_the_time_and_then_with_the_revision(
    at: datetime, revision: int, later: int, more: int
) -> None:
    after = min(at + timedelta(milliseconds=later), datetime(9999, 12, 30, tzinfo=UTC))

    assert 0 <= edition(at, revision) < edition(after, revision + more) < 1 << 63


def test_an_edition_without_a_time_is_older_than_all_others():
    assert edition(None, 3) < edition(AT, 1)


def test_an_event_is_decoded_as_what_it_is_and_a_wrong_one_says_where_it_lies():
    assert event(SECOND).outcome() == SECOND
    assert isinstance(event(FIRST).outcome(), Article)
    assert event(duplicate("a", 4)).id == "pages/4/0"
    torn = Event(topic="news.articles", partition=3, offset=17, value=encode(FIRST)[:-2])
    with pytest.raises(EventError, match=r"^news\.articles/3 offset 17 is not an event of schema version 1: "):
        torn.outcome()
