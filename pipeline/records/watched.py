"""What is known of a feed, a sitemap or a site that is watched: the noun of the topic `watches`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from pipeline.records.fields import Base64, Count, Text, Url
from pipeline.records.target import target_id

Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """The state of one URL that is polled, after its last poll."""

    url: Url
    watch: Url  # whose part it is: itself, or the site or index that led to it
    at: AwareDatetime  # of the last poll
    next_at: AwareDatetime
    interval: Seconds  # between polls, as often as it was found to change
    etag: Text | None = None
    last_modified: Text | None = None
    failures: Count = 0  # on end
    problem: Text = ""
    polls: Count = 0  # that were answered
    seen: Base64 = b""  # 8 bytes of each entry that was seen, newest last
    ttl: Seconds = 0.0  # for which a feed says that it may be kept
    found: tuple[Url, ...] = ()  # the listings that a site or an index led to
    schema_version: Literal[1] = 1


def state_key(watch: str, url: str) -> bytes:
    """Name a state: by its watch, so that all parts of one lie in one partition, and by itself."""
    return f"{target_id(watch)}:{target_id(url)}".encode()


def partition_of(watch: str, partitions: int) -> int:
    """Say in which partition the states of a watch lie."""
    return int(target_id(watch)[:8], 16) % partitions
