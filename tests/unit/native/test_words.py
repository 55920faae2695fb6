"""The compiled loops over words and characters return what Python returns, to the last bit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import py3langid
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import native
from pipeline.document.blocks.block import count_lines, visible
from pipeline.document.blocks.lines import lines_of
from pipeline.document.metadata.people import key_of
from pipeline.document.rules.headline import stems
from pipeline.page.forms.read import signs_of
from pipeline.page.routing import _in_lines
from pipeline.text import language, ngrams, tokens
from pipeline.text import normalise as text_module
from pipeline.text.alphabets import FREQUENCIES
from pipeline.text.calendar.words import SMALL_MONTHS
from pipeline.text.casefold import folded
from pipeline.text.figures import places_of
from pipeline.text.fingerprint import fingerprint_of, hash_of
from pipeline.text.language import READ, language_of
from pipeline.text.minhash import ANCHOR_WORDS, SHINGLE, anchors_of, shingles_of, signature_of
from pipeline.text.ngrams import SURE, tag_of
from pipeline.text.normalise import normalised, tidy
from pipeline.text.plain import plain as visible_text
from pipeline.text.tokens import Tokens, tokens_of
from tests.unit.native.test_native import SIGNS, TEXTS, both_ways

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

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


def every_character() -> Iterator[list[str]]:
    """Yield all characters in parts, without most planes that have none."""
    for first in (*range(0, 0x32000, 0x800), 0xE0000, 0x10F800):
        yield [chr(code) for code in range(first, first + 0x800)]


def rows(found: Tokens) -> list[list[int]]:
    arrays = (found.hashes, found.figures, found.names, found.after_stop)
    assert [array.dtype for array in arrays] == [np.uint64, np.bool_, np.bool_, np.bool_]
    return [array.tolist() for array in arrays]


@given(ANY)
def test_words_have_the_same_hashes_and_kinds(text: str) -> None:
    compiled, plain = both_ways(lambda: rows(tokens_of(text)))
    assert compiled == plain


def known(table: npt.NDArray[np.uint32]) -> Iterator[list[str]]:
    """Return the characters whose form is in the table, so that the compiled loop needs no other code for them."""
    for characters in every_character():
        yield [one for one in characters if ord(one) < 0x10000 and table[ord(one)]]
    yield list(map(chr, range(0x1F300, 0x1FB00)))


def test_every_character_is_split_alike() -> None:
    """The library handles characters that join the one before: letters of both scripts, a syllable, marks, signs."""
    for characters in (*known(tokens._forms()), *every_character()):
        text = ". ".join(f"{one}{one}a{one}Б7{one}8각{one}e\u0323{one}ᄀ" for one in characters)
        compiled, plain = both_ways(lambda text=text: rows(tokens_of(text)))  # type: ignore[misc]
        assert compiled == plain, hex(ord(text[0]))


@given(ANY)
def test_figures_and_names_have_the_same_places(text: str) -> None:
    found = tokens_of(text)
    compiled, plain = both_ways(lambda: [places.tolist() for places in places_of(found)])
    assert compiled == plain


FLAGS = st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans(), st.integers(0, 2**64 - 1)), max_size=200)


@given(FLAGS)
def test_places_are_the_same_for_any_words(words: list[tuple[bool, bool, bool, int]]) -> None:
    figures, names, stops = (np.array([word[column] for word in words], dtype=np.bool_) for column in range(3))
    hashes = np.array([word[3] for word in words], dtype=np.uint64)
    found = Tokens(hashes, figures, names & ~figures, stops, hashes)
    compiled, plain = both_ways(lambda: [places.tolist() for places in places_of(found)])
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


LINES = st.lists(st.tuples(ANY, st.sampled_from(["\n", "\r", "\r\n", "\n\n", "", "\u2028"])), max_size=20).map(
    lambda pairs: "".join(map("".join, pairs))
)
MARKED = st.tuples(
    st.sampled_from(["12. ", "1234. ", "٣) ", "- ", "-", "•", "• ", "▶\u200b ", " \u00ad", "3.", "—\u00a0"]), ANY
).map("".join)


@given(st.one_of(LINES, st.lists(MARKED, max_size=8).map("\n".join)))
def test_lines_are_cut_alike(text: str) -> None:
    compiled, plain = both_ways(lambda: (lines_of(text), count_lines(text)))
    assert compiled == plain


@given(ANY)
def test_white_space_is_joined_alike(text: str) -> None:
    compiled, plain = both_ways(lambda: (tidy(text), visible_text(text)))
    assert compiled == plain


def test_every_character_is_seen_and_joined_alike() -> None:
    for characters in every_character():
        texts = [f"a{one}b {one}c" for one in characters if one.isspace() or not one.isalnum()]
        compiled, plain = both_ways(
            lambda texts=texts, characters=characters: (  # type: ignore[misc]
                [tidy(text) for text in texts],
                [visible_text(text) for text in texts],
                count_lines("\n".join(characters)),
                lines_of("\n".join(texts)),
                lines_of("\n".join(f"{one}x\n {one}\n{one} y" for one in characters)),
            )
        )
        assert compiled == plain, hex(ord(characters[0]))


ALPHABETS = st.sampled_from(["".join(row) for row in FREQUENCIES.values()])
SENTENCES = st.lists(
    st.one_of(ALPHABETS.flatmap(lambda alphabet: st.text(st.sampled_from(alphabet + " "), max_size=120)), TEXTS),
    max_size=30,
).map(". ".join)


@given(st.one_of(ANY, SENTENCES))
def test_languages_are_the_same(text: str) -> None:
    compiled, plain = both_ways(lambda: language_of(text))
    assert compiled == plain


@given(SENTENCES.filter(bool))
def test_votes_are_the_same(text: str) -> None:
    kinds, own = language._KINDS, language._NAMES.index("cyrillic")
    voted = native.text.vote(text, READ, kinds, own, language._LOGS, language._NEIGHBOURS, language.SENTENCE)
    assert voted == language._vote(language._codes(text))


# What Latin scripts have, in which letters do not tell the language.
SAID = (
    "the of and der die und nicht le la les que não uma para che il een het og på är att się nie roku že ve bir için"
    " anh người của dan yang tidak 2021 de en el los pro ještě szerint volt și este u je da su"
)
SPOKEN = st.lists(st.sampled_from(SAID.split()), max_size=60).map(" ".join)


@given(st.one_of(SPOKEN, SPOKEN.map(str.upper), ANY, st.tuples(SPOKEN, ANY).map("".join)))
def test_a_language_is_the_one_that_py3langid_names(text: str) -> None:
    assert tag_of(text) == py3langid.classify(text)[0]


@given(SPOKEN.filter(bool))
def test_sums_differ_from_the_librarys_by_far_less_than_what_is_sure(text: str) -> None:
    model, written = ngrams._model(), text.encode()
    sums = model.prior.copy()
    if native.text.score_ngrams(written, model.rows, model.nexts, model.halves, sums):
        assert np.abs(sums - model.identifier._raw_score(written)).max() < SURE / 10


@given(st.one_of(ANY.map(lambda text: text.encode("utf-8", "surrogatepass")), st.binary()))
def test_the_tree_finds_the_ngrams_of_the_library(written: bytes) -> None:
    model = ngrams._model()
    state, told = 0, 0
    for byte in written:
        state = model.identifier.tk_nextmove[(model.identifier.tk_row[state] << 8) + byte]
        told += model.identifier.tk_output[state] >= 0
    assert native.text.score_ngrams(written, model.rows, model.nexts, model.halves, model.prior.copy()) == told


def test_a_table_that_is_no_tree_is_left_to_the_library() -> None:
    moves, outputs = np.zeros((1, 256), np.uint32), np.full(2, -1)
    moves[0, ord("a")] = 1
    rows, nexts = ngrams.tree_of(moves, np.zeros(2, np.int64), outputs)
    assert (len(rows), len(nexts)) == (1, 1)
    rows, nexts = ngrams.tree_of(moves, np.zeros(3, np.int64), np.full(3, -1))  # a state that no byte leads to
    assert (len(rows), len(nexts)) == (0, 0)


def test_no_tag_of_py3langid_has_more_than_two_classes() -> None:
    languages = ngrams._model().languages
    assert max(map(languages.count, languages)) == 2
    assert bool(np.isfinite(ngrams._model().identifier.nb_ptc).all())


@given(ANY)
def test_texts_are_normalised_alike(text: str) -> None:
    compiled, plain = both_ways(lambda: normalised(text))
    assert compiled == plain


def test_every_character_is_normalised_alike_beside_others() -> None:
    folds, lookalikes = text_module._folds()
    for characters in known(folds):
        text = " ".join(f"{one}{one}aГ{one}c{one}각{one}ب{one}ᄀ{one}" for one in characters)
        compiled, plain = both_ways(lambda text=text: normalised(text))  # type: ignore[misc]
        assert compiled == plain == native.text.normalised([text], folds, lookalikes)[0]


def test_a_character_that_the_compiled_loop_does_not_know_is_left_to_the_library() -> None:
    for one in ("e\u0323", "각\u11a8", "𝔘", "½", "𠀀"):
        assert native.text.normalised([one], *text_module._folds()) == [None]
        assert native.text.form(one, tokens._forms(), np.empty(9, np.uint16)) == -1


@given(st.one_of(ANY, ANY.map(normalised), st.text(st.sampled_from(" aя中"), max_size=600)))
def test_normalised_texts_have_the_same_hash(text: str) -> None:
    compiled, plain = both_ways(lambda: hash_of(text))
    assert compiled == plain


@given(st.one_of(ANY, SPOKEN, st.text(st.sampled_from("aяЯ2²٣½_中かꙮ- \u0301"), max_size=60)))
def test_names_and_lines_are_folded_alike(text: str) -> None:
    compiled, plain = both_ways(lambda: (key_of(text), visible(text)))
    assert compiled == plain


def test_every_character_belongs_to_a_word_or_not_alike() -> None:
    for characters in every_character():
        text = " ".join(f"abc{one}{one}def" for one in characters)
        compiled, plain = both_ways(lambda text=text: key_of(text))  # type: ignore[misc]
        assert compiled == plain, hex(ord(characters[0]))


HEADLINES = st.lists(
    st.sampled_from(
        [
            "Мост",
            "моста",
            "Мосты",
            "открыли",
            "bridge",
            "BRIDGES",
            "ab",
            "12345",
            "½½½½",
            "日本語",
            "日",
            "ꙮ",
            "é",
            "\0",
        ]
    ),
    max_size=30,
).flatmap(lambda words: st.sampled_from([" ".join(words), "".join(words)]))


@given(st.one_of(ANY, HEADLINES), st.one_of(ANY, HEADLINES))
def test_headlines_share_the_same_words(article: str, line: str) -> None:
    own, shared = native.rules.Stems(article.casefold()).shared_with(line.casefold())
    assert (own, shared) == (len(stems(line)), len(stems(line) & stems(article)))


def test_every_character_belongs_to_a_stem_or_not_alike() -> None:
    for characters in every_character():
        text = " ".join(f"abc{one}{one}def" for one in characters)
        for line in ("".join(characters), " ".join(one * 4 for one in characters)):
            shared = native.rules.Stems(text.casefold()).shared_with(line.casefold())
            assert shared == (len(stems(line)), len(stems(line) & stems(text))), hex(ord(characters[0]))


@given(st.one_of(ANY, HEADLINES))
def test_a_text_is_folded_alike(text: str) -> None:
    assert folded(text) == text.casefold()


def test_every_character_is_folded_alike() -> None:
    for characters in every_character():
        text = "я".join(characters)
        assert folded(text) == text.casefold(), hex(ord(characters[0]))
        assert [folded(one) for one in characters] == [one.casefold() for one in characters]


FORMS = st.lists(
    st.sampled_from(
        ["](", "[1]", "[", "1", "]", "**", "*", "#", "\n", "\n#", "---", "===", "=", "\r", "\f", "a", "я", "🙂"]
    ),
    max_size=12,
).map("".join)


@given(FORMS)
def test_a_text_has_the_same_signs_of_a_form(text: str) -> None:
    compiled, plain = both_ways(lambda: signs_of(text))
    assert compiled == plain


@given(
    st.lists(st.sampled_from(["я" * 90, "word " * 30, "日本" * 60, "short", "\n", "\r\n", "\x1e", "\u2028", "🙂" * 90]))
)
def test_letters_in_lines_are_counted_alike(parts: list[str]) -> None:
    compiled, plain = both_ways(lambda: [_in_lines("".join(parts), least) for least in (0, 80)])
    assert compiled == plain


@given(st.one_of(ANY, HEADLINES), st.sampled_from(["мост", "br", "bridges", "日本", "aa"]))
def test_a_part_is_found_alike(text: str, part: str) -> None:
    text = f"{text}{part[:1]}{text}{part}"[: len(text) + 5]
    assert native.rules.Parts([part, "xyz"]).within(text) == (part in text or "xyz" in text)
