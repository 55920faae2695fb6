"""How far the events of a lane are known to be visible, as it is stored; and what an older version left instead."""

from __future__ import annotations

import pytest
from aiokafka import TopicPartition

from agents.publish.checkpoint import MOST_METADATA, Checkpoint, checkpoint_of, ends_by_topic
from agents.publish.fence import Fence

FENCE = Fence(41, "id")
ENDS = {"articles": (10, 20, 30), "discarded": (5,)}


def read(metadata: str, *, verdict: int = 60) -> Checkpoint:
    return checkpoint_of(metadata, fence=FENCE, verdict=verdict)


def test_a_checkpoint_is_read_as_it_was_written():
    kept = Checkpoint(37, 55, ENDS)

    assert read(kept.metadata) == kept


@pytest.mark.parametrize("metadata", ["", "{", '{"document":1}', '{"document":"1","verdict":true,"ends":7}'])
def test_without_a_readable_checkpoint_the_fence_is_it(metadata: str):
    assert read(metadata) == Checkpoint(41, 60)


@pytest.mark.parametrize("kept", [Checkpoint(42, 55, ENDS), Checkpoint(37, 61, ENDS), Checkpoint(-2, 0)])
def test_a_checkpoint_beyond_the_fence_is_of_another_log(kept: Checkpoint):
    """`verdicts` was created again, or the group was moved."""
    assert read(kept.metadata) == Checkpoint(41, 60)


def test_what_a_later_version_adds_is_passed_over():
    assert read('{"document":37,"verdict":55,"ends":null,"more":1}') == Checkpoint(37, 55)


def test_too_many_partitions_for_the_metadata_leave_the_ends_out():
    kept = Checkpoint(37, 55, {"articles": tuple(range(10**6, 10**6 + 600))})

    assert len(kept.metadata) < MOST_METADATA
    assert read(kept.metadata) == Checkpoint(37, 55)


def test_a_partition_that_was_added_is_read_from_its_beginning():
    assert [Checkpoint(0, 0, ENDS).start("articles", number) for number in (2, 3)] == [30, 0]


def test_ends_are_kept_by_topic_in_the_order_of_partitions():
    found = {TopicPartition("news.articles", number): number * 10 for number in (11, 2, 0, 1, *range(3, 11))}

    assert ends_by_topic(found, "news.") == {"articles": tuple(number * 10 for number in range(12))}


def test_a_checkpoint_is_as_good_as_a_new_one_only_for_the_same_document_and_few_records():
    kept = Checkpoint(37, 55, ENDS)
    later = {"articles": (10, 25, 30), "discarded": (5,)}

    assert kept.is_as_good(37, later, within=5)
    assert not kept.is_as_good(37, later, within=4)
    assert not kept.is_as_good(38, ENDS, within=5)
    assert not Checkpoint(37, 55).is_as_good(37, ENDS, within=5)
