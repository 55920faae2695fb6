"""The compiled loops never read or write outside their arguments.

Each function is called with arrays inside larger ones. The bytes around them do not change the result and are not
changed, even if an array is too short or its numbers point anywhere.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from selectolax.lexbor import LexborHTMLParser, LexborNode

from pipeline import native
from pipeline.document.blocks.block import Block
from pipeline.document.blocks.tree import _numbered
from pipeline.document.rules.by_shape import LIMITS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy.typing as npt

compiled = pytest.mark.skipif(not native.COMPILED, reason="no C compiler was at the installation")

PLANE = 0x10000
TEXT = "Иван said: 12.30 and ё\u0301, 中文. Да! "
LISTS = ["Слово за словом.", "a"]
REFUSED = (ValueError, TypeError, IndexError, OverflowError, KeyError, AttributeError)


def zeros(kind: Any, *shape: int) -> npt.NDArray[Any]:
    return np.zeros(shape, kind)


def ones(kind: Any, *shape: int) -> npt.NDArray[Any]:
    return np.ones(shape, kind)


def u8(*shape: int) -> npt.NDArray[Any]:
    return zeros(np.uint8, *shape)


def f4(*shape: int) -> npt.NDArray[Any]:
    return ones(np.float32, *shape)


def i8(*shape: int) -> npt.NDArray[Any]:
    return zeros(np.int64, *shape)


def u8s(*shape: int) -> npt.NDArray[Any]:
    return zeros(np.uint64, *shape)


def read_glances(folds: Any, classes: Any, texts: Any, seen: Any) -> None:
    groups = {"said": [("said ", 1)]}
    native.rules.Reader(folds, classes, groups, groups, {"а": 4}, ["12"]).read(texts, seen)


def walk(deepest: Any, most: Any, html: str) -> list[Any]:
    root = LexborHTMLParser(html).body
    assert root is not None
    tags: Any = _numbered()
    made = native.walk.Walk(tags, len, lambda _, value: 2 * len(value), str.splitlines, deepest, most)
    made.walk(root)
    made.walk(root)
    return [made.texts, list(made.blocks), list(made.elements)]


def body_of(html: str) -> LexborNode:
    root = LexborHTMLParser(html).body
    assert root is not None
    return root


def asks(html: str) -> bool:
    return native.walk.asks_for_address(body_of(html), _numbered())  # type: ignore[arg-type]


def select(html: str, *steps: Any) -> list[Any]:
    return native.walk.Selectors(list(steps)).find(body_of(html))


def agrees(html: str) -> bool:
    nodes = list(body_of(html).traverse(include_text=True))
    texts = tuple((node, node.text_content or "") for node in nodes if node.tag == "-text")
    return native.walk.agrees(nodes, texts, tuple((node, node.attributes) for node in nodes if node.attributes))


def number_of(html: str, place: int) -> int:
    return native.walk.number_of(body_of(html), place)


def choose(marks: Any, threshold: Any, *blocks: Any) -> None:
    native.choice.Choice(*blocks).choose(threshold, 0.3, *(0.25,) * 7, True, marks)


def find(words: Any, name: Any) -> int:
    return native.blocks.Finder(words).find(name)


def hint(begins: Any, names: Any) -> int:
    finder = native.blocks.Finder([("side", True, True, 1), ("ad", False, True, 2)])
    hints = native.blocks.Hints(finder, finder, len, begins, 4, 1, finder, len)
    return hints.of(names) | hints.marked(names) << 8


def shared(folded: Any, other: Any) -> tuple[int, int]:
    return native.rules.Stems(folded).shared_with(other)


def shared_runs(texts: Any, folds: Any, others: Any) -> tuple[int, int]:
    return native.features.Runs(texts, folds, 2).shared_with(others)


def elements() -> npt.NDArray[Any]:
    """Return four elements as in `Layout.elements`, with five blocks."""
    return np.asarray([[-1, 0, 1, 1], [0, 1, 0, 1], [0, 1, 2, 2], [0, 4, 0, 1], [0] * 4, [0, 1, 1, 3], [5, 4, 3, 4]])


def stems(whole: Any, begins: Any, texts: Any, kept: Any, counts: Any) -> None:
    native.kinds.Stems(whole, begins).count(texts, kept, 40, counts)


def asked(
    blocks: Any, entries: Any, fence: Any, records: Any, salts: Any, keys: Any, left: Any, rows: Any, copies: Any
) -> list[Any]:
    parts = [(blocks, entries, fence, records, 0), (blocks, entries, fence, records, len(records))]
    lookup = native.segments.Lookup(parts, salts, 8)
    found = [lookup.newest(5, at) for at in (-1, 1, 9)]
    lookup.copy(rows, copies)
    return [*found, lookup.find(keys, left, 1, -1, rows), *rows]


def begun(heads: Any, texts: Any) -> Any:
    made = native.rules.Heads(heads)
    return [made.near(text, 9) for text in texts], made.places(texts, -1, 9, 6, 2)


def contained(parts: Any, *texts: Any) -> Any:
    return [native.rules.Parts(parts).within(text) for text in texts]


# Arguments that are in order, for each compiled function.
CALLS: dict[str, tuple[Callable[..., Any], Callable[[], list[Any]]]] = {}
if native.COMPILED:
    text, page, blocks = native.text, native.page, native.blocks
    rules, features, classifier = native.rules, native.features, native.classifier
    choice, segments = native.choice, native.segments
    HTML = "<div class=x>" * 5 + "a<p>b<a>c</a><br>d</p>" + "</div>" * 5
    CALLS = {
        "text.normalised": (
            text.normalised,
            lambda: [[TEXT, "Да"], ones(np.uint32, PLANE) * 0x0450_0041, zeros(np.uint16, 128)],
        ),
        "text.folded": (text.folded, lambda: [TEXT[:3], ones(np.uint16, PLANE) * 0x41]),
        "text.signs_of": (text.signs_of, lambda: [f"{TEXT}\n#[1]\n-"]),
        "text.count_in_lines": (text.count_in_lines, lambda: [f"{TEXT}\n{TEXT}\n", 100, 2, u8(PLANE), i8(3)]),
        "text.bare": (text.bare, lambda: [TEXT]),
        "text.with_lengths": (text.with_lengths, lambda: [TEXT.encode()]),
        "text.tidy": (text.tidy, lambda: [TEXT]),
        "text.tidied": (text.tidied, lambda: [[TEXT, " ", "a  b"]]),
        "text.seen": (text.seen, lambda: [TEXT]),
        "text.form": (
            text.form,
            lambda: [TEXT, ones(np.uint32, PLANE) * 0x0041_0041, zeros(np.uint16, 2 * len(TEXT))],
        ),
        "text.split": (
            text.split,
            lambda: [
                *(np.arange(8, dtype=np.uint16), ones(np.uint8, PLANE), u8s(PLANE), u8(1 << 14), frozenset[int]()),
                *(u8s(8), u8(8), u8(8), u8(8), u8s(8)),
            ],
        ),
        "text.count_kinds": (text.count_kinds, lambda: [TEXT, 100, u8(PLANE), i8(3)]),
        "text.vote": (text.vote, lambda: [TEXT, 100, u8(PLANE), 0, ones(np.int32, 1000, 3), i8(3), 2]),
        "text.score_ngrams": (
            text.score_ngrams,
            lambda: [
                *(b"some text", ~zeros(np.uint64, 2, 5), u8s(600), ones(np.uint16, 3, 5), f4(5)),
            ],
        ),
        "text.hash_runs": (text.hash_runs, lambda: [np.arange(9, dtype=np.uint64), 4, u8s(6)]),
        "text.squeeze": (text.squeeze, lambda: [np.asarray([1, 1, 2, 3, 3], np.uint64)]),
        "text.minima": (
            text.minima,
            lambda: [
                *(np.arange(9, dtype=np.uint64) << np.uint64(60), np.asarray([0, 1 << 63], np.uint64)),
                *(zeros(np.intp, 2, 2), u8s(2), u8(2)),
            ],
        ),
        "text.places": (
            text.places,
            lambda: [
                *(np.arange(9, dtype=np.uint64), np.arange(9, dtype=np.uint8) % 2, u8(9), ones(np.uint8, 9)),
                *(zeros(np.uint32, 3), zeros(np.uint32, 1)),
            ],
        ),
        "text.sketch": (text.sketch, lambda: [["a 1 é", "c 中"], 4, zeros(np.uint32, 3)]),
        "page.runs": (page.runs, lambda: ["<p>text</p>more<", 1]),
        "page.mentions": (page.mentions, lambda: [b"a page that refreshes", b"refresh"]),
        "page.without_unseen": (page.without_unseen, lambda: ["text <script> <!-- x --></SCRIPT > <!--> <st"]),
        "page.without_short": (page.without_short, lambda: [["a  b", " ab "], 3]),
        "page.count_tags": (page.count_tags, lambda: ["<p> < <", True]),
        "page.utf8": (page.utf8, lambda: [TEXT * 3]),
        "page.unescaped": (page.unescaped, lambda: [rb'{"a": "\n and \u0416 and more"}', 7, 28]),
        "page.tally": (page.tally, lambda: [TEXT, u8(PLANE), i8(3)]),
        "walk.Tags": (native.walk.Tags, lambda: [{2: 32}, 1, 1, 15, 107, [11, 0, 0, 0, 0, 0, 0, 0]]),
        "walk.asks_for_address": (asks, lambda: [HTML]),
        "walk.Selectors": (select, lambda: [HTML, (2, b"class", 11, 4, b"aut"), (0, b"data-x", 0, 0, b"")]),
        "walk.agrees": (agrees, lambda: [HTML]),
        "walk.number_of": (number_of, lambda: [HTML, 1]),
        "blocks.joined": (blocks.joined, lambda: [TEXT]),
        "blocks.line_runs": (blocks.line_runs, lambda: [i8(5), np.asarray([1, 1, 1, 0, 1]), 2]),
        "blocks.cut": (blocks.cut, lambda: [f"{TEXT}\n- b", re.compile("- ").match, [], [], [], [], []]),
        "blocks.measure_rows": (
            blocks.measure_rows,
            lambda: [LISTS, ones(np.uint16, 0x30000), u8(1 << 13), f4(25, 2)],
        ),
        "walk.Walk": (walk, lambda: [4, 6, HTML]),
        "blocks.Finder": (find, lambda: [[("side", True, True, 1), ("ad", False, True, 2)], "side-ad adside"]),
        "blocks.Hints": (hint, lambda: [("ad", "comm"), "side-ad Comments"]),
        "rules.could_fit": (
            rules.could_fit,
            lambda: [f4(25, 2), zeros(np.uint16, 2), u8(2), LIMITS, 9.0, 9.0, 9.0, zeros(np.uint16, 2)],
        ),
        "rules.blocks_of": (rules.blocks_of, lambda: [LISTS, [0, 1], f4(25, 2), Block, len]),
        "rules.may_trim": (rules.may_trim, lambda: [["Text. Read also", "a-b", "x", ". ", "a:b"], {0x720065}]),
        "rules.Words": (rules.Words, lambda: [{"word": 1}]),  # type: ignore[attr-defined]
        "rules.Phrases": (rules.Phrases, lambda: [[[("phrase", 1)]]]),  # type: ignore[attr-defined]
        "rules.Reader": (
            read_glances,
            lambda: [zeros(np.uint32, 0x11000, 3) + 0x41, ones(np.uint8, PLANE), LISTS, zeros(np.uint16, 2)],
        ),
        "rules.Heads": (begun, lambda: [["by", "по"], ["by", "b", "", "по 1 2", "12 34"]]),
        "rules.Parts": (contained, lambda: [["bread", "мука"], "brbread", "бу"]),
        "rules.may_be_items": (rules.may_be_items, lambda: [["- b", "", "a", "a - b", "1"], -1, 9]),
        "rules.Stems": (shared, lambda: ["слово бюро中文 word", "слова бюро文 words"]),
        "features.sum_windows": (features.sum_windows, lambda: [f4(5), [(-1, 1), (0, 9)], f4(2, 5)]),
        "features.mean_windows": (
            features.mean_windows,
            lambda: [zeros(np.float64, 6), zeros(np.float64, 6), [(-1, 1), (0, 9)], f4(2, 5)],
        ),
        "features.since": (features.since, lambda: [u8(5), 3, f4(5)]),
        "features.until": (features.until, lambda: [u8(5), 3, f4(5)]),
        "features.copies": (features.copies, lambda: [["a", "b", "a"], f4(3)]),
        "features.signed_runs": (features.signed_runs, lambda: [np.asarray([1, 1, 0, 1], np.uint8), f4(4)]),
        "features.best_run": (features.best_run, lambda: [f4(5)]),
        "features.inside_run": (features.inside_run, lambda: [1, 3, f4(5)]),
        "features.beyond_run": (features.beyond_run, lambda: [1, 3, f4(5)]),
        "features.from_block": (features.from_block, lambda: [2, 3, f4(5)]),
        "features.shares_before": (features.shares_before, lambda: [f4(5), 2.0, f4(5)]),
        "features.inherited": (features.inherited, lambda: [np.arange(-1, 3), i8(4), ones(np.int64, 2), i8(4)]),
        "features.levels_to": (
            features.levels_to,
            lambda: [np.arange(-1, 3), i8(4), [1, 2], 30, np.arange(3), f4(2, 3)],
        ),
        "features.levels_up": (features.levels_up, lambda: [np.arange(-1, 3), i8(4), ones(np.int64, 4), 3, 60, f4(3)]),
        "features.depths_below": (features.depths_below, lambda: [np.arange(4), 1, np.arange(3), f4(3) * 0, f4(3)]),
        "features.deepest": (features.deepest, lambda: [ones(np.float64, 4), 0.5, np.arange(4)]),
        "features.sums_within": (
            features.sums_within,
            lambda: [f4(2, 4), i8(3), np.arange(3), zeros(np.float64, 2, 3)],
        ),
        "features.sums_alike": (features.sums_alike, lambda: [f4(2, 4), np.arange(4) % 2, zeros(np.float64, 2, 2)]),
        "features.ratios": (features.ratios, lambda: [ones(np.float64, 4, 3), i8(3), 1.0, f4(5, 3)]),
        "features.count_known": (
            features.count_known,
            lambda: [
                *(["a bc D", "é"], ["a", "bc", "d"], [frozenset({"a"}), frozenset({"bc"})]),
                *(zeros(np.uint32, 0x600, 3) + np.uint32(0x61), i8(2), i8(2, 2)),
            ],
        ),
        "features.places": (features.places, lambda: [elements(), 2, 4, 1, 9]),
        "features.lists": (
            features.lists,
            lambda: [elements(), [1, 2], f4(5), f4(5), f4(5) * 0, 0.25, 0.5, 1 << 9, 1 << 9, 1 << 9],
        ),
        "features.lone_lines": (
            features.lone_lines,
            lambda: [
                *(elements(), i8(5), f4(5) * 9, np.asarray([1, 0, 1, 0, 1], np.float32), f4(5) * 0),
                *(zeros(np.int16, 5) - 1, f4(5), 1, 1, 8.0, 0.5, 4.0, 20.0),
            ],
        ),
        "features.apart": (features.apart, lambda: [elements(), 2, 3, 8]),
        "features.Runs": (shared_runs, lambda: [["a bc d e", "é"], zeros(np.uint32, 0x600, 3) + 0x61, ["d bc e"]]),
        "features.prose": (features.prose, lambda: [f4(4), f4(4), f4(4), f4(4)]),
        "features.weigh": (
            features.weigh,
            lambda: [f4(4), f4(4), f4(4), f4(4), f4(4), u8(4), u8(4), 45, 0.4, f4(4)],
        ),
        "features.span_of": (features.span_of, lambda: [f4(6), 1, 5, 9.0]),
        "choice.Choice": (
            choose,
            lambda: [
                *(u8(9), 0.5, np.linspace(0, 1, 9), np.arange(9, dtype=np.int16) - 5, ones(np.float64, 4) / 3),
                *(f4(9) * 8, f4(9), f4(9), u8(9), np.arange(9, dtype=np.int64) % 3),
            ],
        ),
        "choice.name_rules": (
            choice.name_rules,
            lambda: [
                *(["a", "b", "a"], np.asarray([-1, 3, 10], np.int16), u8(3) + 1, u8(3), f4(3), f4(3), f4(3), f4(3)),
                *(u8(3), tuple(range(13)), zeros(np.int16, 3)),
            ],
        ),
        "choice.sum_removed": (choice.sum_removed, lambda: [LISTS, ["", "a"], zeros(np.int16, 2), i8(3), i8(3)]),
        "outline.outline": (
            native.outline.outline,
            lambda: [
                *(np.arange(9, dtype=np.uint64) << np.uint64(60), np.arange(9, dtype=np.uint64) % 4, u8(9) + 1),
                *(np.arange(3, dtype=np.uint64) << np.uint64(60), np.arange(3, dtype=np.uint64), False),
                *(np.asarray([7, 1 << 63], np.uint64), np.asarray([0, 1 << 63], np.uint64), u8(9), u8(2), u8(16)),
            ],
        ),
        "columns.page_columns": (native.columns.page_columns, lambda: [f4(5), f4(5), f4(5), f4(15, 5)]),
        "columns.cue_columns": (
            native.columns.cue_columns,
            lambda: [np.arange(5, dtype=np.int16), np.arange(5, dtype=np.int16), 2, 3, 9, f4(5, 5)],
        ),
        "columns.heading_columns": (
            native.columns.heading_columns,
            lambda: [ones(np.uint8, 5), f4(5), zeros(np.int16, 5), i8(5), 50, f4(4, 5)],
        ),
        "columns.rhythm": (native.columns.rhythm, lambda: [np.arange(5) % 2, f4(5)]),
        "themes.theme_columns": (
            native.themes.theme_columns,
            lambda: [["abcd efgh 中文", "", "abcd"], zeros(np.uint32, 0x100) + 0x61, -1, 9, 0.03, 3.0, f4(6, 3)],
        ),
        "columns.score_columns": (
            native.columns.score_columns,
            lambda: [np.linspace(0, 1, 5), f4(5), [(-2, 0), (1, 3)] * 4, f4(22, 5)],
        ),
        "classifier.add_leaves": (
            classifier.add_leaves,
            lambda: [
                *(f4(2, 19), np.asarray([0, 2, 3], np.int32), np.asarray([0, 1, 1], np.uint16), f4(3) * 0.5),
                *(ones(np.uint32, 3) * 0xFFFF_FFFE, ones(np.int64, 2, 32), i8(19)),
            ],
        ),
        "kinds.sum_blocks": (
            native.kinds.sum_blocks,
            lambda: [
                *(f4(8, 3) * 30, np.arange(8), i8(3) + 9, i8(3), u8(3), ["a", "", "c"], np.arange(3) % 2),
                *(zeros(np.int64, 7, 2), 0.6, 1, 6, 4, np.arange(3), np.arange(3), zeros(np.float64, 58)),
            ],
        ),
        "kinds.count_currencies": (native.kinds.count_currencies, lambda: [["1 $, 2 €", "¥", "a \U0001f600₽"]]),
        "kinds.Stems": (stems, lambda: [{"word": 1}, {"сло": 2}, [TEXT, "слово word"], ["", "word"], i8(2, 3)]),
        "segments.fill": (
            segments.fill,
            lambda: [zeros(np.uint32, 3, 8), np.arange(9, dtype=np.uint64) << np.uint64(60), ones(np.uint32, 8)],
        ),
        "segments.Lookup": (
            asked,
            lambda: [
                *(
                    ones(np.uint32, 3, 8) * 0xFFFF_FFFF,
                    np.arange(513, dtype=np.uint64),
                    np.asarray([0, 512], np.uint64),
                ),
                *(u8(4, 8), ones(np.uint32, 8) * 9, zeros(np.uint32, 3), i8(3) + 1, i8(6), u8(6, 8)),
            ],
        ),
        "segments.find_in_chains": (
            segments.find_in_chains,
            lambda: [
                *(
                    zeros(np.uint32, 4, 3),
                    ones(np.uint32, 2, 8) * 4,
                    zeros(np.uint32, 2, 4) + np.arange(4, dtype=np.uint32),
                ),
                *(ones(np.uint32, 2) * 29, zeros(np.uint32, 2), 1, i8(2) + 2, i8(9)),
            ],
        ),
        "segments.add_to_chains": (
            segments.add_to_chains,
            lambda: [
                *(np.arange(3, dtype=np.uint32), zeros(np.uint32, 3, 8), zeros(np.uint32, 3, 4)),
                *(ones(np.uint32, 3) * 29, 3),
            ],
        ),
    }


def test_each_compiled_function_is_tried_here() -> None:
    rooms = (
        *("text", "page", "blocks", "walk", "rules", "features", "columns", "choice", "outline", "classifier"),
        *("kinds", "segments", "themes"),
    )
    made = {
        f"{room}.{name}"
        for room in rooms
        if native.COMPILED
        for name, one in vars(getattr(native, room)).items()
        if callable(one) and one.__module__ == f"pipeline.native.{room}" and not name.startswith("__")
    }
    assert made == set(CALLS)


ROOM = 4096  # bytes on either side of an array


def called(call: Callable[..., Any], arguments: list[Any], byte: int) -> tuple[str | None, str, list[bytes]]:
    """Call with arrays that are surrounded by bytes of one value, which must not change.

    Returns the refusal, what was returned, and what stands in the arrays.
    """
    laid: list[tuple[npt.NDArray[Any], npt.NDArray[Any]]] = []

    def lay(one: Any) -> Any:
        if isinstance(one, list):
            return list(one)
        if not isinstance(one, np.ndarray):
            return one
        around = np.full(one.nbytes + 2 * ROOM, byte, np.uint8)
        inside = around[ROOM : ROOM + one.nbytes].view(one.dtype).reshape(one.shape)
        inside[...] = one
        laid.append((inside, around))
        return inside

    refusal, told = None, ""
    try:
        made = call(*map(lay, arguments))
        told = type(made).__name__ if type(made).__module__.startswith("pipeline.native") else repr(made)
    except REFUSED as error:
        refusal = repr(error)
    for inside, around in laid:
        assert (around[:ROOM] == byte).all()
        assert (around[ROOM + inside.nbytes :] == byte).all()
    return refusal, told, [inside.tobytes() for inside, _ in laid]


def mistaken(one: Any) -> Iterator[Any]:
    """Return values that could be passed as an argument by mistake."""
    yield None
    if isinstance(one, np.ndarray):
        for axis, size in enumerate(one.shape):
            for kept in (0, 1, size - 1):
                yield np.ascontiguousarray(one.take(range(kept), axis))
            yield np.concatenate([one, one], axis)
        if one.dtype.kind == "f":
            yield from (np.full_like(one, value) for value in (-np.inf, np.inf, np.nan))
        else:
            least, most = np.iinfo(one.dtype).min, np.iinfo(one.dtype).max
            yield from (np.full_like(one, value) for value in (least, -1 if least else 1, 7, most // 3, most))
    elif isinstance(one, list):
        yield from ([], one[:-1], one + one)
    elif isinstance(one, int):
        yield from (-(2**62), -1, 0, 1, 2, 10**9)
    elif isinstance(one, (str, bytes)):
        yield from (one[:0], one[:1], one * 3)
        if isinstance(one, str):
            yield from ("\U0001f600\U0010ffff", "\ud800", "\0", " ")


@compiled
@pytest.mark.parametrize("name", CALLS)
def test_nothing_outside_of_the_arguments_is_read_or_written(name: str) -> None:
    call, arguments = CALLS[name]
    good = arguments()
    refusal, *made = called(call, good, 0)
    assert refusal is None
    assert [None, *made] == list(called(call, good, 0xA5))
    for place, one in enumerate(good):
        for other in mistaken(one):
            tried = [*good[:place], other, *good[place + 1 :]]
            assert called(call, tried, 0) == called(call, tried, 0xA5), (place, other)


SHORT = [
    (name, place)
    for name, (_, arguments) in CALLS.items()
    for place, one in enumerate(arguments())
    if isinstance(one, np.ndarray)
]
# These may be of any length, by the numbers of their arguments.
OF_ANY_LENGTH = {
    # All others follow this one, or it is the only one.
    *(("text.split", 0), ("text.squeeze", 0), ("text.minima", 0), ("features.best_run", 0), ("features.inside_run", 2)),
    *(("features.beyond_run", 2), ("features.from_block", 2), ("features.levels_up", 5), ("features.span_of", 0)),
    # Room for as many as are wanted.
    *(("text.places", 4), ("text.places", 5), ("text.sketch", 2)),
    # Tables: each number is compared with their length.
    *(
        ("text.count_kinds", 3),
        ("text.count_in_lines", 4),
        ("text.vote", 4),
        *(("text.score_ngrams", place) for place in range(1, 5)),
    ),
    *(("page.tally", 1), ("page.tally", 2), ("rules.Reader", 0), ("features.inherited", 2)),
    *(("features.Runs", 1), ("themes.theme_columns", 1)),
    *(("features.depths_below", 0), ("features.count_known", 3)),
    # A filter of any length answers for any hashes. Room for more rows than are wanted.
    *(("segments.fill", 0), ("segments.fill", 1), ("segments.Lookup", 0), ("segments.Lookup", 3)),
    ("segments.find_in_chains", 7),
}


@compiled
@pytest.mark.parametrize(("name", "place"), SHORT)
def test_an_array_that_is_too_short_is_refused(name: str, place: int) -> None:
    call, arguments = CALLS[name]
    tried = arguments()
    tried[place] = np.ascontiguousarray(tried[place][:-1])
    refusal, *_ = called(call, tried, 0)
    assert (refusal is not None) == ((name, place) not in OF_ANY_LENGTH), refusal
