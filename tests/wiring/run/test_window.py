"""The window of pages in flight: in feed order, each counted once, bounded."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.run.tally import Tally
from tests.support.embedded_run import Window
from tests.support.patience import SECONDS


def window(limit: int = 1000) -> tuple[Window, list[tuple[str, bytes]]]:
    emitted: list[tuple[str, bytes]] = []
    return Window(Tally(), lambda topic, outcome: emitted.append((topic, outcome)), limit=limit), emitted


def fed(pages: Window, *offsets: int, size: int = 10) -> None:
    for offset in offsets:
        pages.reserve(size)
        pages.add(offset, f"page {offset}", size)


async def test_outcomes_are_emitted_in_the_order_of_the_pages() -> None:
    pages, emitted = window()
    fed(pages, 0, 1, 2)
    pages.resolve(2, "discarded", b"2")
    pages.resolve(1, "articles", b"1")
    assert emitted == []
    pages.resolve(0, "articles", b"0")
    assert emitted == [("articles", b"0"), ("articles", b"1"), ("discarded", b"2")]


async def test_outcomes_are_counted_by_topic() -> None:
    pages, _ = window()
    fed(pages, 0, 1, 2)
    for offset, topic in enumerate(["articles", "duplicates", "articles"]):
        pages.resolve(offset, topic, b"")
    assert pages.tally.outcomes == {"articles": 2, "duplicates": 1}
    assert pages.tally.whole


async def test_a_page_without_an_outcome_leaves_the_tally_incomplete() -> None:
    pages, _ = window()
    fed(pages, 0, 1)
    pages.resolve(1, "articles", b"")
    assert not pages.tally.whole


async def test_a_second_outcome_of_a_waiting_page_is_counted_and_not_emitted() -> None:
    pages, emitted = window()
    fed(pages, 0, 1)
    pages.resolve(1, "articles", b"first")
    pages.resolve(1, "duplicates", b"second")
    pages.resolve(0, "articles", b"0")
    assert (pages.tally.twice, emitted[1]) == (["page 1"], ("articles", b"first"))
    assert not pages.tally.whole


async def test_a_second_outcome_of_a_page_let_go_already_is_counted() -> None:
    pages, emitted = window()
    fed(pages, 0)
    pages.resolve(0, "articles", b"first")
    pages.resolve(0, "articles", b"second")
    assert (pages.tally.twice, emitted) == (["offset 0"], [("articles", b"first")])


async def test_an_outcome_may_come_before_the_page_is_known_to_be_fed() -> None:
    pages, emitted = window()
    pages.resolve(0, "articles", b"0")
    assert emitted == []
    fed(pages, 0)
    assert emitted == [("articles", b"0")]
    assert pages.tally.whole


async def test_two_outcomes_before_the_page_is_known_to_be_fed_are_counted_twice() -> None:
    pages, emitted = window()
    pages.resolve(0, "articles", b"first")
    pages.resolve(0, "articles", b"second")
    fed(pages, 0)
    assert (len(pages.tally.twice), emitted) == (1, [("articles", b"first")])


async def test_the_bytes_of_resolved_pages_count_until_all_before_them_are_resolved() -> None:
    pages, _ = window()
    fed(pages, 0, 1, size=30)
    pages.resolve(1, "articles", b"")
    assert pages.size == 60
    pages.resolve(0, "articles", b"")
    assert (pages.size, len(pages.pages), len(pages.fed)) == (0, 0, 0)


async def test_there_is_room_up_to_the_limit() -> None:
    pages, _ = window(limit=100)
    fed(pages, 0, size=60)
    await asyncio.wait_for(pages.room_for(40), SECONDS)


async def test_a_page_that_does_not_fit_waits_until_an_older_one_is_resolved() -> None:
    pages, _ = window(limit=100)
    fed(pages, 0, 1, size=40)
    waiting = asyncio.create_task(pages.room_for(40))
    await asyncio.sleep(0)
    pages.resolve(1, "articles", b"")  # page 0 still holds the log
    await asyncio.sleep(0.01)
    assert not waiting.done()
    pages.resolve(0, "articles", b"")
    await asyncio.wait_for(waiting, SECONDS)


async def test_a_page_that_was_sent_counts_before_the_broker_confirms_it() -> None:
    pages, _ = window(limit=100)
    pages.reserve(80)
    waiting = asyncio.create_task(pages.room_for(40))
    await asyncio.sleep(0.01)
    assert not waiting.done()
    pages.add(0, "page 0", 80)
    pages.resolve(0, "articles", b"")
    await asyncio.wait_for(waiting, SECONDS)


async def test_a_page_larger_than_the_limit_goes_alone() -> None:
    pages, _ = window(limit=100)
    await asyncio.wait_for(pages.room_for(5000), SECONDS)
    fed(pages, 0, size=5000)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(pages.room_for(1), 0.01)


@given(st.integers(1, 8).flatmap(lambda count: st.permutations(range(count))), st.data())
def test_whatever_the_order_of_outcomes_each_page_is_emitted_once_in_feed_order(
    order: list[int], data: st.DataObject
) -> None:
    pages, emitted = window()
    known = data.draw(st.integers(0, len(order)))  # the rest is fed after the first outcomes came
    fed(pages, *range(known))
    for offset in order:
        pages.resolve(offset, "articles", b"%d" % offset)
    fed(pages, *range(known, len(order)))
    assert [outcome for _, outcome in emitted] == [b"%d" % offset for offset in range(len(order))]
    assert (pages.size, pages.tally.whole, pages.tally.twice) == (0, True, [])
