"""The evaluation sets as rows, read where they are, and their splits by site.

The pages are their publishers': nothing here copies one into the project.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
import lzma
import os
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar
from urllib.parse import quote, urlsplit

from tld import get_fld

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

# Where the sets are: the folder that EVAL_SETS names, or the one beside the checkout. Its layout: docs/evaluation.md.
T = TypeVar("T")
EVAL = Path(os.environ.get("EVAL_SETS") or Path(__file__).parents[3] / "shared" / "eval")
UNKNOWN = "unknown"
WRONG = frozenset({"gold-wrong", "not-an-article"})  # verdicts of gold_audit.jsonl

Kind = Literal["html", "plain"]
KINDS: tuple[Kind, ...] = ("html", "plain")
Folds = dict[str, int]  # site → the fold it is held out in


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A page of a set with its gold; `style` and `labels` (one a line of `body`) are only those of plain pages."""

    id: str  # the same in HTML and plain
    kind: Kind
    url: str | None
    host: str
    lang: str
    source_set: str
    body: str  # HTML or plain text
    gold_text: str
    gold_title: str | None
    weak: bool  # gold that is not counted in OVERALL
    style: str | None = None
    labels: tuple[int, ...] = ()  # 1 article, 2 headline, 0 boilerplate
    neutral: tuple[str, ...] = ()  # lines that may stay or go: they do not count; only pages of the kit have any

    @property
    def site(self) -> str:
        return site_of(self.host)

    @property
    def address(self) -> str:
        """Give the URL that the page is fed under; a set without URLs gets one of its host, no front page."""
        return self.url or f"http://{self.host}/{quote(self.id.rpartition('/')[2])}"


@dataclass(frozen=True, slots=True)
class Split:
    """Rows to learn from and rows to be judged on, without a site in common."""

    name: str
    train: tuple[Row, ...]
    test: tuple[Row, ...]


@cache
def site_of(host: str) -> str:
    """Name the site of a host or URL: its registrable domain by the public suffix list, without private suffixes.

    So all of blogspot.com is one site. An IP address, and a name without a dot, is its own site; no host is `unknown`.
    """
    name = _host(host)
    if not name or name == UNKNOWN:
        return UNKNOWN
    if _is_ip(name):
        return name
    return get_fld(f"http://{name}", fail_silently=True, search_private=False) or name.removeprefix("www.")


def _host(host: str) -> str:
    text = host.strip().lower()
    if text.count(":") > 1 and "/" not in text and "[" not in text:
        return text  # a bare IPv6 address
    try:
        return (urlsplit(text if "//" in text else f"//{text}").hostname or "").rstrip(".")
    except ValueError:
        return text


def _is_ip(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def names(kind: Kind, home: Path = EVAL) -> list[str]:
    """List the sets of a kind."""
    return sorted(path.name.removesuffix(".jsonl.xz") for path in (home / kind).glob("*.jsonl.xz"))


def read(kind: Kind, home: Path = EVAL, sets: Iterable[str] | None = None, *, with_wrong: bool = False) -> list[Row]:
    """Read the rows of some sets, or of all of a kind, in the order of the files.

    Pages whose gold is wrong are left out, unless `with_wrong` asks for them.
    """
    wrong = frozenset() if with_wrong else found_wrong(home)
    rows = (row for name in sets or names(kind, home) for row in _rows(home / kind / f"{name}.jsonl.xz", kind))
    return [row for row in rows if row.id not in wrong]


@cache
def found_wrong(home: Path) -> frozenset[str]:
    """Return the ids of pages whose gold was read again and found wrong, and of pages that are no articles."""
    path = home / "gold_audit.jsonl"
    if not path.exists():
        return frozenset()
    with path.open(encoding="utf-8") as lines:
        return frozenset(said["id"] for said in map(json.loads, lines) if said["verdict"] in WRONG)


def _rows(path: Path, kind: Kind) -> Iterator[Row]:
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield _row(json.loads(line), kind)


def _row(said: dict[str, Any], kind: Kind) -> Row:
    return Row(
        id=said["id"],
        kind=kind,
        url=said.get("url"),
        host=said["host"] or UNKNOWN,
        lang=said["lang"],
        source_set=said["source_set"],
        body=said["html" if kind == "html" else "text"],
        gold_text=said["gold_text"],
        gold_title=said.get("gold_title"),
        weak=bool(said.get("weak")),
        style=said.get("style"),
        labels=tuple(said.get("labels") or ()),
    )


def spread(rows: Sequence[T], number: int | None) -> list[T]:
    """Take a number of rows, evenly spread; all where there are no more."""
    if number is None or number >= len(rows):
        return list(rows)
    return [rows[place * len(rows) // number] for place in range(number)]


def sample(rows: Iterable[Row], number: int | None) -> list[Row]:
    """Take a number of rows from each set, evenly spread."""
    by_set: dict[str, list[Row]] = {}
    for row in rows:
        by_set.setdefault(row.source_set, []).append(row)
    return [row for of_set in by_set.values() for row in spread(of_set, number)]


def folds(rows: Iterable[Row], k: int = 5, seed: int = 0) -> Folds:
    """Deal the sites of rows into k folds of nearly as many rows each: the largest site first, to the emptiest fold.

    It depends on the sites and their sizes alone, so give it the rows of both kinds, not a sample of one: a site is
    then held out of HTML and plain in the same fold. The seed orders sites of one size.
    """
    sizes = Counter(row.site for row in rows)
    held = [0] * k
    dealt: Folds = {}
    for site in sorted(sizes, key=lambda site: (-sizes[site], _drawn(seed, site))):
        dealt[site] = held.index(min(held))
        held[dealt[site]] += sizes[site]
    return dealt


def _drawn(seed: int, site: str) -> bytes:
    return hashlib.blake2b(f"{seed}:{site}".encode(), digest_size=16).digest()


def by_fold(rows: Sequence[Row], dealt: Folds) -> Iterator[Split]:
    """Split rows into those of a fold and all others, fold after fold."""
    for fold in sorted({dealt[row.site] for row in rows}):
        train = tuple(row for row in rows if dealt[row.site] != fold)
        yield Split(f"fold {fold}", train, tuple(row for row in rows if dealt[row.site] == fold))


def by_source(rows: Sequence[Row]) -> Iterator[Split]:
    """Leave one set out after the other, and its sites out of all other sets too."""
    for name in dict.fromkeys(row.source_set for row in rows):
        test = tuple(row for row in rows if row.source_set == name)
        sites = {row.site for row in test}
        yield Split(name, tuple(row for row in rows if row.source_set != name and row.site not in sites), test)
