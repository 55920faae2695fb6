"""Which blocks of a page are its article: two models, for HTML and for plain text, on the features of features.py.

The models are trained by `make train` and lie beside this file; predicting needs numpy alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt
import orjson

from pipeline.features import Features
from pipeline.forest import Forest, forest_of
from pipeline.vectors import best_run

Kind = Literal["html", "plain"]
Scores = npt.NDArray[np.float64]
# What the second pass sees of a block itself, beside the scores of the first around it.
OWN: Final = (
    *("words", "sentences", "ends", "ends_colon", "capital_share", "digit_share", "commas", "starts", "cue"),
    "copies",
    *(
        "place",
        "blocks",
        "page_words",
        "to_run",
        "in_run",
        "to_span",
        "in_span",
        "weight",
        "comments_before",
        "list_run",
    ),
    *("good_before", "share_of_page", "until_good", "since_good", "span_noise"),
)
_AROUND: Final = (-3, -2, -1, 1, 2, 3)
_REACHES: Final = (2, 5, 10, 25)


@dataclass(frozen=True, slots=True)
class Model:
    """A trained model: one forest, or two, of which the second sees the scores of the first.

    HTML has one: a second pass brought it from .9469 to .9438 (pageF1, cross-validated).
    """

    version: str
    threshold: float
    first: Forest
    second: Forest | None


@cache
def model_for(kind: Kind) -> Model:
    """Load the model that is shipped for a kind of page; made once, never changed."""
    said = orjson.loads(files("pipeline").joinpath("models", f"{kind}.json").read_bytes())
    return model_of(said)


def model_of(said: Mapping[str, Any]) -> Model:
    """Make a model of its file."""
    first, *second = map(forest_of, said["forests"])
    return Model(said["version"], said["threshold"], first, second[0] if second else None)


def scores_of(features: Features, model: Model) -> Scores:
    """Return for each block the probability that it is article."""
    first = model.first.predict(features.matrix)
    if model.second is None:
        return first
    # Their mean: .9305 on plain text, cross-validated, where the first alone has .9275 and the second .9295.
    return (first + model.second.predict(second_pass(features, first).matrix)) / 2


def second_pass(features: Features, scores: Scores) -> Features:
    """Return what the second pass sees: a block's own measures, and the first pass's scores of it and around it."""
    words = np.minimum(features.measures["words"], 120).astype(np.float64)
    count = len(scores)
    columns = zip(features.names, features.matrix.T, strict=True)
    made: dict[str, npt.NDArray[np.generic] | float] = {name: column for name, column in columns if name in OWN}
    place = np.arange(count)
    made["score"] = scores
    padded = np.concatenate((np.zeros(3), scores, np.zeros(3)))
    for step in _AROUND:
        made[f"score_at_{step:+d}"] = padded[3 + step : 3 + step + count]
    likely = np.concatenate(([0.0], np.cumsum(scores * words)))
    total = np.concatenate(([0.0], np.cumsum(words)))
    for reach in _REACHES:
        low, high = np.maximum(place - reach, 0), np.minimum(place + reach + 1, count)
        made[f"likely_before_{reach}"] = (likely[:-1] - likely[low]) / np.maximum(total[:-1] - total[low], 1)
        made[f"likely_after_{reach}"] = (likely[high] - likely[1:]) / np.maximum(total[high] - total[1:], 1)
    made["likely_before"] = likely[:-1] / max(likely[-1], 1.0)
    made["likely_words"] = float(likely[-1])
    made["best_score"] = float(scores.max(initial=0.0))
    first, last, weight = best_run((np.maximum(words, 2) * (scores - 0.35)).astype(np.float32))
    made["to_likely_run"] = np.where(place < first, place - first, np.where(place > last, place - last, 0))
    inside = (place >= first) & (place <= last)
    made["in_likely_run"] = np.where(inside, (place - first) / max(last - first, 1), -1.0)
    made["likely_run"] = weight
    made["likely_run_share"] = float((likely[last + 1] - likely[first]) / max(likely[-1], 1.0))
    rows = np.empty((len(made), count), np.float32)
    for row, column in zip(rows, made.values(), strict=True):
        row[:] = column
    return replace(features, names=tuple(made), matrix=rows.T)
