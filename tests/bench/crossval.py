"""Our texts of pages whose sites the model has not seen: five models, each trained without a fold of the sites."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from pipeline.document.classifier.model import OWN, model_of
from pipeline.document.rules.recognise import CODE
from pipeline.records.document import Document
from tests.bench.examples import examples_of
from tests.bench.ours import cleaned
from tests.bench.sets import by_fold, by_source, spread
from tests.bench.train import APART, PARAMETERS, SEEDS, TREES, VARIANTS, train

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pipeline.document.classifier.model import Kind, Model
    from tests.bench.sets import Folds, Row, Split

ROOT = Path(__file__).parents[2]
CACHE = ROOT / ".cache" / "bench" / "models"
SAMPLED = 25  # pages whose features stand for the code that makes them


def texts(kind: Kind, rows: Sequence[Row], folds: Folds) -> dict[str, str]:
    """Clean each page with the model that was trained without its site's fold."""
    return _texts(kind, by_fold(rows, folds))


def texts_by_source(kind: Kind, rows: Sequence[Row]) -> dict[str, str]:
    """Clean each page with a model that was trained without its whole set."""
    return _texts(kind, by_source(rows))


def _texts(kind: Kind, splits: Iterable[Split]) -> dict[str, str]:
    return {row.id: text for split in splits for row, text in _of(kind, split, cleaned)}


def _of(kind: Kind, split: Split, clean: Callable[..., Any]) -> Iterable[tuple[Row, str]]:
    model = trained_for(kind, split.train)
    for row in split.test:
        found = clean(row, models={kind: model})
        yield row, found.article_body if isinstance(found, Document) else ""


def trained_for(kind: Kind, rows: Sequence[Row]) -> Model:
    """Train a model, or take the one that was trained on the same pages and features with the same settings."""
    path = CACHE / f"{_digest(kind, rows)}.json"
    if not path.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        path.write_bytes(orjson.dumps(train(kind, rows)))
    return model_of(orjson.loads(path.read_bytes()))


def _digest(kind: Kind, rows: Sequence[Row]) -> str:
    digest = hashlib.sha256(repr((kind, PARAMETERS, TREES[kind], SEEDS[kind], VARIANTS, APART, OWN, CODE)).encode())
    for row in rows:
        digest.update(row.id.encode())
    for page in examples_of(spread(rows, SAMPLED)):
        digest.update(repr(page.features.names).encode())
        for made in (page.features.matrix, page.labels, page.weights):
            digest.update(made.tobytes())
    return digest.hexdigest()[:16]
