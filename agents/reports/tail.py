"""Following the newest records of topics: a bounded number from before their ends, and then what comes.

However long a topic is, no more of it is read than was asked for.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from aiokafka import TopicPartition

from agents.kafka import answering
from agents.kafka.log import recorded_at
from agents.kafka.partitions import partition_numbers
from pipeline.article.newest import Newest, glance_of
from pipeline.records.article import Outcome
from pipeline.records.note import Note, State
from pipeline.records.wire import Malformed, decode
from pipeline.topics import DEAD_LETTER_NOTES, DEAD_LETTERS, OUTCOMES, PROFILES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from aiokafka import AIOKafkaConsumer

    from agents.kafka import Connection

FETCH_BYTES = 8 << 20  # of one broker's answer: what is in memory at a time
POLL_RECORDS = 100  # then the event loop has its turn
MARKERS = 2  # offsets a record: those of transactions count
LEAST = 20  # offsets of a partition that are looked at: keys do not spread evenly
MOST_LETTERS = 500  # a dead letter carries its page
MOST_PROFILES = 500  # of 24 KB at most
MOST_NOTES = 20_000  # of a hundred bytes


class Taker(Protocol):
    """Takes the records that a tail comes by."""

    @property
    def limits(self) -> Mapping[str, int]:
        """How many of the newest records of which topic are wanted."""
        ...

    def cut(self, topic: str) -> None:
        """Note that a topic has older records, which will not come."""
        ...

    def take(self, topic: str, record: Any) -> None:
        """Take a record that has a value; `topic` is without its prefix."""
        ...


@dataclass(slots=True)
class NewestOutcomes:
    """Puts outcomes on their shelves."""

    newest: Newest

    @property
    def limits(self) -> Mapping[str, int]:
        """Give the sizes of the shelves."""
        return {name: self.newest.letters if name == DEAD_LETTERS.name else self.newest.limit for name in OUTCOMES}

    def cut(self, topic: str) -> None:
        """Mark the shelf."""
        self.newest.shelves[topic].is_full = True

    def take(self, topic: str, record: Any) -> None:
        """Decode an outcome and shelve it."""
        event: Any = decode(Outcome, record.value)
        if isinstance(event, Malformed):
            self.newest.unreadable += 1
            return
        glance = glance_of(event, topic=topic, partition=record.partition, offset=record.offset, at=recorded_at(record))
        self.newest.shelves[topic].add(glance)


@dataclass(slots=True)
class NewestProfiles:
    """The profiles of the hosts that were learned of last, undecoded."""

    known: OrderedDict[bytes, bytes] = field(default_factory=OrderedDict)

    @property
    def limits(self) -> Mapping[str, int]:
        """Of many updates of one host only the last one stays."""
        return {PROFILES.name: MOST_PROFILES * 2}

    def cut(self, topic: str) -> None:
        """Nothing is said of older ones."""

    def take(self, topic: str, record: Any) -> None:  # noqa: ARG002 — there is only one
        """Remember a profile instead of the host's older one."""
        if record.key is None:
            return
        self.known[record.key] = record.value
        self.known.move_to_end(record.key)
        if len(self.known) > MOST_PROFILES:
            self.known.popitem(last=False)


@dataclass(slots=True)
class NewestNotes:
    """What was done about dead letters, as far back as the newest notes go; they are younger than their letters."""

    states: OrderedDict[bytes, State] = field(default_factory=OrderedDict)

    @property
    def limits(self) -> Mapping[str, int]:
        """A letter may have several."""
        return {DEAD_LETTER_NOTES.name: MOST_NOTES}

    def cut(self, topic: str) -> None:
        """Nothing is said of older ones."""

    def take(self, topic: str, record: Any) -> None:  # noqa: ARG002 — there is only one
        """Take a note; the newest one counts."""
        note = decode(Note, record.value)
        if record.key is not None and isinstance(note, Note):
            self.add(record.key, note.state)

    def add(self, key: bytes, state: State) -> None:
        """Note what was done about a letter."""
        self.states[key] = state
        self.states.move_to_end(key)
        if len(self.states) > MOST_NOTES:
            self.states.popitem(last=False)


@dataclass(slots=True)
class Tail:
    """The end of some topics, as far as it was read."""

    reader: AIOKafkaConsumer
    prefix: str
    takers: Mapping[str, Taker]  # by topic, without its prefix
    ends: dict[TopicPartition, int]  # when it began

    async def poll(self, milliseconds: int = 200) -> int:
        """Take what is there; say how many records that were."""
        taken = 0
        for tp, records in (await self.reader.getmany(timeout_ms=milliseconds, max_records=POLL_RECORDS)).items():
            topic = tp.topic.removeprefix(self.prefix)
            for record in records:
                if record.value is not None:
                    self.takers[topic].take(topic, record)
            taken += len(records)
        await asyncio.sleep(0)
        return taken

    async def catch_up(self, seconds: float) -> bool:
        """Read up to the ends that there were at the begin; say whether that was done in so many seconds.

        An open transaction holds readers up: of a publish that died, for a minute.
        """
        until = time.monotonic() + seconds
        while not all([await self.reader.position(tp) >= end for tp, end in self.ends.items()]):
            if time.monotonic() > until:
                return False
            await self.poll()
        return True


@asynccontextmanager
async def following(connection: Connection, prefix: str, *takers: Taker) -> AsyncIterator[Tail]:
    """Follow the topics that somebody takes from, from about so many records before the end of each as are wanted.

    Only what is committed is read.
    """
    by_topic = {topic: taker for taker in takers for topic in taker.limits}
    numbers = await partition_numbers(connection, [prefix + topic for topic in by_topic])
    reader = connection.consumer(
        name="tail",
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        fetch_max_bytes=FETCH_BYTES,
        fetch_max_wait_ms=200,
    )
    async with answering(connection), reader:
        tps = [TopicPartition(topic, number) for topic, parts in numbers.items() for number in parts]
        begins, ends = await reader.beginning_offsets(tps), await reader.end_offsets(tps)
        reader.assign(tps)
        for tp in tps:
            topic = tp.topic.removeprefix(prefix)
            share = -(-by_topic[topic].limits[topic] // len(numbers[tp.topic]))
            start = max(begins[tp], ends[tp] - max(LEAST, MARKERS * share))
            if start > begins[tp]:
                by_topic[topic].cut(topic)
            reader.seek(tp, start)
        yield Tail(reader, prefix, by_topic, ends)


def outcomes_of(events: int) -> NewestOutcomes:
    """Make shelves for so many events of each outcome topic."""
    return NewestOutcomes(Newest(limit=events, letters=min(events, MOST_LETTERS)))
