"""Updates host profiles from a batch of pages, in record order, and writes each changed profile once.

No broker here: `agents/clean/profiles.py` keeps profiles in Faust, `MemoryProfiles` in this process.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from pipeline.document.profile import familiar, familiar_ends, learn
from pipeline.document.recurring import can_recur, may_recur, without_recurring
from pipeline.records.document import Document, with_profile
from pipeline.records.profile import EMPTY, Profile, read_profile
from pipeline.records.wire import Malformed, decode, encode
from pipeline.text.normalise import normalised
from pipeline.text.tokens import tokens_of

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from agents.clean.record import CleanRecord
    from pipeline.document.profile import Lesson

HOSTS = 500  # profiles per partition, at most 24 KB each; beyond that, the least recently updated are deleted
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
    """Profiles in memory, for the lifetime of this process: of so many hosts, the least recently updated go first."""

    most: int = HOSTS
    kept: dict[ProfileKey, Profile] = field(default_factory=dict)

    def profile(self, partition: int, host: str) -> Profile:
        """Return the profile of a host."""
        return self.kept.get((partition, host), EMPTY)

    def record(self, partition: int, host: str, profile: Profile) -> Awaitable[object]:
        """Store a profile."""
        self.kept.pop((partition, host), None)
        self.kept[partition, host] = profile
        while len(self.kept) > self.most:
            del self.kept[next(iter(self.kept))]
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
    before: Learning | None = None  # of the batch before, until its profiles are stored
    known: dict[ProfileKey, Profile] = field(default_factory=dict)
    changed: dict[ProfileKey, Profile] = field(default_factory=dict)
    stored: bool = False

    def clean(self, record: CleanRecord, partition: int) -> CleanRecord:
        """Remove the lines that a page's host repeats, then update the host's profile with the page."""
        lesson = record.lesson
        if lesson is None:
            return record
        key = (partition, lesson.host)
        profile = self.not_stored(key) or self.profiles.profile(*key)
        learned = learn(profile, lesson)
        self.known[key] = learned
        if learned is not profile:
            self.changed[key] = learned
        return _cleaned(record, lesson, profile) if profile.version else record

    def not_stored(self, key: ProfileKey) -> Profile | None:
        """Return a host's profile if a page of this batch, or of an earlier one under way, is from the host."""
        if self.before and self.before.stored:
            self.before = None
        return self.known.get(key) or (self.before.not_stored(key) if self.before else None)

    async def write(self) -> None:
        """Write each changed profile once, and wait until all are stored."""
        writing = [self.profiles.record(*key, profile) for key, profile in self.changed.items()]
        await asyncio.gather(*writing)
        self.stored = True


def prepare() -> None:
    """Build the tables of characters and the validators, for which the first page would wait a fifth of a second."""
    decode(Document, b"")
    read_profile(b"")
    tokens_of(normalised(""))


def _cleaned(record: CleanRecord, lesson: Lesson, profile: Profile) -> CleanRecord:
    """Return a document without the lines that its host repeats; most documents only get the profile's version."""
    known = familiar(profile, lesson) if may_recur(profile, lesson) else []
    if not known or not can_recur((*known, *familiar_ends(profile, lesson))):
        return replace(record, value=with_profile(record.value, profile.version))
    document: Document | Malformed = decode(Document, record.value)
    if isinstance(document, Malformed):
        return record
    return replace(record, value=encode(without_recurring(document, lesson, profile, known)))
