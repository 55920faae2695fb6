"""Events a second of `subscribe()`, of its batches and with the replay filter, beside bare loops of aiokafka.

`python -m tests.bench.subscribing`: all read the same articles from a real Kafka in a group of their own, in turn, several
times. Events per second of this process' CPU time are compared, as the machine may be busy with other things; the clock's
are shown too.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import sys
import tempfile
import time
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from aiokafka import AIOKafkaConsumer
from aiokafka.admin import NewTopic

from agents.kafka import Connection
from agents.subscribe import Replays, Subscription, subscribe
from tests.support.kafka import Kafka
from tests.support.outcomes import article, publish

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

TOPIC = "bench.articles"
WORDS = [
    "снег",
    "дорога",
    "посёлок",
    "автобус",
    "мост",
    "река",
    "школа",
    "утро",
    "рынок",
    "хлеб",
    "зима",
    "депутаты",
    "ремонт",
    "жители",
    "район",
]


class Took(NamedTuple):
    """Events per second of CPU time and of the clock."""

    cpu: float
    clock: float


def bare(connection: Connection, group: str) -> AIOKafkaConsumer:
    """Make the consumer that one would write by hand; it commits every second, whatever became of the events."""
    return AIOKafkaConsumer(
        TOPIC,
        bootstrap_servers=connection.brokers,
        group_id=group,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        enable_auto_commit=True,
        auto_commit_interval_ms=1000,
        max_partition_fetch_bytes=4 << 20,
    )


async def bare_loop(connection: Connection, group: str, count: int) -> int:
    size = 0
    async with bare(connection, group) as consumer:
        async for record in consumer:
            size += len(record.value)
            count -= 1
            if not count:
                return size
    return size


async def bare_polls(connection: Connection, group: str, count: int) -> int:
    size = 0
    async with bare(connection, group) as consumer:
        while count > 0:
            for records in (await consumer.getmany(timeout_ms=200, max_records=500)).values():
                for record in records:
                    size += len(record.value)
                    count -= 1
    return size


async def ours(connection: Connection, group: str, count: int) -> int:
    return await _loop(connection, group, count, None)


async def ours_filtered(connection: Connection, group: str, count: int) -> int:
    return await _loop(connection, group, count, Replays())


async def ours_decoded(connection: Connection, group: str, count: int) -> int:
    words = 0
    async with aclosing(subscribe(connection, TOPIC, group=group)) as events:
        async for event in events:
            words += event.outcome().word_count  # type: ignore[union-attr]
            count -= 1
            if not count:
                break
    return words


async def ours_in_batches(connection: Connection, group: str, count: int) -> int:
    size = 0
    async with Subscription(connection, [TOPIC], group=group) as subscription:
        async for batch in subscription.batches():
            size += sum(len(event.value) for event in batch)
            count -= len(batch)
            if not count:
                break
    return size


async def _loop(connection: Connection, group: str, count: int, already: Replays | None) -> int:
    size = 0
    async with aclosing(subscribe(connection, TOPIC, group=group, already=already)) as events:
        async for event in events:
            size += len(event.value)
            count -= 1
            if not count:
                break
    return size


WAYS = {
    "aiokafka, async for": bare_loop,
    "aiokafka, getmany": bare_polls,
    "subscribe()": ours,
    "batches()": ours_in_batches,
    "subscribe(), filtered": ours_filtered,
    "subscribe(), outcome()": ours_decoded,
}


async def fill(connection: Connection, count: int, words: int) -> None:
    """Write articles of so many words, as publish does."""
    dice = random.Random(1)
    made = (
        article(str(number), number, body=" ".join(dice.choices(WORDS, k=words)).capitalize())
        for number in range(count)
    )
    await publish(connection, "bench.", made, a_transaction=100)


def timed(way: Callable[[Connection, str, int], Awaitable[int]], connection: Connection, name: str, count: int) -> Took:
    """Read all once; joining the group and leaving it count, too."""
    cpu, clock = time.process_time(), time.monotonic()
    asyncio.run(way(connection, name, count))  # type: ignore[arg-type]
    return Took(count / (time.process_time() - cpu), count / (time.monotonic() - clock))


def main() -> None:
    """Show the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=30_000)
    parser.add_argument("--words", type=int, default=300, help="of an article")
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        kafka = Kafka(folder=Path(scratch))
        kafka.start()
        try:
            kafka.ask(lambda admin: admin.create_topics([NewTopic(TOPIC, 12, 1)]))
            connection = Connection(brokers=kafka.brokers)
            asyncio.run(fill(connection, chosen.events, chosen.words))
            found: dict[str, list[Took]] = {name: [] for name in WAYS}
            for number in range(chosen.rounds + 1):
                for name, way in WAYS.items():
                    took = timed(way, connection, f"{name} {number}", chosen.events)
                    if number:  # the first round warms up
                        found[name].append(took)
        finally:
            kafka.stop()
    sys.stdout.write(f"{'':26}{'events/CPU-s':>14}{'events/s':>12}{'of async for':>14}{'of getmany':>12}\n")
    for name, rounds in found.items():
        cpu, clock = (statistics.median(values) for values in zip(*rounds, strict=True))
        ratios = [
            statistics.median(one.cpu / other.cpu for one, other in zip(rounds, found[base], strict=True))
            for base in ("aiokafka, async for", "aiokafka, getmany")
        ]
        sys.stdout.write(f"{name:26}{cpu:>14,.0f}{clock:>12,.0f}{ratios[0]:>14.2f}{ratios[1]:>12.2f}\n")


if __name__ == "__main__":
    main()
