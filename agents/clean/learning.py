"""Updates host profiles from a batch of pages, in record order, and writes each changed profile once.

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

ProfileKey = tuple[int, str]  # partition of `pages`, host


class Profiles(Protocol):
    """A store of host profiles."""

    def profile(self, partition: int, host: str) -> Profile:
        """Return the profile of a host; an empty profile if the host is unknown."""
        ...

    def record(self, partition: int, host: str, profile: Profile) -> Awaitable[object]:
        """Write a profile; the result is done when the profile is stored."""
        ...


@dataclass(slots=True)
class MemoryProfiles:
    """Profiles in memory, for the lifetime of this process."""

    kept: dict[ProfileKey, Profile] = field(default_factory=dict)

    def profile(self, partition: int, host: str) -> Profile:
        """Return the profile of a host."""
        return self.kept.get((partition, host), EMPTY)

    def record(self, partition: int, host: str, profile: Profile) -> Awaitable[object]:
        """Store a profile."""
        self.kept[partition, host] = profile
        done: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done


@dataclass(slots=True)
class Learning:
    """The profiles during one batch, with the changes that the batch makes.

    A page is cleaned with the profile that results from all earlier pages, those of its own batch included. The text
    therefore does not depend on how the pages were batched.
    """

    profiles: Profiles
    known: dict[ProfileKey, Profile] = field(default_factory=dict)
    changed: dict[ProfileKey, Profile] = field(default_factory=dict)

    def clean(self, record: CleanRecord, partition: int) -> CleanRecord:
        """Remove the lines that a page's host repeats, then update the host's profile with the page."""
        lesson = record.lesson
        if lesson is None:
            return record
        key = (partition, lesson.host)
        profile = self.known.get(key) or self.profiles.profile(*key)
        learned = learn(profile, lesson)
        self.known[key] = learned
        if learned is not profile:
            self.changed[key] = learned
        return _cleaned(record, lesson, profile) if profile.version else record

    async def write(self) -> None:
        """Write each changed profile once, and wait until all are stored."""
        await asyncio.gather(*(self.profiles.record(*key, profile) for key, profile in self.changed.items()))


def _cleaned(record: CleanRecord, lesson: Lesson, profile: Profile) -> CleanRecord:
    document: Document | Malformed = decode(Document, record.value)
    if isinstance(document, Malformed):
        return record
    return replace(record, value=encode(without_recurring(document, lesson, profile)))
