"""Measure the metadata of pages: the day of publication, the authors, the headline; ours beside the peers'.

A page counts for a field if its gold has one. The day is right if it is the gold's. Authors are right if they are the
gold's, in any order: folded, without roles and degrees behind a comma. The headline is right if its letters and digits
are the gold's. "wrong" is the share of pages with another value, "none" that of pages without one.

The kit of tests/corpus is not in "all"; its plain pages are for ours alone, the peers read HTML. Its dates lie ahead, so
peers that refuse such dates are told when a page was fetched.
"""

from __future__ import annotations

import argparse
import json
import lzma
import re
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from html import unescape
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from pipeline.document.clean import clean
from pipeline.document.metadata.people import key_of
from pipeline.records.document import Document
from pipeline.records.page import Page
from pipeline.records.page_type import PageType
from tests.bench import kit, sets
from tests.bench.offline import stay_offline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

FIELDS: Final = ("day", "authors", "headline")
FETCHED: Final = datetime(2026, 6, 1, tzinfo=UTC)
_BETWEEN: Final = re.compile(r"\s*(?:[,;|/&]|\band\b|\bund\b|\by\b|\bet\b|\s(?:и|й|та|і)\s)\s*")
_DEGREE: Final = re.compile(
    r"(?:[A-Z]{2,6}|[A-Z][a-z]?\.?[A-Z]\.?(?:[A-Z]\.?)?|PhD|Ph\.D\.?|Dr\.?|Jr\.?|Sr\.?|I{1,3})$"
)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a page; None and () are unknown."""

    day: str | None = None  # YYYY-MM-DD
    authors: tuple[str, ...] = ()
    headline: str | None = None

    def keys(self, name: str) -> object:
        """Return a field in the form in which it is compared; empty if it is unknown."""
        if name == "day":
            return self.day
        if name == "headline":
            return key_of(unescape(self.headline or ""))
        return frozenset(key for one in self.authors if (key := key_of(one)))


@dataclass(frozen=True, slots=True)
class Case:
    """A page with its gold."""

    id: str
    set: str
    url: str
    body: str
    gold: Known
    kind: sets.Kind = "html"
    fetched: datetime = FETCHED

    @property
    def last_day(self) -> str:
        """Name the last day that the page can name as its own."""
        return self.fetched.date().isoformat()


@dataclass(slots=True)
class Tally:
    """How many pages of a set were right, wrong, and without an answer, by field."""

    right: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    none: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    pages: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, gold: Known, found: Known) -> None:
        """Count a page in the fields that its gold has."""
        for name in FIELDS:
            if wanted := gold.keys(name):
                said = found.keys(name)
                self.pages[name] += 1
                self.right[name] += said == wanted
                self.none[name] += not said


def cases(names: Sequence[str] | None = None, home: Path = sets.EVAL) -> list[Case]:
    """Read some sets or all of them, and the kit."""
    folder = home / "metadata"
    paths = {path.name.partition(".")[0]: path for path in sorted(folder.iterdir())} if folder.is_dir() else {}
    found = []
    for name in names or [*paths, kit.NAME]:
        found += of_kit() if name == kit.NAME else _cases(name, paths[name], home)
    return found


def _cases(name: str, path: Path, home: Path) -> Iterator[Case]:
    """Read a set: pages of `html/` by their id, and pages that come with their HTML."""
    pages = _pages(home)
    for row in _rows(path):
        page = pages.get(row["id"])
        html, url = (row["html"], row["url"]) if page is None else (page.body, page.address)
        yield Case(row["id"], name, url, html, _gold(row))


@cache
def _pages(home: Path) -> Mapping[str, sets.Row]:
    return {row.id: row for row in sets.read("html", home, with_wrong=True)}


def of_kit() -> Iterator[Case]:
    """Read the kit, HTML and plain pages as two sets."""
    for kind in sets.KINDS:
        for row in kit.rows(kind):
            said = kit.said(row)
            gold = Known((said["date_published"] or "")[:10] or None, tuple(said["author"]), said["headline"])
            yield Case(row.id, f"{kit.NAME} {kind}", row.address, row.body, gold, kind, kit.FETCHED)


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    reader = lzma.open if path.suffix == ".xz" else open
    with reader(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def _gold(row: Mapping[str, Any]) -> Known:
    named = row.get("authors") or ()
    authors = tuple(people_in(named)) if isinstance(named, str) else tuple(named)
    return Known(row.get("date") or None, authors, row.get("title") or None)


def people_in(text: str) -> Iterator[str]:
    """Split a list of names as people write it; degrees ("MS, RD") are no names."""
    for part in _BETWEEN.split(text):
        if part and not _DEGREE.fullmatch(part):
            yield part


def ours(case: Case) -> Known:
    """Clean a page as the pipeline does."""
    media_type = "text/html" if case.kind == "html" else "text/plain"
    page = Page(url=case.url, fetched_at=case.fetched, media_type=media_type, body=case.body)
    found = clean(page, topic="", partition=0, offset=0, accept=frozenset(PageType))
    if not isinstance(found, Document):
        return Known()
    return Known((found.date_published or "")[:10] or None, found.author, found.headline)


def trafilatura(case: Case) -> Known:
    """Ask trafilatura, whose dates are htmldate's."""
    dates = {"original_date": True, "extensive_search": True, "max_date": case.last_day}
    found = import_module("trafilatura.metadata").extract_metadata(case.body, case.url, dates)
    return Known(found.date, tuple(people_in(found.author or "")), found.title)


def htldate(case: Case) -> Known:
    """Ask htmldate for the day alone, as its manual says."""
    find_date = import_module("htmldate").find_date
    return Known(find_date(case.body, url=case.url, original_date=True, max_date=case.last_day))


def newspaper(case: Case) -> Known:
    """Ask newspaper4k."""
    article = import_module("newspaper").Article(case.url)
    article.fetch_images = lambda: None
    article.download(input_html=case.body)
    article.parse()
    at = article.publish_date
    return Known(at.date().isoformat() if at else None, tuple(article.authors), article.title)


PEERS: Final[dict[str, Callable[[Case], Known]]] = {
    "ours": ours,
    "htmldate": htldate,
    "trafilatura": trafilatura,
    "newspaper4k": newspaper,
}


def asked(take: Callable[[Case], Known], case: Case) -> Known:
    """Ask for a page; a peer that fails knows nothing."""
    try:
        return take(case)
    except Exception:  # noqa: BLE001 a peer may raise what it likes
        return Known()


def table(tallies: Mapping[tuple[str, str], Tally]) -> Iterator[str]:
    """Yield the lines of the table: a line for each set and peer."""
    yield f"{'set':<14}{'':<14}" + "".join(f"{name:>10}{'wrong':>7}{'none':>7}{'pages':>7}" for name in FIELDS)
    for (of, peer), tally in tallies.items():
        line = f"{of:<14}{peer:<14}"
        for name in FIELDS:
            pages, right, none = tally.pages[name], tally.right[name], tally.none[name]
            shares = [count / max(1, pages) for count in (right, pages - right - none, none)]
            line += f"{shares[0]:>10.3f}{shares[1]:>7.3f}{shares[2]:>7.3f}{pages:>7}"
        yield line


def main() -> None:
    """Print the table; with --faults also the pages that ours has wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=PEERS, action="append", help="ask only these")
    parser.add_argument("--sets", help="a,b,c; kit: that of tests/corpus; all if not said")
    parser.add_argument("--faults", choices=FIELDS, help="list the pages whose field is not the gold's")
    chosen = parser.parse_args()
    stay_offline()
    tallies: dict[tuple[str, str], Tally] = {}
    for case in cases(chosen.sets.split(",") if chosen.sets else None):
        of_kit = case.id.startswith(f"{kit.NAME}/")
        for peer in chosen.only or PEERS:
            if case.kind == "plain" and peer != "ours":
                continue
            found = asked(PEERS[peer], case)
            for of in (case.set,) if of_kit else (case.set, "all"):
                tallies.setdefault((of, peer), Tally()).add(case.gold, found)
            wanted = case.gold.keys(chosen.faults) if chosen.faults else None
            if peer == "ours" and wanted and found.keys(chosen.faults) != wanted:
                sys.stdout.write(f"{case.id}\t{getattr(case.gold, chosen.faults)}\t{getattr(found, chosen.faults)}\n")
    ordered = sorted(tallies, key=lambda one: (one[0].startswith(kit.NAME), one[0] == "all"))
    sys.stdout.writelines(f"{line}\n" for line in table({key: tallies[key] for key in ordered}))


if __name__ == "__main__":
    main()
