"""Texts that count as the same."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.records.fields import digest
from pipeline.text.fingerprint import text_hash
from pipeline.text.normalise import count_normalised, normal_lines, normalised, tidy, words

LINE = "«Ёлку поставили ещё в пятницу, — сказал мэр. — Стой и смотри!»"


@pytest.mark.parametrize(
    ("written", "same_as"),
    [
        ("ещё всё", "еще все"),
        ("е\u0308лка", "елка"),
        ("сне\u00adго\u00adпад", "снегопад"),
        ("снего\u200bпад\ufeff", "снегопад"),
        ("доро\u0301га", "дорога"),
        ("\u0441\u043d\u0435\u0433", "снег"),
        ("cнег и дopoгa", "снег и дорога"),
        ("МОСКВA", "москва"),
        ("пять\u00a0тысяч\u202fрублей", "пять тысяч рублей"),
        ("ﬁnal ２０２６", "final 2026"),
        ("Straße", "STRASSE"),
        ("«так» — “so” – „ні“ - да", "так so ні да"),
        ("snake_case", "snake case"),
    ],
)
def test_spellings_that_a_reader_calls_the_same_are_normalized_to_one(written: str, same_as: str) -> None:
    assert words(written) == words(same_as)


def test_words_are_folded_letters_and_digits() -> None:
    assert words("Школу № 12 закрыли: −30 °C, «мороз»!") == ["школу", "no", "12", "закрыли", "30", "c", "мороз"]


def test_short_i_stays_short_i() -> None:
    assert words("Стой, мой край") == ["стой", "мой", "край"]
    assert words("и\u0306од") == ["йод"]


def test_ukrainian_and_kazakh_letters_stay() -> None:
    assert words("Її ґанок, қар түсті, ӘҢГІМЕ") == ["її", "ґанок", "қар", "түсті", "әңгіме"]


def test_a_latin_word_stays_latin() -> None:
    assert words("Toyota и cop") == ["toyota", "и", "cop"]


@pytest.mark.parametrize(
    "copy",
    [
        LINE.upper(),
        LINE.replace("ё", "е").replace("Ё", "Е"),
        LINE.replace(" ", "\u00a0"),
        LINE.replace(" ", "\n  "),
        LINE.replace("«", '"').replace("»", '"').replace("—", "-"),
        unicodedata.normalize("NFD", LINE),
        "\ufeff" + LINE.replace("поставили", "по\u00adста\u00adви\u00adли"),
    ],
)
def test_a_copy_has_the_hash_of_its_article(copy: str) -> None:
    assert text_hash(copy) == text_hash(LINE)


@pytest.mark.parametrize(
    "other",
    [
        LINE.replace("пятницу", "субботу"),
        LINE + " Да.",
        LINE.replace("Стой", "Стои"),
        LINE.replace("мэр", "м эр"),
        "",
    ],
)
def test_another_text_has_another_hash(other: str) -> None:
    assert text_hash(other) != text_hash(LINE)


def test_the_hash_is_the_same_in_every_process_and_release() -> None:
    assert text_hash("Снег пошёл.") == "55d74312759d7dde628c738f04dfe4c8"


def test_a_run_of_white_space_becomes_one_space() -> None:
    assert tidy(" Қар\u00a0\u2009жауды \n ") == "Қар жауды"


@given(st.text())
def test_words_of_words_are_themselves(text: str) -> None:
    found = words(text)
    assert words(" ".join(found)) == found


@given(st.text(alphabet=st.characters(codec=None)))
def test_every_text_has_a_hash(text: str) -> None:
    assert len(text_hash(text)) == 32


@given(st.text())
def test_white_space_around_and_form_of_composition_do_not_count(text: str) -> None:
    assert text_hash(f"\u00a0{unicodedata.normalize('NFC', text)}\n") == text_hash(unicodedata.normalize("NFD", text))


PIECES = [
    "мороз",
    "Ёлку",
    "cнег",
    "Toyota",
    "covid19",
    "пере\u00adправа",
    "за\u0301мок",
    "２０２６",
    "Straße",
    "渡船",
    "😀",
    "𠀀",
]
BETWEEN = [" ", "\n", " — ", "_", ",", "«", "\u00a0", "", "\ud800"]


@given(st.lists(st.tuples(st.sampled_from(PIECES), st.sampled_from(BETWEEN)), max_size=12))
def test_a_long_text_has_the_words_of_its_short_parts(drawn: list[tuple[str, str]]) -> None:
    part = "".join(one for pair in drawn for one in pair)
    whole = "\n".join([part] * 200)
    assert words(whole) == words(part) * 200
    assert count_normalised(normalised(whole)) == 200 * len(words(part))


@given(st.lists(st.sampled_from(["снег", "a", "ж" * 150, "ж" * 40_000]), max_size=5))
def test_the_hash_is_that_of_the_words_with_their_lengths(drawn: list[str]) -> None:
    assert text_hash(" ".join(drawn)) == digest(*(word.encode() for word in drawn))


@given(
    st.text(st.one_of(st.sampled_from("\n\n \u0301\u3099가\u11a8eе\u0308 aа"), st.characters(blacklist_categories=())))
)
def test_the_lines_of_a_text_have_its_words(text: str) -> None:
    assert " ".join(filter(None, normal_lines(text))) == normalised(text)
