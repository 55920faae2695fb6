"""Read the watch list: a TOML file with the feeds, sitemaps and sites to watch. Every mistake in it is one line."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from pipeline.listing.entries import span_of
from pipeline.records.target import ORDINARY, target_id
from pipeline.url.request import request_url
from pipeline.url.rows import not_web

Kind = Literal["feed", "sitemap", "site"]
KINDS: Final[tuple[Kind, ...]] = ("feed", "sitemap", "site")
SHORTEST = 30.0  # seconds between two polls: the smallest interval that a list may set
LONGEST = 90 * 86400.0  # seconds: the largest
MOST_WATCHES = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """A feed, a sitemap, or the home page of a site; spans are in seconds."""

    url: str  # as it is requested
    kind: Kind
    min_interval: float = 300.0  # between two polls of a listing that changes often
    max_interval: float = 6 * 3600.0  # between two polls of a listing that seldom changes
    max_age: float = 7 * 86400.0  # entries with an older date are not fed
    backlog: int = 20  # number of entries without a date that the first poll of a feed feeds
    priority: int = ORDINARY
    updates: bool = False  # feed an entry again when its date of change changes

    @property
    def id(self) -> str:
        """The id of the watch: 16 hexadecimal digits, the same for all spellings of its URL."""
        return target_id(self.url)[:16]


@dataclass(frozen=True, slots=True)
class Mistakes:
    """The mistakes in a watch list, one line each."""

    lines: tuple[str, ...]


def read_watchlist(text: str) -> tuple[Watch, ...] | Mistakes:
    """Read a watch list, or return all its mistakes."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return Mistakes((f"not TOML: {' '.join(str(error).split())}",))
    except RecursionError:
        return Mistakes(("not TOML: nested too deeply",))
    lines = list(_unknown("", tables, {"defaults", "watch"}))
    defaults, entries = tables.get("defaults", {}), tables.get("watch", [])
    if not isinstance(defaults, dict):
        return Mistakes((*lines, "defaults: expected a table, [defaults]"))
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        return Mistakes((*lines, "watch: expected tables, [[watch]]"))
    lines += _unknown("defaults: ", defaults, _OPTIONS.keys())
    lines += [f"defaults: {line}" for line in _mistakes(defaults)]
    watches: dict[str, Watch] = {}
    for number, entry in enumerate(entries, 1):
        made = _watch(entry, defaults)
        if isinstance(made, Mistakes):
            lines += [f"watch {number}: {line}" for line in made.lines]
        elif made.id in watches:
            lines.append(f"watch {number}: {made.url} is listed twice")
        else:
            watches[made.id] = made
    if not entries:
        lines.append('the list is empty: add [[watch]] with feed = "https://…", sitemap = or site =')
    if len(entries) > MOST_WATCHES:
        lines.append(f"too many watches ({len(entries)}, at most {MOST_WATCHES}): remove some")
    return Mistakes(tuple(lines)) if lines else tuple(watches.values())


def _watch(entry: Mapping[str, Any], defaults: Mapping[str, Any]) -> Watch | Mistakes:
    lines = [*_unknown("", entry, {*KINDS, *_OPTIONS}), *_mistakes(entry)]
    kinds = [kind for kind in KINDS if kind in entry]
    if len(kinds) != 1:
        lines.append("expected one of feed, sitemap and site" + (f", not {' and '.join(kinds)}" if kinds else ""))
        return Mistakes(tuple(lines))
    url = entry[kinds[0]]
    asked = request_url(url) if isinstance(url, str) else None
    if asked is None:
        lines.append(f"{kinds[0]}: {not_web(url) if isinstance(url, str) else 'expected a URL in quotes'}")
    both = {name: value for name, value in (*defaults.items(), *entry.items()) if name in _OPTIONS}
    if lines or _mistakes(both):  # mistakes of the defaults are reported with [defaults]
        return Mistakes(tuple(lines))
    options = {name: _OPTIONS[name](value) for name, value in both.items()}
    made = Watch(url=asked or "", kind=kinds[0], **options)
    if made.min_interval > made.max_interval:
        return Mistakes(
            (f"min_interval is longer than max_interval ({made.min_interval:g} s, {made.max_interval:g} s)",)
        )
    return made


def _unknown(where: str, table: Mapping[str, Any], known: Any) -> Iterator[str]:
    for name in table:
        if name not in known:
            yield f"{where}unknown field {name!r}; the fields are {', '.join(sorted(known))}"


def _mistakes(table: Mapping[str, Any]) -> list[str]:
    lines = []
    for name, value in table.items():
        if name in _OPTIONS:
            try:
                _OPTIONS[name](value)
            except ValueError as error:
                lines.append(f"{name} = {value!r}: expected {error}")
    return lines


def _interval(value: Any) -> float:
    span = span_of(value) if isinstance(value, str) else None
    if span is None or not SHORTEST <= span.total_seconds() <= LONGEST:
        raise ValueError('a span from 30 seconds to 90 days, such as "15m", "6h", "7d"')
    return span.total_seconds()


def _age(value: Any) -> float:
    span = span_of(value) if isinstance(value, str) else None
    if span is None:
        raise ValueError('a span such as "36h" or "7d"')
    return span.total_seconds()


def _count(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 50_000:
        raise ValueError("a whole number from 0 to 50000")
    return value


def _priority(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 9:
        raise ValueError("a whole number from 0 to 9")
    return value


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("true or false")  # noqa: TRY004 — all mistakes of a value are alike
    return value


_OPTIONS: Final[dict[str, Any]] = {
    "min_interval": _interval,
    "max_interval": _interval,
    "max_age": _age,
    "backlog": _count,
    "priority": _priority,
    "updates": _truth,
}
