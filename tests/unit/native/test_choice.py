"""The compiled choice of blocks, their rules and the outline of a text are what the Python code makes of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from pipeline import native
from pipeline.document.blocks import tree
from pipeline.document.blocks.measures import NAMES, Measures
from pipeline.document.blocks.tree import layout_of
from pipeline.document.classifier.choice import choose
from pipeline.document.classifier.judge import Decisions
from pipeline.document.classifier.naming import name_rules
from pipeline.document.features.compute import features_of_lines
from pipeline.document.features.parts import Parts
from pipeline.document.rules.recognise import RULES
from pipeline.document.rules.rule import Rule
from pipeline.text.fingerprint import sketches_of
from tests.unit.native.test_native import both_ways

if TYPE_CHECKING:
    from pipeline.document.classifier.model import Kind
    from pipeline.document.features.compute import Features

pytestmark = pytest.mark.skipif(not native.COMPILED, reason="no C compiler was at the installation")

NEAR_LIMITS = st.sampled_from([0.0, 0.05, 0.1, 0.18, 0.2, 0.25, 0.34, 0.35, 0.45, 0.5, 0.85, 0.9, 0.95, 1.0])
CUES = st.one_of(st.just(-1), st.just(-1), st.sampled_from([RULES.index(rule) for rule in Rule]))
WORDS = st.sampled_from([1.0, 2.0, 4.0, 5.0, 7.0, 8.0, 9.0, 10.0, 12.0, 24.0, 25.0, 30.0, 40.0, 41.0, 200.0])
BLOCKS = st.lists(
    st.tuples(
        *(NEAR_LIMITS, CUES, WORDS, st.booleans(), st.booleans(), st.integers(0, 3), st.booleans(), st.integers(0, 3)),
        st.sampled_from(["one", "two", "three"]),
    ),
    min_size=1,
    max_size=40,
)


def features_with(columns: dict[str, list[Any]]) -> Features:
    """Return features whose measures, cues, lists and styles are given."""
    count = len(columns["words"])
    made = features_of_lines(["x"] * count, [False] * count, [False] * count)
    rows = np.zeros((len(NAMES), count), np.float32)
    for name in ("words", "ends", "ends_colon", "sentences"):
        rows[NAMES.index(name)] = columns[name]
    return replace(
        made,
        measures=Measures(rows),
        cues=np.array(columns["cues"], np.int16),
        listed=np.array(columns["listed"], np.bool_),
        styles=np.array(columns["styles"], np.int64),
    )


@given(BLOCKS, st.sampled_from(["html", "plain"]), NEAR_LIMITS, st.booleans())
def test_the_same_blocks_stay_by_the_same_rules(
    blocks: list[tuple[Any, ...]], kind: Kind, threshold: float, commented: bool
) -> None:
    scores, cues, words, ends, colons, sentences, listed, styles, bodies = map(list, zip(*blocks, strict=True))
    columns = {"words": words, "ends": ends, "ends_colon": colons, "sentences": sentences}
    features = features_with({**columns, "cues": cues, "listed": listed, "styles": styles})
    if commented:
        features = replace(features, parts=Parts(comments=((len(blocks) // 2, len(blocks)),)))
    compiled, plain = both_ways(lambda: choose(kind, features, bodies, np.array(scores), threshold))
    assert compiled.tolist() == plain.tolist()
    tabled = np.zeros(len(blocks), np.bool_)
    tabled[len(blocks) // 3 : len(blocks) // 2] = commented
    named, others = both_ways(lambda: name_rules(bodies, features, plain, tabled).tolist())
    assert [RULES[rule] for rule in named] == [RULES[rule] for rule in others]


@given(st.lists(st.tuples(st.text(max_size=5), st.booleans(), st.sampled_from(list(Rule))), max_size=20))
def test_as_much_was_removed_by_each_rule(blocks: list[tuple[str, bool, Rule]]) -> None:
    kept = [text[: len(text) // 2] if part else text for text, part, _ in blocks]
    rules = np.array([RULES.index(rule) for _, _, rule in blocks], np.int16)
    made = Decisions([text for text, _, _ in blocks], kept, rules, frozenset(), np.zeros(len(blocks)))
    compiled, plain = both_ways(lambda: list(made.removed))
    assert compiled == plain
    assert sum(size for _, _, size in plain) == sum(len(text) for text, _, _ in blocks) - sum(map(len, kept))


SENTENCES = st.lists(
    st.lists(
        st.sampled_from(
            [
                "Bakery",
                "bakery",
                "opens",
                "opened",
                "the",
                "new",
                "Oven",
                "12",
                "12.5",
                "news",
                "面包",
                "店",
                "開",
                "Пекарня",
            ]
        ),
        min_size=1,
    ),
    min_size=1,
    max_size=12,
).map(lambda sentences: ". ".join(" ".join(words) for words in sentences))


@given(SENTENCES, st.one_of(st.none(), SENTENCES), st.sampled_from(["", "news.example"]))
def test_a_text_has_the_same_outline(text: str, headline: str | None, host: str) -> None:
    for body in (text, f"{headline}. {text}", text * 40):
        compiled, plain = both_ways(lambda body=body: sketches_of(body, headline=headline, host=host))
        assert compiled == plain


def test_words_beyond_the_last_place_have_the_same_outline() -> None:
    text = " ".join(f"word{number} ends here." for number in range(30_000))
    compiled, plain = both_ways(lambda: sketches_of(text, headline="word29999 ends", host=""))
    assert compiled == plain


def test_the_walk_reads_the_nodes_of_this_parser() -> None:
    assert tree._numbered() is not None


def test_a_parser_that_keeps_its_nodes_otherwise_is_walked_by_its_objects(monkeypatch: pytest.MonkeyPatch) -> None:
    html = "<body class=x><p>one <b>two</b></p><form><input type=email>news by email</form></body>"
    compiled = layout_of(LexborHTMLParser(html))
    monkeypatch.setattr(tree, "_numbered", lambda: None)
    plain = layout_of(LexborHTMLParser(html))
    assert (compiled.texts, compiled.sign_ups) == (plain.texts, plain.sign_ups)
    assert compiled.elements.tolist() == plain.elements.tolist()


def test_nodes_that_are_not_as_they_are_said_to_be_do_not_agree() -> None:
    body = LexborHTMLParser("<body class=a><p>text</p></body>").body
    assert body is not None
    nodes = list(body.traverse(include_text=True))
    texts = ((nodes[2], "text"),)
    assert native.walk.agrees(nodes, texts, ((body, {"class": "a"}),))
    assert not native.walk.agrees(nodes, ((nodes[2], "tex"),), ())
    assert not native.walk.agrees(nodes, ((nodes[2], "next"),), ())
    assert not native.walk.agrees(nodes, texts, ((body, {"class": "b"}),))
    assert not native.walk.agrees(nodes, texts, ((body, {"class": "a", "id": "b"}),))
    assert not native.walk.agrees(nodes, texts, ((body, {}),))
