"""The state of a watched feed, sitemap or site: the record of the topic `watches`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from pipeline.records.fields import Base64, Count, Text, Url
from pipeline.records.target import target_id

Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """The state of one polled URL after its last poll."""

    url: Url
    watch: Url  # the watch it belongs to: the URL itself, or the site or index that led to it
    at: AwareDatetime  # of the last poll
    next_at: AwareDatetime
    interval: Seconds  # between polls, adapted to how often the listing changes
    etag: Text | None = None
    last_modified: Text | None = None
    failures: Count = 0  # consecutive
    problem: Text = ""
    polls: Count = 0  # polls that were answered
    seen: Base64 = b""  # 8 bytes for each entry already seen, newest last
    ttl: Seconds = 0.0  # how long the feed says that it may be cached
    found: tuple[Url, ...] = ()  # the listings that a site or an index led to
    schema_version: Literal[1] = 1


def state_key(watch: str, url: str) -> bytes:
    """Return the key of a state: the id of its watch, then its own. All parts of a watch share a partition."""
    return f"{target_id(watch)}:{target_id(url)}".encode()


def partition_of(watch: str, partitions: int) -> int:
    """Return the partition that holds the states of a watch."""
    return int(target_id(watch)[:8], 16) % partitions
