"""Decide which entries of a listing are new and must be fed, and update the bounded memory of entries seen."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from pipeline.listing.dates import ANY_ZONE
from pipeline.listing.entries import MOST_ENTRIES, Entry, Listing
from pipeline.listing.watchlist import Watch
from pipeline.records.url import web_url
from pipeline.records.watched import Watched

SIZE = 8  # bytes of a key: among 50,000 entries two keys collide once in fifteen billion listings
MOST_SEEN = MOST_ENTRIES  # so that all entries of a listing fit
MOST_FED = 1_000  # entries fed per poll; the next poll feeds the rest
MOST_CHILDREN = 20  # sitemaps of an index that are watched


@dataclass(frozen=True, slots=True, kw_only=True)
class Novelty:
    """The entries to feed after a poll, and the new memory of entries seen."""

    fed: tuple[Entry, ...]  # in feeding order: the oldest entry of a feed first
    seen: bytes
    is_more: bool = False  # whether new entries are left for the next poll
    old: int = 0  # number of unseen entries that are older than `max_age`
    held_back: int = 0  # number of entries without a date that the first poll did not feed


def novelty(
    listing: Listing, state: Watched | None, watch: Watch, *, now: datetime, elsewhere: Callable[[bytes], bool]
) -> Novelty:
    """Choose the entries to feed.

    - An entry with a date is fed unless it is older than `max_age`.
    - An entry without a date is fed, except at the first poll.
    - From a feed, which lists the newest first, the first poll feeds the first `backlog` entries without a date. From a
      sitemap, which may list its whole past, it feeds none of them.

    `elsewhere` tells whether another listing of the same watch has an entry already.
    """
    known = keys_of(state.seen) if state else {}
    is_first = state is None or not state.polls
    backlog = watch.backlog if listing.is_feed else 0
    oldest = now - timedelta(seconds=watch.max_age)
    here: dict[bytes, None] = {}
    fed: list[Entry] = []
    old = held_back = 0
    is_more = False
    for entry in listing.entries:
        key = key_of(entry, watch)
        if key is None or key in here:
            continue
        if (former := _former_key(entry, watch)) in known and former is not None:
            del known[former]
            known.setdefault(key)
        if key not in known and not elsewhere(key):
            if entry.latest is not None and entry.latest < oldest:
                old += 1
            elif entry.date is None and is_first and backlog <= 0:
                held_back += 1
            elif len(fed) >= MOST_FED:
                is_more = True
                continue  # not remembered as seen, so that it is new at the next poll
            else:
                backlog -= entry.date is None
                fed.append(entry)
        here[key] = None
    gone = [key for key in known if key not in here]
    kept = [*gone[max(0, len(gone) + len(here) - MOST_SEEN) :], *reversed(here)]
    return Novelty(
        fed=tuple(reversed(fed) if listing.is_feed else fed),
        seen=b"".join(kept[-MOST_SEEN:]),
        is_more=is_more,
        old=old,
        held_back=held_back,
    )


def children_of(index: Listing, watch: Watch, *, now: datetime) -> tuple[str, ...]:
    """Choose the sitemaps of an index to watch: those that changed within `max_age`, the latest first.

    If sitemaps have no dates, those at both ends of the index are chosen: sites put the newest first or last.
    """
    oldest = now - timedelta(seconds=watch.max_age)
    dated = sorted((entry for entry in index.entries if entry.date), key=lambda entry: entry.date or now, reverse=True)
    chosen = [entry.url for entry in dated if entry.latest is not None and entry.latest >= oldest][:MOST_CHILDREN]
    undated = [entry.url for entry in index.entries if entry.date is None]
    room = MOST_CHILDREN - len(chosen)
    if len(undated) > room:
        undated = [*undated[: (room + 1) // 2], *(undated[-(room // 2) :] if room > 1 else ())]
    return tuple(dict.fromkeys([*chosen, *undated]))[:MOST_CHILDREN]


def key_of(entry: Entry, watch: Watch) -> bytes | None:
    """Return the key of an entry: its canonical URL, and its date of change if changes count; None without a URL."""
    return _key(entry.url, entry.modified if watch.updates else None)


def _former_key(entry: Entry, watch: Watch) -> bytes | None:
    """Return the key that earlier versions gave an entry whose date of change has no zone: its time was dropped."""
    if not watch.updates or entry.modified is None or entry.modified_within != ANY_ZONE:
        return None
    return _key(entry.url, entry.modified.replace(hour=0, minute=0, second=0, microsecond=0))


def _key(link: str, modified: datetime | None) -> bytes | None:
    url = web_url(link)
    if url is None:
        return None
    stamp = modified.isoformat() if modified else ""
    return hashlib.blake2b(f"{url} {stamp}".encode("utf-8", "surrogatepass"), digest_size=SIZE).digest()


def keys_of(seen: bytes) -> dict[bytes, None]:
    """Return the keys in a state's `seen`, in their order."""
    return dict.fromkeys(seen[at : at + SIZE] for at in range(0, len(seen) - SIZE + 1, SIZE))
