"""Read dates as pages write them and return RFC 3339: an instant in UTC if the time zone is known, else the day alone.

Nothing here reads the clock: the fetch time is an argument. Relative dates are counted from it, and dates after it are
rejected. An ambiguous date (03/04/2022) is not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache

from pipeline.text.months import AGO, DAYS, MONTHS, UNITS, ZONES

EARLIEST = date(1990, 1, 1)  # no news page is older than the web
SLACK = timedelta(days=1)  # the page's time zone may be ahead of UTC
_FIRST, _LAST = datetime(1970, 1, 2, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
LONGEST = 200  # characters of a date and the words around it
MOSCOW_SETTLED = date(2014, 10, 26)  # before this day, Moscow was at UTC+4 or changed its clocks twice a year


@dataclass(frozen=True, slots=True)
class Moment:
    """A day, and the instant if it is known."""

    day: date  # the day of the instant in UTC; without an instant, the day as written
    at: datetime | None = None  # UTC
    clock: datetime | None = field(default=None, compare=False)  # day and time as written, if no zone is known

    def __str__(self) -> str:
        """Write as RFC 3339: a full-date, or a date-time in UTC."""
        return self.day.isoformat() if self.at is None else self.at.isoformat().replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class Dated:
    """A date in a text, with its start and end in characters."""

    moment: Moment
    start: int
    end: int


_MONTH = "|".join(sorted(map(re.escape, MONTHS), key=len, reverse=True))
_NUMBER = r"(?<![\d.+-])(?<!(?<!\d:\d\d)[:/])"  # a number may not follow these, except in "14:30/05.01.2022"
_ISO = rf"{_NUMBER}(?P<y1>(?:19|20)\d\d)(?P<sep>[-/.])(?P<m1>\d\d?)(?P=sep)(?P<d1>\d\d?)(?!\d)"
_PACKED = rf"{_NUMBER}(?P<y2>(?:19|20)\d\d)(?P<m2>[01]\d)(?P<d2>[0-3]\d)(?=T?\d{{4}}|$|[ T])"
_DMY = rf"{_NUMBER}(?P<a>\d\d?)(?P<sep2>[-/.])(?P<b>\d\d?)(?P=sep2)(?P<y3>(?:19|20)\d\d|\d\d)(?![\d.:/-]*\d)"
_DAY_FIRST = (
    rf"{_NUMBER}(?P<d4>\d\d?)(?:st|nd|rd|th|-го)?[ .]{{1,2}}(?:of )?(?=[^\W\d_]+[., ]{{0,3}}[12])(?P<w4>{_MONTH})\b"
    r"[., ]{0,3}(?P<y4>(?:19|20)\d\d)(?!\d)"
)
_MONTH_FIRST = (
    rf"\b(?=[^\W\d_]+\.? ?\d)(?P<w5>{_MONTH})\b\.? ?(?P<d5>\d\d?)(?:st|nd|rd|th)?(?:[,.] ?| )"
    r"(?P<clock5>\d\d?:\d\d(?::\d\d)? )?(?P<y5>(?:19|20)\d\d)(?!\d)"
)
_YEAR_FIRST = (
    rf"{_NUMBER}(?P<y6>(?:19|20)\d\d)(?: ?(?:жылғы|жылдың|жылы|ж|г)\.?)?[, ]{{0,2}}"
    rf"(?P<d6>\d\d?)[- ]{{1,2}}(?P<w6>{_MONTH})\b"
)
_HAN = r"(?P<y7>(?:19|20)\d\d) ?年 ?(?P<m7>\d\d?) ?月 ?(?P<d7>\d\d?) ?日"
# A look-ahead checks the first character, and for a month name the whole word: this takes a tenth of the time.
_DATE = re.compile(
    rf"(?=\d)(?:{_ISO}|{_PACKED}|{_HAN}|{_DMY}|{_DAY_FIRST}|{_YEAR_FIRST})|{_MONTH_FIRST}", re.IGNORECASE
)
_BY_NUMBER = (("y1", "m1", "d1"), ("y2", "m2", "d2"), ("y7", "m7", "d7"))  # groups of year, month and day
_BY_WORD = (("y4", "w4", "d4"), ("y5", "w5", "d5"), ("y6", "w6", "d6"))
# Every date contains this. A pattern that begins with a character class is found in a third of the time.
_YEAR = re.compile(r"\d(?:(?:(?<=1)9|(?<=2)0)\d\d|[-/.]\d\d?[-/.]\d\d)")
_CLOCK = re.compile(
    r"(?:\s*(?:г(?:ода?)?|р(?:оку)?|года|ж)\b\.?)?"  # "2022 г."
    r"(?:[T\s,;|/(•·—–-]|в\b|о\b|у\b|at\b){0,6}"
    r"(?P<h>\d\d?)[:.]?(?P<min>(?<=[:.])\d\d|(?<=\d\d)\d\d)(?::?(?P<s>\d\d)(?:[.,]\d{1,9})?)?(?!\d)"
    r"(?:\s*(?P<half>[ap]\.?m\b\.?))?"
    r"(?:\s*\(?(?P<zone>Z\b|(?:UTC|GMT)?\s?[+-]\d\d?(?::?\d\d)?(?!\d)|[A-Za-z]{3,4}\b|мск\b))?",
    re.IGNORECASE,
)
_OFFSET = re.compile(r"([+-])(\d\d?):?(\d\d)?$")
_RELATIVE_DAY = re.compile(rf"\b(?:{'|'.join(DAYS)})\b", re.IGNORECASE)
_UNIT = "|".join(sorted(UNITS, key=len, reverse=True))
_AGO = re.compile(
    rf"\b(?:(?P<n>\d{{1,2}}|an?) ?)?(?P<unit>{_UNIT})\.? (?:{'|'.join(AGO)})\b",
    re.IGNORECASE,
)
_RELATIVE = (*AGO, *DAYS)
_EPOCH = re.compile(r"(\d{10})(?:\d{3})?$")


def dates_in(text: str) -> Iterator[Dated]:
    """Find the absolute dates of a text, each with the time and zone that follow it."""
    if _YEAR.search(text) is None:
        return
    for found in _DATE.finditer(text):
        if (day := _day_of(found)) is not None:
            moment, end = _with_clock(day, text, found.end(), found["clock5"] or "")
            yield Dated(moment, found.start(), end)


def may_be_relative(text: str) -> bool:
    """Return whether a text has a word of relative dates."""
    return any(map(text.casefold().__contains__, _RELATIVE))


def relative_in(text: str, fetched_at: datetime) -> Dated | None:
    """Find a relative date ("yesterday", "2 hours ago"), counted from the fetch; days are days in UTC."""
    if not may_be_relative(text):  # takes a tenth of the time of both patterns
        return None
    now = utc(fetched_at)
    if (ago := _AGO.search(text)) is not None:
        seconds = _spelled(ago["unit"], UNITS)
        return None if seconds is None else Dated(_ago(ago, seconds, now), ago.start(), ago.end())
    if (word := _RELATIVE_DAY.search(text)) is None or (days := _spelled(word.group(), DAYS)) is None:
        return None
    day = now.date() - timedelta(days=days)
    moment, end = _with_clock(day, text, word.end())
    return Dated(moment, word.start(), end)


def moment_of(text: str) -> Moment | None:
    """Read a date that a page declares (ISO 8601, RFC 2822, epoch seconds, or in words)."""
    text = " ".join(text[:LONGEST].split())
    if epoch := _EPOCH.match(text):
        at = datetime.fromtimestamp(int(epoch.group(1)), UTC)
        return Moment(at.date(), at)
    dated = next(dates_in(text), None)
    return None if dated is None else dated.moment


def believed(moment: Moment | None, fetched_at: datetime) -> Moment | None:
    """Return the date, or None if it is before `EARLIEST` or more than a day after the fetch."""
    if moment is None or moment.day < EARLIEST:
        return None
    now = utc(fetched_at)
    ahead = moment.day - now.date() if moment.at is None else moment.at - now
    return moment if ahead <= SLACK else None


@lru_cache(maxsize=4)  # each date of a page is compared with its fetch
def utc(fetched_at: datetime) -> datetime:
    """Return the fetch time in UTC, limited to 1970–9998, because a feeder's clock may be wrong."""
    return min(max(fetched_at, _FIRST), _LAST).astimezone(UTC)


def in_order(published: Moment, modified: Moment) -> bool:
    """Return whether the change is not earlier than the publication; days of unknown zones have a day of tolerance."""
    if published.at is not None and modified.at is not None:
        return published.at <= modified.at
    doubt = timedelta(days=(published.at is None) != (modified.at is None))
    return published.day <= modified.day + doubt


def _day_of(found: re.Match[str]) -> date | None:
    if found["a"]:
        return _numeric(int(found["a"]), int(found["b"]), found["y3"], found["sep2"])
    for year, month, day in _BY_NUMBER:
        if found[year]:
            return _date(int(found[year]), int(found[month]), int(found[day]))
    year, word, day = next(names for names in _BY_WORD if found[names[0]])
    return _date(int(found[year]), _spelled(found[word], MONTHS) or 0, int(found[day]))


def _spelled(word: str, known: Mapping[str, int]) -> int | None:
    """Look up a word that a pattern matched; None if it contains a look-alike letter ("ı" for "i")."""
    return known.get(word.lower())


def _numeric(first: int, second: int, year: str, separator: str) -> date | None:
    """Read 05.01.2022 in European order. With slashes or hyphens, read a date only if a single order is possible."""
    if len(year) == 2 and separator != ".":
        return None
    full = int(year) if len(year) == 4 else 2000 + int(year)
    if separator == "." or first == second or first > 12:
        return _date(full, second, first)
    return _date(full, first, second) if second > 12 else None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _with_clock(day: date, text: str, end: int, inside: str = "") -> tuple[Moment, int]:
    """Join a day with the time inside it ("Jan 2 10:15 2020") or after it; an instant if a time zone is given."""
    clock = _CLOCK.match(inside + text[end : end + 60])
    if clock is None or int(clock["min"]) > 59:
        return Moment(day), end
    hour, seconds = _hour(int(clock["h"]), clock["half"]), min(59, int(clock["s"] or 0))
    if hour > 24 or (hour == 24 and (int(clock["min"]) or seconds)):
        return Moment(day), end
    end = max(end, end + clock.end() - len(inside))
    written = datetime(day.year, day.month, day.day, hour % 24, int(clock["min"]), seconds, tzinfo=UTC)
    written += timedelta(days=hour == 24)  # ISO 8601: the end of the day is the begin of the next
    zone = _zone(clock["zone"], day)
    if zone is None:
        return Moment(written.date() if hour == 24 else day, clock=written), end
    at = written.replace(tzinfo=zone).astimezone(UTC)
    return Moment(at.date(), at), end


def _hour(hour: int, half: str | None) -> int:
    if not half or hour > 12:
        return hour
    return hour % 12 + 12 * (half[0] in "pP")


def _zone(written: str | None, day: date) -> timezone | None:
    if not written:
        return None
    if offset := _OFFSET.search(written):
        sign, hours, minutes = offset.groups()
        east = timedelta(hours=int(hours), minutes=int(minutes or 0))
        return timezone(-east if sign == "-" else east) if east <= timedelta(hours=14) else None
    name = written.lower()
    if name not in ZONES or (name in {"msk", "мск"} and day < MOSCOW_SETTLED):
        return None
    return timezone(timedelta(hours=ZONES[name]))


def _ago(found: re.Match[str], seconds: int, now: datetime) -> Moment:
    """Return the instant, to the minute, for minutes and hours ago; the day alone for days ago."""
    count = int(found["n"]) if (found["n"] or "").isdigit() else 1
    at = (now - timedelta(seconds=count * seconds)).replace(second=0, microsecond=0)
    return Moment(at.date(), None if seconds == 86400 else at)
