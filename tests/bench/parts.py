"""What a benchmark has tables of: the evaluation sets of a kind together, and the kit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.bench import kit, sets

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tests.bench.sets import Kind, Row


@dataclass(frozen=True, slots=True)
class Part:
    """Rows, and the field that they are grouped by."""

    name: str
    kind: Kind
    rows: Sequence[Row]
    by: str
    learnt_from: bool  # by our models, so that they must be judged without the page's site


def parts(kind: Kind, home: Path, names: Sequence[str] | None, limit: int | None, by: str) -> Iterator[Part]:
    """Read the sets that are named, or all that are there and the kit; `limit` rows of each.

    The kit is grouped by language.
    """
    if names is None:
        names = [*sets.names(kind, home), kit.NAME]
    of_sets = [name for name in names if name != kit.NAME]
    if of_sets:
        yield Part(kind, kind, sets.sample(sets.read(kind, home, of_sets), limit), by, learnt_from=True)
    if kit.NAME in names:
        yield Part(f"{kind}, {kit.NAME}", kind, sets.sample(kit.rows(kind), limit), "lang", learnt_from=False)
