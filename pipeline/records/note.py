"""A note on how a dead letter was handled: the record of the topic `dead-letter-notes`.

The key identifies the dead letter, and the newest note per key counts. A dead letter without a note is open.
Notes never change the dead letter itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from pydantic import AwareDatetime


class State(StrEnum):
    """How a dead letter was handled."""

    REPLAYED = "replayed"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Record that a dead letter was replayed or dropped, and when."""

    state: State
    at: AwareDatetime
    schema_version: Literal[1] = 1


def note_key(page_id: str, partition: int, offset: int) -> bytes:
    """Return the key of a dead letter. It has the page id because a recreated topic counts offsets from 0 again."""
    return f"{page_id}:{partition}:{offset}".encode()
