"""Dead letters on the live page. They are read, replayed and dropped by the code of `chistovik dead-letters`."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from agents.kafka import answering
from agents.kafka.outbox import KafkaOutbox
from agents.reports.dead_letters import DeadLetterStore, GoneError, ReplayJob
from pipeline.records.note import State
from pipeline.records.wire import Malformed
from pipeline.reports.dead_letters import MOST_ATTEMPTS, LetterPosition, page_of, text_of, why_not_replay

if TYPE_CHECKING:
    from aiokafka import AIOKafkaProducer

    from agents.ui.live import LiveState
    from pipeline.article.newest import Glance

SHOWN_TEXT = 20_000  # characters


class ActionRefusedError(Exception):
    """A replay or drop that cannot be done; the message says why."""


@dataclass(slots=True)
class DeadLetters:
    """Reads, replays and drops dead letters."""

    live: LiveState
    _reader: Any = None
    _producer: AIOKafkaProducer | None = None
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def desk(self) -> DeadLetterStore:
        """Return the object through which `chistovik dead-letters` works as well."""
        return DeadLetterStore(self.live.connection, self.live.prefix)

    async def close(self) -> None:
        """Stop the consumer and the producer."""
        for one in (self._reader, self._producer):
            if one is not None:
                await one.stop()

    def state(self, place: LetterPosition) -> State | None:
        """Return the state of a dead letter: replayed, dropped, or None while it is open."""
        return self.live.notes.states.get(place.key)

    @staticmethod
    def place_of(glance: Glance) -> LetterPosition:
        """Return the place of a dead letter."""
        return LetterPosition(page_id=glance.page_id, partition=glance.partition, offset=glance.offset)

    async def read(self, partition: int, offset: int) -> dict[str, Any] | None:
        """Read a dead letter and its page, as values for the template; None if there is no such dead letter."""
        async with self._turn:
            reader = await self._open_reader()
            try:
                filed = await self.desk.read(reader, LetterPosition(page_id="", partition=partition, offset=offset))
            except GoneError:
                return None
            original = await self.desk.original_or_why_not(reader, filed)
        page = Malformed(original) if isinstance(original, str) else page_of(original)
        text = None if isinstance(page, Malformed) else text_of(page)
        if isinstance(page, Malformed) and not isinstance(original, str):  # not a page: show the record's bytes
            text = original.value.decode("utf-8", "replace")
        return {
            "stored": filed,
            "state": self.state(filed.place),
            "why_not": why_not_replay(filed.letter, force=True),
            "needs_force": filed.letter.attempt >= MOST_ATTEMPTS,
            "original_bytes": None if isinstance(original, str) else len(original.value),
            "original_problem": page.error if isinstance(page, Malformed) else "",
            "text": None if text is None else text[:SHOWN_TEXT],
            "more": max(0, len(text or "") - SHOWN_TEXT),
        }

    async def act(self, action: str, partition: int, offset: int, *, force: bool) -> None:
        """Replay or drop a dead letter, together with the older ones of its page.

        `action` is "replay" or "drop". ActionRefusedError if it cannot be done.
        """
        problems: list[str] = []
        async with self._turn:
            reader = await self._open_reader()
            try:
                filed = await self.desk.read(reader, LetterPosition(page_id="", partition=partition, offset=offset))
            except GoneError:
                raise ActionRefusedError("This dead letter is no longer in Kafka.") from None
            if action == "replay" and self.state(filed.place) is State.REPLAYED:
                raise ActionRefusedError("It was already replayed. If it fails again, a new dead letter appears.")
            older = [
                self.place_of(one)
                for one in self.live.newest.shelves["dead-letters"].glances
                if one.page_id == filed.place.page_id and one.partition == partition and one.offset < offset
            ]
            work = ReplayJob(self.desk, await self._outbox(), reader, problems.append, force=force)
            if action == "replay":
                await work.replay(filed, others=older)
            else:
                await work.note(State.DROPPED, *older, filed.place)
            await work.finish()
        if problems:
            raise ActionRefusedError(problems[0])
        for place in (*older, filed.place):  # show it at once; the same notes arrive from Kafka in a moment
            self.live.notes.add(place.key, State.REPLAYED if action == "replay" else State.DROPPED)

    async def _open_reader(self) -> Any:
        if self._reader is None:
            reader = self.desk.reader()
            async with answering(self.live.connection):
                await reader.start()
            self._reader = reader
        return self._reader

    async def _outbox(self) -> KafkaOutbox:
        if self._producer is None:
            producer = self.live.connection.producer("ui")
            async with answering(self.live.connection):
                await producer.start()
            self._producer = producer
        return KafkaOutbox(self._producer, self.live.prefix)
