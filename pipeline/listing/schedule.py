"""When a watched URL is polled next: as often as it changes, within bounds, and ever more rarely while it fails."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pipeline.listing.watchlist import Watch
from pipeline.records.fields import digest
from pipeline.records.watched import Watched

FIRST_INTERVAL = 900.0  # seconds, before anything is known of how often it changes
MANY = 3  # new entries at a poll: it should have been earlier
QUICKER, SLOWER = 0.5, 1.5
LONGEST_BACKOFF = 86400.0  # what fails for long is asked once a day
SITE_INTERVAL = 86400.0  # a home page names its feeds once and for all, or nearly
JITTER = 0.1  # of the interval, so that what began together does not stay together
LONGEST_PROBLEM = 1000  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """What a poll came to."""

    new: int = 0
    is_more: bool = False
    seen: bytes | None = None  # None: as before
    found: tuple[str, ...] | None = None  # None: as before
    etag: str | None = None
    last_modified: str | None = None
    is_unchanged: bool = False
    problem: str = ""
    wait: float | None = None  # seconds that the host asked for
    fresh_for: float = 0.0  # seconds for which the answer holds: asked again earlier, it would be the same
    ttl: float = 0.0  # likewise, as the feed itself says


def after_poll(state: Watched | None, watch: Watch, url: str, polled: Polled, *, now: datetime) -> Watched:
    """Make the state after a poll of `url`, which is the watch's own or one that it led to."""
    state = state or Watched(url=url, watch=watch.url, at=now, next_at=now, interval=_within(FIRST_INTERVAL, watch))
    if polled.problem:
        return _failed(state, watch, polled, now)
    interval = _within(_interval(state, polled), watch)
    ttl = state.ttl if polled.is_unchanged else polled.ttl
    # What was too much for one poll is there already; all else waits until the answer may have changed
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
    """Say whether a URL is to be polled; an interval that the list has shortened since holds at once."""
    if state is None or state.next_at <= now:
        return True
    if state.failures or _is_home(watch, state.url):
        return False
    return state.at + timedelta(seconds=watch.max_interval * (1 + JITTER)) <= now


def _interval(state: Watched, polled: Polled) -> float:
    """Poll sooner where several entries had gathered, later where there was none (additive would be too slow)."""
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
    return watch.kind == "site" and url == watch.url


def _within(interval: float, watch: Watch) -> float:
    return min(max(interval, watch.min_interval), watch.max_interval)


def _spread(wait: float, state: Watched) -> float:
    """Lengthen a wait by up to a tenth, drawn from the URL and the poll: a replay draws the same."""
    draw = int(digest(state.url.encode(), str(state.polls + state.failures).encode())[:8], 16) / 0xFFFFFFFF
    return wait * (1 + JITTER * draw)
