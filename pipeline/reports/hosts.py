"""Hosts: what became of their pages, what was learned of them, and which lines they repeat, in words.

A profile holds only hashes of lines, so the lines come from the host's newest pages.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.article.newest import HostTally
from pipeline.document.profile import Lesson, familiar
from pipeline.document.recurring import SUPPORT, boilerplate_by_profile
from pipeline.records.profile import Profile, read_profile

if TYPE_CHECKING:
    from pipeline.records.document import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownHost:
    """A host, its tally, and its profile where it is among those that are at hand."""

    tally: HostTally
    profile: Profile | None

    @property
    def recurring(self) -> int:
        """How many lines stand on several of its articles."""
        return sum(count >= SUPPORT for _, count, _ in self.profile.lines) if self.profile else 0


def hosts_with_profiles(tallies: Sequence[HostTally], profiles: Mapping[bytes, bytes]) -> list[KnownHost]:
    """Put tallies and profiles together; `profiles` is keyed as the topic is, by partition and host."""
    by_host = {key.partition(b":")[2].decode("utf-8", "replace"): value for key, value in profiles.items()}
    return [
        KnownHost(tally=one, profile=read_profile(by_host[one.host]) if one.host in by_host else None)
        for one in tallies
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeated:
    """A line that stands on several articles of a host."""

    text: str
    support: int  # distinct articles, decayed
    share: float  # of the host's articles
    goes: bool  # it is taken out of an article that has it


def repeated_lines(profile: Profile, pages: Iterable[tuple[Document, Lesson]]) -> list[Repeated]:
    """Find in some pages, as they were before their host's profile was asked, the lines that the host repeats.

    The most frequent first. A line goes where it goes from one of the pages.
    """
    found: dict[str, Repeated] = {}
    for document, lesson in pages:
        lines, known = document.article_body.split("\n"), familiar(profile, lesson)
        going = boilerplate_by_profile(lines, known, headline=document.headline)
        for index, (line, each) in enumerate(zip(lines, known, strict=True)):
            if each.support >= SUPPORT:
                before = found.get(line)
                goes = index in going or (before is not None and before.goes)
                found[line] = Repeated(text=line, support=each.support, share=each.share, goes=goes)
    return sorted(found.values(), key=lambda one: (not one.goes, -one.share, one.text))
