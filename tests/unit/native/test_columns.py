"""The compiled loops along the blocks and up the tree return what numpy returns, to the last bit."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from pipeline import native
from pipeline.document.blocks.attributes import LIVE
from pipeline.document.blocks.lines import lines_of
from pipeline.document.blocks.measures import NAMES, Measures
from pipeline.document.blocks.tree import HINTS, KINDS, Layout, layout_of
from pipeline.document.blocks.wrapped import LEAST
from pipeline.document.blocks.wrapped import runs_of as runs_of_lines
from pipeline.document.classifier.model import second_pass
from pipeline.document.features import ancestors, article_span, echoes
from pipeline.document.features import windows as vectors
from pipeline.document.features.beside import lone_lines
from pipeline.document.features.compute import Features, features_of_lines, features_of_tree
from pipeline.document.features.hidden import runs_of
from pipeline.document.features.other_articles import apart
from pipeline.document.features.parts import parts_of
from pipeline.document.metadata.head import read_head
from pipeline.text.casefold import folds
from tests.unit.native.test_native import SIGNS, both_ways

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.skipif(not native.COMPILED, reason="no C compiler was at the installation")

COUNTS = st.one_of(st.integers(0, 90), st.just(6000)).map(float)
NUMBERS = st.one_of(COUNTS, st.floats(-200, 200, width=32))
MARKS = st.lists(st.booleans(), max_size=40)
WINDOWS = st.lists(st.tuples(st.integers(-60, 60), st.integers(-60, 60)), min_size=1, max_size=5)


def row_of(write: Callable[[Any], None], *shape: int) -> list[Any]:
    """Call a function that writes rows of numbers, and return the rows."""
    rows = np.full(shape, np.nan, np.float32)
    write(rows)
    written: list[Any] = rows.tolist()
    return written


def same(run: Callable[[], Any]) -> Any:
    compiled, plain = both_ways(run)
    assert compiled == plain
    return compiled


@given(st.lists(NUMBERS, max_size=40), WINDOWS)
def test_windows_have_the_same_sums(values: list[float], windows: list[tuple[int, int]]) -> None:
    column = np.asarray(values, np.float32)
    same(lambda: row_of(lambda rows: vectors.sum_windows(column, windows, rows), len(windows), len(values)))


def test_a_window_holds_the_blocks_that_it_says_as_far_as_there_are_any() -> None:
    values = np.asarray([1, 2, 4, 8, 16], np.float32)
    windows = [(-2, 0), (1, 3), (-1, 2)]
    found = same(lambda: row_of(lambda rows: vectors.sum_windows(values, windows, rows), 3, 5))
    assert found == [[0, 1, 3, 6, 12], [6, 12, 24, 16, 0], [3, 7, 14, 28, 24]]


@given(st.lists(st.tuples(st.floats(0, 1), COUNTS), max_size=40), WINDOWS)
def test_windows_have_the_same_means(values: list[tuple[float, float]], windows: list[tuple[int, int]]) -> None:
    weights = np.asarray([weight for _, weight in values], np.float64)
    sums, total = vectors.sums_of(np.asarray([value for value, _ in values]) * weights), vectors.sums_of(weights)
    same(lambda: row_of(lambda rows: vectors.mean_windows(sums, total, windows, rows), len(windows), len(values)))


@given(st.lists(NUMBERS, max_size=40), st.floats(1, 1e6))
def test_as_large_a_share_stands_before(values: list[float], total: float) -> None:
    column = np.asarray(values, np.float32)
    same(lambda: row_of(lambda row: vectors.shares_before(column, total, row), len(values)))


@given(MARKS, st.sampled_from([1, 3, 1000]))
def test_marks_are_as_far_away(marks: list[bool], most: int) -> None:
    column = np.asarray(marks, bool)
    behind = same(lambda: row_of(lambda row: vectors.since(column, most, row), len(marks)))
    ahead = same(lambda: row_of(lambda row: vectors.until(column, most, row), len(marks)))
    for at, (one, other) in enumerate(zip(behind, ahead, strict=True)):
        assert one == min([most, *(at - place for place in range(at + 1) if marks[place])])
        assert other == min([most, *(place - at for place in range(at, len(marks)) if marks[place])])


@given(st.lists(st.sampled_from(["a", "ab", "Ж", ""]), max_size=40))
def test_texts_have_as_many_copies(texts: list[str]) -> None:
    found = same(lambda: row_of(lambda row: vectors.copies(texts, row), len(texts)))
    assert found == [texts.count(text) for text in texts]


@given(st.lists(st.booleans(), min_size=1, max_size=40))
def test_runs_are_as_long(marks: list[bool]) -> None:
    column = np.asarray(marks, bool)
    found = same(lambda: row_of(lambda row: vectors.signed_runs(column, row), len(marks)))
    for start, end in vectors.runs_of(column):
        assert found[start:end] == [end - start] * (end - start)
        assert all(marks[start:end])
    assert sum(end - start for start, end in vectors.runs_of(column)) == sum(marks)


@given(st.lists(NUMBERS, min_size=1, max_size=40))
def test_the_heaviest_run_is_the_same(values: list[float]) -> None:
    column = np.asarray(values, np.float32)
    first, last, weight = same(lambda: vectors.best_run(column))
    assert 0 <= first <= last < len(values)
    assert weight == pytest.approx(float(column[first : last + 1].sum(dtype=np.float64)), abs=1e-6)


@given(st.integers(1, 300), st.data())
def test_a_place_is_told_from_a_run(count: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, count - 1))
    last = data.draw(st.integers(first, count - 1))
    beyond = same(lambda: row_of(lambda row: vectors.beyond_run(first, last, row), count))
    inside = same(lambda: row_of(lambda row: vectors.inside_run(first, last, row), count))
    behind = same(lambda: row_of(lambda row: vectors.from_block(first, 200, row), count))
    assert behind == [max(min(at - first, 200), -200) for at in range(count)]
    for at in range(count):
        assert beyond[at] == (at - first if at < first else at - last if at > last else 0)
        share = np.float32((at - first) / max(last - first, 1))
        assert inside[at] == (float(share) if first <= at <= last else -1.0)


@st.composite
def weighed(draw: st.DrawFn) -> tuple[Measures, Any, Any]:
    count = draw(st.integers(1, 30))
    rows = np.zeros((len(NAMES), count), np.float32)
    for name in ("words", "sentences"):
        rows[NAMES.index(name)] = draw(st.lists(COUNTS, min_size=count, max_size=count))
    for name in ("ends", "ends_dots", "ends_colon"):
        rows[NAMES.index(name)] = draw(st.lists(st.booleans(), min_size=count, max_size=count))
    some = st.lists(st.booleans(), min_size=count, max_size=count)
    return Measures(rows), np.asarray(draw(some), bool), np.asarray(draw(some), bool)


@given(weighed())
def test_blocks_weigh_the_same(page: tuple[Measures, Any, Any]) -> None:
    measures, noise, listed = page
    same(lambda: article_span.weigh(measures, noise, listed).tolist())


@given(st.lists(st.tuples(NUMBERS, st.integers(0, 9)), min_size=1, max_size=40))
def test_the_article_spans_the_same(blocks: list[tuple[float, int]]) -> None:
    weights = np.asarray([weight for weight, _ in blocks], np.float32)
    barriers = np.asarray([dice == 0 for _, dice in blocks], bool)
    found = same(lambda: article_span.article_span(weights, barriers))
    assert 0 <= found.start <= found.stop <= len(blocks)


# What folds to two or three characters, to one of another width, or to nothing else.
LETTERS = st.text(st.one_of(st.sampled_from("ßŉİΐﬃſKÅςΣЁё" + SIGNS), st.characters()), min_size=1, max_size=4)
WORDS = LETTERS.map(lambda text: "".join(text.split())).filter(bool)


@given(
    st.lists(st.lists(WORDS, min_size=1, max_size=6).map(" ".join), min_size=1, max_size=8),
    st.lists(st.lists(WORDS, max_size=8), max_size=3),
    st.data(),
)
def test_as_many_words_are_known(texts: list[str], sets: list[list[str]], data: st.DataObject) -> None:
    said = st.sampled_from([word for text in texts for word in (*text.split(), *text.casefold().split())])
    known = [frozenset(word.casefold() for word in (*some, *data.draw(st.lists(said, max_size=4)))) for some in sets]
    counts, hits = same(lambda: tuple(one.tolist() for one in echoes.echoes_of(texts, known)))
    if any(known):
        assert counts == [len(text.split()) for text in texts]
        for some, row in zip(known, hits, strict=True):
            assert row == [sum(word in some for word in text.casefold().split()) for text in texts]


def test_every_character_folds_as_python_folds_it() -> None:
    characters = [chr(code) for code in range(0x20000) if not chr(code).isspace()]
    for start in range(0, len(characters), 4096):
        some = characters[start : start + 4096]
        known = [frozenset(char.casefold() for char in some)]
        _, hits = echoes.echoes_of(some, known)
        assert hits[0].tolist() == [1] * len(some)
        _, misses = echoes.echoes_of(some, [frozenset("\U0001f600")])
        assert misses[0].sum() == ("\U0001f600" in some)


def test_the_table_of_folds_has_each_character_that_python_folds() -> None:
    table = folds()
    for code in range(sys.maxunicode + 1):
        folded = "".join(map(chr, filter(None, table[code].tolist()))) if 0 < code < len(table) else chr(code)
        assert folded == chr(code).casefold()
        assert code > 0xFFFF or max(folded) <= "\uffff"  # what rules.pyx relies on
    assert table[0].tolist() == [0, 0, 0]


@st.composite
def trees(draw: st.DrawFn) -> tuple[list[list[int]], list[int], int]:
    """Make elements as a walk opens and closes them, and the elements that contain the blocks."""
    found: list[list[int]] = []
    frames: list[int] = []
    opened: list[int] = []
    for step in ["open", *draw(st.lists(st.sampled_from(["open", "open", "close", "block", "block"]), max_size=60))]:
        if step == "open":
            parent = opened[-1] if opened else -1
            kind, hints = draw(st.integers(0, len(KINDS) - 1)), draw(st.integers(0, (1 << len(HINTS)) - 1))
            hints &= draw(st.sampled_from([0, 1, 0x1555, -1]))
            opened.append(len(found))
            found.append([parent, kind, len(opened) - 1, hints, draw(st.integers(0, 3)), len(frames), len(frames)])
        elif step == "close" and len(opened) > 1:
            found[opened.pop()][6] = len(frames)
        elif step == "block":
            frames.append(opened[-1])
    for at in opened:
        found[at][6] = len(frames)
    return found, frames, draw(st.integers(0, len(found) - 1))


@given(trees())
def test_the_tree_says_the_same(page: tuple[list[list[int]], list[int], int]) -> None:
    found, frames, at = page
    table = np.ascontiguousarray(np.asarray(found, np.int64).T)
    telling = np.asarray([1 << number if number in {0, 3, 8} else 0 for number in range(len(KINDS))], np.int64)
    same(lambda: ancestors.inherited(table, telling).tolist())
    bits, blocks = [1, 4, 1 << 12], np.asarray(frames, np.int64)
    levels = same(lambda: row_of(lambda rows: ancestors.levels_to(table, bits, blocks, rows), 3, len(frames)))
    for bit, row in zip(bits, levels, strict=True):
        assert row == [levels_by_hand(found, frame, bit) for frame in frames]
    same(lambda: row_of(lambda row: ancestors.levels_up(table, at, row), len(frames)))
    near = same(lambda: row_of(lambda rows: ancestors.levels_from(table, at, blocks, *rows), 2, len(frames)))
    assert near[1] == [found[one][2] - found[at][2] if not up else -up for one, up in zip(frames, near[0], strict=True)]
    styles = table[4].astype(np.float64)
    lowest = same(lambda: ancestors.deepest(styles, float(styles[at]), table))
    assert found[lowest][2] == max(one[2] for one in found if one[4] >= found[at][4] <= found[lowest][4])
    values = np.asarray([[1.5, 0.25] * len(frames), [3, 1000] * len(frames)], np.float32)[:, : len(frames)].copy()
    sums = np.asarray([*same(lambda: ancestors.sums_within(values, table[5], table[6]).tolist())] * 2)
    same(lambda: ancestors.ratios_of(sums, table[6] - table[5], 1.5).tolist())
    groups = table[4, blocks]
    assert same(lambda: ancestors.sums_alike(values, groups, 4).tolist()) == [
        [sum(row[groups == group].tolist()) for group in range(4)] for row in values
    ]


@given(trees(), st.data())
def test_the_same_elements_are_found(page: tuple[list[list[int]], list[int], int], data: st.DataObject) -> None:
    found, frames, at = page
    table = np.ascontiguousarray(np.asarray(found, np.int64).T)
    kinds, hints = data.draw(st.integers(0, (1 << len(KINDS)) - 1)), data.draw(st.integers(0, 1 << 12))
    least, most = data.draw(st.integers(0, 3)), data.draw(st.integers(0, 9))
    assert (
        same(lambda: ancestors.places_of(table, kinds, hints, least=least, most=most))
        == [
            place
            for place, (_, kind, _, hint, _, first, end) in enumerate(found)
            if (kinds >> kind & 1 or hints & hint) and end - first >= least
        ][:most]
    )
    for one in range(len(found)):
        table[3, one] |= data.draw(st.sampled_from([0, 0, 0, 0, LIVE]))
    for other in range(len(found)):
        lines = same(lambda other=other: apart(table, at, other))
        if lines is not None:
            ours, line, around = lines
            assert (ours[0], line[0]) == (at, other)
            assert {found[ours[-1]][0], found[line[-1]][0]} == {around}
    words, characters, linked = (
        np.asarray(data.draw(st.lists(COUNTS, min_size=len(frames), max_size=len(frames))), np.float32)
        for _ in range(3)
    )
    same(lambda: parts_of(table, words, characters, linked))


@given(
    st.lists(st.lists(WORDS, min_size=1, max_size=9).map(" ".join), max_size=8),
    st.lists(st.lists(WORDS, max_size=3), max_size=3),
    st.data(),
)
def test_as_many_runs_of_words_are_shared(texts: list[str], more: list[list[str]], data: st.DataObject) -> None:
    said = st.lists(st.sampled_from([*texts, "word"]), min_size=1, max_size=3)
    others = [" ".join((*data.draw(said), *some)).upper() for some in more]
    count, shared = same(lambda: runs_of(texts).shared_with(others))
    assert 0 <= shared <= count
    assert (
        same(lambda: runs_of(texts).shared_with(texts)) == (sum(max(len(text.split()) - 3, 0) for text in texts),) * 2
    )


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 2)), max_size=30))
def test_the_same_lines_are_of_one_element(blocks: list[tuple[int, int]]) -> None:
    frames, broken = np.asarray([*blocks, (0, 0)][: len(blocks)], np.int64).reshape(-1, 2).T.copy()
    for start, end in same(lambda: runs_of_lines(frames, broken)):
        assert len(set(frames[start:end].tolist())) == 1
        assert broken[start : end - 1].all()
        assert broken[start:end].tolist().count(1) >= LEAST


LINES = st.tuples(st.booleans(), st.booleans(), st.integers(0, 25), st.sampled_from([0.0, 0.94, 0.95, 1.0]))


@given(st.lists(st.tuples(LINES, st.sampled_from([-1, -1, -1, 3]), st.integers(0, 3)), min_size=1, max_size=30))
def test_the_same_lines_are_lone(blocks: list[tuple[tuple[bool, bool, int, float], int, int]]) -> None:
    rows = np.zeros((len(NAMES), len(blocks)), np.float32)
    for name, values in zip(
        ("ends", "ends_colon", "words"), zip(*(one[0][:3] for one in blocks), strict=True), strict=True
    ):
        rows[NAMES.index(name)] = values
    cues = np.asarray([one[1] for one in blocks], np.int16)
    links = np.asarray([one[0][3] for one in blocks], np.float32)
    kinds = [KINDS.index(name) for name in ("p", "div", "li", "p")]
    pictured = 1 << list(HINTS).index("credit")
    table = np.asarray([[-1] * 4, kinds, [0] * 4, [0, pictured, pictured, pictured], *[[0] * 4] * 3], np.int64)
    frames = np.asarray([one[2] for one in blocks], np.int64)
    layout = Layout([""] * len(blocks), frames, frames, frames, frames > 0, table)
    same(lambda: lone_lines(layout, Measures(rows), cues, links))


def levels_by_hand(found: list[list[int]], at: int, bit: int) -> int:
    levels = 0
    while at >= 0 and not found[at][3] & bit:
        at = found[at][0]
        levels += 1
    return min(levels, ancestors.FAR) if at >= 0 else ancestors.FAR


SENTENCES = st.sampled_from(
    [
        "Слово за словом, и вот предложение, которое чем-то кончается, как это бывает в тексте.",
        "The council met on Monday and agreed, after a long debate, to build the bridge.",
        *("Читайте также", "Share", "Комментарии", "12.03.2024, 10:45", "Ivan 12 March 2024 10:45", "1", "«Да!»"),
        *(
            "Новости | Спорт | Погода | Кино | Ещё",
            "The bridge",
            "...",
            "新闻 中文。",
            "© 2024 Copyright",
            "Что дальше:",
        ),
    ]
)
TAGS = st.sampled_from(["div", "p", "ul", "li", "article", "aside", "h1", "h2", "table", "tr", "td", "a", "b", "form"])
CLASSES = st.sampled_from(["", "", "post-body", "comments", "nav menu", "sidebar", "caption photo", "related", "x1"])


@st.composite
def markup(draw: st.DrawFn) -> str:
    inside = st.recursive(
        st.lists(SENTENCES, max_size=2).map("<br>".join),
        lambda inner: st.tuples(TAGS, CLASSES, st.lists(inner, min_size=1, max_size=4)).map(
            lambda made: f'<{made[0]} class="{made[1]}">{"".join(made[2])}</{made[0]}>'
        ),
        max_leaves=20,
    )
    head = "<title>The bridge: Слово за словом</title>" if draw(st.booleans()) else ""
    about = draw(st.sampled_from(["", '<meta name="description" content="the council MET, ВОТ и мост">']))
    return f"<html><head>{head}{about}</head><body>{draw(inside)}<p>End.</p></body></html>"


def bits_of(features: Features) -> dict[str, Any]:
    return {
        **{name: column.tobytes() for name, column in zip(features.names, features.matrix.T, strict=True)},
        "listed": features.listed.tolist(),
        "styles": features.styles.tolist(),
        "parts": features.parts,
    }


@given(markup())
def test_a_page_of_html_has_the_same_columns(page: str) -> None:
    tree = LexborHTMLParser(page.encode())
    said = read_head(tree, url="https://verba.example/1").texts
    layout = layout_of(tree)
    everything = same(lambda: bits_of(features_of_tree(layout, said, selected=None)))
    chosen = same(lambda: bits_of(features_of_tree(layout, said)))
    assert all(everything[name] == column for name, column in chosen.items())


@given(st.lists(st.one_of(SENTENCES, st.just(""), SENTENCES.map("- {}".format)), max_size=30), st.data())
def test_a_plain_text_has_the_same_columns(rows: list[str], data: st.DataObject) -> None:
    lines = lines_of("\n".join([*rows, "End."]))

    def features(selected: frozenset[str] | None) -> Features:
        return features_of_lines(lines.bodies, lines.after_blank, lines.markers, selected=selected)

    everything = same(lambda: bits_of(features(None)))
    some = frozenset(data.draw(st.lists(st.sampled_from(sorted(features(None).names)), min_size=1)))
    assert same(lambda: bits_of(features(some))).items() <= everything.items()
    scores = np.asarray(data.draw(st.lists(st.floats(0, 1), min_size=len(lines.texts), max_size=len(lines.texts))))
    same(lambda: bits_of(second_pass(features(None), scores)))


def test_arrays_of_wrong_sizes_are_refused_and_invalid_indexes_are_not_followed() -> None:
    two, three = np.zeros(2, np.float32), np.zeros(3, np.float32)
    none, many = np.zeros(2, np.int64), np.asarray([-9, 99], np.int64)
    marks, rows = np.zeros(2, bool), np.zeros((1, 2), np.float32)
    bits = np.asarray([1], np.int64)
    for refused in (
        lambda: native.features.sum_windows(three, [(0, 1)], rows),
        lambda: native.features.mean_windows(np.zeros(3), np.zeros(2), [(0, 1)], rows),
        lambda: native.features.prose(two, three, two, two),
        lambda: native.features.weigh(two, two, two, two, two, marks, marks, 45, 0.4, three),
        lambda: native.features.span_of(three, 2, 4, 1.0),
        lambda: native.features.span_of(three, -1, 2, 1.0),
        lambda: native.features.span_of(three, 2, 1, 1.0),
        lambda: native.features.inherited(none, none, bits, np.zeros(3, np.int64)),
        lambda: native.features.levels_to(none, none, [1, 2], 30, none, rows),
        lambda: native.features.levels_up(none, none, np.zeros(3, np.int64), 0, 60, two),
        lambda: native.features.sums_alike(rows, np.zeros(3, np.int64), np.zeros((1, 2))),
        lambda: native.features.ratios(np.zeros((4, 2)), none, 1.0, rows),
        lambda: native.features.copies(["a"], two),
        lambda: native.features.deepest(np.zeros(2), 1.0, none),
        lambda: native.features.deepest(np.zeros(3), 0.0, none),
        lambda: native.features.depths_below(none, 2, none, two, two),
        lambda: native.features.depths_below(none, 0, none, two, three),
        lambda: native.features.shares_before(two, 1.0, three),
        lambda: native.features.count_known(["a"], [], [], folds(), none, np.zeros((0, 2), np.int64)),
        lambda: native.features.count_known(["a", "b"], [], [], folds(), none, np.zeros((1, 2), np.int64)),
        lambda: native.features.sums_within(rows, none, none, np.zeros((2, 2))),
    ):
        with pytest.raises(ValueError, match=r"a column for|for each|a row|an entry|a value"):
            refused()
    native.features.inherited(many, many, bits, none)
    native.features.levels_to(many, many, [1], 30, many, rows)
    native.features.levels_up(many, many, many, 1, 60, two)
    native.features.levels_up(many, many, many, 99, 60, two)
    native.features.count_known(["b a", ""], ["z", "", "b", "a"], [{"a"}], folds(), none, np.zeros((1, 2), np.int64))
    native.features.sums_within(rows, many, many, np.zeros((1, 2)))
    native.features.sum_windows(two, [(-99, 99)], rows)
    native.features.sums_alike(rows, many, np.zeros((1, 2)))
    native.features.depths_below(none, 1, many, two, two)
