"""Polls with a limit in bytes. Client libraries count records, and one may hold 24 MB, 90 times that when unpacked.

Fetched records stay packed until they are taken, so records that are not taken cost almost nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiokafka.errors import KafkaError, NoOffsetForPartitionError, OffsetOutOfRangeError

from agents.errors import StageError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiokafka import AIOKafkaConsumer, TopicPartition

    from agents.stage.pace import Pace

POLL_BYTES = 8 << 20


async def poll(
    take: Callable[[float, int], Awaitable[dict[Any, list[Any]]]],
    *,
    timeout: float,  # noqa: ASYNC109 — for the broker's answer, in seconds
    records: int,
    size: int = POLL_BYTES,
) -> dict[Any, list[Any]]:
    """Take records one by one, up to `records` records or `size` bytes; wait only for the first one.

    `take` receives a timeout in seconds and the most records to return. It does not suspend while it has records, so
    no rebalance can happen between two of them.
    """
    found: dict[Any, list[Any]] = {}
    while records > 0 and size > 0:
        try:
            taken = await take(0 if found else timeout, 1)
        except KafkaError:
            if found:  # raising now would lose these records; the next poll meets the error again
                break
            raise
        if not taken:
            break
        for tp, ones in taken.items():
            found.setdefault(tp, []).extend(ones)
            records -= len(ones)
            size -= sum(len(one.value or b"") for one in ones)
    return found


async def gather(
    found: dict[Any, list[Any]],
    take: Callable[[float, int], Awaitable[dict[Any, list[Any]]]],
    *,
    pace: Pace,
    records: int,
    size: int = POLL_BYTES,
) -> None:
    """Add to records that were found what comes until the pace says that they are due; `records` and `size` are limits.

    aiokafka fetches no more before what it has is taken, so a caller that only waits would gather nothing.
    """
    records -= sum(map(len, found.values()))
    size -= _bytes(found)
    while records > 0 and size > 0 and (wait := pace.wait()):
        later = await poll(take, timeout=wait, records=records, size=size)
        if not later:
            return
        for tp, ones in later.items():
            found.setdefault(tp, []).extend(ones)
        records -= sum(map(len, later.values()))
        size -= _bytes(later)


def _bytes(found: dict[Any, list[Any]]) -> int:
    return sum(len(one.value or b"") for ones in found.values() for one in ones)


async def poll_log(
    consumer: AIOKafkaConsumer,
    *,
    records: int,
    stage: str,
    missed: str,
    then: str,
    timeout: float = 0.1,  # noqa: ASYNC109 — for the broker's answer, in seconds
) -> dict[TopicPartition, list[Any]]:
    """Poll a consumer; raise StageError if the log no longer holds our position.

    `missed` is a participle for the lost records ("not … yet"); `then` tells the operator what to do.
    """

    async def take(seconds: float, most: int) -> dict[TopicPartition, list[Any]]:
        taken: dict[TopicPartition, list[Any]] = await consumer.getmany(
            timeout_ms=int(seconds * 1000), max_records=most
        )
        return taken

    try:
        return await poll(take, timeout=timeout, records=records)
    except NoOffsetForPartitionError as error:  # aiokafka forgets a position when its topic is deleted
        raise StageError(
            f"{stage}: lost the position in {error.args[0]}: was its topic deleted? Restart the worker"
        ) from None
    except OffsetOutOfRangeError as error:
        where = ", ".join(f"{tp.topic}/{tp.partition} at offset {offset}" for tp, offset in error.args[0].items())
        raise StageError(
            f"{stage}: {where} is not in the log: retention deleted records that were not {missed} yet, or the topic "
            f"was truncated. {then}"
        ) from None
