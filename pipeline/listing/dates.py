"""Read the dates of listings: RFC 822 and RFC 3339 as sites write them, with months in many languages.

Dates of pages are in pipeline/text/calendar. A feed's date is more: it stands alone, and a zone is expected.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from pipeline.text.calendar.dates import EARLIEST, Moment, moment_of, utc
from pipeline.text.calendar.month_of import month_names
from pipeline.text.calendar.words import SMALL_MONTHS

# How much later a date may be than it says: the time may be in any zone from UTC-12 on.
ANY_ZONE = timedelta(hours=12)
ANY_TIME = timedelta(days=1) + ANY_ZONE
LONGEST = 100  # characters
_ENGLISH = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# Abbreviations that are not the begin of a month name in MONTHS or SMALL_MONTHS.
_SHORT = {
    "maa": 3, "mrt": 3, "maj": 5, "mei": 5, "maggio": 5, "jui": 6, "okt": 10, "des": 12, "dets": 12,  # nl, sv, no, et
    "oca": 1, "sub": 2, "nis": 4, "haz": 6, "tem": 7, "agu": 8, "eyl": 9, "eki": 10, "kas": 11, "ara": 12,  # tr
    "ian": 1, "iun": 6, "iul": 7, "noi": 11, "szept": 9,  # ro, hu
    "чер": 6, "лют": 2, "сту": 1, "май": 5, "мая": 5,  # uk, be, bg
}  # fmt: skip
_WORDED = re.compile(
    r"(?:[^\W\d]+\.?,?\s+)?(?P<day>\d{1,2})\.?[\s-]+(?:de\s+)?(?P<month>[^\W\d]{3,})\.?,?[\s-]+(?:de\s+)?"
    r"(?P<year>[12]\d{3})\b[,\s]*(?P<rest>.*)",
    re.IGNORECASE,
)
_RFC_822 = re.compile(r"\b\d{1,2}[ -][^\W\d]{3,}[ -](?:[12]\d{3}|\d\d)\b")
# Zones that mean one offset only, beside those in months.ZONES. BST and IST each mean several zones.
_OFFSETS = {
    "MEZ": "+0100", "MESZ": "+0200", "WET": "+0000", "WEST": "+0100", "SAST": "+0200", "HKT": "+0800", "SGT": "+0800",
    "KST": "+0900", "AEST": "+1000", "AEDT": "+1100", "NZST": "+1200", "NZDT": "+1300",
}  # fmt: skip
_ZONE = re.compile(rf"(?<=\d )(?:{'|'.join(_OFFSETS)})\b")


@dataclass(frozen=True, slots=True)
class Said:
    """A date, in its own zone if known, and how much later it may be: a listing may name no time, or no zone."""

    at: datetime
    within: timedelta = timedelta(0)


def said(text: str | None) -> Said | None:
    """Read a date; None if there is none, or if it is before the web: 1970 and the year 1 mean that none is known."""
    if not text or not (text := " ".join(text[:LONGEST].split())):
        return None
    text = _ZONE.sub(lambda zone: _OFFSETS[zone[0]], text)
    found = _said(text)
    if found is None and (words := _WORDED.match(text)) and (month := _month_of(words["month"])):
        found = _said(f"{words['day']} {_ENGLISH[month - 1]} {words['year']} {words['rest']}")
    return found if found is not None and found.at.date() >= EARLIEST else None


def _said(text: str) -> Said | None:
    moment = moment_of(text)
    if moment is not None and moment.at is not None:
        return Said(moment.at)
    if _RFC_822.search(text):  # years of two digits, zones of North America
        try:
            at = parsedate_to_datetime(text)
            if at.tzinfo is not None:
                return Said(at if utc(at) == at else utc(at))
        except (ValueError, TypeError, IndexError, OverflowError):
            pass
    return None if moment is None else _of_moment(moment)


def _of_moment(moment: Moment) -> Said:
    if moment.clock is not None:
        return Said(moment.clock, ANY_ZONE)
    return Said(datetime(moment.day.year, moment.day.month, moment.day.day, tzinfo=UTC), ANY_TIME)


def _folded(word: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFD", word.lower()) if not unicodedata.combining(sign))


_NAMES = {_folded(name): number for names in (month_names(), SMALL_MONTHS) for name, number in names.items()}


def _month_of(word: str) -> int | None:
    """Return the month whose name in some language begins with a word; None if several months do."""
    word = _folded(word)
    if known := _SHORT.get(word) or _NAMES.get(word):
        return known
    found = {number for name, number in _NAMES.items() if name.startswith(word)}
    return found.pop() if len(found) == 1 else None
