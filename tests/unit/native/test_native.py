"""The compiled loops return what numpy returns, to the last bit."""

from __future__ import annotations

import random
import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeVar
from zlib import crc32

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from pipeline import native
from pipeline.document.blocks.attributes import marks_of_names
from pipeline.document.blocks.block import Block
from pipeline.document.blocks.measures import MEASURED, NAMES, measure
from pipeline.document.blocks.tree import HINTS, KINDS, _hints, _hints_of_name, hints_of, layout_of
from pipeline.document.classifier.forest import Forest, forest_of
from pipeline.document.profile import sketch_of
from pipeline.document.rules.by_shape import LIMITS
from pipeline.document.rules.phrases import DENSE_OPENERS, INSIDE, OPENERS, WHOLE
from pipeline.document.rules.prefilter import _reader as glance_reader
from pipeline.document.rules.recognise import cues_of
from pipeline.page.markup import text_runs, visible_text
from pipeline.page.refresh import mentions_refresh
from pipeline.page.routing import route_of
from pipeline.records.profile import SKETCH

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

pytestmark = pytest.mark.skipif(not native.COMPILED, reason="no C compiler was at the installation")

# Letters of several scripts, digits, what ends sentences and closes quotations, spaces of all kinds, half a pair.
SIGNS = (
    "аЯіқZzß7٣.!?…。،,;:()\"'»«“”|•©—-–中文かなไทย\u00a0\u200b\t\x0b \u0301\ud83d\ude00\U0001f600\U000e0041\U0010ffff"
)
TEXTS = st.text(st.one_of(st.sampled_from(SIGNS), st.characters()), max_size=60)


def both_ways(run: Callable[[], T]) -> tuple[T, T]:
    """Call a function with the compiled loops and with numpy; return both results."""
    compiled = run()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(native, "COMPILED", False)
        return compiled, run()


@given(st.lists(TEXTS, max_size=20))
def test_blocks_measure_the_same(texts: list[str]) -> None:
    compiled, plain = both_ways(lambda: measure(texts).rows)
    assert compiled.dtype == plain.dtype
    for name, one, other in zip(NAMES, compiled, plain, strict=True):
        assert one.tolist() == other.tolist(), name


@pytest.mark.parametrize("length", [MEASURED - 1, MEASURED, MEASURED + 1, 3 * MEASURED])
def test_a_long_block_is_measured_at_its_head_and_end(length: int) -> None:
    text = ("Слово за словом, and 中文。 " * length)[: length - 2] + "…»"
    compiled, plain = both_ways(lambda: measure([text, "x"]).rows)
    assert compiled.tolist() == plain.tolist()


PHRASES = sorted(
    {phrase for lists in (OPENERS, WHOLE, DENSE_OPENERS) for phrases in lists.values() for phrase in phrases}
    | {phrase for _, _, phrases in INSIDE for phrase in phrases}
)
# Phrases in any case, with words and signs around them that make them another's or leave them alone.
PIECES = st.one_of(
    st.sampled_from(PHRASES),
    st.sampled_from(PHRASES).map(str.upper),
    st.sampled_from(PHRASES).map(lambda phrase: phrase[:-1]),
    st.sampled_from(PHRASES).map(lambda phrase: f"{phrase}s"),
    st.sampled_from(
        ["Straße", "слово", "—", "12", "2nd", "(c) 2011", "Copyright", "©", "<a href=x>", ":", "·", "ŉ", "İ", "😀"]
    ),
    TEXTS.map(lambda text: " ".join(text.split())),
)
BLOCKS = st.lists(PIECES, min_size=1, max_size=5).map(" ".join).filter(str.strip).map(str.strip)


@given(st.lists(BLOCKS, min_size=1, max_size=12))
def test_the_same_blocks_are_recognised(texts: list[str]) -> None:
    compiled, plain = both_ways(lambda: cues_of(texts, measure(texts)))
    assert compiled.tolist() == plain.tolist()


@pytest.mark.parametrize("before", ["² ", "²", "12 ", "2nd ", "- " * 300, "1" * 500 + " ", "_", "é "])
def test_characters_before_a_phrase_count_the_same(before: str) -> None:
    texts = [before + phrase for phrase in ("Copyright", "Читайте также", "share this", "Фото")]
    compiled, plain = both_ways(lambda: cues_of(texts, measure(texts)))
    assert compiled.tolist() == plain.tolist()


@pytest.mark.parametrize("phrase", PHRASES)
def test_every_phrase_is_seen_alone_and_before_a_colon(phrase: str) -> None:
    texts = [phrase, phrase.title(), f"{phrase}: слово", f"Слово {phrase} слово", "Слово за словом."]
    compiled, plain = both_ways(lambda: cues_of(texts, measure(texts)))
    assert compiled.tolist() == plain.tolist()


MARKUP = st.lists(
    st.sampled_from(
        [
            *("<", ">", "<p>", "</p>", "<!--", "-->", "<!-->", "<!", "<script>", "</SCRIPT>", "<Style", "</style"),
            *("<noscript>", "<tem", "<template>", "</template >", "<\u017fcript>", "<strong>", "text", "Слово. ", " "),
            *("\n", "&amp;", "\ud83d", "😀"),
        ]
    ),
    max_size=30,
).map("".join)


@given(MARKUP, st.sampled_from([0, 1, 4, 20]))
def test_the_same_texts_stand_between_tags(html: str, least: int) -> None:
    compiled, plain = both_ways(lambda: text_runs(html, least))
    assert compiled == plain
    compiled_text, plain_text = both_ways(lambda: visible_text(html))
    assert compiled_text == plain_text


@given(
    st.lists(st.sampled_from([b"refresh", b"ReFresh", b"REFRESH", b"refres", b"h", b"F", b"\x12efresh", b"<meta "])),
    st.integers(0, 40),
)
def test_the_same_pages_mention_a_refresh(parts: list[bytes], end: int) -> None:
    for text in (b"".join(parts), b"".join(parts)[:end]):
        compiled, plain = both_ways(lambda text=text: mentions_refresh(text, len(text)))
        assert compiled == plain


def laid_out(html: str) -> tuple[object, ...]:
    layout = layout_of(LexborHTMLParser(html))
    return (
        layout.texts,
        *(getattr(layout, name).tolist() for name in ("frames", "linked", "strong", "broken", "elements")),
    )


TAGS = st.sampled_from([*KINDS, "b", "strong", "br", "hr", "span", "svg", "script", "my-tag", "option", "frameset"])
ATTRIBUTES = st.sampled_from(
    [
        *("", ' class="article-body"', ' class="x nav"', ' id="comments"', ' itemprop="author"', " class", " hidden"),
        *(' style="Display: block"', ' style="display:none"', " role=dialog", " data-url=/a", " itemtype=NewsArticle"),
    ]
)
NODES = st.one_of(
    st.builds("<{}{}>".format, TAGS, ATTRIBUTES),
    TAGS.map("</{}>".format),
    st.sampled_from(["Слово за словом.", " ", "\n\t", "\u00a0", "<!-- x -->", "&nbsp;", "text"]),
)


@given(st.lists(NODES, max_size=60).map("".join))
def test_a_page_is_cut_into_the_same_blocks(html: str) -> None:
    compiled, plain = both_ways(lambda: laid_out(html))
    assert compiled == plain


@pytest.mark.parametrize("html", ["<div>" * 1000 + "text", "<b>" * 1000 + "text", "<div>x</div>" * 70_000], ids=len)
def test_a_page_beyond_the_limits_is_cut_into_the_same_blocks(html: str) -> None:
    compiled, plain = both_ways(lambda: laid_out(html))
    assert compiled == plain


HINTING = [
    *(word for words in HINTS.values() for word in re.findall(r"\w+", words.replace(r"\b", ""))),
    *("-", "_", " ", "é", "İ", "x", "S", "comment-list", "ads", "ad-", "news_item", "newsitem"),
]


@given(st.lists(st.sampled_from(HINTING), max_size=5).map("".join))
def test_a_name_hints_at_the_same(name: str) -> None:
    _hints_of_name.cache_clear()
    compiled = hints_of(name)
    _hints_of_name.cache_clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(native, "COMPILED", False)
        assert hints_of(name) == compiled
    _hints_of_name.cache_clear()


@given(
    st.lists(st.sampled_from([*HINTING, "live", "body", "cookie", "banner", "gdpr", "Live-", "ARTICLE"]), max_size=9)
)
def test_names_have_the_same_hints_and_marks(parts: list[str]) -> None:
    for names in ("".join(parts), " ".join(parts), "-".join(parts) * 20):
        assert _hints().marked(names) == hints_of(names) | marks_of_names(names)


@given(st.text(max_size=300), st.booleans())
def test_a_page_takes_the_same_route(text: str, html: bool) -> None:
    compiled, plain = both_ways(lambda: route_of(text * 5, html=html))
    assert compiled == plain


@given(
    st.lists(st.text(st.sampled_from("аЯ1٣2é中\ud83d😀x"), min_size=1, max_size=5), max_size=80),
    st.lists(st.integers(0, 80)),
)
@pytest.mark.parametrize("limit", [5, 5000])
def test_an_article_has_the_same_sketch(limit: int, words: list[str], ends: list[int]) -> None:
    bounds = sorted({0, len(words), *(end for end in ends if end < len(words))})
    lines = [" ".join(words[start:end]) for start, end in pairwise(bounds)] + [""]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipeline.document.profile.SKETCHED", limit)
        compiled, plain = both_ways(lambda: sketch_of(lines))
    assert compiled == plain
    words = words[:limit]
    pairs = {
        crc32(f"{a} {b}".encode("utf-8", "surrogatepass"))
        for a, b in pairwise(re.sub(r"\d+", "0", word) for word in words)
    }
    assert compiled == tuple(sorted(pairs)[:SKETCH])


def grown(features: int, trees: int, dice: random.Random) -> dict[str, Any]:
    """Make a forest of random trees; thresholds are few, so that values often equal them."""
    return {
        "names": [f"f{number}" for number in range(features)],
        "trees": [tree(features, dice) for _ in range(trees)],
    }


def tree(features: int, dice: random.Random) -> dict[str, Any]:
    nodes: list[list[float]] = []
    values: list[float] = []

    def grow(room: int) -> int:
        if room < 2 or (nodes and dice.random() < 0.2):
            values.append(dice.uniform(-2, 2))
            return ~(len(values) - 1)
        here = len(nodes)
        nodes.append([dice.randrange(features), dice.choice([-1.5, 0.0, 0.1, 0.5, 1 / 3, 2.0]), 0, 0, 0.0])
        left = dice.randrange(1, room)
        nodes[here][2:4] = [grow(left), grow(room - left)]
        return here

    grow(dice.choice([1, 2, 5, 32]))
    return {"nodes": nodes, "values": values}


def walked(model: dict[str, Any], row: list[float]) -> float:
    """Walk every tree from its root, as the file says."""
    total = 0.0
    for one in model["trees"]:
        at = 0 if one["nodes"] else -1
        while at >= 0:
            feature, threshold, left, right, _ = one["nodes"][at]
            at = left if row[feature] <= threshold else right
        total += one["values"][~at]
    return total


@pytest.mark.parametrize("rows", [0, 1, 7, 8, 9, 100, 4097])
@pytest.mark.parametrize(("features", "trees"), [(1, 1), (6, 40)])
def test_trees_reach_the_leaves_that_the_file_says(rows: int, features: int, trees: int) -> None:
    dice = random.Random(rows * 100 + trees)
    model = grown(features, trees, dice)
    forest = forest_of(model)
    matrix = np.asarray(
        [
            [dice.choice([-1.5, 0.0, 0.1, 0.5, 1 / 3, 2.0, dice.gauss(0, 1)]) for _ in range(features)]
            for _ in range(rows)
        ],
        np.float32,
    ).reshape(rows, features)
    compiled, plain = both_ways(lambda: forest.predict(matrix))
    assert compiled.tolist() == plain.tolist()
    expected = [1 / (1 + np.exp(-walked(model, row))) for row in matrix[:50].astype(float).tolist()]
    assert compiled[:50].tolist() == pytest.approx(expected, abs=1e-9)


def test_a_forest_of_bare_leaves_is_the_same_for_all() -> None:
    forest: Forest = forest_of(
        {"names": ["f0"], "trees": [{"nodes": [], "values": [0.5]}, {"nodes": [], "values": [1.0]}]}
    )
    compiled, plain = both_ways(lambda: forest.predict(np.zeros((3, 1), np.float32)))
    assert compiled.tolist() == plain.tolist() == [pytest.approx(1 / (1 + np.exp(-1.5)))] * 3


def test_what_does_not_fit_is_refused() -> None:
    few, texts = np.zeros((3, 2), np.float32), ["a", "b"]
    bits, marks = np.zeros(2, np.uint16), np.zeros(2, bool)
    forest = forest_of(grown(2, 3, random.Random(1)))
    table, starts = np.zeros(0x30000, np.uint16), np.zeros(1 << 13, np.uint8)
    for refused in (
        lambda: forest.predict(np.zeros((4, 1), np.float32)),
        lambda: native.blocks.measure_rows(texts, table, starts, few),
        lambda: native.blocks.measure_rows(texts, table[:10], starts, np.zeros((25, 2), np.float32)),
        lambda: native.rules.could_fit(few, bits, marks, LIMITS, 1, 1, 1, bits),
        lambda: native.rules.could_fit(np.zeros((25, 3), np.float32), bits, marks, LIMITS, 1, 1, 1, bits),
        lambda: native.rules.blocks_of(texts, [0], few, Block, len),
        lambda: glance_reader().read(texts, bits[:1]),
        lambda: native.rules.Reader(np.zeros((9, 3), np.uint32), starts, {}, {}, {}, []),
    ):
        with pytest.raises(ValueError, match=r"not|a number|features"):
            refused()
    with pytest.raises(IndexError):
        native.rules.blocks_of(texts, [2], np.zeros((25, 2), np.float32), Block, len)
