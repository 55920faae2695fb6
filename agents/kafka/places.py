"""Where a consumer is in its logs. A rebalance may take a partition away between two looks: then there is no answer.

aiokafka asserts that a partition is ours, or raises IllegalStateError; both ended the stage that had only looked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiokafka.errors import IllegalStateError

if TYPE_CHECKING:
    from aiokafka import TopicPartition


def end_of(consumer: Any, tp: TopicPartition) -> int | None:
    """Return the high watermark as of the last fetch; None before the first one, or if the partition is not ours.

    `consumer` is aiokafka's or Faust's; the latter's runs in another thread, so to look before is not enough.
    """
    try:
        end: int | None = consumer.highwater(tp)
    except (AssertionError, AttributeError):  # AttributeError: it is lost while aiokafka looks
        return None
    return end


async def position_of(consumer: Any, tp: TopicPartition) -> int | None:
    """Return the offset of the next record to fetch, once it is known; None if the partition is not ours."""
    try:
        position: int = await consumer.position(tp)
    except IllegalStateError:
        return None
    return position
