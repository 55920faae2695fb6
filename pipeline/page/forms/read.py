"""Reads a plain text out of its form: tries each form with a cheap test, and leaves any other text as it is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from pipeline import native
from pipeline.page.forms import labels, lynx, markdown, one_line, printed, wrapped
from pipeline.page.forms.form import NO_FIELDS, Fields, Formed

# Signs that a form leaves in a text, one bit each. Most texts have none, and no form is tried on them.
MARKDOWN, NUMBERED, RETURNS, FEEDS = (1 << bit for bit in range(4))
_SIGNS: Final = {"[1]": NUMBERED, "\r": RETURNS, "\f": FEEDS} | dict.fromkeys(markdown.MARKS, MARKDOWN)

_LINE_END = re.compile(r"\r\n|\r|\n")


def read_form(text: str) -> Formed:
    """Return a text with a line for each paragraph, and the fields that its labels name.

    Never fails; deterministic. A text in no known form is returned unchanged.
    """
    fields, removed = NO_FIELDS, 0
    lines: Sequence[str] | None = None
    if labels.may_have_fields(text) and (split := labels.split_fields(_lines(text))) is not None:
        fields, lines, removed = split
        text = "\n".join(lines)
    signs = signs_of(text)
    marked = signs & MARKDOWN > 0 and markdown.is_markdown(text)
    linked = signs & NUMBERED > 0 and lynx.has_links(text)
    may_be_wrapped = signs & RETURNS > 0 or wrapped.may_be_wrapped(text)
    changed = removed > 0 or marked
    if one_line.is_one_line(text) and (cut := one_line.parts(text)) is not None:
        return Formed("\n\n".join(cut), fields, removed)
    if not (changed or linked or may_be_wrapped or signs & FEEDS):
        return Formed(text)
    lines = _lines(text) if lines is None else lines
    joined = wrapped.unwrapped(lines) if may_be_wrapped else None
    if (joined is not None or signs & FEEDS) and (unpaged := printed.without_pages(lines)) is not None:
        lines, gone = unpaged
        removed, changed = removed + gone, True
        joined = wrapped.unwrapped(lines)
    if joined is not None:
        lines, changed = joined, True
    if linked and (unlinked := lynx.without_links(lines)) is not None:
        lines, gone = unlinked
        removed, changed = removed + gone, True
    tops: Sequence[str] = ()
    if marked:
        tops = markdown.headings(lines)
        lines, gone = markdown.shown(lines)
        removed += gone
    if not changed:
        return Formed(text)
    fields = _with_heading(fields, tops)
    read = "\n".join(_with_headline(lines, fields.headline))
    return Formed(read, fields, removed)


def signs_of(text: str) -> int:
    """Return which signs of a form a text has, a bit for each."""
    if native.COMPILED:
        return native.text.signs_of(text)
    found = MARKDOWN if text.startswith("#") else 0
    for sign, bit in _SIGNS.items():
        found |= bit if sign in text else 0
    return found


def _lines(text: str) -> list[str]:
    return _LINE_END.split(text) if "\r" in text else text.split("\n")


def _with_heading(fields: Fields, tops: Sequence[str]) -> Fields:
    """Return fields with the only heading of the first level as the headline, if no label names another one.

    A label may have the name of the site behind the headline.
    """
    if len(tops) != 1 or (fields.headline and not fields.headline.casefold().startswith(tops[0].casefold())):
        return fields
    return replace(fields, headline=tops[0])


def _with_headline(lines: Sequence[str], headline: str) -> list[str]:
    """Return lines that have the headline in them; a labelled one comes on top."""
    key = headline.casefold().strip()
    if not key or any(
        key.startswith(own) and 2 * len(own) > len(key) for line in lines if (own := line.casefold().strip())
    ):
        return list(lines)
    return [headline, "", *lines]
