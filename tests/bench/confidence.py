"""How well `cleaning.confidence` tells the F1 of a page: `python -m tests.bench.confidence`.

Pages are cleaned by models that have not seen their sites. For tenths of the pages, from the least sure to the surest,
the table has the mean estimate and the mean F1; `--curve` prints the points of `classifier/confidence.py`.
"""

from __future__ import annotations

import argparse
import logging
from typing import TYPE_CHECKING

import numpy as np

from pipeline.records.document import Document
from tests.bench import sets
from tests.bench.cleaning import dealt, say
from tests.bench.crossval import trained_for
from tests.bench.ours import cleaned
from tests.bench.scoring import OVERALL, page_f1, scorer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.bench.sets import Kind

PARTS = 10
POINTS = 12  # of the curve, before those that fall are put together
POOR = 0.8  # F1


def pairs(kind: Kind) -> Iterator[tuple[float, float]]:
    """Yield the confidence and the F1 of each page, cleaned by a model that has not seen its site."""
    by = scorer()
    for split in sets.by_fold(sets.read(kind), dealt(sets.EVAL)):
        model = trained_for(kind, split.train)
        for row in split.test:
            found = cleaned(row, models={kind: model})
            if isinstance(found, Document) and found.cleaning.confidence is not None and not row.weak:
                yield found.cleaning.confidence, page_f1(by, [row], {row.id: found.article_body})[OVERALL]


def curve(found: np.ndarray) -> list[tuple[float, float]]:
    """Return the points of a rising curve through the pages: the mean F1 of pages with such an estimate."""
    ordered = found[np.argsort(found[:, 0], kind="stable")]
    blocks = [(part[:, 0].mean(), part[:, 1].mean(), len(part)) for part in np.array_split(ordered, POINTS)]
    rising: list[tuple[float, float, int]] = []
    for block in blocks:  # pool adjacent violators
        rising.append(block)
        while len(rising) > 1 and rising[-2][1] >= rising[-1][1]:
            (x2, y2, n2), (x1, y1, n1) = rising.pop(), rising.pop()
            n = n1 + n2
            rising.append(((x1 * n1 + x2 * n2) / n, (y1 * n1 + y2 * n2) / n, n))
    return [(round(float(x), 3), round(float(y), 3)) for x, y, _ in rising]


def report(kind: Kind, *, with_curve: bool) -> None:
    """Print the table of a kind of page."""
    found = np.array(list(pairs(kind)))
    ordered = found[np.argsort(found[:, 0], kind="stable")]
    say(f"{kind}\n{'pages':>6}{'confidence':>12}{'pageF1':>8}{'below .8':>10}")
    for part in np.array_split(ordered, PARTS):
        say(f"{len(part):>6}{part[:, 0].mean():>12.3f}{part[:, 1].mean():>8.3f}{(part[:, 1] < POOR).mean():>10.3f}")
    error = np.abs(found[:, 0] - found[:, 1]).mean()
    ranks = np.corrcoef(*(column.argsort().argsort() for column in found.T))[0, 1]
    say(f"mean error {error:.3f}, rank correlation {ranks:.3f}")
    if with_curve:
        say(str(curve(found)))


def main() -> None:
    """Print how confidence and F1 go together."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kind", choices=sets.KINDS, action="append")
    parser.add_argument(
        "--curve", action="store_true", help="print the points of the curve; they need one of (0, 0), (1, 1)"
    )
    asked = parser.parse_args()
    logging.disable(logging.CRITICAL)
    for kind in asked.kind or sets.KINDS:
        report(kind, with_curve=asked.curve)


if __name__ == "__main__":
    main()
