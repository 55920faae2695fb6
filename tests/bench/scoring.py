"""pageF1 of texts against gold: by the `score.py` beside the sets if there is one, otherwise by `page_f1.py`."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Any, Protocol, cast

from tests.bench import page_f1 as page_f1_scorer
from tests.bench.sets import EVAL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from re import Pattern

    from tests.bench.sets import Row

OVERALL = "OVERALL"


class Scorer(Protocol):
    """What is used of `score.py`."""

    NUM: Pattern[str]

    def toks(self, s: str) -> list[str]: ...
    def page(self, pred: str, gold: str, title: str | None) -> tuple[Any, Any]: ...
    def summarize(self, rows: Sequence[tuple[Any, Any]]) -> dict[str, Any]: ...


def scorer(home: Path = EVAL) -> Scorer:
    """Import `score.py` from beside the sets; without one, use our own scorer, which gives the same pageF1."""
    if not (home / "score.py").exists():
        return cast("Scorer", page_f1_scorer)
    spec = importlib.util.spec_from_file_location("chistovik_score", home / "score.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError(home / "score.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return cast("Scorer", module)


def page_f1(by: Scorer, rows: Sequence[Row], texts: Mapping[str, str], group: str = "source_set") -> dict[str, float]:
    """Give the mean pageF1 of each group and OVERALL, as `score.py`'s main does: numbers of lists off, a page without
    a text scores as an empty one, weak gold does not count in OVERALL. Lines that are neutral count in no text.
    """
    counted: dict[str, list[tuple[Any, Any]]] = {}
    for row in rows:
        text = _without(by, _unnumbered(by, texts.get(row.id, "")), row.neutral)
        found = by.page(text, _unnumbered(by, row.gold_text), row.gold_title)
        counted.setdefault(str(getattr(row, group)), []).append(found)
        if not row.weak:
            counted.setdefault(OVERALL, []).append(found)
    return {name: by.summarize(found)["pageF1"] for name, found in counted.items()}


def sizes(rows: Sequence[Row], group: str = "source_set") -> dict[str, int]:
    """Count the rows of each group, and those that OVERALL is of."""
    found: dict[str, int] = {}
    for row in rows:
        for name in (str(getattr(row, group)), *([] if row.weak else [OVERALL])):
            found[name] = found.get(name, 0) + 1
    return dict(sorted(found.items(), key=lambda item: (item[0] == OVERALL, item[0])))


def _unnumbered(by: Scorer, text: str) -> str:
    return "\n".join(by.NUM.sub("", line) for line in text.split("\n"))


def _without(by: Scorer, text: str, lines: Sequence[str]) -> str:
    """Leave out the lines that have the words of some lines."""
    if not lines:
        return text
    left_out = {tuple(by.toks(line)) for line in lines}
    return "\n".join(line for line in text.split("\n") if tuple(by.toks(line)) not in left_out)
