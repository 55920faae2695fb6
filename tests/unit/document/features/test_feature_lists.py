"""The lists of features agree: those that are computed, selected, seen by the second pass, trained with and explained."""

import numpy as np
import pytest
from selectolax.lexbor import LexborHTMLParser

from pipeline.document.blocks.lines import lines_of
from pipeline.document.blocks.tree import layout_of
from pipeline.document.classifier.model import OWN, Kind, second_pass
from pipeline.document.explain.feature_words import _PATTERNS, has_phrase
from pipeline.document.explain.reasons import model_file
from pipeline.document.features.compute import CUE, Features, features_of_lines, features_of_tree
from pipeline.document.features.selected import SELECTED
from pipeline.document.metadata.head import Declared

KINDS: tuple[Kind, ...] = ("html", "plain")
PROSE = "The bakery in Yasny opened on Tuesday, the local newspaper reports."


def everything(kind: Kind, selected: frozenset[str] | None = None) -> Features:
    """Return the features of a page of this kind: all of them unless some are selected."""
    if kind == "html":
        layout = layout_of(LexborHTMLParser(f"<h1>Bakery</h1><p>{PROSE}</p>"))
        declared = Declared(title="Bakery", description="", body="")
        return features_of_tree(layout, declared, selected=selected)
    lines = lines_of(f"Bakery\n\n{PROSE}")
    return features_of_lines(lines.bodies, lines.after_blank, lines.markers, selected=selected)


def second(features: Features) -> tuple[str, ...]:
    """Return the names of the features of the second pass."""
    return second_pass(features, np.full(len(features.matrix), 0.5)).names


@pytest.mark.parametrize("kind", KINDS)
def test_each_feature_is_computed_once(kind: Kind) -> None:
    names = everything(kind).names
    assert len(set(names)) == len(names)
    assert CUE in names


@pytest.mark.parametrize("kind", KINDS)
def test_each_selected_feature_is_computed_and_no_other_one(kind: Kind) -> None:
    assert set(everything(kind, SELECTED[kind]).names) == SELECTED[kind]
    assert set(everything(kind).names) >= SELECTED[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_each_feature_that_the_second_pass_takes_over_is_computed(kind: Kind) -> None:
    features = everything(kind)
    assert len(set(OWN)) == len(OWN)
    assert set(OWN) <= set(features.names)
    assert set(OWN) <= set(second(features))


@pytest.mark.parametrize("kind", KINDS)
def test_the_shipped_models_use_the_features_that_are_computed_in_their_order(kind: Kind) -> None:
    features = everything(kind, SELECTED[kind])
    passes = (features.names, second(features))
    forests = model_file(kind)["forests"]
    assert [tuple(forest["names"]) for forest in forests] == list(passes[: len(forests)])


def test_each_feature_has_a_phrase_and_each_phrase_a_feature() -> None:
    pages = [everything(kind) for kind in KINDS]
    names = {name for features in pages for name in (*features.names, *second(features))}
    assert {name for name in names if not has_phrase(name)} == set()
    unused = [pattern.pattern for pattern, _, _ in _PATTERNS if not any(map(pattern.fullmatch, names))]
    assert unused == []
