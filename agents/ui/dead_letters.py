"""Dead letters on the page: shown, replayed and dropped as `chistovik dead-letters` does it."""

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

    from agents.ui.live import Live
    from pipeline.article.newest import Glance

SHOWN_TEXT = 20_000  # characters


class Undoable(Exception):  # noqa: N818 — an answer, not a fault of ours
    """What was asked for cannot be done; the message is its line."""


@dataclass(slots=True)
class Letters:
    """Where dead letters are worked with."""

    live: Live
    _reader: Any = None
    _producer: AIOKafkaProducer | None = None
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def desk(self) -> DeadLetterStore:
        """The desk that the command works at, too."""
        return DeadLetterStore(self.live.connection, self.live.prefix)

    async def close(self) -> None:
        """Leave."""
        for one in (self._reader, self._producer):
            if one is not None:
                await one.stop()

    def state(self, place: LetterPosition) -> State | None:
        """Say what was done about a letter; None while it is open."""
        return self.live.notes.states.get(place.key)

    @staticmethod
    def place_of(glance: Glance) -> LetterPosition:
        """Say where a letter is."""
        return LetterPosition(page_id=glance.page_id, partition=glance.partition, offset=glance.offset)

    async def read(self, partition: int, offset: int) -> dict[str, Any] | None:
        """Read a letter, with what is known of its page; None where there is none."""
        async with self._turn:
            reader = await self._at_hand()
            try:
                filed = await self.desk.read(reader, LetterPosition(page_id="", partition=partition, offset=offset))
            except GoneError:
                return None
            original = await self.desk.original_or_why_not(reader, filed)
        page = Malformed(original) if isinstance(original, str) else page_of(original)
        text = None if isinstance(page, Malformed) else text_of(page)
        if isinstance(page, Malformed) and not isinstance(original, str):  # what it is, whatever it should have been
            text = original.value.decode("utf-8", "replace")
        return {
            "filed": filed,
            "state": self.state(filed.place),
            "why_not": why_not_replay(filed.letter, force=True),
            "needs_force": filed.letter.attempt >= MOST_ATTEMPTS,
            "original_bytes": None if isinstance(original, str) else len(original.value),
            "original_problem": page.error if isinstance(page, Malformed) else "",
            "text": None if text is None else text[:SHOWN_TEXT],
            "more": max(0, len(text or "") - SHOWN_TEXT),
        }

    async def work(self, what: str, partition: int, offset: int, *, force: bool) -> None:
        """Replay or drop a letter, and with it the older ones of its page; Undoable where that cannot be."""
        said: list[str] = []
        async with self._turn:
            reader = await self._at_hand()
            try:
                filed = await self.desk.read(reader, LetterPosition(page_id="", partition=partition, offset=offset))
            except GoneError:
                raise Undoable("It is not in `dead-letters` any more.") from None
            if what == "replay" and self.state(filed.place) is State.REPLAYED:
                raise Undoable("It was replayed already; if it fails again, it is a new dead letter.")
            older = [
                self.place_of(one)
                for one in self.live.newest.shelves["dead-letters"].glances
                if one.page_id == filed.place.page_id and one.partition == partition and one.offset < offset
            ]
            work = ReplayJob(self.desk, await self._outbox(), reader, said.append, force=force)
            if what == "replay":
                await work.replay(filed, others=older)
            else:
                await work.note(State.DROPPED, *older, filed.place)
            await work.finish()
        if said:
            raise Undoable(said[0])
        for place in (*older, filed.place):  # the tail will say so in a moment
            self.live.notes.add(place.key, State.REPLAYED if what == "replay" else State.DROPPED)

    async def _at_hand(self) -> Any:
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
