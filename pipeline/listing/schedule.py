"""Decide when a watched URL is polled next: as often as it changes, within limits, and less often while it fails."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pipeline.listing.watchlist import Watch
from pipeline.records.fields import digest
from pipeline.records.target import target_id
from pipeline.records.watched import Watched

FIRST_INTERVAL = 900.0  # seconds, until the rate of change is known
MANY = 3  # new entries at a poll: the poll should have been earlier
QUICKER, SLOWER = 0.5, 1.5  # factors on the interval
LONGEST_BACKOFF = 86400.0  # seconds: a URL that keeps failing is polled once a day
SITE_INTERVAL = 86400.0  # seconds: the feed links of a home page hardly ever change
JITTER = 0.1  # share of the interval, so that URLs that were added together are not polled together
LONGEST_PROBLEM = 1000  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """The result of a poll."""

    new: int = 0  # number of new entries
    is_more: bool = False  # whether new entries are left for the next poll
    seen: bytes | None = None  # None: unchanged
    found: tuple[str, ...] | None = None  # None: unchanged
    etag: str | None = None
    last_modified: str | None = None
    is_unchanged: bool = False
    problem: str = ""
    wait: float | None = None  # seconds that the host asked for
    fresh_for: float = 0.0  # seconds that the answer stays fresh: an earlier poll would get the same answer
    ttl: float = 0.0  # likewise, as the feed declares it


def after_poll(state: Watched | None, watch: Watch, url: str, polled: Polled, *, now: datetime) -> Watched:
    """Return the state after a poll of `url`, the URL of the watch or one that the watch led to."""
    state = state or Watched(url=url, watch=watch.url, at=now, next_at=now, interval=_within(FIRST_INTERVAL, watch))
    if polled.problem:
        return _failed(state, watch, polled, now)
    interval = _within(_interval(state, polled), watch)
    ttl = state.ttl if polled.is_unchanged else polled.ttl
    # Entries that are left over can be fed at once. Otherwise wait until the answer may have changed.
    fresh = min(max(polled.fresh_for, ttl), watch.max_interval)
    wait = watch.min_interval if polled.is_more else max(interval, fresh)
    if _is_home(watch, url):
        wait = SITE_INTERVAL
    validators = {} if polled.is_unchanged else {"etag": polled.etag, "last_modified": polled.last_modified}
    return replace(
        state,
        at=now,
        next_at=now + timedelta(seconds=_spread(wait, state)),
        interval=interval,
        failures=0,
        problem="",
        polls=state.polls + 1,
        seen=state.seen if polled.seen is None else polled.seen,
        found=state.found if polled.found is None else polled.found,
        ttl=ttl,
        **validators,  # type: ignore[arg-type]
    )


def is_due(state: Watched | None, watch: Watch, now: datetime) -> bool:
    """Return whether a URL must be polled now; an interval that was shortened in the watch list applies at once."""
    if state is None or state.next_at <= now:
        return True
    if state.failures or _is_home(watch, state.url):
        return False
    return state.at + timedelta(seconds=watch.max_interval * (1 + JITTER)) <= now


def _interval(state: Watched, polled: Polled) -> float:
    """Halve the interval after several new entries, lengthen it after none (adding a step would adapt too slowly)."""
    if not state.polls or 0 < polled.new < MANY:
        return state.interval
    return state.interval * (QUICKER if polled.new else SLOWER)


def _failed(state: Watched, watch: Watch, polled: Polled, now: datetime) -> Watched:
    wait = min(_within(state.interval, watch) * 2.0 ** min(state.failures, 12), LONGEST_BACKOFF)
    wait = max(wait, min(polled.wait or 0.0, LONGEST_BACKOFF))
    return replace(
        state,
        at=now,
        next_at=now + timedelta(seconds=_spread(wait, state)),
        failures=state.failures + 1,
        problem=polled.problem[:LONGEST_PROBLEM],
    )


def _is_home(watch: Watch, url: str) -> bool:
    return watch.kind == "site" and target_id(url) == target_id(watch.url)


def _within(interval: float, watch: Watch) -> float:
    return min(max(interval, watch.min_interval), watch.max_interval)


def _spread(wait: float, state: Watched) -> float:
    """Lengthen a wait by up to a tenth, derived from the URL and the number of polls: the same on a replay."""
    draw = int(digest(state.url.encode(), str(state.polls + state.failures).encode())[:8], 16) / 0xFFFFFFFF
    return wait * (1 + JITTER * draw)
