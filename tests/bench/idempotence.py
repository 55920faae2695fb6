"""What a second cleaning drops of the first one's text: `python -m tests.bench.idempotence`.

The text of a cleaned page is cleaned again, as plain text; the share of its words that go, by set and over all.
"""

from __future__ import annotations

import argparse
import logging
import warnings
from collections import Counter, defaultdict
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.text.normalise import words
from tests.bench import sets
from tests.bench.cleaning import say
from tests.bench.offline import stay_offline
from tests.bench.ours import shipped

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.bench.sets import Row

WORST = 5  # pages that are named


def dropped(row: Row) -> tuple[int, int] | None:
    """Count the words of a page's cleaned text, and those of them that a second cleaning drops."""
    if not (text := shipped(row)):
        return None
    again = shipped(replace(row, kind="plain", body=text)) or ""
    first = Counter(words(text))
    return first.total(), (first - Counter(words(again))).total()


def report(rows: Iterable[Row]) -> None:
    """Print the shares, and the pages that lose most."""
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    worst: list[tuple[int, str]] = []
    for row in rows:
        if (found := dropped(row)) is None:
            continue
        for name in (row.source_set, "all"):
            sums[name] = [before + count for before, count in zip(sums[name], found, strict=True)]
        worst.append((found[1], row.id))
    for name, (total, gone) in sums.items():
        say(f"{name:16}{total:9,} words, {gone:6,} dropped: {gone / total:.2%}")
    say("most: " + ", ".join(f"{row} {gone}" for gone, row in sorted(worst, reverse=True)[:WORST]))


def main() -> None:
    """Report on HTML pages and on plain ones."""
    parser = argparse.ArgumentParser(prog="tests.bench.idempotence", description=__doc__)
    parser.add_argument("--limit", type=int, default=40, help="so many pages a set, evenly spread")
    parser.add_argument("--eval", type=Path, default=sets.EVAL, help="where html/ and plain/ are")
    asked = parser.parse_args()
    stay_offline()
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    for kind in sets.KINDS:
        say(kind)
        report(sets.sample(sets.read(kind, asked.eval), asked.limit))


if __name__ == "__main__":
    main()
