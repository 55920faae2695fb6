"""Lines that a program wrapped at a column become paragraphs again; no other text is touched."""

import textwrap

import pytest

from pipeline.page.forms.read import read_form

HEADLINE = "Bakers of Upper Sosny reopen the old mill"
PARAGRAPHS = (
    (
        "The bakers of Upper Sosny reopened the old mill on Friday, nine years after its wheel had stopped. Nobody in the "
        "village had expected that the work would be done before the winter."
    ),
    (
        "The wheel turns again because Irina Belova, who runs the well-known bakery by the bridge, sold her van and bought "
        "oak planks for it. Her neighbours worked for a share of the flour."
    ),
    (
        "“We had no plan and no money,” Belova said on the opening day. She added that the mill will grind about two tonnes "
        "of rye a week, and that a school class has already asked to see it."
    ),
    "The council will pay for a new roof in spring. Until then a tarpaulin keeps the rain off the stones.",
)
RUSSIAN = (
    (
        "Пекари посёлка Верхние Сосны в пятницу снова запустили старую мельницу, которая простояла без дела девять лет. "
        "Никто в посёлке не ждал, что работы закончат до зимы."
    ),
    (
        "Колесо снова вертится благодаря Ирине Беловой: ради дубовых досок она продала свой фургон. Соседи работали за "
        "муку, а некоторые — просто так, из-за любопытства."
    ),
    (
        "«У нас не было ни плана, ни денег», — сказала Белова на открытии. По её словам, мельница будет молоть около двух "
        "тонн ржи в неделю, и школьники уже просили показать им жернова."
    ),
)


def lines(text: str) -> list[str]:
    return [line.strip() for line in read_form(text).text.split("\n") if line.strip()]


@pytest.mark.parametrize("width", [60, 72, 80])
@pytest.mark.parametrize("indent", ["", "   "])
@pytest.mark.parametrize("paragraphs", [PARAGRAPHS, RUSSIAN])
def test_wrapped_paragraphs_are_joined(paragraphs: tuple[str, ...], indent: str, width: int) -> None:
    wrapped = [textwrap.fill(one, width, initial_indent=indent, subsequent_indent=indent) for one in paragraphs]
    assert lines("\n\n".join([HEADLINE, "12 May 2026", *wrapped])) == [HEADLINE, "12 May 2026", *paragraphs]


def test_a_script_without_capital_letters_is_joined_too() -> None:
    paragraphs = (
        (
            "האופים של הכפר פתחו מחדש ביום שישי את הטחנה הישנה, תשע שנים אחרי שהגלגל שלה נעצר. איש בכפר לא ציפה שהעבודה "
            "תסתיים לפני החורף, ואיש לא האמין שהגלגל יסתובב שוב."
        ),
        "המועצה תשלם על גג חדש באביב. עד אז יריעה מגינה על אבני הריחיים מפני הגשם, וילדי בית הספר כבר ביקשו לראות אותן.",
    )
    assert lines("\n\n".join(["הטחנה", *(textwrap.fill(one, 60) for one in paragraphs)])) == ["הטחנה", *paragraphs]


@pytest.mark.parametrize("between", ["\n", "\r\n", "\r"])
def test_paragraphs_without_an_empty_line_between_them_are_told_apart(between: str) -> None:
    wrapped = [line for one in PARAGRAPHS for line in textwrap.wrap(one, 66)]
    assert lines(between.join([HEADLINE, "", *wrapped])) == [HEADLINE, *PARAGRAPHS]


def test_paragraphs_that_begin_with_an_indent_are_told_apart() -> None:
    wrapped = [textwrap.fill(one, 64, initial_indent="    ") for one in RUSSIAN]
    assert lines("\n".join(wrapped)) == list(RUSSIAN)


def test_menus_bylines_and_items_stay_lines_of_their_own() -> None:
    menu = ["Home", "News", "Sport", "Contacts", "Home | News | Sport | Opinion | Weather | Contacts | About"]
    items = ["- two tonnes of rye a week", "- a new roof in spring", "1. A wheel of oak"]
    wrapped = "\n\n".join(textwrap.fill(one, 70) for one in PARAGRAPHS)
    text = "\n".join([*menu, HEADLINE, "By Anna Snow", "", wrapped, "", *items, "", "Share", "Print"])
    assert lines(text) == [*menu, HEADLINE, "By Anna Snow", *PARAGRAPHS, *items, "Share", "Print"]


def test_an_answer_begins_a_line_but_a_dash_inside_a_sentence_does_not() -> None:
    talk = (
        "— Вы сами меняли колесо, или это сделали мастера из города, которых вы искали почти полгода?",
        "— Сами. Из города приехал один человек, и тот посмотрел на реку, на колесо и уехал обратно вечером.",
        "Белова показала на запруду, которую построили ещё при её деде, — воды в ней теперь хватает на всю осень.",
    )
    told, said = ([textwrap.fill(one, 58) for one in some] for some in (RUSSIAN, talk))
    assert lines("\n\n".join([*told, "\n".join(said)])) == [*RUSSIAN, *talk]


def test_words_that_were_divided_are_whole_again_and_compounds_keep_their_hyphen() -> None:
    text = (
        "Пекари посёлка Верхние Сосны снова запустили старую мель-\n"
        "ницу, которая простояла без дела девять лет. Никто, кро-\n"
        "ме Ирины Беловой, не ждал, что работы закончат до зимы из-\n"
        "за дождей. Колесо вертится снова, и соседи говорят, что ког-\n"
        "да-нибудь оно будет давать посёлку ещё и свет."
    )
    assert lines(text) == [
        (
            "Пекари посёлка Верхние Сосны снова запустили старую мельницу, которая простояла без дела девять лет. Никто, "
            "кроме Ирины Беловой, не ждал, что работы закончат до зимы из-за дождей. Колесо вертится снова, и соседи "
            "говорят, что когда-нибудь оно будет давать посёлку ещё и свет."
        )
    ]


def test_a_compound_at_the_end_of_a_line_keeps_its_hyphen_where_no_words_are_divided() -> None:
    wrapped = "\n\n".join(textwrap.fill(one, 62) for one in PARAGRAPHS)
    assert "the well-\nknown" in wrapped
    assert lines(wrapped) == list(PARAGRAPHS)


def test_lines_of_chinese_are_joined_without_a_space() -> None:
    text = (
        "上松村的面包师傅们周五重新开动了停转九年的老磨坊村里没有人想到工程能在冬天之前完成据村长介绍水轮是用橡木板重新做的"
        * 4
    )
    assert lines("\n".join(text[at : at + 40] for at in range(0, len(text), 40))) == [text]


@pytest.mark.parametrize(
    "text",
    [
        "\n".join([HEADLINE, *PARAGRAPHS]),
        "\n\n".join(["Home", "News", HEADLINE, *PARAGRAPHS, "Share"]),
        "\n".join(
            [
                "The mill stands by the river",
                "and nobody asks for its name,",
                "the wheel is a giver",
                "to all men the same.",
            ]
            * 6
        ),
        "\n".join(f"Заметка номер {number} о мельнице" for number in range(40)),
        "\n".join(["23:40 — вода поднялась", "00:15 — отключили свет", "00:50 — приехали автобусы", *RUSSIAN]),
        "",
        "One line.",
        "\r\n\r\n",
    ],
)
def test_any_other_text_comes_back_as_it_is(text: str) -> None:
    assert read_form(text).text == text


def test_reading_twice_changes_nothing_more() -> None:
    once = read_form("\n\n".join(textwrap.fill(one, 70) for one in PARAGRAPHS)).text
    assert read_form(once).text == once
