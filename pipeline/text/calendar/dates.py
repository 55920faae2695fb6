"""Read dates as pages write them and return RFC 3339: an instant with the page's own offset, or the day alone.

Nothing here reads the clock: the fetch time is an argument. Relative dates and those without a year are counted from
it, and dates after it are rejected. An ambiguous date (03/04/2022) is read only if the page's language is known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache

from pipeline.text.calendar.month_of import month_of
from pipeline.text.calendar.words import AGO, DAYS, UNITS, ZONES
from pipeline.text.casefold import folded

EARLIEST = date(1990, 1, 1)  # no news page is older than the web
SLACK = timedelta(days=1)  # the page's time zone may be ahead of UTC
_FIRST, _LAST = datetime(1970, 1, 2, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
LONGEST = 200  # characters of a date and the words around it
MOSCOW_SETTLED = date(2014, 10, 26)  # before this day, Moscow was at UTC+4 or changed its clocks twice a year


@dataclass(frozen=True, slots=True)
class Moment:
    """A day, and the instant if it is known."""

    day: date  # as written, so in the page's own zone
    at: datetime | None = None  # with the offset that the page gives
    clock: datetime | None = field(default=None, compare=False)  # day and time as written, if no zone is known

    def __str__(self) -> str:
        """Write as RFC 3339: a full-date, or a date-time with the page's offset."""
        return self.day.isoformat() if self.at is None else self.at.isoformat().replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class Dated:
    """A date in a text, with its start and end in characters."""

    moment: Moment
    start: int
    end: int
    is_counted: bool = False  # from the fetch, as "yesterday" is


_NAME = r"[^\W\d_]{3,16}"  # what may be a month's name; `month_of` knows which are
_OF = r"(?:of |de |del |d')?"
# The time that it takes to read may follow a year without a space: "5 January 20319 min read".
_YEAR_ENDS = r"(?!\d)|(?=\d{1,2}\s?(?:мин|хв|хвіл|min)\b)"
_NUMBER = r"(?<![\d.+-])(?<!(?<!\d:\d\d)[:/])"  # a number may not follow these, except in "14:30/05.01.2022"
_ISO = rf"{_NUMBER}(?P<y1>(?:19|20)\d\d)(?P<sep>[-/.])(?P<m1>\d\d?)(?P=sep)(?P<d1>\d\d?)(?!\d)"
_PACKED = rf"{_NUMBER}(?P<y2>(?:19|20)\d\d)(?P<m2>[01]\d)(?P<d2>[0-3]\d)(?=T?\d{{4}}|$|[ T])"
_DMY = rf"{_NUMBER}(?P<a>\d\d?)(?P<sep2>[-/.])(?P<b>\d\d?)(?P=sep2)(?P<y3>(?:19|20)\d\d|\d\d)(?![\d.:/-]*\d)"
_DAY = r"\d\d?(?:st|nd|rd|th|er|º|ª|-?го|-?е|-?ше|-?га|-?ші|-?шы)?"
_DAY_FIRST = (
    rf"{_NUMBER}(?P<d4>{_DAY})[ .-]{{1,2}}{_OF}(?P<w4>{_NAME})[., -]{{0,3}}{_OF}(?P<y4>(?:19|20)\d\d)(?:{_YEAR_ENDS})"
)
_MONTH_FIRST = (
    rf"\b(?=[^\W\d_]+\.? ?\d)(?P<w5>{_NAME})\b\.? ?(?P<d5>\d\d?)(?:st|nd|rd|th)?(?:[,.] ?| )"
    rf"(?P<clock5>\d\d?:\d\d(?::\d\d)? )?(?P<y5>(?:19|20)\d\d)(?:{_YEAR_ENDS})"
)
# A year may be followed by the word for it: "2031 жылғы 12 қаңтар", "2031. gada 12. janvāris", "2031-yil 12-yanvar".
_YEAR_FIRST = (
    rf"{_NUMBER}(?P<y6>(?:19|20)\d\d)(?:[ .-]{{0,2}}(?:жылғы|жылдың|жылдын|жылы|ж|г|m|gada|yil)\b\.?|[.,])?[, ]{{1,2}}"
    rf"(?:(?P<d6>\d\d?)[- .]{{1,2}}(?P<w6>{_NAME})|(?P<w8>{_NAME})[. ]{{1,2}}(?P<d8>\d\d?)(?![\d:]))"
)
_HAN = r"(?P<y7>(?:19|20)\d\d) ?年 ?(?P<m7>\d\d?) ?月 ?(?P<d7>\d\d?) ?日"
# A look-ahead checks the first character, and for a month name the whole word: this takes a tenth of the time.
_DATE = re.compile(
    rf"(?=\d)(?:{_ISO}|{_PACKED}|{_HAN}|{_DMY}|{_DAY_FIRST}|{_YEAR_FIRST})|{_MONTH_FIRST}", re.IGNORECASE
)
_BY_NUMBER = (("y1", "m1", "d1"), ("y2", "m2", "d2"), ("y7", "m7", "d7"))  # groups of year, month and day
_BY_WORD = (("y4", "w4", "d4"), ("y5", "w5", "d5"), ("y6", "w6", "d6"), ("y6", "w8", "d8"))
_DIGITS = re.compile(r"\d+")
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
_YEARLESS = re.compile(
    rf"(?<![\d.,:/])(?:(?P<d1>{_DAY})[ .-]{{1,2}}{_OF}(?P<w1>{_NAME})|"
    rf"(?P<w2>{_NAME})\.? (?P<d2>{_DAY}))(?![\w:])(?![., ]{{0,3}}\d{{4}})",
    re.IGNORECASE,
)
_EPOCH = re.compile(r"(\d{10})(?:\d{3})?$")


def dates_in(text: str, language: str | None = None) -> Iterator[Dated]:
    """Find the dates of a text that have a year, each with the time and zone that follow it.

    `language` (BCP 47) is the text's; a few names of months mean another month in another language.
    """
    if _YEAR.search(text) is None:
        return
    for found in _DATE.finditer(text):
        if (day := _day_of(found, language)) is not None:
            moment, end = _with_clock(day, text, found.end(), found["clock5"] or "")
            yield Dated(moment, found.start(), end)


def may_date(text: str) -> bool:
    """Return whether a text has what may be the year of a date, with other figures."""
    found = _YEAR.search(text)
    return found is not None and len(_DIGITS.findall(text)) > 1


def may_be_relative(text: str) -> bool:
    """Return whether a text has a word of relative dates."""
    return any(map(folded(text).__contains__, _RELATIVE))


def relative_in(text: str, fetched_at: datetime) -> Dated | None:
    """Find a relative date ("yesterday", "2 hours ago"), counted from the fetch; days are days in UTC."""
    if not may_be_relative(text):  # takes a tenth of the time of both patterns
        return None
    now = utc(fetched_at)
    if (ago := _AGO.search(text)) is not None:
        seconds = _spelled(ago["unit"], UNITS)
        return None if seconds is None else Dated(_ago(ago, seconds, now), ago.start(), ago.end(), is_counted=True)
    if (word := _RELATIVE_DAY.search(text)) is None or (days := _spelled(word.group(), DAYS)) is None:
        return None
    day = now.date() - timedelta(days=days)
    moment, end = _with_clock(day, text, word.end())
    return Dated(moment, word.start(), end, is_counted=True)


def yearless_in(text: str, fetched_at: datetime, language: str | None = None) -> Dated | None:
    """Find a day and month without a year ("12 січня, 18:20"): the last such day until the day after the fetch."""
    if _DIGITS.search(text) is None:  # most lines of a page have none
        return None
    for found in _YEARLESS.finditer(text):
        month = month_of(found["w1"] or found["w2"], language)
        day = _number(found["d1"] or found["d2"])
        if month is None or (last := _last(month, day, utc(fetched_at).date() + SLACK)) is None:
            continue
        moment, end = _with_clock(last, text, found.end())
        return Dated(moment, found.start(), end, is_counted=True)
    return None


def _last(month: int, day: int, until: date) -> date | None:
    """Return the last day of this month and number up to a day; 29 February may be four years ago."""
    days = (_date(until.year - ago, month, day) for ago in range(9))
    return next((one for one in days if one is not None and one <= until), None)


def moment_of(text: str, language: str | None = None) -> Moment | None:
    """Read a date that a page declares (ISO 8601, RFC 2822, epoch seconds, or in words)."""
    text = " ".join(text[:LONGEST].split())
    if epoch := _EPOCH.match(text):
        at = datetime.fromtimestamp(int(epoch.group(1)), UTC)
        return Moment(at.date(), at)
    dated = next(dates_in(text, language), None)
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


def _day_of(found: re.Match[str], language: str | None) -> date | None:
    if found["a"]:
        return _numeric(int(found["a"]), int(found["b"]), found["y3"], found["sep2"], language)
    for year, month, day in _BY_NUMBER:
        if found[year]:
            return _date(int(found[year]), int(found[month]), int(found[day]))
    year, word, day = next(names for names in _BY_WORD if found[names[1]])
    return _date(int(found[year]), month_of(found[word], language) or 0, _number(found[day]))


def _number(day: str) -> int:
    """Return the number of a day such as "1er" or "5th"."""
    digits = _DIGITS.match(day)
    return int(digits[0]) if digits else 0


def _spelled(word: str, known: Mapping[str, int]) -> int | None:
    """Look up a word that a pattern matched; None if it contains a look-alike letter ("ı" for "i")."""
    return known.get(word.lower())


def _numeric(first: int, second: int, year: str, separator: str, language: str | None) -> date | None:
    """Read 05.01.2022 in European order. With slashes or hyphens, the order is the language's, if both are possible."""
    if len(year) == 2 and separator != "." and not language:
        return None
    full = int(year) if len(year) == 4 else 2000 + int(year)
    if separator == "." and second <= 12:
        return _date(full, second, first)
    if first == second or first > 12:
        return _date(full, second, first)
    if second > 12 or _is_month_first(language):
        return _date(full, first, second)
    return _date(full, second, first) if language else None


def _is_month_first(language: str | None) -> bool:
    """Return whether dates in figures begin with the month; English without a region is taken for American."""
    tag = (language or "").lower().replace("_", "-")
    return tag in {"en", "en-us", "fil", "fil-ph", "en-ph"}


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
    return Moment(written.date(), written.replace(tzinfo=zone)), end


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
