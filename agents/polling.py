"""Polls that are bounded in bytes: the client libraries count records, and one may be of 24 MB, 90 times that unpacked.

What was fetched is still packed; it is unpacked as it is taken, so what is not taken costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiokafka.errors import KafkaError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

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
