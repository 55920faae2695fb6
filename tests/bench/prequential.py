"""What host profiles are worth: page by page in the order of the sets, each cleaned with what was learned before it.

`python -m tests.bench.prequential`: pageF1 cold and with profiles, by models that have not seen the page's site.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from pipeline.document.profile import learn
from pipeline.document.recurring import lesson_of, without_recurring
from pipeline.records.document import Document
from pipeline.records.profile import EMPTY, Profile
from tests.bench.crossval import trained_for
from tests.bench.ours import cleaned
from tests.bench.scoring import page_f1, scorer
from tests.bench.sets import KINDS, by_fold, folds, read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.document.classifier.model import Kind
    from tests.bench.sets import Folds, Row


def texts(kind: Kind, rows: Sequence[Row], dealt: Folds) -> tuple[dict[str, str], dict[str, str]]:
    """Return the texts of all pages without profiles and with them."""
    models = {
        row.id: {kind: model}
        for split in by_fold(rows, dealt)
        for model in [trained_for(kind, split.train)]
        for row in split.test
    }
    profiles: dict[str, Profile] = {}
    cold, warm = {}, {}
    for row in rows:
        document = cleaned(row, models=models[row.id])
        if not isinstance(document, Document):
            continue
        cold[row.id] = warm[row.id] = document.article_body
        lesson = lesson_of(document)
        if lesson is None:
            continue
        profile = profiles.get(row.host, EMPTY)
        warm[row.id] = without_recurring(document, lesson, profile).article_body
        profiles[row.host] = learn(profile, lesson)
    return cold, warm


def main() -> None:
    """Print a line a set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kind", choices=KINDS, default="plain")
    kind: Kind = parser.parse_args().kind
    every = {name: read(name) for name in KINDS}
    cold, warm = texts(kind, every[kind], folds([row for rows in every.values() for row in rows]))
    before, after = (page_f1(scorer(), every[kind], found) for found in (cold, warm))
    for name in sorted(before, key=lambda name: (name == "OVERALL", name)):
        print(f"{name:20} cold {before[name]:.4f}  with profiles {after[name]:.4f}")  # noqa: T201


if __name__ == "__main__":
    main()
