"""What a batch of pages teaches, and what is known of their hosts: in record order, written once a host.

No broker here: `agents/clean/profiles.py` keeps profiles in Faust, `MemoryProfiles` in this process.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from pipeline.document.profile import learn
from pipeline.document.recurring import without_recurring
from pipeline.records.document import Document
from pipeline.records.profile import EMPTY, Profile
from pipeline.records.wire import Malformed, decode, encode

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from agents.clean.record import CleanRecord
    from pipeline.document.profile import Lesson

Place = tuple[int, str]  # partition of `pages`, host


class Profiles(Protocol):
    """Where the profiles of hosts are kept."""

    def profile(self, partition: int, host: str) -> Profile:
        """Return what is known of a host; an empty profile where nothing is."""
        ...

    def record(self, partition: int, host: str, profile: Profile) -> Awaitable[object]:
        """Write a profile; what is returned is done when it is kept."""
        ...


@dataclass(slots=True)
class MemoryProfiles:
    """Profiles that last as long as this process."""

    kept: dict[Place, Profile] = field(default_factory=dict)

    def profile(self, partition: int, host: str) -> Profile:
        """Return what is known of a host."""
        return self.kept.get((partition, host), EMPTY)

    def record(self, partition: int, host: str, profile: Profile) -> Awaitable[object]:
        """Keep a profile."""
        self.kept[partition, host] = profile
        done: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done


@dataclass(slots=True)
class Learning:
    """The profiles as one batch changes them.

    A page is cleaned by what the pages before it have taught, in its batch too: so the text is the same however the
    pages were batched.
    """

    profiles: Profiles
    known: dict[Place, Profile] = field(default_factory=dict)
    changed: dict[Place, Profile] = field(default_factory=dict)

    def clean(self, record: CleanRecord, partition: int) -> CleanRecord:
        """Take out of a cleaned page what its host repeats, then learn of it."""
        lesson = record.lesson
        if lesson is None:
            return record
        place = (partition, lesson.host)
        profile = self.known.get(place) or self.profiles.profile(*place)
        learned = learn(profile, lesson)
        self.known[place] = learned
        if learned is not profile:
            self.changed[place] = learned
        return _cleaned(record, lesson, profile) if profile.version else record

    async def write(self) -> None:
        """Write what was learned, each host once; return when it is kept."""
        await asyncio.gather(*(self.profiles.record(*place, profile) for place, profile in self.changed.items()))


def _cleaned(record: CleanRecord, lesson: Lesson, profile: Profile) -> CleanRecord:
    document: Document | Malformed = decode(Document, record.value)
    if isinstance(document, Malformed):
        return record
    return replace(record, value=encode(without_recurring(document, lesson, profile)))
