"""The reasons of a block's score: the contribution of each feature, in words.

Contributions are computed along the paths of the trees (Saabas 2014; Palczewska et al., "Interpreting random forest
classification models", 2014). A split is credited with the change of the node's value, so that all contributions add
up to the log-odds of the score.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import orjson

from pipeline.document.blocks.measures import Floats
from pipeline.document.classifier.forest import AT_ONCE
from pipeline.document.classifier.model import Kind, Model, scores_of, second_pass
from pipeline.document.explain.feature_words import PAGE_WIDE, phrase_of
from pipeline.document.features.compute import CUE, Features
from pipeline.document.rules.recognise import RuleCodes

Sums = npt.NDArray[np.float64]
ModelFile = Mapping[str, Any]  # the contents of a model's file, as `make train` writes it
FIRST_SCORE: Final = "score"  # the feature of the second pass that holds the block's own score of the first


@dataclass(frozen=True, slots=True)
class Reason:
    """The contribution of all features of one kind to a score."""

    name: str  # the kind: "links", "place"
    says: str  # the measurement in words: "80% of it is link text"
    feature: str  # the feature with the largest contribution
    value: float  # the value of that feature
    contribution: float  # in log-odds; above zero it is in favor of the article


@dataclass(frozen=True, slots=True)
class Reasons:
    """The reasons of a page's blocks, the strongest first. Base and reasons of a block add up to its log-odds."""

    scores: tuple[float, ...]
    bases: tuple[float, ...]  # the log-odds before any feature is considered
    of_blocks: tuple[tuple[Reason, ...], ...]


@cache
def model_file(kind: Kind) -> ModelFile:
    """Return the contents of the shipped model's file. `model_for` does not keep the values of nodes."""
    file = files("pipeline.document.classifier").joinpath(f"{kind}.json")
    contents: dict[str, Any] = orjson.loads(file.read_bytes())
    return contents


def contributions(forest: Mapping[str, Any], matrix: Floats) -> tuple[float, Sums]:
    """Return the log-odds at the roots, and the contribution of each column to the log-odds of each row.

    `forest` is one of the forests in a model's file; `forest_of` documents its form.
    """
    columns = matrix.astype(np.float64)
    added = np.zeros(columns.shape)
    base = 0.0
    for tree in forest["trees"]:
        base += _walk(tree, columns, added)
    return base, added


def _walk(tree: Mapping[str, Any], columns: Sums, added: Sums) -> float:
    """Send all rows down a tree, one level at a time, and add up contributions; return the value of its root."""
    leaves = np.asarray(tree["values"], np.float64)
    if not tree["nodes"]:
        return float(leaves[0])
    feature, threshold, left, right, value = (np.asarray(column) for column in zip(*tree["nodes"], strict=True))
    rows = np.arange(len(columns))
    at = np.zeros(len(columns), np.intp)
    while len(rows):
        split = feature[at]
        child = np.where(columns[rows, split] <= threshold[at], left[at], right[at])
        inner = child >= 0
        reached = np.where(inner, value[np.maximum(child, 0)], leaves[np.where(inner, 0, ~child)])
        added[rows, split] += reached - value[at]  # no row occurs twice in `rows`
        rows, at = rows[inner], child[inner]
    return float(value[0])


def reasons_of(features: Features, model: Model, contents: ModelFile, *, most: int | None = None) -> Reasons:
    """Return the `most` strongest reasons for and against each block; all of them if `most` is None.

    `contents` are those of the model's file. With two passes the score is the mean of both, so its log-odds lie
    between those of the passes; each pass is weighted by its nearness. The second pass's contribution of a block's own
    first score goes to the features that moved that score in the same direction, in proportion: "its score is high
    because its score was high" explains nothing.
    """
    scores = scores_of(features, model)
    forests = contents["forests"]
    first, second = forests[0], forests[1] if len(forests) > 1 else None
    seen = second_pass(features, model.first.predict(features.matrix)) if second else None
    fresh = [place for place, name in enumerate(seen.names) if name not in features.names] if seen else []
    names = (*features.names, *(seen.names[place] for place in fresh)) if seen else features.names
    bases: list[float] = []
    of_blocks: list[tuple[Reason, ...]] = []
    for start in range(0, len(scores), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        matrix = features.matrix[part]
        base, added = contributions(first, matrix)
        of_part = np.full(len(matrix), base)
        if seen is not None and second is not None:
            later_base, later = contributions(second, seen.matrix[part])
            later = _first_score_shared(added, later, seen.names, names)
            nearness = _nearness(_log_odds(scores[part]), base + added.sum(axis=1), later_base + later.sum(axis=1))
            of_part = nearness * base + (1 - nearness) * later_base
            later *= (1 - nearness)[:, None]
            later[:, : added.shape[1]] += added * nearness[:, None]
            added, matrix = later, np.concatenate((matrix, seen.matrix[part][:, fresh]), axis=1)
        bases += of_part.tolist()
        of_blocks += _strongest(added, matrix, names, features.codes, most)
    return Reasons(tuple(scores.tolist()), tuple(bases), tuple(of_blocks))


def _log_odds(scores: Sums) -> Sums:
    bounded = np.clip(scores, 1e-12, 1 - 1e-12)
    odds: Sums = np.log(bounded / (1 - bounded))
    return odds


def _nearness(odds: Sums, first: Sums, second: Sums) -> Sums:
    """Return the position of the score's log-odds between those of the passes: 1 at the first's, 0 at the second's."""
    apart = first - second
    near: Sums = np.clip((odds - second) / np.where(apart == 0, 1.0, apart), 0.0, 1.0)
    return near


def _first_score_shared(first: Sums, second: Sums, seen: Sequence[str], names: Sequence[str]) -> Sums:
    """Return the second pass's contributions for all columns, with that of the first score shared out among the rest.

    `first` are the contributions of the first pass, `seen` the names of the second pass's columns.
    """
    place = {name: column for column, name in enumerate(names)}
    added = np.zeros((len(second), len(names)))
    added[:, [place[name] for name in seen]] = second
    own = added[:, place[FIRST_SCORE]].copy()
    alike = np.where(np.sign(first) == np.sign(own)[:, None], np.abs(first), 0.0)
    total = alike.sum(axis=1)
    given = total > 0
    added[:, : first.shape[1]] += alike * (own / np.where(given, total, 1.0))[:, None]
    added[given, place[FIRST_SCORE]] = 0.0
    return added


def _strongest(
    added: Sums, matrix: Floats, names: Sequence[str], codes: RuleCodes, most: int | None
) -> list[tuple[Reason, ...]]:
    """Return each block's reasons: contributions are summed by kind of feature, and the strongest kinds come first.

    Features of the whole page come last: they do not explain why one block stays and another one does not.
    """
    phrases = [phrase_of(name) for name in names]
    kinds = list(dict.fromkeys(phrase.kind for phrase in phrases))
    members = [[place for place, phrase in enumerate(phrases) if phrase.kind == kind] for kind in kinds]
    sums = np.stack([added[:, columns].sum(axis=1) for columns in members], axis=1)
    weights = np.abs(sums) - np.where(np.isin(kinds, PAGE_WIDE), 1_000.0, 0.0)
    order = np.argsort(-weights, axis=1, kind="stable")[:, :most]

    def reason(row: int, kind: int) -> Reason:
        total, columns = float(sums[row, kind]), members[kind]
        strongest = columns[int(np.argmax(added[row, columns] * np.sign(total)))]
        value = float(matrix[row, strongest])
        of_rule = names[strongest] == CUE and value >= 0
        # Phrases know rules by the codes of this program, the matrix has those of the model.
        text = phrases[strongest].text_for(codes.index(int(value)) if of_rule else value)
        return Reason(kinds[kind], text, names[strongest], value, total)

    return [
        tuple(reason(row, kind) for kind in strongest if sums[row, kind])
        for row, strongest in enumerate(order.tolist())
    ]


__all__ = ["ModelFile", "Reason", "Reasons", "contributions", "model_file", "reasons_of"]
