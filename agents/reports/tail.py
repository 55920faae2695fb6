"""Follows the newest records of topics: a limited number from before their ends, then new records as they arrive.

The number of records that are read does not depend on the length of a topic.
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

FETCH_BYTES = 8 << 20  # per fetch response: the records that are in memory at a time
POLL_RECORDS = 100  # per poll; after it, other tasks of the event loop get a turn
MARKERS = 2  # offsets per record: transaction markers take offsets too
LEAST = 20  # offsets per partition that are read at least, because keys do not spread evenly
MOST_LETTERS = 500  # low, because a dead letter carries its page
MOST_PROFILES = 500  # of at most 24 KB each
MOST_NOTES = 20_000  # of about a hundred bytes each


class Taker(Protocol):
    """Receives the records that a tail reads."""

    @property
    def limits(self) -> Mapping[str, int]:
        """The number of newest records that are wanted, by topic."""
        ...

    def cut(self, topic: str) -> None:
        """Record that a topic has older records that will not be read."""
        ...

    def take(self, topic: str, record: Any) -> None:
        """Receive a record that has a value; `topic` has no prefix."""
        ...


@dataclass(slots=True)
class NewestOutcomes:
    """Collects the newest outcomes, one shelf per topic."""

    newest: Newest

    @property
    def limits(self) -> Mapping[str, int]:
        """Return the sizes of the shelves."""
        return {name: self.newest.letters if name == DEAD_LETTERS.name else self.newest.limit for name in OUTCOMES}

    def cut(self, topic: str) -> None:
        """Mark the topic's shelf as full."""
        self.newest.shelves[topic].is_full = True

    def take(self, topic: str, record: Any) -> None:
        """Decode an outcome and put it on its shelf."""
        event: Any = decode(Outcome, record.value)
        if isinstance(event, Malformed):
            self.newest.unreadable += 1
            return
        glance = glance_of(event, topic=topic, partition=record.partition, offset=record.offset, at=recorded_at(record))
        self.newest.shelves[topic].add(glance)


@dataclass(slots=True)
class NewestProfiles:
    """The most recently changed host profiles, not decoded."""

    known: OrderedDict[bytes, bytes] = field(default_factory=OrderedDict)

    @property
    def limits(self) -> Mapping[str, int]:
        """Return twice the number of profiles: several updates of a host leave only one profile."""
        return {PROFILES.name: MOST_PROFILES * 2}

    def cut(self, topic: str) -> None:
        """Do nothing: no total is shown for profiles."""

    def take(self, topic: str, record: Any) -> None:  # noqa: ARG002 — there is only one topic
        """Keep a profile in place of the host's older one."""
        if record.key is None:
            return
        self.known[record.key] = record.value
        self.known.move_to_end(record.key)
        if len(self.known) > MOST_PROFILES:
            self.known.popitem(last=False)


@dataclass(slots=True)
class NewestNotes:
    """The states of dead letters, as far back as the newest notes go. A note is younger than its letter."""

    states: OrderedDict[bytes, State] = field(default_factory=OrderedDict)

    @property
    def limits(self) -> Mapping[str, int]:
        """Return the number of notes to read; a letter may have several."""
        return {DEAD_LETTER_NOTES.name: MOST_NOTES}

    def cut(self, topic: str) -> None:
        """Do nothing: no total is shown for notes."""

    def take(self, topic: str, record: Any) -> None:  # noqa: ARG002 — there is only one topic
        """Keep a note; the newest note of a letter counts."""
        note = decode(Note, record.value)
        if record.key is not None and isinstance(note, Note):
            self.add(record.key, note.state)

    def add(self, key: bytes, state: State) -> None:
        """Set the state of a letter."""
        self.states[key] = state
        self.states.move_to_end(key)
        if len(self.states) > MOST_NOTES:
            self.states.popitem(last=False)


@dataclass(slots=True)
class Tail:
    """A reader at the end of some topics, and the receivers of its records."""

    reader: AIOKafkaConsumer
    prefix: str
    takers: Mapping[str, Taker]  # by topic, without its prefix
    ends: dict[TopicPartition, int]  # the ends of the partitions when the tail was opened

    async def poll(self, milliseconds: int = 200) -> int:
        """Read the records that are available; return their number."""
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
        """Read up to the ends at the time of opening; return False if that takes longer than `seconds`.

        An open transaction blocks readers. After a crash of publish this can take a minute.
        """
        until = time.monotonic() + seconds
        while not all([await self.reader.position(tp) >= end for tp, end in self.ends.items()]):
            if time.monotonic() > until:
                return False
            await self.poll()
        return True


@asynccontextmanager
async def following(connection: Connection, prefix: str, *takers: Taker) -> AsyncIterator[Tail]:
    """Open a tail of the topics that the takers want, starting about as many records before each end as they want.

    Only committed records are read.
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
    """Return shelves for at most `events` events of each outcome topic."""
    return NewestOutcomes(Newest(limit=events, letters=min(events, MOST_LETTERS)))
