"""What was learned about a host: the record of the topic `profiles`."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from pipeline.records.fields import Count
from pipeline.records.wire import Malformed, decode

LINES = 512  # of a profile: 14 KB as JSON


RECENT = 32  # articles whose copies are known again: more than are in a batch that is replayed


SKETCH = 32  # hashes of an article: 32 sketches are 11 KB; of 16, a notice held too many too often


Key = Annotated[int, Field(ge=0, lt=1 << 53)]  # as much as any reader of JSON takes for a whole number


Hash = Annotated[int, Field(ge=0, lt=1 << 32)]


Counted = tuple[Key, Count, Count]  # line, articles that kept it (decayed), version that saw it last


Sketch = Annotated[tuple[Hash, ...], Field(max_length=SKETCH)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What was learned of a host. Empty where nothing was, or where it was lost."""

    version: Count = 0  # how often it has changed
    articles: Count = 0  # distinct ones, decayed
    lines: Annotated[tuple[Counted, ...], Field(max_length=LINES)] = ()
    recent: Annotated[tuple[Sketch, ...], Field(max_length=RECENT)] = ()  # articles, the newest last
    schema_version: Literal[1] = 1


EMPTY = Profile()


def read_profile(value: bytes | None) -> Profile:
    """Read a profile; what is none is an empty one, because a profile is only an opinion."""
    profile: Profile | Malformed = decode(Profile, value)
    return EMPTY if isinstance(profile, Malformed) else profile
