"""Trains the block classifier on the sets beside the project: `make train`.

Seeded and deterministic; writes the model files that are shipped, with what they were trained on.
"""

from __future__ import annotations

import argparse
import hashlib
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import lightgbm
import numpy as np
import orjson

from pipeline.document.classifier.model import Kind, model_of, second_pass
from pipeline.document.rules.recognise import CODE
from tests.bench.examples import examples_of, parts_of, sentences_apart
from tests.bench.sets import KINDS, folds, read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.document.classifier.model import Model
    from pipeline.document.features.compute import Features
    from tests.bench.examples import Example
    from tests.bench.sets import Row

MODELS = Path(__file__).parents[2] / "pipeline" / "document" / "classifier"
SEED = 7
INNER = 3  # folds by which the second pass gets scores of pages that the first was not trained on
THRESHOLD: Final[dict[Kind, float]] = {"html": 0.5, "plain": 0.5}
# Of plain pages: the shares of article and boilerplate that stay in a variant, one of each page. A model that saw full
# pages alone drops true sentences of nearly clean ones, and finds an article in a page that has none; of many clean ones
# it learns to keep footers.
VARIANTS: Final = (
    *((1.0, 0.0), (0.4, 0.4), (1.0, 0.3), (1.0, 0.0), (0.4, 0.0)),
    *((0.4, 0.4), (1.0, 0.0), (0.4, 0.3), (1.0, 0.3), (1.0, 0.6)),
)
# Of every fourth plain page there is a variant with a line for each sentence of its article: the sets have few lists,
# chronologies and live reports, and a model that saw paragraphs alone drops theirs.
APART: Final = 4
PARAMETERS: Final[dict[str, Any]] = {
    "objective": "binary",
    "learning_rate": 0.1,
    "num_leaves": 31,
    "min_data_in_leaf": 40,
    "feature_fraction": 0.6,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 2.0,
    "max_bin": 127,
    "seed": SEED,
    "deterministic": True,
    "force_col_wise": True,
    "num_threads": 1,
    "verbose": -1,
}
TREES: Final[dict[Kind, tuple[int, ...]]] = {"html": (100,), "plain": (120, 80)}
# So many forests, each of another seed, are one by their mean, in each pass: by its seed alone a forest of HTML loses or
# keeps five of the 251 sentences of our own pages, one of plain text ten of the kit's 294.
SEEDS: Final[dict[Kind, int]] = {"html": 2, "plain": 2}


def train(kind: Kind, rows: Sequence[Row]) -> dict[str, Any]:
    """Train a model; return the content of its file."""
    pages = [*examples_of(rows), *_variants(kind, rows)]
    features = [page.features for page in pages]
    seeds = range(SEED, SEED + SEEDS[kind])
    first = [_fit(pages, features, TREES[kind][0], seed=seed) for seed in seeds]
    forests = [flat(first, pages[0].features.names)]
    if len(TREES[kind]) > 1:
        seen = [second_pass(page.features, scores) for page, scores in zip(pages, _held_out(kind, pages), strict=True)]
        second = [_fit(pages, seen, TREES[kind][1], seed=seed) for seed in seeds]
        forests.append(flat(second, seen[0].names))
    said = {"kind": kind, "threshold": THRESHOLD[kind], "trained_on": _trained_on(rows), "forests": forests}
    # The codes are left out: by other codes the forests would be others.
    version = hashlib.sha256(orjson.dumps(said)).hexdigest()[:8]
    return {"version": version, "kind": kind, "rules": {rule.value: code for rule, code in CODE.items()}, **said}


def trained(kind: Kind, rows: Sequence[Row]) -> Model:
    """Train a model and make it ready to use."""
    return model_of(train(kind, rows))


def _variants(kind: Kind, rows: Sequence[Row]) -> list[Example]:
    dice = np.random.default_rng(SEED)
    if kind == "html":
        return []
    made = [parts_of(row, *VARIANTS[number % len(VARIANTS)], dice) for number, row in enumerate(rows)]
    made += [sentences_apart(row) for number, row in enumerate(rows) if number % APART == 0]
    return [one for one in made if one is not None]


def _held_out(kind: Kind, pages: Sequence[Example]) -> list[Any]:
    """Return the first pass's scores of each page by a model that saw none of its site."""
    dealt = folds([page.row for page in pages], k=INNER, seed=1)
    scores: list[Any] = [None] * len(pages)
    for fold in range(INNER):
        rest = [page for page in pages if dealt[page.row.site] != fold]
        model = _fit(rest, [page.features for page in rest], TREES[kind][0])
        for place, page in enumerate(pages):
            if dealt[page.row.site] == fold:
                scores[place] = model.predict(page.features.matrix)
    return scores


def ranked(kind: Kind, rows: Sequence[Row]) -> list[str]:
    """Order all features by what they gain a first pass; `pipeline/document/features/selected.py` lists the best."""
    pages = examples_of(rows, every=True)
    gains = _fit(pages, [page.features for page in pages], TREES[kind][0]).feature_importance("gain")
    return [pages[0].features.names[place] for place in np.argsort(-gains)]


def _fit(pages: Sequence[Example], features: Sequence[Features], trees: int, *, seed: int = SEED) -> lightgbm.Booster:
    data = lightgbm.Dataset(
        np.concatenate([one.matrix for one in features]),
        label=np.concatenate([page.labels for page in pages]),
        # Their mean is about 1, as the bound on the data in a leaf is meant.
        weight=np.concatenate([page.weights for page in pages]) * 200,
    )
    return lightgbm.train({**PARAMETERS, "seed": seed}, data, trees)


def flat(boosters: Sequence[lightgbm.Booster], names: Sequence[str]) -> dict[str, Any]:
    """Write the mean of some boosters as lists: see `pipeline.document.classifier.forest.forest_of`."""
    trees = [one["tree_structure"] for booster in boosters for one in booster.dump_model()["tree_info"]]
    return {"names": list(names), "trees": [_tree(tree, share=1 / len(boosters)) for tree in trees]}


def _tree(root: dict[str, Any], *, share: float) -> dict[str, Any]:
    nodes: list[list[Any]] = []
    values: list[float] = []

    def put(one: dict[str, Any]) -> int:
        if "split_feature" not in one:
            values.append(one["leaf_value"] * share)
            return ~(len(values) - 1)
        place = len(nodes)
        nodes.append([one["split_feature"], one["threshold"], 0, 0, round(one["internal_value"] * share, 4)])
        nodes[place][2:4] = [put(one["left_child"]), put(one["right_child"])]
        return place

    put(root)
    return {"nodes": nodes, "values": values}


def _trained_on(rows: Sequence[Row]) -> dict[str, Any]:
    digest = hashlib.sha256()
    for row in rows:
        digest.update(orjson.dumps([row.id, row.body, row.gold_text]))
    return {
        "pages": len(rows),
        "sites": len({row.site for row in rows}),
        "sets": sorted({row.source_set for row in rows}),
        "sha256": digest.hexdigest(),
        "lightgbm": version("lightgbm"),
    }


def main() -> None:
    """Train both models, or one, and write their files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kind", choices=KINDS)
    parser.add_argument("--to", type=Path, default=MODELS)
    parser.add_argument("--rank", action="store_true", help="only print the features, the best first")
    asked = parser.parse_args()
    if asked.rank:
        for kind in [asked.kind] if asked.kind else KINDS:
            print(kind, *ranked(kind, read(kind)))  # noqa: T201
        return
    asked.to.mkdir(exist_ok=True)
    for kind in [asked.kind] if asked.kind else KINDS:
        said = train(kind, read(kind))
        (asked.to / f"{kind}.json").write_bytes(orjson.dumps(said) + b"\n")
        print(kind, said["version"], said["trained_on"])  # noqa: T201


if __name__ == "__main__":
    main()
