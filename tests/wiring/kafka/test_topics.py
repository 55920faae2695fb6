"""How a topic of the broker is compared with the table."""

from __future__ import annotations

import pytest

from agents.errors import BrokerError
from agents.kafka.topics import TopicState, _in_sync, _state, check_shapes
from pipeline.topics import DOCUMENTS, PAGES, URLS, URLS_LATER, VISITS, Topic


def found(copies: int, **settings: str) -> TopicState:
    partitions = [{"partition": number, "replicas": list(range(copies))} for number in range(12)]
    configs = PAGES.config | {name.replace("_", "."): value for name, value in settings.items()}
    return _state(PAGES, "news.pages", {"news.pages": {"partitions": partitions}}, {"news.pages": configs})


@pytest.mark.parametrize(("copies", "in_sync"), [(1, 0), (2, 0), (3, 2), (5, 4)])
def test_one_broker_may_be_away_without_a_loss_and_without_a_stop(copies: int, in_sync: int) -> None:
    assert _in_sync(copies) == in_sync


def test_three_copies_of_which_one_is_enough_are_a_difference() -> None:
    state = found(3, min_insync_replicas="1")
    assert state.differing == (("min.insync.replicas", "1", "2"),)
    assert state.status == "min.insync.replicas is 1, should be 2"


@pytest.mark.parametrize(("copies", "in_sync"), [(3, "2"), (3, "3"), (4, "2"), (1, "1"), (2, "1")])
def test_what_somebody_has_chosen_to_be_safe_enough_is_none(copies: int, in_sync: str) -> None:
    state = found(copies, min_insync_replicas=in_sync)
    assert (state.differing, state.status, state.copies) == ((), "ok", copies)


def shape(topic: Topic, partitions: int | None) -> TopicState:
    return TopicState(topic=topic, name=f"news.{topic.name}", partitions=partitions)


@pytest.mark.parametrize(
    ("states", "says"),
    [
        (
            [shape(PAGES, None), shape(DOCUMENTS, 8)],
            "topic news.documents has 8 partitions, it must have 4: the number is",
        ),
        (
            [shape(URLS, 12), shape(URLS_LATER, 3)],
            "topic news.urls-later has 3 partitions, it must have 12, as many as news",
        ),
        (
            [shape(URLS, 24), shape(VISITS, 12)],
            "topic news.visits has 12 partitions, it must have 24, as many as news.urls",
        ),
    ],
)
def test_topics_of_another_shape_are_one_line_with_what_to_do(states: list[TopicState], says: str) -> None:
    with pytest.raises(BrokerError, match=r"[Uu]se another CHISTOVIK_PREFIX") as raised:
        check_shapes(states)
    assert str(raised.value).startswith(says)


def test_more_partitions_beside_urls_and_other_numbers_of_pages_do_no_harm() -> None:
    check_shapes([shape(URLS, 12), shape(URLS_LATER, 24), shape(VISITS, None), shape(PAGES, 3)])
