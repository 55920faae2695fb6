"""How well and how fast pages are cleaned, by us and by others: `python -m tests.bench.cleaning`.

A table of sets × systems in pageF1, then the pages that a system failed on (of ours: refused) and pages per CPU-second.
The kit of tests/corpus has a table of its own, by language: no model is trained on it, so the shipped one is judged as
it is. Without evaluation sets there is only that.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import warnings
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench import cached, sets
from tests.bench.offline import stay_offline
from tests.bench.ours import shipped
from tests.bench.parts import parts
from tests.bench.peers import PEERS, Peer
from tests.bench.scoring import page_f1, scorer, sizes
from tests.bench.timing import pages_per_second

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.bench.parts import Part
    from tests.bench.sets import Kind, Row

CROSSVAL = "tests.bench.crossval"
Texts = Mapping[str, "str | None"]  # by id of the row


@dataclass(frozen=True, slots=True)
class System:
    """A column of the table: what gives the texts of rows, and what is timed on one."""

    name: str
    texts: Callable[[Sequence[Row]], Texts]
    run: Callable[[Row], object] | None = None
    version: str = ""
    learns: bool = False  # from the sets it is judged on, so it has no texts of other pages


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a system."""

    name: str
    version: str
    page_f1: dict[str, float]  # by group, and OVERALL
    failed: int  # pages that it raised on, or refused
    pages_per_cpu_second: float | None = None


def of_peer(peer: Peer) -> System:
    """Make a column of a peer."""
    return System(
        peer.name,
        partial(cached.texts, peer),
        lambda row: peer.extract(row.body, row.address, row.lang),
        peer.version,
    )


def of_shipped() -> System:
    """Make the column of what a user gets today."""
    return System("shipped", lambda rows: {row.id: shipped(row) for row in rows}, shipped)


def of_other_sources(kind: Kind, home: Path) -> System:
    """Make the column of our cleaner learnt without the page's whole set."""
    texts = import_module(CROSSVAL).texts_by_source
    return System("other sources", lambda _: texts(kind, sets.read(kind, home)), learns=True)


def of_cross_validated(kind: Kind, home: Path) -> System | None:
    """Make the column of our cleaner learnt without the page's site; None where it does not exist yet.

    It is given all rows of the kind, for it learns from them.
    """
    try:
        texts = import_module(CROSSVAL).texts
    except ModuleNotFoundError as error:
        if error.name != CROSSVAL:
            raise
        return None
    return System("cross-validated", lambda _: texts(kind, sets.read(kind, home), dealt(home)), learns=True)


def dealt(home: Path) -> sets.Folds:
    """Deal the sites of all sets, HTML and plain, into folds."""
    return sets.folds([row for kind in sets.KINDS for row in sets.read(kind, home)])


def systems(kind: Kind, asked: argparse.Namespace) -> list[System]:
    """Choose the columns."""
    names = None if asked.peers is None else asked.peers.split(",")
    chosen = [of_peer(peer) for peer in PEERS[kind] if names is None or peer.name in names]
    if "shipped" in asked.ours:
        chosen.append(of_shipped())
    if "cross-validated" in asked.ours:
        ours = of_cross_validated(kind, asked.eval)
        if ours is None:
            say(f"cross-validated: missing, {CROSSVAL} is not there")
        chosen += [ours] if ours else []
    if "by-source" in asked.ours:
        chosen.append(of_other_sources(kind, asked.eval))
    return chosen


def results(part: Part, asked: argparse.Namespace) -> list[Result]:
    """Score every system on the rows, then time those that can be on a sample."""
    score, rows = scorer(asked.eval), part.rows
    found, columns = [], [system for system in systems(part.kind, asked) if part.learnt_from or not system.learns]
    for system in columns:
        texts = system.texts(rows)
        scores = page_f1(score, rows, {name: text or "" for name, text in texts.items()}, part.by)
        failed = sum(texts.get(row.id) is None for row in rows)
        found.append(Result(system.name, system.version, scores, failed))
        note(f"{part.name}: {system.name} scored")
    timed = {system.name: system.run for system in columns if system.run is not None} if asked.timed else {}
    speeds = pages_per_second(sets.spread(rows, asked.timed + 1), timed)
    return [replace(result, pages_per_cpu_second=speeds.get(result.name)) for result in found]


def table(found: Sequence[Result], counts: Mapping[str, int]) -> str:
    """Write the results as a table of groups × systems."""
    first = max(map(len, [*counts, "pages/CPU s"]))
    widths = [max(len(result.name), 6) for result in found]

    def line(head: str, number: object, cells: Sequence[str]) -> str:
        padded = [f"{cell:>{wide}}" for cell, wide in zip(cells, widths, strict=True)]
        return "  ".join([f"{head:{first}} {number:>5}", *padded])

    def speed(result: Result) -> str:
        return "-" if result.pages_per_cpu_second is None else f"{result.pages_per_cpu_second:.1f}"

    return "\n".join(
        [
            line("pageF1", "n", [result.name for result in found]),
            *(line(name, n, [f"{result.page_f1[name]:.3f}" for result in found]) for name, n in counts.items()),
            line("failed", "", [str(result.failed) for result in found]),
            line("pages/CPU s", "", [speed(result) for result in found]),
        ]
    )


def options() -> argparse.ArgumentParser:
    """Make the reader of the command line."""
    parser = argparse.ArgumentParser(prog="tests.bench.cleaning", description=__doc__)
    parser.add_argument("--kind", choices=sets.KINDS, action="append", help="html or plain; both if not said")
    parser.add_argument("--sets", help="a,b,c; kit: that of tests/corpus; all if not said")
    parser.add_argument("--limit", type=int, help="so many pages a set, evenly spread")
    parser.add_argument("--by", choices=("source_set", "host", "lang", "style"), default="source_set")
    parser.add_argument("--peers", help=f"of {', '.join(peer.name for peers in PEERS.values() for peer in peers)}")
    parser.add_argument("--ours", default="shipped,cross-validated", help="of shipped, cross-validated, by-source")
    parser.add_argument("--timed", type=int, default=100, help="pages that the speed is measured on; 0: not measured")
    parser.add_argument("--eval", type=Path, default=sets.EVAL, help="where html/, plain/ and score.py are")
    parser.add_argument("--json", type=Path, help="a file for the figures")
    return parser


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def note(line: str) -> None:
    """Say on standard error how far it is."""
    sys.stderr.write(line + "\n")


def main() -> None:
    """Print the tables, and write the figures where that is asked."""
    asked = options().parse_args()
    stay_offline()
    warnings.simplefilter("ignore")  # the peers' own, of pages: unknown time zones, odd markup
    logging.disable(logging.CRITICAL)
    figures = {}
    kinds: Sequence[Kind] = asked.kind or sets.KINDS
    named = asked.sets.split(",") if asked.sets else None
    for kind in kinds:
        if not (named or sets.names(kind, asked.eval)):
            note(f"{kind}: no evaluation sets in {asked.eval} (EVAL_SETS names their folder), only the kit is measured")
        for part in parts(kind, asked.eval, named, asked.limit, asked.by):
            found, counts = results(part, asked), sizes(part.rows, part.by)
            say(f"\n{part.name}\n{table(found, counts)}")
            figures[part.name] = {"n": counts, "systems": [asdict(result) for result in found]}
    if asked.json:
        asked.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
