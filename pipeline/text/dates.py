"""Dates as pages write them become RFC 3339: UTC where the zone is known, else the day alone.

Nothing here asks for the time: what a relative date is relative to, and what is too late to be true, are arguments.
A date that may be read in two ways (03/04/2022) is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone

from pipeline.text.months import AGO, DAYS, MONTHS, UNITS, ZONES

EARLIEST = date(1990, 1, 1)  # no news page is older than the web
SLACK = timedelta(days=1)  # the page's zone may be ahead of ours
_FIRST, _LAST = datetime(1970, 1, 2, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
LONGEST = 200  # characters that a date and the words around it may have
MOSCOW_SETTLED = date(2014, 10, 26)  # before it, Moscow was 4 hours ahead of UTC or changed twice a year


@dataclass(frozen=True, slots=True)
class Moment:
    """A day, and the instant where it is known."""

    day: date  # of the instant in UTC, else as it was written
    at: datetime | None = None  # UTC

    def __str__(self) -> str:
        """Write as RFC 3339: a full-date, or a date-time in UTC."""
        return self.day.isoformat() if self.at is None else self.at.isoformat().replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class Dated:
    """A date in a text, and where it stands."""

    moment: Moment
    start: int
    end: int


_MONTH = "|".join(sorted(map(re.escape, MONTHS), key=len, reverse=True))
_NUMBER = r"(?<![\d.+-])(?<!(?<!\d:\d\d)[:/])"  # what a number may not follow, but for "14:30/05.01.2022"
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
# What a date begins with is looked at first, and before a month the word it may be: a tenth of the time.
_DATE = re.compile(
    rf"(?=\d)(?:{_ISO}|{_PACKED}|{_HAN}|{_DMY}|{_DAY_FIRST}|{_YEAR_FIRST})|{_MONTH_FIRST}", re.IGNORECASE
)
_BY_NUMBER = (("y1", "m1", "d1"), ("y2", "m2", "d2"), ("y7", "m7", "d7"))  # groups of year, month and day
_BY_WORD = (("y4", "w4", "d4"), ("y5", "w5", "d5"), ("y6", "w6", "d6"))
# Which every date has; one that begins with a set is looked for in a third of the time.
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


def relative_in(text: str, fetched_at: datetime) -> Dated | None:
    """Find "yesterday" or "2 hours ago", counted from the fetch; days are those of UTC."""
    folded = text.casefold()
    if not any(map(folded.__contains__, _RELATIVE)):  # a tenth of the time that both patterns take
        return None
    now = utc(fetched_at)
    if (ago := _AGO.search(text)) is not None:
        seconds = _spelled(ago["unit"], UNITS)
        return None if seconds is None else Dated(_ago(ago, seconds, now), ago.start(), ago.end())
    if (said := _RELATIVE_DAY.search(text)) is None or (days := _spelled(said.group(), DAYS)) is None:
        return None
    day = now.date() - timedelta(days=days)
    moment, end = _with_clock(day, text, said.end())
    return Dated(moment, said.start(), end)


def moment_of(text: str) -> Moment | None:
    """Read what a page declares as a date (ISO 8601, RFC 2822, epoch seconds, or in words)."""
    text = " ".join(text[:LONGEST].split())
    if epoch := _EPOCH.match(text):
        at = datetime.fromtimestamp(int(epoch.group(1)), UTC)
        return Moment(at.date(), at)
    found = next(dates_in(text), None)
    return None if found is None else found.moment


def believed(moment: Moment | None, fetched_at: datetime) -> Moment | None:
    """Drop a date before the web or after the fetch (and a day)."""
    if moment is None or moment.day < EARLIEST:
        return None
    now = utc(fetched_at)
    ahead = moment.day - now.date() if moment.at is None else moment.at - now
    return moment if ahead <= SLACK else None


def utc(fetched_at: datetime) -> datetime:
    """Give the fetch in UTC, whatever clock a feeder had: never outside of what can be counted from."""
    return min(max(fetched_at, _FIRST), _LAST).astimezone(UTC)


def in_order(published: Moment, modified: Moment) -> bool:
    """Say whether a change may be of that publication; days of unknown zones are given one day of doubt."""
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
    """Look a word up that a pattern has found; none where another letter than its own stands in it ("ı" for "i")."""
    return known.get(word.lower())


def _numeric(first: int, second: int, year: str, separator: str) -> date | None:
    """Read 05.01.2022 as Europe does; with slashes or hyphens only where there is no other way."""
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
    """Join a day with the time inside it ("Jan 2 10:15 2020") or behind; an instant where a zone is said."""
    clock = _CLOCK.match(inside + text[end : end + 60])
    if clock is None or int(clock["min"]) > 59 or (hour := _hour(int(clock["h"]), clock["half"])) > 23:
        return Moment(day), end
    end = max(end, end + clock.end() - len(inside))
    zone = _zone(clock["zone"], day)
    if zone is None:
        return Moment(day), end
    seconds = min(59, int(clock["s"] or 0))
    at = datetime(day.year, day.month, day.day, hour, int(clock["min"]), seconds, tzinfo=zone).astimezone(UTC)
    return Moment(at.date(), at), end


def _hour(hour: int, half: str | None) -> int:
    if not half or hour > 12:
        return hour
    return hour % 12 + 12 * (half[0] in "pP")


def _zone(said: str | None, day: date) -> timezone | None:
    if not said:
        return None
    if offset := _OFFSET.search(said):
        sign, hours, minutes = offset.groups()
        east = timedelta(hours=int(hours), minutes=int(minutes or 0))
        return timezone(-east if sign == "-" else east) if east <= timedelta(hours=14) else None
    name = said.lower()
    if name not in ZONES or (name in {"msk", "мск"} and day < MOSCOW_SETTLED):
        return None
    return timezone(timedelta(hours=ZONES[name]))


def _ago(found: re.Match[str], seconds: int, now: datetime) -> Moment:
    """Minutes and hours ago are an instant, to the minute; days ago are a day."""
    count = int(found["n"]) if (found["n"] or "").isdigit() else 1
    at = (now - timedelta(seconds=count * seconds)).replace(second=0, microsecond=0)
    return Moment(at.date(), None if seconds == 86400 else at)
