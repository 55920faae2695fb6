"""Dead letters as they are worked with: listed, shown, judged fit for a replay, sent again.

Where they are read and written is the shell's business (`agents/reports/dead_letters.py`).
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

MOST_ATTEMPTS = 5  # a page that failed so often fails for a reason that waiting does not cure
SHORT_ID = 12  # digits; 48 bits tell a million pages apart


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterPosition:
    """Where a dead letter is."""

    page_id: str
    partition: int
    offset: int

    @property
    def key(self) -> bytes:
        """The key of its notes."""
        return note_key(self.page_id, self.partition, self.offset)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A dead letter in a list: without its original, so that many fit into memory."""

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
        """Say whether a text is in its URL or error, in whatever case."""
        wanted = text.casefold()
        return wanted in self.url.casefold() or wanted in self.error.casefold()


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredLetter:
    """A dead letter as it lies in its topic: its place, the record's time and headers."""

    letter: DeadLetter
    place: LetterPosition
    at: datetime
    headers: tuple[Header, ...]

    def row(self, state: State | None) -> Row:
        """Make its row."""
        return Row(
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
    """The record of `pages` that a dead letter is about."""

    key: bytes | None
    value: bytes


@dataclass(slots=True)
class NewestRows:
    """The newest rows of a list of any length; keeps no more than `limit` of them."""

    limit: int
    seen: int = 0
    _heap: list[tuple[datetime, int, int, Row]] = field(default_factory=list)  # no two share partition and offset

    def add(self, row: Row) -> None:
        """Take a row; the oldest one goes where there are too many."""
        self.seen += 1
        entry = (row.at, row.partition, row.offset, row)
        if len(self._heap) < self.limit:
            heapq.heappush(self._heap, entry)
        else:
            heapq.heappushpop(self._heap, entry)

    def rows(self) -> list[Row]:
        """Give the rows, newest first."""
        return [row for *_, row in sorted(self._heap, reverse=True)]


def replay_headers(filed: StoredLetter) -> tuple[Header, ...]:
    """Make the headers of a replay: a closed list, whatever the letter's own are, so that they cannot grow."""
    letter, place = filed.letter, filed.place
    where = f"{DEAD_LETTERS.name}/{place.partition}/{place.offset}"
    return (
        ("ce_specversion", b"1.0"),
        ("ce_id", where.encode()),
        ("ce_type", b"chistovik.pages.replayed.v1"),
        ("ce_source", b"urn:chistovik:dead-letters"),
        ("content-type", b"application/json"),
        (TRACEPARENT, child_of(header(filed.headers, TRACEPARENT), "replay", where)),
        ("replay-of", letter.page_id.encode()),
        ("attempt", str(min(letter.attempt + 1, LARGEST_ATTEMPT)).encode()),
    )


def why_not_replay(letter: DeadLetter, *, force: bool) -> str | None:
    """Say why a letter should not be replayed, None where it may be."""
    if letter.provenance.topic != PAGES.name:
        return f"what it holds is a record of {letter.provenance.topic}, not a page: feed the page again"
    if letter.attempt >= MOST_ATTEMPTS and not force:
        return f"failed {letter.attempt} times already ({one_line(letter.error, 80)}); --force replays it all the same"
    return None


def target_again(original: Original, now: datetime) -> Target | None:
    """Make the URL to fetch again of a page that could not be fetched; None where there was no URL."""
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
    """Say whether a record of `pages` is the one that a letter is about, and not one of a topic made anew."""
    if letter.page_id == digest(record.key or b"", record.value):  # the id of what could not be read, or not in time
        return True
    page = page_of(record)
    return not isinstance(page, Malformed) and letter.page_id == page_id(page)


def page_of(original: Original) -> Page | Malformed:
    """Read the page in an original, or say what is wrong with it."""
    return read_page(original.value)


def text_of(page: Page) -> str | None:
    """Read a page's body as text, None where it is not in the charset that it claims."""
    if page.body is not None:
        return page.body
    try:
        return page.raw.decode(page.charset or "utf-8")
    except (LookupError, ValueError):
        return None
