"""The cutting of a page into blocks; all texts are our own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.document.blocks.block import Block, count_words, measure, title_body
from pipeline.document.blocks.lines import lines_of


def blocks_of(text: str) -> tuple[Block, ...]:
    lines = lines_of(text)
    cut = zip(lines.texts, lines.numbers, lines.after_blank, strict=True)
    return tuple(measure(line, number=number, after_blank=after) for line, number, after in cut)


def only(text: str) -> Block:
    (block,) = blocks_of(text)
    return block


def test_a_block_is_a_line_with_something_visible_on_it() -> None:
    assert [block.text for block in blocks_of("Первая строка\n\n  \nВторая строка\n")] == [
        "Первая строка",
        "Вторая строка",
    ]


def test_lines_are_numbered_from_one_as_they_stand_in_the_page() -> None:
    assert [block.line for block in blocks_of("\n\nодин\n\nдва\nтри")] == [3, 5, 6]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_end_counts_as_one(end: str) -> None:
    assert [block.line for block in blocks_of(end.join(["один", "два", "", "три"]))] == [1, 2, 4]


def test_a_block_knows_whether_an_empty_line_is_above_it() -> None:
    assert [block.after_blank for block in blocks_of("один\nдва\n\u00a0\nтри")] == [True, False, True]


def test_form_feeds_no_break_spaces_and_invisible_characters_are_white_space_or_nothing() -> None:
    block = only("\fРе\u00adдак\u200bция\u00a0газеты\u2028сообщила.\ufeff")
    assert block.body == "Редакция газеты сообщила."
    assert block.words == 3
    assert block.closed


def test_a_line_of_zero_width_characters_is_an_empty_line() -> None:
    assert blocks_of("\u200b\u200d\ufeff\n\u00ad") == ()


def test_text_behind_many_invisible_characters_is_not_lost() -> None:
    assert only("\u200b" * 50_000 + "Мост открыт.").body == "Мост открыт."


@pytest.mark.parametrize(
    ("line", "marker", "body"),
    [
        ("  3. Третий пункт", "3.", "Третий пункт"),
        ("12) Пункт", "12)", "Пункт"),
        ("- пункт списка", "-", "пункт списка"),
        ("•пункт", "•", "пункт"),
        ("— Мы придём, — сказал он.", "", "— Мы придём, — сказал он."),
        ("2022 год начался тихо.", "", "2022 год начался тихо."),
    ],
)
def test_a_list_marker_is_told_from_the_text_and_from_direct_speech(line: str, marker: str, body: str) -> None:
    assert (only(line).marker, only(line).body) == (marker, body)


def test_initials_and_one_letter_abbreviations_do_not_end_a_sentence() -> None:
    assert only("А. С. Иванов приехал в 2022 г. Он выступил.").sentences == 1


def test_end_punctuation_is_seen_behind_quotes_and_brackets() -> None:
    assert only("Он сказал: «Мы остаёмся!»").closed
    assert only("Вечером дали свет (не везде.)").closed
    assert not only("Заголовок без точки").closed
    assert only("Жиналыс ертең өтеді.").closed


def test_chinese_is_counted_in_pairs_of_characters_and_closed_by_its_own_full_stop() -> None:
    block = only("市政府今天宣布，新的大桥将于明年开放。")
    assert block.closed
    assert 7 <= block.words <= 10
    assert block.commas == 1


def test_words_are_counted_without_lonely_punctuation() -> None:
    assert count_words("Дождь — и ветер , снова") == 4


def test_separators_links_digits_and_capitals_are_measured() -> None:
    assert only("Новости | Спорт | Погода").bars == 2
    assert only("Пишите на desk@example.org или www.example.org").links >= 2
    assert only("12:45 2022").digits > 0.8
    assert only("Home World Politics").capitals == 1.0


def test_a_giant_line_is_measured_on_its_beginning_and_its_end() -> None:
    block = only("Слово за словом. " * 200_000 + "Без точки")
    assert len(block.body) <= 20_000
    assert not block.closed


@given(st.text())
def test_any_text_is_cut_into_ordered_blocks_whose_text_is_on_their_line(text: str) -> None:
    blocks = blocks_of(text)
    assert [block.line for block in blocks] == sorted({block.line for block in blocks})
    assert all(block.text and block.text in text for block in blocks)


@given(
    st.lists(
        st.sampled_from(
            ["Снег ", "snow ", "1. ", "12 ", "2031 ", "- ", "a | b ", "Да. ", "Нет! ", ": ", "www.a.ru ", "бюро"]
        )
    )
    .map("".join)
    .filter(str.strip)
)
def test_a_title_is_a_block_with_the_measures_of_one(line: str) -> None:
    line = line.strip()
    block = measure(line, number=1, after_blank=False)
    is_title = (
        not (block.introduces or block.bars or block.links)
        and 2 <= block.words <= 6
        and block.digits <= 0.2
        and block.sentences <= 2
    )
    assert title_body(line, 2, 6) == (block.body if is_title else None)
