"""The two models that score blocks, for HTML and for plain text: loading them, and predicting with them.

`make train` trains the models; their files are in this folder. Prediction needs only numpy.
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

from pipeline import native
from pipeline.document.classifier.forest import Forest, forest_of
from pipeline.document.features.compute import Features
from pipeline.document.features.matrix import MatrixBuilder
from pipeline.document.features.windows import best_run, beyond_run, inside_run, mean_windows, sums_of
from pipeline.document.rules.recognise import RuleCodes, codes_of

Kind = Literal["html", "plain"]
Scores = npt.NDArray[np.float64]
# The features of the block itself that the second pass sees, besides the first pass's scores around it.
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
_AROUND: Final = {f"score_at_{step:+d}": step for step in (-3, -2, -1, 1, 2, 3)}
_LIKELY: Final = {
    f"likely_{side}_{reach}": (-reach, 0) if side == "before" else (1, reach + 1)
    for reach in (2, 5, 10, 25)
    for side in ("before", "after")
}
# The columns of the second pass besides OWN.
_OF_SCORES: Final = (
    *("score", *_AROUND, *_LIKELY, "likely_before", "likely_words", "best_score"),
    *("to_likely_run", "in_likely_run", "likely_run", "likely_run_share"),
)


@dataclass(frozen=True, slots=True)
class Model:
    """A trained model: one forest, or two, of which the second sees the scores of the first.

    HTML has one, because a second pass made it worse: .9438 instead of .9469 (pageF1, cross-validated).
    """

    version: str
    threshold: float
    codes: RuleCodes
    first: Forest
    second: Forest | None


class ModelError(ValueError):
    """Raised when a model's file does not fit this code."""


@cache
def model_for(kind: Kind) -> Model:
    """Return the shipped model for a kind of page; it is loaded once."""
    contents = orjson.loads(files("pipeline.document.classifier").joinpath(f"{kind}.json").read_bytes())
    return model_of(contents, file=f"pipeline/document/classifier/{kind}.json")


def model_of(contents: Mapping[str, Any], *, file: str = "the model's file") -> Model:
    """Return the model of a file's contents.

    Raise ModelError, with the name `file` in its text, if the list of rules does not fit this code.
    """
    if not isinstance(listed := contents.get("rules"), Mapping):
        raise ModelError(f"{file}: it has no list of rules and their codes; train the model again: make train")
    try:
        codes = codes_of(listed)
    except ValueError as error:
        raise ModelError(f"{file}: {error}; train the model again: make train") from None
    first, *second = map(forest_of, contents["forests"])
    return Model(contents["version"], contents["threshold"], codes, first, second[0] if second else None)


def scores_of(features: Features, model: Model) -> Scores:
    """Return for each block the probability that it is part of the article."""
    if features.codes != model.codes:
        raise ValueError(f"the features have the rule codes of another model than {model.version}")
    first = model.first.predict(features.matrix)
    if model.second is None:
        return first
    # The mean of both scores .9305 on plain text (cross-validated), the first alone .9275, the second alone .9295.
    return (first + model.second.predict(second_pass(features, first).matrix)) / 2


def second_pass(features: Features, scores: Scores) -> Features:
    """Return the features of the second pass: OWN, and the first pass's scores of the block and around it."""
    count = len(scores)
    own, names = _own(features.names)
    if native.COMPILED:
        rows = np.empty((len(own) + len(_OF_SCORES), count), np.float32)
        features.matrix.T.take(own, axis=0, out=rows[: len(own)], mode="clip")
        windows = list(_LIKELY.values())
        native.columns.score_columns(scores, features.measures["words"], windows, rows[len(own) :])
        return replace(features, names=names + _OF_SCORES, matrix=rows.T)
    words = np.minimum(features.measures["words"], 120).astype(np.float64)
    columns = MatrixBuilder(count, most=len(own) + len(_OF_SCORES))
    features.matrix.T.take(own, axis=0, out=columns.rows(names), mode="clip")  # no index is out of bounds
    columns.add("score", scores)
    padded = np.zeros(count + 6, np.float32)
    padded[3:-3] = scores
    for name, step in _AROUND.items():
        columns.add(name, padded[3 + step : 3 + step + count])
    likely, total = sums_of(scores * words), sums_of(words)
    mean_windows(likely, total, tuple(_LIKELY.values()), columns.rows(_LIKELY))
    all_likely = max(float(likely[-1]), 1.0)
    columns.add("likely_before", likely[:-1] / all_likely)
    columns.add("likely_words", float(likely[-1]))
    columns.add("best_score", float(scores.max(initial=0.0)))
    first, last, weight = best_run((np.maximum(words, 2) * (scores - 0.35)).astype(np.float32))
    beyond_run(first, last, columns.row("to_likely_run"))
    inside_run(first, last, columns.row("in_likely_run"))
    columns.add("likely_run", weight)
    columns.add("likely_run_share", float(likely[last + 1] - likely[first]) / all_likely)
    return replace(features, names=tuple(columns.names), matrix=columns.matrix)


@cache
def _own(names: tuple[str, ...]) -> tuple[npt.NDArray[np.intp], tuple[str, ...]]:
    places = [place for place, name in enumerate(names) if name in OWN]
    return np.asarray(places, np.intp), tuple(names[place] for place in places)
