"""What was done about a dead letter: the noun of the topic `dead-letter-notes`.

The key names the letter and its newest note counts; a letter without a note is open. The letter itself stays as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from pydantic import AwareDatetime


class State(StrEnum):
    """What became of a dead letter that somebody has dealt with."""

    REPLAYED = "replayed"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A dead letter was replayed or dropped, and when."""

    state: State
    at: AwareDatetime
    schema_version: Literal[1] = 1


def note_key(page_id: str, partition: int, offset: int) -> bytes:
    """Spell the place of a dead letter as a key; with the page, because a topic made anew counts from 0 again."""
    return f"{page_id}:{partition}:{offset}".encode()
