"""How long a host rests after its failures, and how long its other URLs wait for it.

A failure of a host is a failed connection, a time-out, or an answer that says that the host is busy. Everything else
is about one URL: `backoff` (answers.py) says when that URL is tried again.
"""

from __future__ import annotations

from pipeline.records.fields import digest
from pipeline.url.answers import LONGEST_WAIT, backoff

TOLERATED = 2  # failures in a row without a rest: one lost connection says nothing about the next one
LONGEST_LEVEL = 3  # the rest grows with this many failures, up to 16 times the base: 8 to 16 minutes by default
JITTER = 1.0  # seconds, at most, that are added to a Retry-After
GIVE_UP_FACTOR = 17.0  # times the waits between a URL's own attempts: a day with the default settings
SHORTEST_WAIT, LONGEST_HOLD = 0.1, 3600.0  # seconds between two looks at a URL that waits for its host


def rest_of_host(failures: int, *, is_busy: bool, asked: float | None, base: float, name: str) -> float:
    """Return the seconds that a host rests after `failures` in a row.

    `is_busy`: the host itself asked for fewer requests. Then it rests from the first failure on, otherwise from the
    third. `asked` is its Retry-After in seconds. It is kept; a host that asks for too little again rests longer.
    """
    level = failures if is_busy and asked is None else failures - TOLERATED
    rest = backoff(min(level, LONGEST_LEVEL), base=base, name=f"{name} {failures}") if level > 0 else 0.0
    return rest if asked is None else max(rest, min(asked + _jitter(base, name), LONGEST_WAIT))


def wait_of_url(attempt: int, *, asked: float | None, base: float, name: str) -> float:
    """Return the seconds that a URL waits after its own attempt (from 1) failed; `asked` is the Retry-After."""
    if asked is None:
        return backoff(attempt, base=base, name=name)
    own = backoff(attempt - 1, base=base, name=name) if attempt > 1 else 0.0
    return min(max(own, asked + _jitter(base, name)), LONGEST_WAIT)


def wait_for_host(rest: float, *, waited: float, patience: float, name: str) -> float:
    """Return the seconds until a URL that was not requested is looked at again.

    At least the `rest` of its host. The longer it has `waited`, the longer its next wait, up to an hour: a host that is
    down for a day costs each of its URLs some 40 records. The wait ends with the `patience`.
    """
    grown = waited * (0.5 + 0.5 * _share(name))
    return max(SHORTEST_WAIT, min(max(rest, min(grown, LONGEST_HOLD)), patience - waited))


def patience_of(attempts: int, *, base: float) -> float:
    """Return the seconds that a URL waits for a host that does not answer, unless a setting says otherwise."""
    own = base * sum(4.0**number for number in range(min(max(1, attempts - 1), 12)))
    return GIVE_UP_FACTOR * min(own, LONGEST_WAIT)


def _jitter(base: float, name: str) -> float:
    return min(JITTER, base) * _share(name)


def _share(name: str) -> float:
    """Return a number from 0 to 1 that is derived from a name, so that a replay waits equally long."""
    return int(digest(name.encode())[:8], 16) / 0xFFFFFFFF
