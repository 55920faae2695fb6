"""How a topic of the broker is compared with the table."""

from __future__ import annotations

import pytest

from agents.kafka.topics import TopicState, _in_sync, _state
from pipeline.topics import PAGES


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
