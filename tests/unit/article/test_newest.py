"""The newest events: what a list knows of each, how many are kept, and what is said of them."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from agents.ui.lists import choose, group_copies, list_page
from pipeline.article.newest import Newest, Shelf, glance_of
from pipeline.article.outcome import outcome_of
from pipeline.document.profile import learn
from pipeline.document.recurring import lesson_of
from pipeline.records.article import Article, Discarded
from pipeline.records.profile import EMPTY, Profile
from pipeline.records.reason import Reason
from pipeline.records.wire import encode
from pipeline.reports.hosts import hosts_with_profiles, repeated_lines
from tests.support.documents import AT, BRIDGE, SNOW, document, failure, judged, refusal


def shelved(shelf: Shelf, minutes: list[int], host: str = "sosny.example") -> None:
    for offset, minute in enumerate(minutes):
        event = Discarded(
            reason=Reason.EMPTY,
            page_id=f"{minute}",
            url=f"https://{host}/{minute}",
            provenance=refusal("x", 0).provenance,
        )
        shelf.add(glance_of(event, topic="discarded", partition=0, offset=offset, at=AT + timedelta(minutes=minute)))


def test_a_shelf_keeps_the_newest_in_whatever_order_they_come():
    shelf, minutes = Shelf(10), list(range(40))
    random.Random(4).shuffle(minutes)
    shelved(shelf, minutes)
    assert [one.page_id for one in shelf.glances] == [str(minute) for minute in range(30, 40)]
    assert shelf.is_full
    assert shelf.since == AT + timedelta(minutes=30)


def test_a_shelf_says_whether_a_span_of_time_is_whole_on_it():
    shelf, now = Shelf(10), AT + timedelta(minutes=39)
    shelved(shelf, list(range(10)))
    assert not shelf.is_full
    assert (shelf.within(180, AT + timedelta(minutes=9)), shelf.is_whole(1e9, now)) == (4, True)
    shelved(shelf, list(range(10, 40)))
    assert (shelf.within(300, now), shelf.is_whole(300, now)) == (6, True)
    assert (shelf.within(3600, now), shelf.is_whole(3600, now)) == (10, False)


def test_an_empty_shelf_says_nothing():
    shelf = Shelf(3)
    assert (shelf.since, shelf.within(60, AT), shelf.is_whole(60, AT), shelf.kinds) == (None, 0, True, {})


def test_each_outcome_has_its_glance():
    cleaned = [document("a", SNOW, 0), document("b", SNOW, 1), refusal("c", 2), failure("d", 3)]
    topics = ("articles", "duplicates", "discarded", "dead-letters")
    newest = Newest(limit=5, letters=5)
    for offset, (one, verdict, topic) in enumerate(zip(cleaned, judged(*cleaned), topics, strict=True)):
        event = outcome_of(one, verdict)
        assert event is not None
        newest.shelves[topic].add(glance_of(event, topic=topic, partition=1, offset=offset, at=AT))

    found = {topic: shelf.glances[0] for topic, shelf in newest.shelves.items()}

    assert [found[topic].what for topic in topics] == ["created", "exact", "no-article", "clean"]
    assert found["articles"].title == SNOW, "an article without a headline is named by its first line"
    assert found["articles"].words == len(SNOW.split())
    assert found["duplicates"].article_id == found["articles"].article_id
    assert found["duplicates"].duplicate is not None
    assert found["dead-letters"].detail == "killed after 30 s"
    assert {one.host for one in found.values()} == {"sosny.example"}
    (host,) = newest.hosts()
    assert (host.articles, host.duplicates, host.discarded, host.dead_letters, host.total) == (1, 1, 1, 1, 4)
    (group,) = group_copies(newest.shelves["duplicates"].glances, newest.shelves["articles"].glances)
    assert (group.article, dict(group.kinds), group.lowest_similarity) == (found["articles"], {"exact": 1}, None)


def test_lists_are_narrowed_by_host_kind_and_text_the_newest_first():
    shelf = Shelf(100)
    shelved(shelf, [1, 2, 3])
    shelved(shelf, [4, 5], host="verba.example")
    assert [one.page_id for one in choose(shelf.glances)] == ["5", "4", "3", "2", "1"]
    assert [one.page_id for one in choose(shelf.glances, host="verba.example")] == ["5", "4"]
    assert [one.page_id for one in choose(shelf.glances, text="SOSNY.example/2")] == ["2"]
    assert choose(shelf.glances, kind="robots") == []


@pytest.mark.parametrize(
    ("asked", "number"), [("1", 1), ("3", 3), ("4", 3), ("0", 1), ("-1", 1), ("x", 1), ("²", 1), ("9" * 5000, 1)]
)
def test_a_page_of_a_list_is_the_nearest_that_there_is(asked: str, number: int):
    part = list_page(list(range(25)), asked, 10)
    assert (part.number, part.last) == (number, 3)
    assert part.entries == list(range(25))[(number - 1) * 10 : number * 10]


def test_an_empty_list_has_one_empty_page():
    assert list_page([], "7", 10).entries == []
    assert list_page([], "7", 10).last == 1


NOTICE = "Редакция отвечает на письма читателей каждый вечер и рассказывает, как устроена работа в нашем городе."
_WORDS = [f"{head}{tail}" for head in ("мост", "завод", "рек", "школ", "рынк", "поезд") for tail in "абвгдежзиклмн"]


def page_of_host(number: int):
    rng = random.Random(number)
    lines = [" ".join(rng.choices(_WORDS, k=16)).capitalize() + "." for _ in range(6)]
    one = document(f"{number}", "\n".join([*lines, NOTICE]), number)
    lesson = lesson_of(one)
    assert lesson is not None
    return one, lesson


def test_the_lines_that_a_host_repeats_are_told_in_words_from_its_pages():
    profile = EMPTY
    for number in range(8):
        profile = learn(profile, page_of_host(number)[1])

    (line,) = repeated_lines(profile, [page_of_host(90), page_of_host(91)])

    assert (line.text, line.support, line.goes) == (NOTICE, 8, True)
    assert line.share == 1.0
    assert repeated_lines(EMPTY, [page_of_host(90)]) == []
    assert repeated_lines(profile, []) == []


def test_a_host_has_the_profile_that_its_key_names_and_a_broken_one_is_empty():
    newest = Newest(limit=5, letters=5)
    for host in ("sosny.example", "verba.example", "dala.example"):
        shelved(newest.shelves["discarded"], [1], host=host)
    profile = learn(EMPTY, page_of_host(1)[1])
    known = hosts_with_profiles(newest.hosts(), {b"3:sosny.example": encode(profile), b"0:verba.example": b"{"})
    found = {one.tally.host: one.profile for one in known}
    assert found["sosny.example"] == profile
    assert found["verba.example"] == Profile()
    assert found["dala.example"] is None
    assert [one.recurring for one in known] == [0, 0, 0]


def test_a_text_of_many_lines_names_an_article_by_its_first():
    (verdict,) = judged(one := document("a", f"{BRIDGE}\n{SNOW}", 0))
    event = outcome_of(one, verdict)
    assert isinstance(event, Article)
    assert glance_of(event, topic="articles", partition=0, offset=0, at=AT).title == BRIDGE
