"""What is new in a listing: which entries are fed, and what is remembered of it, within bounds."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from pipeline.listing.entries import MOST_ENTRIES, Entry, Listing
from pipeline.listing.watchlist import Watch
from pipeline.records.url import web_url
from pipeline.records.watched import Watched

SIZE = 8  # bytes of a key: among 50,000 entries two are alike once in fifteen billion listings
MOST_SEEN = MOST_ENTRIES  # so that all entries of a listing fit
MOST_FED = 1_000  # at one poll; the others come with the next one
MOST_CHILDREN = 20  # sitemaps of an index that are watched


@dataclass(frozen=True, slots=True, kw_only=True)
class Novelty:
    """What is to be done about a listing."""

    fed: tuple[Entry, ...]  # in the order in which they are fed: of a feed the oldest first
    seen: bytes
    is_more: bool = False  # there are more than were taken
    old: int = 0  # that are new to us, but too old
    held_back: int = 0  # without a date, at the first poll


def novelty(
    listing: Listing, state: Watched | None, watch: Watch, *, now: datetime, elsewhere: Callable[[bytes], bool]
) -> Novelty:
    """Choose the entries to feed.

    A dated one is fed unless it is older than `max_age`. One without a date is, unless this is the first poll: then
    the first `backlog` of a feed, which has the newest first, and none of a sitemap, which may list its whole past.
    `elsewhere` says what other listings of the same watch have fed.
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
        if key not in known and not elsewhere(key):
            if entry.date is not None and entry.date < oldest:
                old += 1
            elif entry.date is None and is_first and backlog <= 0:
                held_back += 1
            elif len(fed) >= MOST_FED:
                is_more = True
                continue  # not seen, so that it is new the next time
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
    """Choose the sitemaps of an index that are watched: those that changed lately, the latest first.

    Of an index without dates its ends: sites put the newest first or last.
    """
    oldest = now - timedelta(seconds=watch.max_age)
    dated = sorted((one for one in index.entries if one.date), key=lambda one: one.date or now, reverse=True)
    chosen = [one.url for one in dated if one.date is not None and one.date >= oldest][:MOST_CHILDREN]
    undated = [one.url for one in index.entries if one.date is None]
    room = MOST_CHILDREN - len(chosen)
    if len(undated) > room:
        undated = [*undated[: (room + 1) // 2], *(undated[-(room // 2) :] if room > 1 else ())]
    return tuple(dict.fromkeys([*chosen, *undated]))[:MOST_CHILDREN]


def key_of(entry: Entry, watch: Watch) -> bytes | None:
    """Name an entry by its canonical URL, with its date of change where changes count; None where it has no URL."""
    url = web_url(entry.url)
    if url is None:
        return None
    stamp = entry.modified.isoformat() if watch.updates and entry.modified else ""
    return hashlib.blake2b(f"{url} {stamp}".encode("utf-8", "surrogatepass"), digest_size=SIZE).digest()


def keys_of(seen: bytes) -> dict[bytes, None]:
    """Take the keys of a state apart, in their order."""
    return dict.fromkeys(seen[at : at + SIZE] for at in range(0, len(seen) - SIZE + 1, SIZE))
