"""Dead letters on a broker: list them, find them by the start of an id, replay them, and mark them as done.

The outcome topics are only read here. Each action on a letter is recorded as a note in `dead-letter-notes`. A page is
marked as replayed only after `pages` has it. An interrupted replay may therefore send a page twice, which dedupe
recognizes.
"""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from aiokafka import TopicPartition

from agents.kafka.log import record_at, recorded_at
from agents.kafka.outbox import confirmed
from agents.subscribe import subscribe
from pipeline.records.article import DeadLetter
from pipeline.records.note import Note, State
from pipeline.records.wire import Malformed, decode, encode
from pipeline.reports.dead_letters import (
    SHORT_ID,
    LetterPosition,
    NewestLetters,
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

    ReportLine = Callable[[str], None]  # takes one line about a letter that cannot be processed

FETCH = "fetch"  # the stage whose letters are about URLs
AMBIGUOUS = 5  # ids that are listed if the start of an id matches several
CHUNK_RECORDS = 500
CHUNK_BYTES = 8 << 20


class GoneError(Exception):
    """A dead letter no longer exists; the message is the line to show."""


@dataclass(frozen=True, slots=True)
class DeadLetterStore:
    """The dead letters of one prefix on one broker, and the notes about them."""

    connection: Connection
    prefix: str

    async def notes(self) -> dict[bytes, State]:
        """Read the state of each letter that has a note, by note key; the newest note counts."""
        states: dict[bytes, State] = {}
        async with aclosing(self._all(DEAD_LETTER_NOTES.name)) as events:
            async for event in events:
                note = decode(Note, event.value)
                if event.key is not None and isinstance(note, Note):
                    states[event.key] = note.state
        return states

    async def letters(self, report: ReportLine) -> AsyncGenerator[StoredLetter, None]:
        """Yield all dead letters that exist now, partition by partition, in their order."""
        async with aclosing(self._all(DEAD_LETTERS.name)) as events:
            async for event in events:
                stored = _stored_letter(event)
                if isinstance(stored, Malformed):
                    where = f"{event.topic}/{event.partition} offset {event.offset}"
                    report(f"{where} is not a dead letter: {stored.error}")
                else:
                    yield stored

    async def find(self, ids: Sequence[str], report: ReportLine) -> list[list[LetterPosition]]:
        """Find pages by id or by a unique start of an id; return the positions of their letters, oldest first."""
        matches: dict[str, dict[str, list[LetterPosition]]] = {start: {} for start in ids}
        async with aclosing(self._all(DEAD_LETTERS.name)) as events:
            async for event in events:
                name = (event.key or b"").decode("utf-8", "replace")
                for start, pages in matches.items():
                    if name.startswith(start) and (name in pages or len(pages) <= AMBIGUOUS):
                        place = LetterPosition(page_id=name, partition=event.partition, offset=event.offset)
                        pages.setdefault(name, []).append(place)
        chosen: dict[str, list[LetterPosition]] = {}
        for start, pages in matches.items():
            if len(pages) == 1:
                chosen |= pages
            else:
                report(_no_single_match(start, sorted(pages)))
        return list(chosen.values())

    async def read(self, reader: AIOKafkaConsumer, place: LetterPosition) -> StoredLetter:
        """Read the letter at a position; GoneError if it is not there."""
        record = await self._record_at(reader, DEAD_LETTERS.name, place.partition, place.offset)
        stored = Malformed("retention deleted it") if record is None else _stored_letter(record)
        if isinstance(stored, Malformed):
            raise GoneError(f"{place.page_id[:SHORT_ID]}: its dead letter cannot be read: {stored.error}")
        return stored

    async def original_or_why_not(self, reader: AIOKafkaConsumer, stored: StoredLetter) -> Original | str:
        """Return the record of `pages` that failed, from the letter, or from `pages` if it was too large for a letter.

        Return a line with the reason if neither has it.
        """
        letter, source = stored.letter, stored.letter.provenance
        if letter.original_base64 is not None:
            return Original(letter.original_key_base64, letter.original_base64)
        where = f"{self.prefix}{source.topic}/{source.partition} offset {source.offset}"
        if source.topic == PAGES.name:
            record = await self._record_at(reader, PAGES.name, source.partition, source.offset)
            if record is not None and is_original(letter, found := Original(record.key, record.value or b"")):
                return found
        return (
            f"{letter.page_id[:SHORT_ID]}: the original page was too large for the letter and is no longer at {where}: "
            f"feed {one_line(letter.url, 200)} again"
        )

    def reader(self) -> AIOKafkaConsumer:
        """Create a consumer that reads single records."""
        return self.connection.asker(name="dead-letters", isolation_level="read_committed")

    def _all(self, topic: str) -> AsyncGenerator[Any, None]:
        return subscribe(self.connection, self.prefix + topic, from_beginning=True, follow=False)

    async def _record_at(self, reader: AIOKafkaConsumer, topic: str, partition: int, offset: int) -> Any:
        return await record_at(self.connection, reader, TopicPartition(self.prefix + topic, partition), offset)


def _stored_letter(record: Any) -> StoredLetter | Malformed:
    """Decode a record of `dead-letters`, which is an event of `subscribe` or a consumer's record."""
    letter: DeadLetter | Malformed = decode(DeadLetter, record.value)
    if isinstance(letter, Malformed):
        return letter
    return StoredLetter(
        letter=letter,
        place=LetterPosition(page_id=letter.page_id, partition=record.partition, offset=record.offset),
        at=recorded_at(record),
        headers=tuple(record.headers),
    )


def _no_single_match(start: str, names: list[str]) -> str:
    if not names:
        return f"no dead letter {start}"
    more = " and more" if len(names) > AMBIGUOUS else ""
    return f"{start} is not one dead letter but {', '.join(names[:AMBIGUOUS])}{more}: give more of the id"


async def list_letters(
    store: DeadLetterStore, *, limit: int, grep: str | None, everything: bool, report: ReportLine
) -> NewestLetters:
    """Find the newest open letters; with `everything`, replayed and dropped letters too."""
    notes, newest = await store.notes(), NewestLetters(limit)
    async with aclosing(store.letters(report)) as letters:
        async for stored in letters:
            row = stored.row(notes.get(stored.place.key))
            if (everything or row.state is None) and (not grep or row.says(grep)):
                newest.add(row)
    return newest


async def choose_open(store: DeadLetterStore, *, grep: str | None, report: ReportLine) -> AsyncIterator[StoredLetter]:
    """Yield every letter that is open now."""
    notes = await store.notes()
    async with aclosing(store.letters(report)) as letters:
        async for stored in letters:
            if stored.place.key not in notes and (not grep or stored.row(None).says(grep)):
                yield stored


@dataclass(slots=True)
class ReplayJob:
    """Replays and drops letters in chunks: first it sends the pages, then, once the broker has them, the notes."""

    store: DeadLetterStore
    outbox: Outbox
    reader: AIOKafkaConsumer
    report: ReportLine
    force: bool = False
    done: int = 0
    _pages: list[Awaitable[Any]] = field(default_factory=list)
    _notes: list[tuple[LetterPosition, State]] = field(default_factory=list)
    _bytes: int = 0

    async def replay(self, stored: StoredLetter, *, others: Sequence[LetterPosition] = ()) -> None:
        """Send a letter's original to `pages` again, unchanged, or its URL to `urls`.

        `others` are older letters of the same page; they are marked as replayed too.
        """
        why = why_not_replay(stored.letter, force=self.force)
        if why is not None:
            self.report(f"{stored.letter.page_id[:SHORT_ID]}: {why}")
            return
        original = await self.store.original_or_why_not(self.reader, stored)
        if isinstance(original, str):
            self.report(original)
            return
        headers = replay_headers(stored)
        if stored.letter.stage == FETCH:
            await self._fetch_again(stored, original, headers, others)
            return
        sent = await self.outbox.send(PAGES.name, key=original.key, value=original.value, headers=headers)
        self._pages.append(sent)
        self._bytes += len(original.value)
        await self.note(State.REPLAYED, *others, stored.place)

    async def _fetch_again(
        self,
        stored: StoredLetter,
        original: Original,
        headers: tuple[tuple[str, bytes], ...],
        others: Sequence[LetterPosition],
    ) -> None:
        """Submit the URL of a page that could not be fetched; such a page has no content to clean."""
        target = target_again(original, datetime.now(UTC))
        if target is None:
            self.report(f"{stored.letter.page_id[:SHORT_ID]}: cannot replay, the letter has no URL to fetch again")
            return
        self._pages.append(await self.outbox.send(URLS.name, key=target.key, value=encode(target), headers=headers))
        await self.note(State.REPLAYED, *others, stored.place)

    async def note(self, state: State, *places: LetterPosition) -> None:
        """Mark the letters of one page with a state."""
        self._notes += [(place, state) for place in places]
        self.done += 1
        if len(self._notes) >= CHUNK_RECORDS or self._bytes >= CHUNK_BYTES:
            await self.finish()

    async def finish(self) -> None:
        """Wait until the broker has all pages, then send the notes and wait for them."""
        await confirmed(self._pages)
        at = datetime.now(UTC)
        sent = [
            await self.outbox.send(DEAD_LETTER_NOTES.name, key=place.key, value=encode(Note(state=state, at=at)))
            for place, state in self._notes
        ]
        await confirmed(sent)
        self._pages, self._notes, self._bytes = [], [], 0


async def replay(job: ReplayJob, ids: Sequence[str], *, grep: str | None = None) -> None:
    """Replay the newest letter of each given page; without ids, every open letter."""
    if not ids:
        async for stored in choose_open(job.store, grep=grep, report=job.report):
            await job.replay(stored)
    for *older, newest in await job.store.find(ids, job.report) if ids else []:
        try:
            await job.replay(await job.store.read(job.reader, newest), others=older)
        except GoneError as gone:
            job.report(str(gone))
    await job.finish()


async def drop(job: ReplayJob, ids: Sequence[str], *, grep: str | None = None) -> None:
    """Mark all letters of each given page as dropped; without ids, every open letter. Nothing is deleted."""
    if not ids:
        async for stored in choose_open(job.store, grep=grep, report=job.report):
            await job.note(State.DROPPED, stored.place)
    for places in await job.store.find(ids, job.report) if ids else []:
        await job.note(State.DROPPED, *places)
    await job.finish()
