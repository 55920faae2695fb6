"""The counts of the audit: for every record of a partition of `pages` or `urls`, whether it has 0, 1 or more outcomes.

They take two bits per record, 250 KB for a million, regardless of the number of outcomes. `agents/reports/audit.py`
reads the records.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.records.document import Provenance
from pipeline.records.wire import Malformed, decode
from pipeline.topics import OUTCOMES, PAGES, URLS
from pipeline.topics.headers import ORIGIN, header

SHOWN_RANGES = 20  # ranges of offsets that are listed
_PLACE = re.compile(rb"([a-z-]{1,100})/([0-9]{1,19})/([0-9]{1,19})")
_PAGES, _URLS = PAGES.name.encode(), URLS.name.encode()


@dataclass(frozen=True, slots=True)
class _Placed:
    """The field that outcomes and documents have in common."""

    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Place:
    """The position of a record in `pages` or `urls`."""

    partition: int
    offset: int


def outcome_place(headers: Iterable[tuple[str, bytes]], value: bytes | None) -> Place | Malformed | None:
    """Return the page that an outcome belongs to, from the header `ce_id`, or from the value if that is no place.

    None for a tombstone, and for an outcome of a record that is not in `pages`.
    """
    if value is None:
        return None
    found = _PLACE.fullmatch(header(headers, "ce_id") or b"")
    if found is None:
        return value_place(value)
    return Place(int(found[2]), int(found[3])) if found[1] == _PAGES else None


def value_place(value: bytes | None) -> Place | Malformed | None:
    """Return the page that a document or an outcome belongs to, from its provenance; None if not in `pages`."""
    placed: _Placed | Malformed = decode(_Placed, value)
    if isinstance(placed, Malformed):
        return placed
    where = placed.provenance
    return Place(where.partition, where.offset) if where.topic == PAGES.name else None


def origin_place(headers: Iterable[tuple[str, bytes]]) -> Place | None:
    """Return the record of `urls` that an outcome, a page or a waiting URL comes from; None if from none."""
    found = _PLACE.fullmatch(header(headers, ORIGIN) or b"")
    return Place(int(found[2]), int(found[3])) if found is not None and found[1] == _URLS else None


def document_origin(value: bytes | None) -> Place | None:
    """Return the record of `urls` that a document comes from; None if from none."""
    placed: _Placed | Malformed = decode(_Placed, value)
    origin = None if isinstance(placed, Malformed) else placed.provenance.origin
    return origin_place(((ORIGIN, origin.encode("utf-8", "replace")),)) if origin else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranges:
    """A set of pages: their number, and their first ranges of offsets (start, end), the end exclusive."""

    pages: int
    first: tuple[tuple[int, int], ...] = ()


def ranges_of(bits: int, base: int) -> Ranges:
    """Return the runs of ones in `bits` as ranges of offsets; the lowest bit is the page at offset `base`."""
    first: list[tuple[int, int]] = []
    rest, start = bits, base
    while rest and len(first) < SHOWN_RANGES:
        zeros = _trailing_zeros(rest)
        ones = _trailing_zeros(~(rest >> zeros))
        first.append((start + zeros, start + zeros + ones))
        rest, start = rest >> (zeros + ones), start + zeros + ones
    return Ranges(pages=bits.bit_count(), first=tuple(first))


def _trailing_zeros(bits: int) -> int:
    return (bits & -bits).bit_length() - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionAudit:
    """The outcomes of a partition's pages from offset `begin` up to, but not including, `end`."""

    partition: int
    begin: int
    end: int
    outcomes: dict[str, int]  # by topic
    in_flight: int
    missing: Ranges
    twice: Ranges
    fell_out: Ranges  # before `begin`: retention deleted them before they were cleaned

    @property
    def pages(self) -> int:
        """The number of audited pages."""
        return self.end - self.begin

    @property
    def whole(self) -> bool:
        """Whether no page is missing, published twice, or deleted too early. Pages in flight are none of these."""
        return not (self.missing.pages or self.twice.pages or self.fell_out.pages)

    @property
    def lost(self) -> bool:
        """Whether some record has no outcome and will never get one."""
        return bool(self.missing.pages or self.fell_out.pages)

    def row(self) -> dict[str, object]:
        """Return the JSON line of the partition."""
        counts = {name.replace("-", "_"): count for name, count in self.outcomes.items()}
        row: dict[str, object] = {"partition": self.partition, "from": self.begin, "to": self.end, "pages": self.pages}
        row |= counts | {"in_flight": self.in_flight}
        for name, ranges in (("missing", self.missing), ("twice", self.twice), ("fell_out", self.fell_out)):
            row |= {name: [list(offsets) for offsets in ranges.first], f"{name}_pages": ranges.pages}
        return row


class OutcomeLedger:
    """The pages of one partition and their outcomes.

    - `kept`: the first offset of the log and its end
    - `cleaned`: the committed offset of clean; None if there is none
    - `young`: the first page that is younger than the compaction lag of `articles`

    Older pages that were cleaned are not audited: a later revision may have replaced their outcome.
    """

    def __init__(self, partition: int, *, kept: tuple[int, int], cleaned: int | None, young: int) -> None:
        kept_from, self.end = kept
        self.partition = partition
        self.cleaned = cleaned
        self.begin = kept_from if cleaned is None else max(kept_from, min(young, cleaned))
        self._base = self.begin if cleaned is None else min(self.begin, cleaned)
        self._size = max(0, self.end - self._base)
        self._seen = bytearray((self._size + 7) // 8)
        self._more = bytearray(len(self._seen))  # together with `seen`: a second outcome; alone: the page is in flight
        self._newest_before = -1  # the highest page below the base that has an outcome
        self._outcomes: Counter[str] = Counter(dict.fromkeys(OUTCOMES, 0))

    def resolve(self, offset: int, topic: str) -> None:
        """Record an outcome of the page at `offset`, in `topic` (without its prefix)."""
        index = offset - self._base
        if index < 0:
            self._newest_before = max(self._newest_before, offset)
        if not 0 <= index < self._size:
            return
        byte, bit = index >> 3, 1 << (index & 7)
        if self._seen[byte] & bit:
            self._more[byte] |= bit
        else:
            self._seen[byte] |= bit
        if offset >= self.begin:
            self._outcomes[topic] += 1

    def expect(self, offset: int) -> None:
        """Record that the page at `offset` is cleaned but not published. Call it after all calls of `resolve`."""
        index = offset - self._base
        if 0 <= index < self._size and not self._seen[index >> 3] & 1 << (index & 7):
            self._more[index >> 3] |= 1 << (index & 7)

    def close(self) -> PartitionAudit:
        """Return the result of the audit of this partition."""
        seen, more = int.from_bytes(self._seen, "little"), int.from_bytes(self._more, "little")
        without = ((1 << self._size) - 1) & ~(seen | more)
        waits_from = min(max(self.begin, self.cleaned or 0), max(self.begin, self.end))  # first page not cleaned yet
        in_flight = (more & ~seen & self._mask(self.begin, self.end)) | (without & self._mask(waits_from, self.end))
        return PartitionAudit(
            partition=self.partition,
            begin=self.begin,
            end=max(self.begin, self.end),
            outcomes=dict(self._outcomes),
            in_flight=in_flight.bit_count(),
            missing=ranges_of(without & self._mask(self.begin, waits_from), self._base),
            twice=ranges_of(seen & more & self._mask(self.begin, self.end), self._base),
            fell_out=self._fell_out(without),
        )

    def _fell_out(self, without: int) -> Ranges:
        """Return the pages that retention deleted uncleaned; if clean never committed, all after the newest outcome."""
        if self.cleaned is not None:
            return ranges_of(without & self._mask(self._base, self.begin), self._base)
        start = self._newest_before + 1
        return Ranges(pages=self.begin - start, first=((start, self.begin),) if start < self.begin else ())

    def _mask(self, start: int, end: int) -> int:
        """Return a bit mask of the pages from `start` up to, but not including, `end`."""
        low, high = (max(0, offset - self._base) for offset in (start, end))
        return ((1 << high) - 1) & ~((1 << low) - 1)


def summary(audits: Iterable[PartitionAudit], records: str = "pages") -> str:
    """Return the outcomes of all partitions' pages, or URLs, in one line."""
    totals: Counter[str] = Counter()
    outcomes: Counter[str] = Counter(dict.fromkeys(OUTCOMES, 0))
    for audit in audits:
        outcomes.update(audit.outcomes)
        totals.update(
            {
                "pages": audit.pages,
                "in flight": audit.in_flight,
                "missing": audit.missing.pages,
                "twice": audit.twice.pages,
                "fell out of the log": audit.fell_out.pages,
            }
        )
    parts = [f"{name.replace('-', ' ')} {count}" for name, count in outcomes.items()]
    parts += [f"{name} {totals[name]}" for name in ("in flight", "missing", "twice", "fell out of the log")]
    return f"{totals['pages']} {records}: {', '.join(parts)}"
