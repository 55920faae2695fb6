"""Measure the metadata of pages: the day of publication, the authors, the headline; ours beside the peers'.

A page counts for a field if its gold has one. The day is right if it is the gold's. Authors are right if they are the
gold's, in any order: folded, without roles and degrees behind a comma. The headline is right if its letters and digits
are the gold's. "wrong" is the share of pages with another value, "none" that of pages without one.
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
from html import unescape
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from pipeline.document.clean import clean
from pipeline.document.metadata.people import key_of
from pipeline.records.document import Document
from pipeline.records.page import Page
from tests.bench import sets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
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
    html: str
    gold: Known


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


def cases(home: Path = sets.EVAL) -> list[Case]:
    """Read the sets: pages of `html/` by their id, and pages that come with their HTML."""
    folder = home / "metadata"
    pages = {row.id: row for row in sets.read("html", home, ("wcxb_article", "fundus"))}
    found = []
    for path in sorted(folder.iterdir()):
        name = path.name.partition(".")[0]
        for row in _rows(path):
            page = pages.get(row["id"])
            html, url = (row["html"], row["url"]) if page is None else (page.body, page.address)
            found.append(Case(row["id"], name, url, html, _gold(row)))
    return found


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
    page = Page(url=case.url, fetched_at=FETCHED, media_type="text/html", body=case.html)
    found = clean(page, topic="", partition=0, offset=0)
    if not isinstance(found, Document):
        return Known()
    return Known((found.date_published or "")[:10] or None, found.author, found.headline)


def trafilatura(case: Case) -> Known:
    """Ask trafilatura, whose dates are htmldate's."""
    found = import_module("trafilatura.metadata").extract_metadata(case.html, default_url=case.url)
    return Known(found.date, tuple(people_in(found.author or "")), found.title)


def htldate(case: Case) -> Known:
    """Ask htmldate for the day alone, as its manual says."""
    find_date = import_module("htmldate").find_date
    return Known(find_date(case.html, url=case.url, original_date=True))


def newspaper(case: Case) -> Known:
    """Ask newspaper4k."""
    article = import_module("newspaper").Article(case.url)
    article.fetch_images = lambda: None
    article.download(input_html=case.html)
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


def table(tallies: Mapping[tuple[str, str], Tally], names: Iterable[str]) -> Iterator[str]:
    """Yield the lines of the table: a line for each set and peer."""
    yield f"{'set':<14}{'':<14}" + "".join(f"{name:>10}{'wrong':>7}{'none':>7}{'pages':>7}" for name in FIELDS)
    for (of, peer), tally in tallies.items():
        line = f"{of:<14}{peer:<14}"
        for name in FIELDS:
            pages = max(1, tally.pages[name])
            right, none = tally.right[name] / pages, tally.none[name] / pages
            line += f"{right:>10.3f}{1 - right - none:>7.3f}{none:>7.3f}{tally.pages[name]:>7}"
        yield line


def main() -> None:
    """Print the table; with --faults also the pages that ours has wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=PEERS, action="append", help="ask only these")
    parser.add_argument("--faults", choices=FIELDS, help="list the pages whose field is not the gold's")
    chosen = parser.parse_args()
    tallies: dict[tuple[str, str], Tally] = {}
    for case in cases():
        for peer in chosen.only or PEERS:
            found = asked(PEERS[peer], case)
            for of in (case.set, "all"):
                tallies.setdefault((of, peer), Tally()).add(case.gold, found)
            wanted = case.gold.keys(chosen.faults) if chosen.faults else None
            if peer == "ours" and wanted and found.keys(chosen.faults) != wanted:
                sys.stdout.write(f"{case.id}\t{getattr(case.gold, chosen.faults)}\t{getattr(found, chosen.faults)}\n")
    ordered = sorted(tallies, key=lambda one: one[0] == "all")
    sys.stdout.writelines(f"{line}\n" for line in table({key: tallies[key] for key in ordered}, PEERS))


if __name__ == "__main__":
    main()
