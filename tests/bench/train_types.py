"""Trains the model of page types on the sets beside the project: `make train`.

Seeded and deterministic. The score of an article is moved so that half is the point below which at most LOST of the
articles fall, on sites that the model has not seen.
"""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import lightgbm
import numpy as np
import orjson

from pipeline.document.page_type.kinds.model import FILE, NAMES, OTHERS, STRONG, declared_in
from pipeline.records.page_type import PageType
from tests.bench.sets import folds
from tests.bench.train import flat
from tests.bench.typed_pages import typical_pages

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from tests.bench.typed_pages import Typical

    Numbers = npt.NDArray[np.float64]

MODEL = Path(__file__).parents[2] / "pipeline" / "document" / "page_type" / "kinds" / FILE
_DESCRIBES: Final = NAMES.index("describes_itself")
SEED = 7
SEEDS = 2  # forests whose mean is the score of an article
FOLDS = 5
LOST: Final = 0.005  # the largest share of articles of unseen sites that may be lost
OTHERS_WEIGHT: Final = 3.0  # of a page that is no article: there are fewer of them
PARAMETERS: Final[dict[str, Any]] = {
    "objective": "binary",
    "learning_rate": 0.06,
    "num_leaves": 8,
    "min_data_in_leaf": 12,
    "feature_fraction": 0.2,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 3.0,
    "max_bin": 63,
    "deterministic": True,
    "force_col_wise": True,
    "num_threads": 1,
    "verbose": -1,
}
TREES: Final = 200
TYPE_TREES: Final = 60  # of the forest of each other type
TYPE_LEAVES: Final = 6


def train(pages: Sequence[Typical]) -> dict[str, Any]:
    """Train the model; return the content of its file."""
    scores = crossvalidated(pages)
    limit = limit_of(pages, scores)
    forests: dict[str, Any] = {PageType.ARTICLE.value: _moved(flat(_articles(pages), NAMES)["trees"], -limit)}
    for one in OTHERS:
        forests[one.value] = flat([_of_type(pages, one)], NAMES)["trees"]
    said = {"names": NAMES, "trained_on": _trained_on(pages), "forests": forests}
    return {"version": hashlib.sha256(orjson.dumps(said)).hexdigest()[:8], **said}


def crossvalidated(pages: Sequence[Typical]) -> Numbers:
    """Return the raw score of each page (high: no article) by forests that saw none of its site."""
    dealt = folds(pages, k=FOLDS)
    scores = np.zeros(len(pages))
    for fold in range(FOLDS):
        rest = [page for page in pages if dealt[page.site] != fold]
        places = [place for place, page in enumerate(pages) if dealt[page.site] == fold]
        matrix = _matrix([pages[place] for place in places])
        scores[places] = np.mean([one.predict(matrix, raw_score=True) for one in _articles(rest)], axis=0)
    scores += [STRONG if declared_in(page.numbers) else 0.0 for page in pages]
    scores[[bool(page.numbers[_DESCRIBES]) for page in pages]] = -np.inf
    return scores


def limit_of(pages: Sequence[Typical], scores: Numbers) -> float:
    """Return the raw score above which at most LOST of the articles as they are lie."""
    whole = [score for page, score in zip(pages, scores, strict=True) if page.is_article and not page.variant]
    return float(np.sort(whole)[::-1][int(LOST * len(whole))])


def _articles(pages: Sequence[Typical]) -> list[lightgbm.Booster]:
    labels = [not page.is_article for page in pages]
    weights = [page.weight * (OTHERS_WEIGHT if other else 1.0) for page, other in zip(pages, labels, strict=True)]
    return [_fit(pages, labels, weights, TREES, seed=seed) for seed in range(SEED, SEED + SEEDS)]


def _of_type(pages: Sequence[Typical], one: PageType) -> lightgbm.Booster:
    """Train the forest that tells one type from the other types; articles do not count."""
    others = [page for page in pages if not page.is_article]
    labels = [page.page_type is one for page in others]
    return _fit(others, labels, [page.weight for page in others], TYPE_TREES, leaves=TYPE_LEAVES)


def _fit(
    pages: Sequence[Typical],
    labels: Sequence[bool],
    weights: Sequence[float],
    trees: int,
    *,
    seed: int = SEED,
    leaves: int = PARAMETERS["num_leaves"],
) -> lightgbm.Booster:
    data = lightgbm.Dataset(_matrix(pages), label=np.array(labels, np.float32), weight=np.array(weights))
    return lightgbm.train({**PARAMETERS, "num_leaves": leaves, "seed": seed}, data, trees)


def _matrix(pages: Sequence[Typical]) -> npt.NDArray[np.float32]:
    return np.array([page.numbers for page in pages], np.float32)


def _moved(trees: list[dict[str, Any]], by: float) -> list[dict[str, Any]]:
    """Add a number to what a forest returns, by its first tree."""
    first, *rest = trees
    return [{**first, "values": [value + by for value in first["values"]]}, *rest]


def _trained_on(pages: Sequence[Typical]) -> dict[str, Any]:
    digest = hashlib.sha256()
    for page in pages:
        digest.update(orjson.dumps([page.id, page.variant, page.page_type, list(page.numbers)]))
    whole = [page for page in pages if not page.variant]
    return {
        "pages": len(whole),
        "variants": len(pages) - len(whole),
        "sites": len({page.site for page in whole}),
        "sha256": digest.hexdigest(),
        "lightgbm": version("lightgbm"),
    }


def main() -> None:
    """Train the model and write its file."""
    said = train(typical_pages())
    MODEL.write_bytes(orjson.dumps(said) + b"\n")
    print("page types", said["version"], said["trained_on"])  # noqa: T201


if __name__ == "__main__":
    main()
