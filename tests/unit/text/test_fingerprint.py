"""Tokens, signatures and places of figures: copies share them, and 8 bits estimate the similarity well."""

import random
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.records.fields import Packed
from pipeline.records.wire import Malformed, decode, encode
from pipeline.text.figures import FIGURES, Compared, compare, places_of
from pipeline.text.fingerprint import fingerprint_of, read
from pipeline.text.minhash import anchors_of, overlap, shingles_of, signature_of
from pipeline.text.normalise import INVISIBLE
from pipeline.text.tokens import distinct, mixed, tokens_of


def hashes(text: str) -> list[int]:
    return tokens_of(text).hashes.tolist()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ёлка, ель — и пихта", "елка ель - и Пихта"),
        ("«Паром» вышел", '"паром"  вышел'),
        ("переправа", "пере\u00adправа"),
        ("за\u0301мок", "замок"),
        ("Москва", "Mocквa"),
        ("ТЕРМОС", "TEPMOC"),
        ("café", "cafe\u0301".replace("e\u0301", "é")),
        ("10 000 рублей", "10\u00a0000\nрублей"),
        ("２０２６", "2026"),
        ("STRASSE", "strasse"),
    ],
)
def test_texts_that_a_reader_calls_the_same_have_the_same_words(one: str, other: str) -> None:
    assert hashes(one) == hashes(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("кот", "кит"), ("кот и пёс", "пёс и кот"), ("12", "21"), ("мир", "миро"), ("слово слово", "слово"), ("а", "")],
)
def test_other_words_have_other_hashes(one: str, other: str) -> None:
    assert hashes(one) != hashes(other)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("渡船又开了。", 5),
        ("เรือ", 4),
        ("covid19 и 5G", 5),
        ("", 0),
        ("… — !", 0),
        ("снова\u200b и_снова", 3),
        ("😀 да 😀", 1),
        ("𠀀𠀁", 2),
    ],
)
def test_words_end_where_letters_end_and_digits_begin(text: str, words: int) -> None:
    assert len(tokens_of(text)) == words


@settings(deadline=None)  # the first text waits for the tables
@given(st.text(alphabet=st.characters(), max_size=200))
def test_any_text_has_tokens(text: str) -> None:
    tokens = tokens_of(text)
    assert len(tokens.figures) == len(tokens.names) == len(tokens.after_stop) == len(tokens)
    fingerprint_of(text)


@settings(deadline=None)
@given(st.lists(st.sampled_from(["лёд", "вода", "берег", "мост", "12", "Лукин"]), min_size=1, max_size=30))
def test_invisible_characters_and_white_space_make_no_difference(words: list[str]) -> None:
    spoiled = " \n ".join(f"{word[:1]}{chr(next(iter(INVISIBLE)))}{word[1:]}" for word in words)
    assert hashes(spoiled) == hashes(" ".join(words))


def sets(jaccard: float, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw two sets of one size whose union has `count` elements."""
    drawn = mixed(np.arange(seed * 10_000, seed * 10_000 + count, dtype=np.uint64))
    own = round(count * (1 - jaccard) / 2)
    return np.sort(drawn[own:]), np.sort(drawn[: count - own])


@pytest.mark.parametrize("jaccard", [0.1, 0.3, 0.5, 0.8, 0.95])
def test_the_estimate_of_8_bits_is_unbiased(jaccard: float) -> None:
    errors = []
    for seed in range(200):
        one, other = sets(jaccard, 300, seed)
        true = len(np.intersect1d(one, other)) / len(np.union1d(one, other))
        found = overlap(signature_of(one), len(one), signature_of(other)[None], np.array([len(other)]))
        errors.append(float(found.jaccard[0]) - true)
    error = (jaccard * (1 - jaccard) / 128) ** 0.5
    assert abs(np.mean(errors)) < 4 * error / 200**0.5
    assert np.std(errors) < 1.25 * error + 0.005


def test_containment_and_resemblance_are_distinguished() -> None:
    whole = mixed(np.arange(900, dtype=np.uint64))
    part = np.sort(whole[:400])
    found = overlap(signature_of(part), 400, signature_of(np.sort(whole))[None], np.array([900]))
    assert abs(float(found.jaccard[0]) - 0.444) < 0.15
    assert float(found.containment[0]) > 0.8


def test_an_excerpt_keeps_its_share_of_the_anchors() -> None:
    agreeing = []
    for seed in range(100):
        draw = random.Random(seed)
        words = mixed(np.array([draw.getrandbits(60) for _ in range(400)], dtype=np.uint64))
        agreeing.append((anchors_of(words) == anchors_of(words[:160])).mean())
    assert abs(float(np.mean(agreeing)) - 0.4) < 0.06


def test_a_signature_is_the_same_on_every_machine() -> None:
    text = "Паром «Верный» снова ходит между берегами: после ремонта 12 марта судно вышло в первый рейс с капитаном Лукиным."
    found = fingerprint_of(text)
    assert found is not None
    sketch = read(found)
    assert (sketch.minhash[:8].hex(), sketch.anchors[:8].hex()) == PINNED[:2]
    assert (sketch.figures.hex(), sketch.names.hex()) == PINNED[2:]


PINNED = ("4a212969dd9304f8", "84f7bd32761784f7", "72cde7", "42b01b0d59fa")


def test_a_text_of_a_few_words_has_no_fingerprint() -> None:
    assert fingerprint_of("раз два три четыре пять шесть семь восемь девять") is None
    assert fingerprint_of("раз два три четыре пять шесть семь восемь девять десять") is not None


@dataclass(frozen=True, slots=True)
class Signed:
    fingerprint: Packed


LINE = "Один два три 4 пять шесть Семь восемь девять десять одиннадцать двенадцать"


def test_a_fingerprint_goes_over_the_wire_in_one_piece() -> None:
    found = fingerprint_of(LINE)
    assert found is not None
    assert decode(Signed, encode(Signed(found))) == Signed(found)
    assert (read(found).shingles, len(read(found).figures), len(read(found).names)) == (10, 3, 3)
    assert read(found).packed() == found


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda data: data[:100], "has 170 bytes or more, not 100"),
        (lambda data: data + bytes(300), "476 bytes do not fit a fingerprint of 10 shingles and 1 figures"),
        (lambda data: b"\x01" + data[1:], "the fingerprint has scheme 1, this release reads scheme 2"),
        (lambda data: data[:1] + b"\x15" + data[2:], "do not fit a fingerprint of 10 shingles and 21 figures"),
        (lambda data: data[:1] + b"\x09" + data[2:], "do not fit a fingerprint of 10 shingles and 9 figures"),
        (
            lambda data: data[:1] + b"\x00" + data[2:] + bytes(39),
            "do not fit a fingerprint of 10 shingles and 0 figures",
        ),
        (lambda data: data + b"\x00", "177 bytes do not fit a fingerprint"),
        (lambda data: data[:2] + bytes(4) + data[6:], "do not fit a fingerprint of 0 shingles"),
    ],
)
def test_a_malformed_fingerprint_gives_the_reason(spoil: Callable[[bytes], bytes], says: str) -> None:
    found = fingerprint_of(LINE)
    assert found is not None
    answer = decode(Signed, encode(Signed(spoil(found))))
    assert isinstance(answer, Malformed)
    assert answer.error.startswith("fingerprint: ")
    assert says in answer.error
    assert "\n" not in answer.error


def test_text_that_is_not_base64_is_not_a_fingerprint() -> None:
    answer = decode(Signed, b'{"fingerprint":"?"}')
    assert isinstance(answer, Malformed)
    assert "not base64" in answer.error


def test_the_fingerprint_before_this_one_is_malformed() -> None:
    answer = decode(Signed, b'{"fingerprint":{"minhash":"","anchors":"","shingles":9,"scheme":1}}')
    assert isinstance(answer, Malformed)


def compared(one: str, other: str) -> Compared:
    return compare(places_of(tokens_of(one))[0], places_of(tokens_of(other))[0], FIGURES)


RATES = "Доллар стоит {} рубля, за евро дают {} рубля, а золото подорожало до {} рублей за грамм."


def test_the_same_places_with_other_figures_differ() -> None:
    assert compared(RATES.format(80, 90, 7000), RATES.format(80, 90, 7000)) == Compared(3, 0)
    assert compared(RATES.format(80, 90, 7000), RATES.format(81, 95, 7100)) == Compared(0, 3)
    assert compared(RATES.format(80, 90, 7000), RATES.format(81, 90, 7000)) == Compared(2, 1)


def test_a_decimal_is_one_figure() -> None:
    assert compared(RATES.format("80.5", "90,1", 7), RATES.format("80.5", "90,2", 7)) == Compared(2, 1)


def test_figures_in_other_places_say_nothing() -> None:
    assert compared(RATES.format(80, 90, 7000), "В 1998 году здесь жили 300 человек.") == Compared(0, 0)


def test_figures_that_recur_in_one_place_are_compared_as_a_set() -> None:
    table = "Счёт матча: {}. Счёт матча: {}. Счёт матча: {}."
    assert compared(table.format(1, 2, 3), table.format(3, 2, 1)) == Compared(3, 0)
    assert compared(table.format(1, 2, 3), table.format(3, 2, 9)) == Compared(2, 1)


def test_an_excerpt_of_a_long_table_has_no_differing_places() -> None:
    rows = [f"Команда набрала {n * 7 % 1000} очков." for n in range(200)]
    whole, part = " ".join(rows), " ".join(rows[:60])
    assert compared(part, whole).differing == 0


def test_a_word_with_a_capital_letter_inside_a_sentence_is_a_name() -> None:
    one = places_of(tokens_of("Вчера капитан Степан Лукин вышел в рейс. Погода была хорошей."))[1]
    other = places_of(tokens_of("Вчера капитан Пётр Ильин вышел в рейс. Погода была хорошей."))[1]
    assert (len(one), len(other)) == (1, 1)
    assert compare(one, other, 12) == Compared(0, 1)


def test_shingles_are_distinct_and_sorted() -> None:
    found = shingles_of(tokens_of("раз два три раз два три раз два").hashes)
    assert len(found) == 3
    assert found.tolist() == sorted(set(found.tolist()))
    assert len(shingles_of(tokens_of("раз два").hashes)) == 0


@pytest.mark.parametrize(
    "text", ["за март", "у березні", "w kwietniu", "у сакавіку", "наурызда", "en février", "1 ЯНВАРЯ"]
)
def test_a_month_is_a_figure_where_it_is_written_small(text: str) -> None:
    assert tokens_of(text).figures.tolist()[-1]
    assert not tokens_of(text).names[-1]


@pytest.mark.parametrize("text", ["he may go", "они маршем", "лист дерева", "się", "в сентябрьской", "in May"])
def test_a_word_that_only_looks_like_a_month_is_not_a_month(text: str) -> None:
    assert not tokens_of(text).figures.any()


def test_a_date_is_one_place() -> None:
    line = "Ярмарка откроется {} на площади"
    assert compared(line.format("12 марта 2026"), line.format("12 марта 2026")) == Compared(1, 0)
    assert compared(line.format("12 марта 2026"), line.format("12 апреля 2026")) == Compared(0, 1)


@given(st.lists(st.integers(0, 2**64 - 1), max_size=40), st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=400))
def test_each_bin_has_the_minimum_of_its_values(extra: list[int], drawn: list[int]) -> None:
    shingles = distinct(np.array(drawn + extra, dtype=np.uint64))
    signed = signature_of(shingles)
    by_bin: dict[int, int] = {}
    for one in sorted({*drawn, *extra}):
        by_bin.setdefault(one >> 57, one)
    for number, one in by_bin.items():
        assert signed[number] == one & 0xFF
    assert set(signed.tolist()) == {one & 0xFF for one in by_bin.values()}


@pytest.mark.parametrize("shingles", [8, 30, 60, 120])
def test_the_estimate_for_short_texts_is_as_good(shingles: int) -> None:
    errors = []
    for seed in range(300):
        one, other = sets(0.6, shingles, seed)
        true = len(np.intersect1d(one, other)) / len(np.union1d(one, other))
        found = overlap(signature_of(one), len(one), signature_of(other)[None], np.array([len(other)]))
        errors.append(float(found.jaccard[0]) - true)
    error = (0.6 * 0.4 / 128) ** 0.5
    assert abs(np.mean(errors)) < 0.03
    assert np.std(errors) < 1.6 * error
