"""Dead letters on a broker: listed, found by a piece of their id, replayed into `pages`, marked in `dead-letter-notes`.

Outcome topics are only read here: what is done about a letter is a note beside it. A page is marked as replayed when
`pages` has it, so a replay that was cut off is repeated at most, and dedupe knows the page.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from aiokafka import TopicPartition

from agents.kafka.log import record_at, recorded_at
from agents.subscribe import subscribe
from pipeline.records.article import DeadLetter
from pipeline.records.note import Note, State
from pipeline.records.wire import Malformed, decode, encode
from pipeline.reports.dead_letters import (
    SHORT_ID,
    LetterPosition,
    NewestRows,
    Original,
    StoredLetter,
    is_original,
    replay_headers,
    target_again,
    why_not_replay,
)
from pipeline.text.plain import one_line
from pipeline.topics import DEAD_LETTER_NOTES, DEAD_LETTERS, PAGES, URLS

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence

    from aiokafka import AIOKafkaConsumer

    from agents.kafka import Connection
    from agents.kafka.outbox import Outbox

    Report = Callable[[str], None]  # takes the one line about a letter that cannot be worked with

FETCH = "fetch"  # the stage whose letters are of URLs
AMBIGUOUS = 5  # ids that are named where a piece of an id fits more than one
CHUNK_RECORDS = 500
CHUNK_BYTES = 8 << 20


class GoneError(Exception):
    """A dead letter that is not there any more; the message is its line."""


@dataclass(frozen=True, slots=True)
class DeadLetterStore:
    """Where dead letters are worked with: a broker and a prefix."""

    connection: Connection
    prefix: str

    async def notes(self) -> dict[bytes, State]:
        """Read what was done about which letter; the newest note counts."""
        known: dict[bytes, State] = {}
        async with aclosing(self._all(DEAD_LETTER_NOTES.name)) as events:
            async for event in events:
                note = decode(Note, event.value)
                if event.key is not None and isinstance(note, Note):
                    known[event.key] = note.state
        return known

    async def letters(self, report: Report) -> AsyncGenerator[StoredLetter, None]:
        """Yield all dead letters that are there now, partition by partition in their order."""
        async with aclosing(self._all(DEAD_LETTERS.name)) as events:
            async for event in events:
                filed = _filed(event)
                if isinstance(filed, Malformed):
                    report(f"{event.topic}/{event.partition} offset {event.offset} is no dead letter: {filed.error}")
                else:
                    yield filed

    async def find(self, ids: Sequence[str], report: Report) -> list[list[LetterPosition]]:
        """Find pages by their ids or unique beginnings of them: the places of their letters, oldest first."""
        found: dict[str, dict[str, list[LetterPosition]]] = {one: {} for one in ids}
        async with aclosing(self._all(DEAD_LETTERS.name)) as events:
            async for event in events:
                name = (event.key or b"").decode("utf-8", "replace")
                for start, pages in found.items():
                    if name.startswith(start) and (name in pages or len(pages) <= AMBIGUOUS):
                        place = LetterPosition(page_id=name, partition=event.partition, offset=event.offset)
                        pages.setdefault(name, []).append(place)
        chosen: dict[str, list[LetterPosition]] = {}
        for start, pages in found.items():
            if len(pages) == 1:
                chosen |= pages
            else:
                report(_not_one(start, sorted(pages)))
        return list(chosen.values())

    async def read(self, reader: AIOKafkaConsumer, place: LetterPosition) -> StoredLetter:
        """Read the letter at a place; GoneError where it is not there."""
        record = await self._record_at(reader, DEAD_LETTERS.name, place.partition, place.offset)
        filed = Malformed("retention took it") if record is None else _filed(record)
        if isinstance(filed, Malformed):
            raise GoneError(f"{place.page_id[:SHORT_ID]}: its dead letter cannot be read: {filed.error}")
        return filed

    async def original_or_why_not(self, reader: AIOKafkaConsumer, filed: StoredLetter) -> Original | str:
        """Give the record of `pages` that failed: from the letter, or from `pages` if it was too large for that."""
        letter, source = filed.letter, filed.letter.provenance
        if letter.original_base64 is not None:
            return Original(letter.original_key_base64, letter.original_base64)
        where = f"{self.prefix}{source.topic}/{source.partition} offset {source.offset}"
        if source.topic == PAGES.name:
            record = await self._record_at(reader, PAGES.name, source.partition, source.offset)
            if record is not None and is_original(letter, found := Original(record.key, record.value or b"")):
                return found
        return (
            f"{letter.page_id[:SHORT_ID]}: its original was too large for the letter and is not at {where} any more: "
            f"feed {one_line(letter.url, 200)} again"
        )

    def reader(self) -> AIOKafkaConsumer:
        """Make a consumer that reads single records."""
        return self.connection.asker(name="dead-letters", isolation_level="read_committed")

    def _all(self, topic: str) -> AsyncGenerator[Any, None]:
        return subscribe(self.connection, self.prefix + topic, from_beginning=True, follow=False)

    async def _record_at(self, reader: AIOKafkaConsumer, topic: str, partition: int, offset: int) -> Any:
        return await record_at(self.connection, reader, TopicPartition(self.prefix + topic, partition), offset)


def _filed(record: Any) -> StoredLetter | Malformed:
    """Decode a record of `dead-letters`: an event of `subscribe` or the consumer's own."""
    letter: DeadLetter | Malformed = decode(DeadLetter, record.value)
    if isinstance(letter, Malformed):
        return letter
    return StoredLetter(
        letter=letter,
        place=LetterPosition(page_id=letter.page_id, partition=record.partition, offset=record.offset),
        at=recorded_at(record),
        headers=tuple(record.headers),
    )


def _not_one(start: str, names: list[str]) -> str:
    if not names:
        return f"no dead letter {start}"
    more = " and more" if len(names) > AMBIGUOUS else ""
    return f"{start} is not one dead letter but {', '.join(names[:AMBIGUOUS])}{more}: give more of the id"


async def list_letters(
    desk: DeadLetterStore, *, limit: int, grep: str | None, everything: bool, report: Report
) -> NewestRows:
    """Find the newest open letters, or with `everything` also those that were replayed or dropped."""
    notes, newest = await desk.notes(), NewestRows(limit)
    async with aclosing(desk.letters(report)) as letters:
        async for filed in letters:
            row = filed.row(notes.get(filed.place.key))
            if (everything or row.state is None) and (not grep or row.says(grep)):
                newest.add(row)
    return newest


async def choose_open(desk: DeadLetterStore, *, grep: str | None, report: Report) -> AsyncIterator[StoredLetter]:
    """Yield every open letter that there is now."""
    notes = await desk.notes()
    async with aclosing(desk.letters(report)) as letters:
        async for filed in letters:
            if filed.place.key not in notes and (not grep or filed.row(None).says(grep)):
                yield filed


@dataclass(slots=True)
class ReplayJob:
    """Replays and drops letters, and notes it, a chunk at a time: pages first, their notes when the broker has them."""

    desk: DeadLetterStore
    outbox: Outbox
    reader: AIOKafkaConsumer
    report: Report
    force: bool = False
    done: int = 0
    _pages: list[Awaitable[Any]] = field(default_factory=list)
    _notes: list[tuple[LetterPosition, State]] = field(default_factory=list)
    _bytes: int = 0

    async def replay(self, filed: StoredLetter, *, others: Sequence[LetterPosition] = ()) -> None:
        """Send a letter's original into `pages` again, unchanged, or its URL into `urls`; `others` are older ones."""
        why = why_not_replay(filed.letter, force=self.force)
        if why is not None:
            self.report(f"{filed.letter.page_id[:SHORT_ID]}: {why}")
            return
        original = await self.desk.original_or_why_not(self.reader, filed)
        if isinstance(original, str):
            self.report(original)
            return
        headers = replay_headers(filed)
        if filed.letter.stage == FETCH:
            await self._fetch_again(filed, original, headers, others)
            return
        sent = await self.outbox.send(PAGES.name, key=original.key, value=original.value, headers=headers)
        self._pages.append(sent)
        self._bytes += len(original.value)
        await self.note(State.REPLAYED, *others, filed.place)

    async def _fetch_again(
        self,
        filed: StoredLetter,
        original: Original,
        headers: tuple[tuple[str, bytes], ...],
        others: Sequence[LetterPosition],
    ) -> None:
        """Submit the URL of a page that could not be fetched; there is nothing in it to clean."""
        target = target_again(original, datetime.now(UTC))
        if target is None:
            self.report(f"{filed.letter.page_id[:SHORT_ID]}: it names no URL that could be fetched")
            return
        self._pages.append(await self.outbox.send(URLS.name, key=target.key, value=encode(target), headers=headers))
        await self.note(State.REPLAYED, *others, filed.place)

    async def note(self, state: State, *places: LetterPosition) -> None:
        """Mark the letters of a page."""
        self._notes += [(place, state) for place in places]
        self.done += 1
        if len(self._notes) >= CHUNK_RECORDS or self._bytes >= CHUNK_BYTES:
            await self.finish()

    async def finish(self) -> None:
        """Return when the broker has all pages, and then all notes."""
        await asyncio.gather(*self._pages)
        at = datetime.now(UTC)
        sent = [
            await self.outbox.send(DEAD_LETTER_NOTES.name, key=place.key, value=encode(Note(state=state, at=at)))
            for place, state in self._notes
        ]
        await asyncio.gather(*sent)
        self._pages, self._notes, self._bytes = [], [], 0


async def replay(work: ReplayJob, ids: Sequence[str], *, grep: str | None = None) -> None:
    """Replay the newest letter of each page named, or with no ids every open letter."""
    if not ids:
        async for filed in choose_open(work.desk, grep=grep, report=work.report):
            await work.replay(filed)
    for *older, newest in await work.desk.find(ids, work.report) if ids else []:
        try:
            await work.replay(await work.desk.read(work.reader, newest), others=older)
        except GoneError as gone:
            work.report(str(gone))
    await work.finish()


async def drop(work: ReplayJob, ids: Sequence[str], *, grep: str | None = None) -> None:
    """Mark the letters of each page named as dropped, or with no ids every open letter; deletes nothing."""
    if not ids:
        async for filed in choose_open(work.desk, grep=grep, report=work.report):
            await work.note(State.DROPPED, filed.place)
    for places in await work.desk.find(ids, work.report) if ids else []:
        await work.note(State.DROPPED, *places)
    await work.finish()
