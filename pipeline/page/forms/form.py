"""A text that was read out of its form, and the fields that its form named."""

from __future__ import annotations

from dataclasses import dataclass

RULE = "form"  # the name under which removed text is counted


@dataclass(frozen=True, slots=True)
class Fields:
    """What the labels above a text say, as it is written there; "" or () for what they do not say."""

    headline: str = ""
    authors: tuple[str, ...] = ()
    published: str = ""
    modified: str = ""
    description: str = ""
    publisher: str = ""


NO_FIELDS = Fields()


@dataclass(frozen=True, slots=True)
class Formed:
    """A text with a line for each paragraph; the lines that belonged to its form alone are counted."""

    text: str
    fields: Fields = NO_FIELDS
    lines: int = 0  # removed as a whole
