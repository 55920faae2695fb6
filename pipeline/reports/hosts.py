"""Hosts: the outcomes of their pages, their profiles, and the lines that they repeat.

A profile holds only hashes of lines, so the text of the lines is taken from the host's newest pages.
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
    """A host with its tally, and its profile if that is among the profiles that were read."""

    tally: HostTally
    profile: Profile | None

    @property
    def recurring(self) -> int:
        """The number of lines that several of the host's articles contain."""
        return sum(count >= SUPPORT for _, count, _ in self.profile.lines) if self.profile else 0


def hosts_with_profiles(tallies: Sequence[HostTally], profiles: Mapping[bytes, bytes]) -> list[KnownHost]:
    """Join tallies and profiles by host; `profiles` has the keys of the topic, which are partition and host."""
    by_host = {key.partition(b":")[2].decode("utf-8", "replace"): value for key, value in profiles.items()}
    return [
        KnownHost(tally=tally, profile=read_profile(by_host[tally.host]) if tally.host in by_host else None)
        for tally in tallies
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeated:
    """A line that several articles of a host contain."""

    text: str
    support: int  # number of distinct articles, decayed over time
    share: float  # share of the host's articles
    goes: bool  # whether cleaning removes the line


def repeated_lines(profile: Profile, pages: Iterable[tuple[Document, Lesson]]) -> list[Repeated]:
    """Return the repeated lines of a host that occur in the given pages, those to be removed first, then by frequency.

    The pages must be as they were before their host's profile was applied. A line counts as removed if cleaning
    removes it from at least one of the pages.
    """
    repeated: dict[str, Repeated] = {}
    for document, lesson in pages:
        lines, known = document.article_body.split("\n"), familiar(profile, lesson)
        going = boilerplate_by_profile(lines, lesson, known, headline=document.headline)
        for index, (line, each) in enumerate(zip(lines, known, strict=True)):
            if each.support >= SUPPORT:
                before = repeated.get(line)
                goes = index in going or (before is not None and before.goes)
                repeated[line] = Repeated(text=line, support=each.support, share=each.share, goes=goes)
    return sorted(repeated.values(), key=lambda line: (not line.goes, -line.share, line.text))
