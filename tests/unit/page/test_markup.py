"""HTML is detected, and its visible text extracted, from any input."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.page import markup
from pipeline.page.markup import looks_like_html, visible_text

HOSTILE = {
    "opened scripts": "<script" * 200_000,
    "opened and closed scripts": "<script></script" * 100_000,
    "less-than signs": "<" * 1_000_000,
    "paragraph tags that never end": "<p " * 300_000,
    "one tag that never ends": "<p " + "a=" * 500_000,
    "opened comments": "<!--" * 300_000,
    "nested opening tags": "<div>" * 200_000,
    "capitals that grow when lowered": "<SCRIPT>\u0130" * 100_000,
    "templates in scripts": "<script><template>" * 100_000 + "</script>",
    "spaces": "<p>" + " \t" * 500_000,
}


def seen(html: str) -> list[str]:
    return [line.strip() for line in visible_text(html).splitlines() if line.strip()]


@pytest.mark.parametrize(
    "text",
    [
        "<!DOCTYPE html><html></html>",
        "\ufeff\r\n  <html lang=kk>",
        '<?xml version="1.0"?><html>',
        "<!-- saved from a site --><html>",
        "<DIV class=news>Сход снега</DIV>",
        "Главная <p>раз</p> <p>два</p> <p>три</p>",
    ],
)
def test_markup_at_the_head_is_html(text: str) -> None:
    assert looks_like_html(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Снег < метель, метель > снег",
        "Тег <p> открывает абзац, и это всё, что о нём надо знать.",
        "<b>Срочно</b> — пишет агентство",
        "<parents> and <titles> are no tags of a page <heads>",
        "<",
    ],
)
def test_a_text_that_mentions_a_tag_is_not_html(text: str) -> None:
    assert not looks_like_html(text)


def test_block_tags_break_lines_and_inline_tags_do_not() -> None:
    assert seen("<h1>Снег</h1><p>Дорогу <b>рас</b>чистили</p><ul><li>один<li>два</ul>") == [
        "Снег",
        "Дорогу расчистили",
        "один",
        "два",
    ]


def test_white_space_of_the_source_is_not_a_line() -> None:
    assert seen("<p>Қар\n   қалың\t түсті</p>") == ["Қар қалың түсті"]


@pytest.mark.parametrize("name", ["script", "style", "noscript", "template", "SCRIPT", "sTyLe"])
def test_invisible_elements_are_dropped(name: str) -> None:
    assert seen(f"<p>до</p><{name} type='x'>var a = '<p>нет</p>';</{name} ><p>после</p>") == ["до", "после"]


@pytest.mark.parametrize("opening", ["<script>", "<style media=all>", "<!--", "<template>", "<script"])
def test_an_unclosed_one_reaches_to_the_end(opening: str) -> None:
    assert seen(f"<p>до</p>{opening} нет <p>нет</p>") == ["до"]


def test_comments_are_dropped() -> None:
    assert seen("<p>до<!-- <p>нет</p> > --> и после</p><!---->") == ["до и после"]


def test_a_script_that_was_commented_out_hides_nothing_after_it() -> None:
    assert seen("<p>до</p><!-- <script src='old.js'> --><p>после</p>") == ["до", "после"]


def test_a_comment_inside_a_script_hides_nothing_after_it() -> None:
    assert seen("<p>до</p><script><!-- var a = 1;</script><p>после</p>") == ["до", "после"]


def test_letters_that_change_length_when_lowered_shift_nothing() -> None:
    assert seen("<p>\u0130stanbul\u0130</p><SCRIPT>var a;</SCRIPT><p>kar yağdı</p>") == [
        "\u0130stanbul\u0130",
        "kar yağdı",
    ]


def test_only_the_letters_of_ascii_have_two_cases_in_a_tags_name() -> None:
    assert visible_text("<\u017fcript>text</\u017fcript>") == "text"


def test_a_tag_that_never_ends_does_not_take_the_next_one_with_it() -> None:
    assert seen("<p class='a' <p>видно</p>") == ["<p class='a'", "видно"]


MENU = "\n".join(f"Рубрика номер {number} городского портала" for number in range(40))
CODE = '<div class="box"><p><a href="https://sosny.example/">Вестник</a></p><p>Читать дальше</p></div>'


def test_markup_that_a_scrape_shows_as_text_makes_no_page_of_it() -> None:
    assert not looks_like_html(f"{MENU}\nСкрыть код\n{CODE}\nЖители вышли на расчистку дороги.")
    assert looks_like_html(f"Вестник\n{CODE}")
    assert looks_like_html(f"{MENU}\n<!DOCTYPE html><html><body>{CODE}")  # what a server printed in front of its page


@pytest.mark.timeout(20)
@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_input_costs_linear_time(kind: str) -> None:
    looks_like_html(HOSTILE[kind])
    assert len(visible_text(HOSTILE[kind])) <= len(HOSTILE[kind])


@given(st.text(alphabet="<>/!- \nscriptylep\"'=ж\u0130"))
def test_the_visible_text_is_never_longer_than_the_source(html: str) -> None:
    assert len(visible_text(html)) <= len(html)


@given(st.text(alphabet=st.characters(exclude_characters="<>", exclude_categories=["Cs", "Z", "C"])))
def test_text_without_markup_is_unchanged(text: str) -> None:
    assert visible_text(text) == text


@given(st.lists(st.tuples(st.sampled_from("<<a>bb "), st.sampled_from([1, 1, 1, 9, 20])), max_size=25))
def test_a_giant_tag_is_found_beside_the_pieces_that_it_covers(drawn: list[tuple[str, int]]) -> None:
    html = "".join(sign * times for sign, times in drawn)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(markup, "LONG_TAG", 16)
        patch.setattr(markup, "_LONG_TAG", re.compile("<[A-Za-z][^<>]{16,}"))
        assert list(markup._giants(html)) == [tag.group() for tag in markup._LONG_TAG.finditer(html)]
