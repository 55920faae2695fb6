"""The profile of a host, learned from its pages: the record of the topic `profiles`."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from pipeline.records.fields import Count
from pipeline.records.wire import Malformed, decode

LINES = 512  # at most per profile: 14 KB as JSON


RECENT = 32  # latest articles whose copies are recognized: more than a replayed batch contains


SKETCH = 32  # hashes per article: 32 sketches are 11 KB; with 16 hashes, a short notice matched too often


Key = Annotated[int, Field(ge=0, lt=1 << 53)]  # the range of integers that every JSON reader keeps exact


Hash = Annotated[int, Field(ge=0, lt=1 << 32)]


Counted = tuple[Key, Count, Count]  # line, number of articles with it (decayed), profile version that last saw it


Sketch = Annotated[tuple[Hash, ...], Field(max_length=SKETCH)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The state learned from a host's pages. Empty if nothing was learned yet, or if the state was lost."""

    version: Count = 0  # number of changes so far
    articles: Count = 0  # distinct articles, decayed
    lines: Annotated[tuple[Counted, ...], Field(max_length=LINES)] = ()
    recent: Annotated[tuple[Sketch, ...], Field(max_length=RECENT)] = ()  # articles, the newest last
    schema_version: Literal[1] = 1


EMPTY = Profile()


def read_profile(value: bytes | None) -> Profile:
    """Read a profile. A malformed value becomes an empty profile, because a profile only improves the cleaning."""
    profile: Profile | Malformed = decode(Profile, value)
    return EMPTY if isinstance(profile, Malformed) else profile
