"""Reads what a publisher declares about the use of a page: robots directives, and TDM reservations (TDMRep).

Both stand in meta tags or in response headers. What follows from them is a setting (`Obey`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

from pipeline.records.document import Reservations
from pipeline.records.reason import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pipeline.document.metadata.head import Head  # loads a parser, and settings need this file
    from pipeline.records.page import Page

MOST = 20  # directives of a page that are kept
LONGEST = 200  # characters of one
UNAVAILABLE: Final = "unavailable_after"
_VALUED: Final = frozenset({UNAVAILABLE, "max-snippet", "max-image-preview", "max-video-preview"})
_PLAIN: Final = frozenset(
    {"all", "none", "index", "noindex", "follow", "nofollow", "archive", "noarchive", "nocache", "snippet", "nosnippet"}
    | {"noimageindex", "notranslate", "indexifembedded", "nositelinkssearchbox", "nopagereadaloud", "noai", "noimageai"}
)
_GRANTS: Final = frozenset({"all", "index", "follow", "archive", "snippet"})  # what holds anyway
_ROBOTS: Final = frozenset({"yandex", "slurp", "teoma"})  # besides names with "bot"


@dataclass(frozen=True, slots=True)
class Obey:
    """Which declarations are obeyed, and the name under which pages are fetched."""

    what: frozenset[Reason] = frozenset()
    robot: str = ""


# The words of CHISTOVIK_OBEY, with the reason of the pages that are discarded for each.
OBEYED: Final = {"noindex": Reason.NOINDEX, "noarchive": Reason.NOARCHIVE, "tdm": Reason.TDM_RESERVED}


def obey_of(words: Iterable[str], robot: str) -> Obey:
    """Return what is obeyed, from the words of the setting."""
    return Obey(frozenset(OBEYED[word] for word in words), robot)


def reservations_of(page: Page, head: Head | None) -> Reservations | None:
    """Return what a page declares; None if nothing. `head` is that of an HTML page."""
    if head is None and not page.x_robots_tag and page.tdm_reservation is None:
        return None
    found = [*_of_header(page.x_robots_tag), *(() if head is None else _of_meta(head))]
    robots = tuple(dict.fromkeys(one for one in found if not _says_nothing(one)))
    reserved, policy = _tdm(page.tdm_reservation), page.tdm_policy
    if head is not None and (own := _tdm(next(head.tags("tdm-reservation"), None))) is not None:
        reserved, policy = own, next(head.tags("tdm-policy"), None)  # a page's own word precedes that of its server
    policy = policy.strip()[: 10 * LONGEST] if policy and reserved else None
    if not robots and reserved is None:
        return None
    return Reservations(robots=robots[:MOST], tdm_reservation=reserved, tdm_policy=policy or None)


def forbidden(reservations: Reservations | None, obey: Obey, *, fetched_at: datetime) -> tuple[Reason, str] | None:
    """Return the first declaration that is obeyed and forbids a page's use, with its words; None if there is none."""
    if reservations is None or not obey.what:
        return None
    for one in reservations.robots:
        robot, _, directive = one.partition(": ") if _robot_of(one) else ("", "", one)
        if robot and robot != obey.robot.lower():
            continue
        reason = _meaning(directive, fetched_at)
        if reason in obey.what and reason is not None:
            return reason, f"robots: {one}"
    if reservations.tdm_reservation and Reason.TDM_RESERVED in obey.what:
        return Reason.TDM_RESERVED, f"tdm-policy: {reservations.tdm_policy or 'none'}"
    return None


def _says_nothing(directive: str) -> bool:
    """Return whether a directive grants what holds anyway, or is only about the snippets of search engines."""
    bare = directive.removeprefix(f"{_robot_of(directive)}: ")
    return bare in _GRANTS or bare.startswith("max-")


def _meaning(directive: str, fetched_at: datetime) -> Reason | None:
    if directive in {"noindex", "none"} or (directive.startswith(UNAVAILABLE) and _is_past(directive, fetched_at)):
        return Reason.NOINDEX
    return Reason.NOARCHIVE if directive in {"noarchive", "nocache"} else None


def _of_meta(head: Head) -> Iterator[str]:
    yield from _directives(head.tags("robots"))
    for name in head.meta:
        if name != "robots" and ("bot" in name or name in _ROBOTS):
            yield from (
                f"{name}: {directive}" for directive in _directives(head.tags(name)) if not _robot_of(directive)
            )


def _of_header(values: Sequence[str]) -> Iterator[str]:
    yield from _directives(values)


def _directives(values: Iterable[str]) -> Iterator[str]:
    """Yield the directives of each value; those after the name of a robot are for that robot."""
    for value in values:
        robot, pending = "", ""
        for piece in value[: MOST * LONGEST].split(","):
            part = " ".join(piece.split()).lower()[:LONGEST]
            name, colon, rest = (text.strip() for text in part.partition(":"))
            if colon and name not in _VALUED and not pending:
                robot, part = f"{name}: ", rest
                name = rest.partition(":")[0].strip()
            elif pending and part not in _PLAIN and name not in _VALUED:  # a date with a comma
                pending += f", {part}"
                continue
            if pending:
                yield pending
            pending = f"{robot}{part}" if name == UNAVAILABLE else ""
            if part and not pending:
                yield f"{robot}{part}"
        if pending:
            yield pending


def _robot_of(directive: str) -> str:
    name, colon, _ = directive.partition(":")
    return name if colon and name not in _VALUED else ""


def _is_past(directive: str, fetched_at: datetime) -> bool:
    written = directive.partition(":")[2].strip()
    when = _date(written)
    return when is not None and when <= fetched_at


def _date(written: str) -> datetime | None:
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            when = read(written.upper())
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        return when if when.tzinfo else when.replace(tzinfo=UTC)
    return None


def _tdm(value: str | None) -> bool | None:
    """Return a reservation; None if there is none, or an invalid one (TDMRep: it counts as unset)."""
    return {"1": True, "0": False}.get((value or "").strip())
