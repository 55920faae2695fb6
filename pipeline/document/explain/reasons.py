"""Why the classifier scored a block as it did: what each feature added to its score, in words.

Contributions along the paths of the trees (Saabas 2014; Palczewska et al., "Interpreting random forest classification
models", 2014): a split is credited with the change of the node's value, so that they add up to the score's log-odds.
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
ModelFile = Mapping[str, Any]  # as `make train` writes it
ITS_FIRST_SCORE: Final = "score"


@dataclass(frozen=True, slots=True)
class Reason:
    """What features of one kind added to a score."""

    name: str  # of the kind: "links", "place"
    says: str  # what was measured: "80 % of it is link text"
    feature: str  # the one that added most
    value: float  # its value
    contribution: float  # log-odds; above zero it spoke for the article


@dataclass(frozen=True, slots=True)
class Reasons:
    """The reasons of a page's blocks, the strongest first; with a block's base they add up to its score's log-odds."""

    scores: tuple[float, ...]
    bases: tuple[float, ...]  # the log-odds before anything is known of a block
    of_blocks: tuple[tuple[Reason, ...], ...]


@cache
def model_file(kind: Kind) -> ModelFile:
    """Read the file of the model that is shipped for a kind of page: `model_for` keeps no values of nodes."""
    said: dict[str, Any] = orjson.loads(files("pipeline.document.classifier").joinpath(f"{kind}.json").read_bytes())
    return said


def contributions(forest: Mapping[str, Any], matrix: Floats) -> tuple[float, Sums]:
    """Return the log-odds at the roots, and what each column added to those of each row.

    `forest` is one of a model's file; for its form see `forest_of`.
    """
    columns = matrix.astype(np.float64)
    added = np.zeros(columns.shape)
    base = 0.0
    for tree in forest["trees"]:
        base += _walk(tree, columns, added)
    return base, added


def _walk(tree: Mapping[str, Any], columns: Sums, added: Sums) -> float:
    """Send all rows down a tree, a level at a time; return the value of its root."""
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
        added[rows, split] += reached - value[at]  # a row is there once
        rows, at = rows[inner], child[inner]
    return float(value[0])


def reasons_of(features: Features, model: Model, said: ModelFile, *, most: int | None = None) -> Reasons:
    """Return for each block what spoke most for and against it; all of it where `most` is None.

    The score of two passes is the mean of both, whose log-odds lie between theirs: each pass counts by how near. What
    the second owes to a block's own first score is given to those features that moved that the same way, in proportion:
    nobody learns from "its score is high as its score was high".
    """
    scores = scores_of(features, model)
    first, second = said["forests"][0], said["forests"][1] if len(said["forests"]) > 1 else None
    seen = second_pass(features, model.first.predict(features.matrix)) if second else None
    fresh = [place for place, name in enumerate(seen.names) if name not in features.names] if seen else []
    names = (*features.names, *(seen.names[place] for place in fresh)) if seen else features.names
    bases: list[float] = []
    told: list[tuple[Reason, ...]] = []
    for start in range(0, len(scores), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        matrix = features.matrix[part]
        base, added = contributions(first, matrix)
        of_part = np.full(len(matrix), base)
        if seen is not None and second is not None:
            later_base, later = contributions(second, seen.matrix[part])
            later = _own_score_told(added, later, seen.names, names)
            nearness = _nearness(_log_odds(scores[part]), base + added.sum(axis=1), later_base + later.sum(axis=1))
            of_part = nearness * base + (1 - nearness) * later_base
            later *= (1 - nearness)[:, None]
            later[:, : added.shape[1]] += added * nearness[:, None]
            added, matrix = later, np.concatenate((matrix, seen.matrix[part][:, fresh]), axis=1)
        bases += of_part.tolist()
        told += _told(added, matrix, names, features.codes, most)
    return Reasons(tuple(scores.tolist()), tuple(bases), tuple(told))


def _log_odds(scores: Sums) -> Sums:
    bounded = np.clip(scores, 1e-12, 1 - 1e-12)
    odds: Sums = np.log(bounded / (1 - bounded))
    return odds


def _nearness(odds: Sums, first: Sums, second: Sums) -> Sums:
    """Say where between the passes' log-odds the score's lie: 1 at the first's, 0 at the second's."""
    apart = first - second
    near: Sums = np.clip((odds - second) / np.where(apart == 0, 1.0, apart), 0.0, 1.0)
    return near


def _own_score_told(first: Sums, second: Sums, seen: Sequence[str], names: Sequence[str]) -> Sums:
    """Lay the second pass's contributions on all columns, its own first score's on the columns that made that."""
    place = {name: column for column, name in enumerate(names)}
    added = np.zeros((len(second), len(names)))
    added[:, [place[name] for name in seen]] = second
    own = added[:, place[ITS_FIRST_SCORE]].copy()
    alike = np.where(np.sign(first) == np.sign(own)[:, None], np.abs(first), 0.0)
    total = alike.sum(axis=1)
    given = total > 0
    added[:, : first.shape[1]] += alike * (own / np.where(given, total, 1.0))[:, None]
    added[given, place[ITS_FIRST_SCORE]] = 0.0
    return added


def _told(
    added: Sums, matrix: Floats, names: Sequence[str], codes: RuleCodes, most: int | None
) -> list[tuple[Reason, ...]]:
    """Sum the columns of one kind, and say of each block's strongest kinds what was measured.

    What is the same for all blocks of a page comes last: it tells of none why it and not another one stays.
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
        said = phrases[strongest].say(codes.index(int(value)) if of_rule else value)  # rules are said by our own codes
        return Reason(kinds[kind], said, names[strongest], value, total)

    return [
        tuple(reason(row, kind) for kind in strongest if sums[row, kind])
        for row, strongest in enumerate(order.tolist())
    ]


__all__ = ["ModelFile", "Reason", "Reasons", "contributions", "model_file", "reasons_of"]
