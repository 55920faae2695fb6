"""Dead letters in a list, and their replay: whether it is allowed, with which headers, for which URL.

`agents/reports/dead_letters.py` reads and writes them.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from datetime import datetime

from pipeline.page.packed import read_page
from pipeline.records.article import DeadLetter
from pipeline.records.fields import digest
from pipeline.records.note import State, note_key
from pipeline.records.page import Page, page_id
from pipeline.records.target import Target
from pipeline.records.url import web_url
from pipeline.records.wire import Malformed
from pipeline.text.plain import one_line
from pipeline.topics import DEAD_LETTERS, PAGES
from pipeline.topics.headers import LARGEST_ATTEMPT, Header, header
from pipeline.topics.traceparent import TRACEPARENT, child_of

MOST_ATTEMPTS = 5  # after so many failures, waiting is unlikely to help
SHORT_ID = 12  # hexadecimal digits; 48 bits distinguish a million pages


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterPosition:
    """The position of a dead letter in its topic, and its page's id."""

    page_id: str
    partition: int
    offset: int

    @property
    def key(self) -> bytes:
        """The key of the letter's notes."""
        return note_key(self.page_id, self.partition, self.offset)


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterRow:
    """A dead letter as a row of a list, without the original page, so that many rows fit into memory."""

    id: str
    at: datetime
    stage: str
    attempt: int
    url: str
    error: str
    state: State | None  # None while it is open
    partition: int
    offset: int

    def says(self, text: str) -> bool:
        """Return whether the URL or the error contains a text; case does not matter."""
        wanted = text.casefold()
        return wanted in self.url.casefold() or wanted in self.error.casefold()


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredLetter:
    """A dead letter as it is stored in its topic, with its position and the record's time and headers."""

    letter: DeadLetter
    place: LetterPosition
    at: datetime
    headers: tuple[Header, ...]

    def row(self, state: State | None) -> LetterRow:
        """Return the letter as a row of a list."""
        return LetterRow(
            id=self.place.page_id,
            at=self.at,
            stage=self.letter.stage,
            attempt=self.letter.attempt,
            url=self.letter.url,
            error=self.letter.error,
            state=state,
            partition=self.place.partition,
            offset=self.place.offset,
        )


@dataclass(frozen=True, slots=True)
class Original:
    """The original record of `pages` that a dead letter is about."""

    key: bytes | None
    value: bytes


@dataclass(slots=True)
class NewestLetters:
    """The newest rows of a list of any length; at most `limit` rows are kept in memory."""

    limit: int
    seen: int = 0
    _heap: list[tuple[datetime, int, int, LetterRow]] = field(default_factory=list)  # partition and offset are unique

    def add(self, row: LetterRow) -> None:
        """Add a row; the oldest row is dropped if there are too many."""
        self.seen += 1
        entry = (row.at, row.partition, row.offset, row)
        if len(self._heap) < self.limit:
            heapq.heappush(self._heap, entry)
        else:
            heapq.heappushpop(self._heap, entry)

    def rows(self) -> list[LetterRow]:
        """Return the rows, newest first."""
        return [row for *_, row in sorted(self._heap, reverse=True)]


def replay_headers(stored: StoredLetter) -> tuple[Header, ...]:
    """Return the headers of a replayed record. The list is fixed, so that headers cannot pile up over replays."""
    letter, place = stored.letter, stored.place
    where = f"{DEAD_LETTERS.name}/{place.partition}/{place.offset}"
    return (
        ("ce_specversion", b"1.0"),
        ("ce_id", where.encode()),
        ("ce_type", b"chistovik.pages.replayed.v1"),
        ("ce_source", b"urn:chistovik:dead-letters"),
        ("content-type", b"application/json"),
        (TRACEPARENT, child_of(header(stored.headers, TRACEPARENT), "replay", where)),
        ("replay-of", letter.page_id.encode()),
        ("attempt", str(min(letter.attempt + 1, LARGEST_ATTEMPT)).encode()),
    )


def why_not_replay(letter: DeadLetter, *, force: bool) -> str | None:
    """Return the reason why a letter should not be replayed; None if it may be."""
    if letter.provenance.topic != PAGES.name:
        return f"the letter holds a record of {letter.provenance.topic}, not a page: feed the page again"
    if letter.attempt >= MOST_ATTEMPTS and not force:
        return f"failed {letter.attempt} times already ({one_line(letter.error, 80)}); --force replays it anyway"
    return None


def target_again(original: Original, now: datetime) -> Target | None:
    """Return the URL to fetch again for a page that could not be fetched; None if it has no such URL."""
    page = page_of(original)
    url = None if isinstance(page, Malformed) else page.requested_url or page.url
    if isinstance(page, Malformed) or url is None or page.failed is None or web_url(url) is None:
        return None
    return Target(
        url=url,
        submitted_at=now,
        source="replay",
        referrer=page.referrer,
        refetch=True,
        title=page.title,
        date_published=page.date_published,
    )


def is_original(letter: DeadLetter, record: Original) -> bool:
    """Return whether a record of `pages` is the one that a letter is about, and not a record of a recreated topic."""
    if letter.page_id == digest(record.key or b"", record.value):  # the id of a page that could not be read in time
        return True
    page = page_of(record)
    return not isinstance(page, Malformed) and letter.page_id == page_id(page)


def page_of(original: Original) -> Page | Malformed:
    """Read the page in an original record; Malformed says what is wrong with it."""
    return read_page(original.value)


def text_of(page: Page) -> str | None:
    """Return a page's body as text; None if it does not decode with the declared charset."""
    if page.body is not None:
        return page.body
    try:
        return page.raw.decode(page.charset or "utf-8")
    except (LookupError, ValueError):
        return None
