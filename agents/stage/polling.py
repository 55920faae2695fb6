"""Polls that are bounded in bytes: the client libraries count records, and one may be of 24 MB, 90 times that unpacked.

What was fetched is still packed; it is unpacked as it is taken, so what is not taken costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiokafka.errors import KafkaError, NoOffsetForPartitionError, OffsetOutOfRangeError

from agents.errors import StageError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiokafka import AIOKafkaConsumer, TopicPartition

POLL_BYTES = 8 << 20


async def poll(
    take: Callable[[float, int], Awaitable[dict[Any, list[Any]]]],
    *,
    timeout: float,  # noqa: ASYNC109 — of the broker's answer
    records: int,
    size: int = POLL_BYTES,
) -> dict[Any, list[Any]]:
    """Take records one by one until there are so many, or they hold so many bytes; wait for the first only.

    `take` is given a timeout and the most records to return. It does not suspend while it has records, so no rebalance
    comes between two of them.
    """
    found: dict[Any, list[Any]] = {}
    while records > 0 and size > 0:
        try:
            taken = await take(0 if found else timeout, 1)
        except KafkaError:
            if found:  # it is met again by the next poll, and these would be lost
                break
            raise
        if not taken:
            break
        for tp, ones in taken.items():
            found.setdefault(tp, []).extend(ones)
            records -= len(ones)
            size -= sum(len(one.value or b"") for one in ones)
    return found


async def poll_log(
    consumer: AIOKafkaConsumer, *, records: int, stage: str, missed: str, then: str
) -> dict[TopicPartition, list[Any]]:
    """Poll a consumer; a log that does not reach back to where we are ends the stage, with what was missed and then."""

    async def take(seconds: float, most: int) -> dict[TopicPartition, list[Any]]:
        taken: dict[TopicPartition, list[Any]] = await consumer.getmany(
            timeout_ms=int(seconds * 1000), max_records=most
        )
        return taken

    try:
        return await poll(take, timeout=0.1, records=records)
    except NoOffsetForPartitionError as error:  # aiokafka forgets a position when its topic goes
        raise StageError(f"{stage}: {error.args[0]} is not what it was: was its topic deleted?") from None
    except OffsetOutOfRangeError as error:
        where = ", ".join(f"{tp.topic}/{tp.partition} at offset {offset}" for tp, offset in error.args[0].items())
        raise StageError(
            f"{stage}: {where} is not in the log: retention took what was not {missed} yet, or the topic was cut. "
            f"{then}"
        ) from None
