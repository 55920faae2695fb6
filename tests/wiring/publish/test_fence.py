"""The fence in a committed offset's metadata: read back, or refused in one line that says what to do."""

import pytest
from aiokafka import TopicPartition
from aiokafka.structs import OffsetAndMetadata
from hypothesis import given
from hypothesis import strategies as st

from agents.errors import StageError
from agents.publish.fence import Fence, fence_of

DOCUMENTS = TopicPartition("news.documents", 2)
WHERE = "publish: group news.publish at news.documents/2"
ID = "b3e1c2d4"


def read(committed: OffsetAndMetadata | None) -> Fence:
    return fence_of(committed, documents=DOCUMENTS, group="news.publish", topic_id=ID)


def refused(committed: OffsetAndMetadata | None) -> str:
    with pytest.raises(StageError) as caught:
        read(committed)
    message = str(caught.value)
    assert message.startswith(WHERE)
    assert "\n" not in message
    return message


@given(st.integers(-1, 2**63 - 2), st.text(st.characters(codec="ascii"), min_size=1))
def test_a_fence_reads_back_its_own_metadata(offset: int, topic_id: str) -> None:
    fence = Fence(offset, topic_id)
    committed = OffsetAndMetadata(offset + 1, fence.metadata)
    assert fence_of(committed, documents=DOCUMENTS, group="news.publish", topic_id=topic_id) == fence


def test_a_fence_before_the_first_document_is_minus_one() -> None:
    assert read(OffsetAndMetadata(0, Fence(-1, ID).metadata)) == Fence(-1, ID)


def test_a_fence_moves_to_what_was_published() -> None:
    assert Fence(4, ID).passed(5) == Fence(5, ID)


@pytest.mark.parametrize("committed", [None, OffsetAndMetadata(-1, ""), OffsetAndMetadata(-1, Fence(-2, ID).metadata)])
def test_a_missing_offset_is_refused(committed: OffsetAndMetadata | None) -> None:
    message = refused(committed)
    assert "has no committed offset" in message
    assert "chistovik topics apply" in message
    assert "CHISTOVIK_PREFIX" in message


@pytest.mark.parametrize(
    "metadata",
    [
        "",
        "{}",
        "null",
        "[]",
        "fence=4",
        '{"fence": 4}',
        '{"fence": "4", "topic_id": "b3e1c2d4"}',
        '{"fence": null, "topic_id": "b3e1c2d4"}',
        '{"fence": 4, "topic_id": 7}',
        "[" * 10_000,
    ],
)
def test_emptied_or_foreign_metadata_is_refused(metadata: str) -> None:
    assert "was committed at offset 5 without a fence" in refused(OffsetAndMetadata(5, metadata))


@pytest.mark.parametrize("offset", [0, 4, 6, 500])
def test_an_offset_that_does_not_follow_its_fence_is_refused_with_both(offset: int) -> None:
    message = refused(OffsetAndMetadata(offset, Fence(4, ID).metadata))
    assert f"the fence is at 4, but the committed offset is {offset} (" in message


def test_the_fence_of_a_topic_that_was_made_anew_is_refused_with_both_ids() -> None:
    message = refused(OffsetAndMetadata(5, Fence(4, "old").metadata))
    assert "(old, now b3e1c2d4)" in message


@pytest.mark.parametrize("committed", [None, OffsetAndMetadata(5, ""), OffsetAndMetadata(9, Fence(4, ID).metadata)])
def test_a_lost_fence_says_what_going_on_would_do(committed: OffsetAndMetadata | None) -> None:
    assert "Continuing would publish everything again" in refused(committed)
