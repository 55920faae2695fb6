"""Makes `pipeline/text/calendar/months.json` from the names of months and weekdays in Babel (Unicode CLDR)."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from itertools import chain
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

SHORTEST = 3  # letters: a shorter abbreviation is any word
ALPHABETS = {"LATIN", "CYRILLIC"}


def month_names() -> dict[str, Any]:
    """Return names of one word by month, as most languages mean them, and by language where one means another month.

    The names of weekdays are a list: which day it is says nothing that the date does not say.
    """
    from babel import Locale, localedata  # noqa: PLC0415 — seconds that only `make generate` takes

    weekdays: set[str] = set()
    found: defaultdict[str, defaultdict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    for identifier in localedata.locale_identifiers():
        locale = Locale.parse(identifier)
        for number, name in chain.from_iterable(_names(locale.months)):
            if (word := _word(name)) is not None:
                found[word][number].add(locale.language)
        wide = chain.from_iterable(locale.days[context]["wide"].values() for context in ("format", "stand-alone"))
        weekdays |= {word for name in wide if (word := _word(name)) is not None}
    usual = {word: month for word, numbers in found.items() if (month := _usual(numbers)) is not None}
    elsewhere = {
        word: {
            language: number
            for number, languages in sorted(numbers.items())
            if number != usual.get(word)
            for language in sorted(languages)
        }
        for word, numbers in sorted(found.items())
        if len(numbers) > 1
    }
    months = [" ".join(sorted(word for word in usual if usual[word] == number)) for number in range(1, 13)]
    return {"months": months, "elsewhere": elsewhere, "weekdays": " ".join(sorted(weekdays))}


def _usual(numbers: Mapping[int, set[str]]) -> int | None:
    """Return the month that a name means in most languages; None if two months have as many."""
    (number, most), *others = sorted(numbers.items(), key=lambda one: len(one[1]), reverse=True)
    return None if others and len(others[0][1]) == len(most) else number


def _names(months: Mapping[str, Mapping[str, Mapping[int, str]]]) -> Iterator[Iterable[tuple[int, str]]]:
    return (
        months[context][width].items() for context in ("format", "stand-alone") for width in ("wide", "abbreviated")
    )


def _word(name: str) -> str | None:
    """Return a name in lower case; None if it is no single word of letters, or of another alphabet."""
    word = name.lower().strip(". ")
    if len(word) < SHORTEST or not word.isalpha():
        return None
    return word if {unicodedata.name(sign, "?").split()[0] for sign in word} <= ALPHABETS else None
