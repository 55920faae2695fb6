"""The number of a month from its name, and whether a word is a weekday: in the languages that Babel knows, and Greek.

`months.json` is made from Babel's data (Unicode CLDR) by `make generate`. Names that mean another month in some
language are listed: Polish `listopada` is November, Croatian `listopada` October.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import orjson

from pipeline.text.calendar.words import MORE_MONTHS


@cache
def _weekdays() -> frozenset[str]:
    return frozenset(_data()["weekdays"].split())


def is_weekday(word: str) -> bool:
    """Return whether a word is the full name of a weekday."""
    return word.lower() in _weekdays()


@cache
def _data() -> Any:
    return orjson.loads(files("pipeline.text.calendar").joinpath("months.json").read_bytes())


@cache
def _names() -> tuple[dict[str, int], dict[str, dict[str, int]]]:
    """Return the names with their usual month, and by language where it is another; in lower case."""
    data = _data()
    usual = {name: number for number, names in enumerate(data["months"], 1) for name in names.split()}
    return usual | MORE_MONTHS, data["elsewhere"]


def month_of(word: str, language: str | None = None) -> int | None:
    """Return 1 to 12 for a month's name or abbreviation; None for any other word.

    `language` is a tag of BCP 47, and decides only where a name has several meanings.
    """
    usual, elsewhere = _names()
    name = word.lower().rstrip(".")
    if language is not None and (meanings := elsewhere.get(name)) is not None:
        spoken = language.partition("-")[0].lower()
        return meanings.get(spoken, usual.get(name))
    return usual.get(name)


def month_names() -> dict[str, int]:
    """Return all names with their usual month, in lower case."""
    return dict(_names()[0])
