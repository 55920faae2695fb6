"""The compiled loops over words and characters say what the plain ones say, to the last bit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import native
from pipeline.figures import places_of
from pipeline.fingerprint import fingerprint_of
from pipeline.minhash import ANCHOR_WORDS, SHINGLE, anchors_of, shingles_of, signature_of
from pipeline.months import SMALL_MONTHS
from pipeline.tokens import Tokens, tokens_of
from tests.unit.test_native import SIGNS, TEXTS, both_ways

pytestmark = pytest.mark.skipif(not native.COMPILED, reason="no C compiler was at the installation")

# Words as bulletins have them: figures, names, months, sentence ends beside digits, both scripts in one word.
PIECES = (
    "Иван",
    "Петров",
    "курс",
    "доллара",
    "580.97",
    "12:30",
    "7…8",
    "5-го",
    "Cоветский",
    "naïve",
    "ﬁrst",
    "№5",
    "½",
)
ODD = ("и\u0306", "сло\u00adво", "за\u0301мок", "ß", "İstanbul", "𝔘𝔫𝔦", "𠀀𠀁", *"аЯz7٣中な🙂ё\ud83d")
WORDS = st.sampled_from([*PIECES, *ODD, *list(SMALL_MONTHS)[::9]])
GAPS = st.sampled_from(
    [" ", " ", " ", ". ", ": ", "\n", "\r\n", "… ", ", ", "«", "» ", "\u00a0", "", ".", "_", "\u200b"]
)
PROSE = st.lists(st.tuples(WORDS, GAPS), max_size=60).map(lambda pairs: "".join(map("".join, pairs)))
ANY = st.one_of(TEXTS, PROSE, st.text(st.sampled_from(SIGNS), max_size=300))


def rows(tokens: Tokens) -> list[list[int]]:
    arrays = (tokens.hashes, tokens.figures, tokens.names, tokens.after_stop)
    assert [array.dtype for array in arrays] == [np.uint64, np.bool_, np.bool_, np.bool_]
    return [array.tolist() for array in arrays]


@given(ANY)
def test_words_have_the_same_hashes_and_kinds(text: str) -> None:
    compiled, plain = both_ways(lambda: rows(tokens_of(text)))
    assert compiled == plain


def test_every_character_is_split_alike() -> None:
    for first in range(0, 0x110000, 0x800):
        text = ". ".join(f"{chr(code)}{chr(code)}a{chr(code)}Б7{chr(code)}8" for code in range(first, first + 0x800))
        compiled, plain = both_ways(lambda text=text: rows(tokens_of(text)))  # type: ignore[misc]
        assert compiled == plain, hex(first)


@given(ANY)
def test_figures_and_names_have_the_same_places(text: str) -> None:
    tokens = tokens_of(text)
    compiled, plain = both_ways(lambda: [places.tolist() for places in places_of(tokens)])
    assert compiled == plain


FLAGS = st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans(), st.integers(0, 2**64 - 1)), max_size=200)


@given(FLAGS)
def test_places_are_the_same_for_any_words(words: list[tuple[bool, bool, bool, int]]) -> None:
    figures, names, stops = (np.array([word[column] for word in words], dtype=np.bool_) for column in range(3))
    hashes = np.array([word[3] for word in words], dtype=np.uint64)
    tokens = Tokens(hashes, figures, names & ~figures, stops)
    compiled, plain = both_ways(lambda: [places.tolist() for places in places_of(tokens)])
    assert compiled == plain


EDGES = [number * (1 << 64) // count + near for count in (12, 128) for number in range(count) for near in (-1, 0, 1)]
HASHES = st.lists(st.one_of(st.integers(0, 2**64 - 1), st.sampled_from(EDGES).map(lambda at: at % 2**64)), max_size=300)


@given(HASHES, st.sampled_from([SHINGLE, ANCHOR_WORDS]))
def test_shingles_are_the_same(hashes: list[int], length: int) -> None:
    words = np.array(hashes, dtype=np.uint64)
    compiled, plain = both_ways(lambda: shingles_of(words, length).tolist())
    assert compiled == plain


@given(HASHES.filter(bool))
def test_minima_are_the_same_also_on_the_edges_of_bins(hashes: list[int]) -> None:
    shingles = np.unique(np.array(hashes, dtype=np.uint64))
    compiled, plain = both_ways(lambda: signature_of(shingles).tolist())
    assert compiled == plain


@given(HASHES.filter(lambda hashes: len(hashes) >= ANCHOR_WORDS))
def test_anchors_are_the_same(hashes: list[int]) -> None:
    words = np.array(hashes, dtype=np.uint64)
    compiled, plain = both_ways(lambda: anchors_of(words).tolist())
    assert compiled == plain


@given(ANY)
def test_fingerprints_are_the_same(text: str) -> None:
    compiled, plain = both_ways(lambda: fingerprint_of(text))
    assert compiled == plain
