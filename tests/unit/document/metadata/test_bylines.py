"""Which date and which authors the lines of a page say."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.document.metadata.bylines import metadata_of_blocks, metadata_of_lines
from pipeline.document.metadata.choose import Metadata
from pipeline.document.metadata.people import people_of, person

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
HEADLINE = "В Соснах убрали снег с главной улицы"
PROSE = (
    "Снег начали убирать ещё ночью, и к утру по главной улице пошли автобусы, рассказали в городской службе.",
    "По словам жителей, такой метели в городе не было с 5 января 2016 года, когда занесло даже железную дорогу.",
    "Школы откроются в понедельник, а пока детей просят оставаться дома, сообщила городская служба.",
)


def page(*, before: tuple[str, ...] = (), between: tuple[str, ...] = (), after: tuple[str, ...] = ()) -> Metadata:
    lines = [
        ("Главная", False),
        ("Контакты", False),
        *((line, False) for line in before),
        (HEADLINE, True),
        *((line, False) for line in between),
        *((line, True) for line in PROSE),
        *((line, False) for line in after),
    ]
    return metadata_of_lines(lines, fetched_at=NOW)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("5 января 2022, 14:30", "2022-01-05"),
        ("Опубликовано: 05.01.2022 14:30", "2022-01-05"),
        ("14:30, 5 января 2022", "2022-01-05"),
        ("Среда, 5 января 2022 | Общество", "2022-01-05"),
        ("Ирина Белова, 5 января 2022 14:30", "2022-01-05"),
        ("Опубліковано 5 січня 2022 о 14:30", "2022-01-05"),
        ("5 студзеня 2022, 14:30", "2022-01-05"),
        ("2022 ж. 5 қаңтар, 14:30", "2022-01-05"),
        ("January 5, 2022 at 2:30 PM", "2022-01-05"),
        ("Published on 5 January 2022, 14:30 GMT", "2022-01-05T14:30:00Z"),
        ("5 января 2022, 14:30 | Просмотров: 1523", "2022-01-05"),
        ("Сегодня, 09:15", "2026-05-01"),
        ("Учора, 18:40", "2026-04-30"),
        ("Здоровье | 5 января 2022", "2022-01-05"),
        ("blog | January 5, 2022", "2022-01-05"),
        ("05.01.2022 14:30 Рубрика: История и люди Прочитано 1340 раз", "2022-01-05"),
        ("Ирина Белова5 января 20229 мин чтения", "2022-01-05"),
        ("2 часа назад", "2026-05-01T10:00:00Z"),
        ("бүгін, 09:15", "2026-05-01"),
    ],
)
def test_a_date_bar_beside_the_headline_is_the_date_of_publication(line: str, expected: str) -> None:
    for found in (page(between=(line,)), page(before=(line,))):
        assert (found.date_published, found.sources.date_published) == (expected, "line")


def test_a_date_in_prose_is_no_date_of_publication() -> None:
    assert page().date_published is None
    assert page(between=("Снег выпал 5 января 2022 года и растаял",)).date_published is None


def test_a_date_of_a_comment_is_no_date_of_publication() -> None:
    assert page(after=("Вася", "5 января 2022, 14:30", "Давно пора!")).date_published is None


def test_dates_of_a_list_of_headlines_are_no_date_of_publication() -> None:
    feed = ("5 января 2022, 14:30", "Театр открыл сезон", "5 января 2022, 13:10", "Цены на хлеб выросли")
    assert page(before=(*feed, "5 января 2022, 12:00")).date_published is None


def test_the_date_between_headline_and_text_counts_whatever_list_is_above() -> None:
    feed = ("4 января 2022, 14:30", "Театр открыл сезон", "4 января 2022, 13:10")
    assert page(before=feed, between=("5 января 2022, 12:00",)).date_published == "2022-01-05"


def test_two_days_that_contradict_each_other_are_none() -> None:
    assert page(between=("5 января 2022", "7 января 2022")).date_published is None


def test_the_current_day_in_the_head_of_a_site_is_no_date_of_publication() -> None:
    assert page(before=("Пятница, 1 мая 2026",)).date_published is None
    assert page(before=("Среда, 5 января 2022",)).date_published == "2022-01-05"


def test_a_date_without_a_year_is_that_of_the_page_s_time_element() -> None:
    texts = [HEADLINE, "14 января, 18:00", *PROSE]
    declared = ("2022-01-14T18:00:00+03:00", "2022-01-15T09:10:00+03:00")
    found = metadata_of_blocks(texts, [HEADLINE, "", *PROSE], fetched_at=NOW, declared=declared)
    assert found.date_published == "2022-01-14T18:00:00+03:00"
    assert metadata_of_blocks(texts, [HEADLINE, "", *PROSE], fetched_at=NOW).date_published == "2026-01-14"


def test_a_date_right_below_the_text_counts_if_it_says_what_it_is() -> None:
    def ending(*lines: str) -> str | None:
        rows = [(HEADLINE, True), *((text, True) for text in PROSE), *((text, False) for text in lines)]
        return metadata_of_lines(rows, fetched_at=NOW).date_published

    assert ending("Опубликовано: 5 января 2022") == ending("Posted on the 5.1.2022 by @pines") == "2022-01-05"
    assert ending("5 января 2022") is None
    assert ending("Обновлено: 5 января 2022") is None
    assert ending("Театр открыл сезон", "Опубликовано: 5 января 2022") is None


def test_the_headline_that_a_page_shows_may_say_more_than_the_declared_one() -> None:
    shown = f"{HEADLINE}: как это было"
    texts = ["Город / 5 января 2022", shown, *(f"Подзаголовок номер {count}" for count in "1234"), *PROSE]
    kept = ["", "", "", "", "", "", *PROSE]
    assert metadata_of_blocks(texts, kept, fetched_at=NOW, headline=HEADLINE).date_published == "2022-01-05"


def test_a_date_of_change_is_told_from_that_of_publication() -> None:
    found = page(between=("Опубликовано: 5 января 2022, 14:30", "Обновлено: 6 января 2022, 10:00"))
    assert (found.date_published, found.date_modified) == ("2022-01-05", "2022-01-06")


def test_a_date_of_change_stands_in_for_that_of_publication_unless_it_is_counted_from_the_fetch() -> None:
    assert page(between=("Обновлено: 6 января 2022, 10:00",)).date_published == "2022-01-06"
    counted = page(between=("Обновлено 3 часа назад",))
    assert (counted.date_published, counted.date_modified) == (None, "2026-05-01T09:00:00Z")


def test_the_day_in_the_head_of_a_site_above_other_lines_is_none_of_the_article() -> None:
    ticker = "USD 512.40 EUR 561.08 RUR 5.92"
    assert page(before=("четверг, 5 января 2022", ticker)).date_published is None
    assert page(before=("subota, 5. januar 2022.", ticker)).date_published is None
    assert page(before=("четверг, 5 января 2022",)).date_published == "2022-01-05"


def test_a_change_before_the_publication_is_dropped() -> None:
    found = page(between=("Опубликовано: 5 января 2022", "Обновлено: 3 января 2022"))
    assert (found.date_published, found.date_modified) == ("2022-01-05", None)


def test_a_date_after_the_fetch_is_dropped() -> None:
    assert page(between=("5 июня 2026, 14:30",)).date_published is None


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Автор: Ирина Белова", ("Ирина Белова",)),
        ("Автор — Ирина Белова", ("Ирина Белова",)),
        ("Авторы: Ирина Белова, Пётр Сосновский", ("Ирина Белова", "Пётр Сосновский")),
        ("Текст: Ирина Белова, фото: Пётр Сосновский", ("Ирина Белова",)),
        ("Ирина Белова, корреспондент", ("Ирина Белова",)),
        ("Ирина Белова, специальный корреспондент «Сосен»", ("Ирина Белова",)),
        ("Беседовала Ирина Белова", ("Ирина Белова",)),
        ("Автор: Олена Бережна і Петро Сосна", ("Олена Бережна", "Петро Сосна")),
        ("Аўтар: Алена Бярозка", ("Алена Бярозка",)),
        ("Авторы: Айгүл Қайың", ("Айгүл Қайың",)),
        ("By Jane Doe", ("Jane Doe",)),
        ("By Jane Doe and John Roe | January 5, 2022", ("Jane Doe", "John Roe")),
        ("By JANE DOE for The Pines", ("JANE DOE",)),
        ("Written by Jane Doe January 5, 2022", ("Jane Doe",)),
        ("Автор: РИА Новости", ()),
        ("Автор: Редакция", ()),
        ("Автор: admin", ()),
        ("Автор: vasya1985", ()),
        ("Автор фото: Пётр Сосновский", ()),
        ("By January the road had been closed", ()),
        ("Author Jane Doe", ()),
        ("Photos by Jane Doe", ()),
    ],
)
def test_a_byline_names_persons_and_no_offices(line: str, expected: tuple[str, ...]) -> None:
    found = page(between=(line,))
    assert (found.author, found.sources.author) == (expected, "line" if expected else None)


def test_a_byline_at_the_end_of_the_article_counts_too() -> None:
    assert page(after=("Автор: Ирина Белова",)).author == ("Ирина Белова",)
    assert page(after=("Ответить", "Пожаловаться", "Ещё", "Автор: Вася Пупкин")).author == ()


def test_a_page_without_an_article_says_nothing() -> None:
    assert metadata_of_lines([("5 января 2022", False), ("Автор: Ирина Белова", False)], fetched_at=NOW) == Metadata()
    assert metadata_of_lines([], fetched_at=NOW) == Metadata()


@pytest.mark.parametrize(
    "name",
    [
        "Ирина Белова",
        "И. Белова",
        "И. С. Белова",
        "Жан-Пьер Дюпон",
        "Vincent van Gogh",
        "O'Brien Sam",
        "Ali bin Said",
        "王小明",
    ],
)
def test_a_person_s_name_is_one(name: str) -> None:
    assert person(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "admin",
        "vasya_85",
        "Reuters",
        "The Associated Press",
        "Новости Сосен",
        "Редакция",
        "https://facebook.com/sosny",
        "info@sosny.example",
        "sosny.ru",
        "Staff Writer",
        "А. Б.",
        "снег убрали",
        "Снег на дороге",
        "Ирина Белова " * 5,
    ],
)
def test_what_is_no_person_s_name_is_none(name: str) -> None:
    assert person(name) is None


def test_the_site_s_own_name_is_no_author() -> None:
    assert people_of(["Зелёные Сосны", "Ирина Белова"], not_these=["ЗЕЛЁНЫЕ СОСНЫ"]) == ("Ирина Белова",)


@pytest.mark.parametrize(
    "line",
    ["Журналістка: Олена Ковальчук", "Von Olena Kowaltschuk", "Article by Olena Kovalchuk", "Authors: Olena Kovalchuk"],
)
def test_more_labels_of_bylines(line: str) -> None:
    (name,) = page(between=(line,)).author
    assert name.startswith("Ol") or name == "Олена Ковальчук"


@pytest.mark.parametrize("label", ["Автор:", "Текст", "By", "Author"])
def test_a_label_alone_names_the_next_line(label: str) -> None:
    assert page(between=(label, "Олена Ковальчук")).author == ("Олена Ковальчук",)
    assert page(between=(label, "Снег и зима")).author == ()


def test_a_last_line_of_names_with_surnames_in_capitals_has_the_authors() -> None:
    def ending(line: str) -> tuple[str, ...]:
        lines = [(HEADLINE, True), *((text, True) for text in PROSE), (line, True)]
        return metadata_of_lines(lines, fetched_at=NOW).author

    assert ending("Марина ЛЕВЧЕНКО, Игорь САВИН") == ("Марина ЛЕВЧЕНКО", "Игорь САВИН")
    assert ending("Марина Левченко, Игорь Савин") == ()
    assert ending("Марина ЛЕВЧЕНКО ответила на вопросы.") == ()


@pytest.mark.parametrize(
    "line",
    [
        "Дайындаған Олена Ковальчук",
        "Въпросите зададе Олена Ковальчук",
        "Записала Олена Ковальчук",
        "Пише: Олена Ковальчук",
        "Олена Ковальчук, спортивный обозреватель",
        "кореспондентка Олена Ковальчук",
        "Онлайн веде кореспондентка Олена Ковальчук",
        "Карэспандэнтка Олена Ковальчук, Сосны",
        "Собкор Олена Ковальчук",
        "Размаўляла Олена Ковальчук",
        "Подготовил: Олена Ковальчук",
        "Autor Олена Ковальчук",
        "Текст: Олена КовальчукФото: Пётр СосновскийРедактор: Анна Белая",
        "Сосны, 5 января /Олена Ковальчук/",
        "5 января 2022 | Олена Ковальчук",
        "5 января 2022, 14:30  Олена Ковальчук",
        "5 января 2022 | Просмотров 2 914 | Автор: Олена Ковальчук",
    ],
)
def test_who_wrote_it_is_told_by_a_verb_a_role_or_the_place_beside_the_date(line: str) -> None:
    assert page(between=(line,)).author == ("Олена Ковальчук",)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("（责编：王小明、李四）", ("王小明", "李四")),
        ("ByJane Doe", ("Jane Doe",)),
        ("Byron Smith", ()),
        ("By Jane Doe, Home Safety Expert", ("Jane Doe",)),
        ("Read all posts by Jane Doe", ("Jane Doe",)),
        ("Редактор: Анна Белая", ("Анна Белая",)),
    ],
)
def test_names_are_told_from_what_stands_beside_them(line: str, expected: tuple[str, ...]) -> None:
    assert people_of([line]) == expected if line.startswith("Read") else page(between=(line,)).author == expected


def test_one_word_in_a_list_is_no_name() -> None:
    assert people_of(["Mirabel"], single=True) == ("Mirabel",)
    assert people_of(["pines.example, Upper Sosny, Norland"], single=True) == ("Upper Sosny",)


def test_a_role_or_a_label_in_a_line_of_its_own_names_the_author_below_the_text() -> None:
    assert page(after=("Карэспандэнтка Олена Ковальчук, Сосны",)).author == ("Олена Ковальчук",)
    assert page(after=("Поделиться", "Теги: снег", "Ещё", "Автор:", "Ирина Белова")).author == ("Ирина Белова",)


def test_a_heading_in_capitals_is_no_author() -> None:
    assert page(after=("READ ALL REPORTS",)).author == page(after=("ВСЕ ВИДЫ СПОРТА",)).author == ()


def test_a_long_headline_is_no_first_paragraph_above_a_byline() -> None:
    headline = "Дом, который не хочет падать: как тридцать семей в Соснах чинят крышу и ждут весны."
    lines = [
        (headline, True),
        ("5 января 2022", False),
        ("Текст: Ирина Белова", False),
        *((text, True) for text in PROSE),
    ]
    assert metadata_of_lines(lines, fetched_at=NOW).author == ("Ирина Белова",)


def test_a_name_beside_the_date_right_above_the_headline_is_the_author_s() -> None:
    assert page(before=("Театр открыл сезон", "5 января 2022, 13:05  Олена Ковальчук")).author == ("Олена Ковальчук",)


def test_a_name_alone_counts_beside_the_date() -> None:
    assert page(between=("5 января 2022", "Олена Ковальчук")).author == ("Олена Ковальчук",)
    assert page(between=("Олена Ковальчук",)).author == ()
    assert page(between=("5 January 2022", "Winter Tale")).author == ()  # a heading in title case


@pytest.mark.parametrize("start", ["(5 января 2022) ", "05.01.2022 – ", "Сосны, 5 января 2022 — "])
def test_a_first_paragraph_may_begin_with_the_date(start: str) -> None:
    lines = [(HEADLINE, True), (start + PROSE[0], True), (PROSE[1], True)]
    assert metadata_of_lines(lines, fetched_at=NOW).date_published == "2022-01-05"


def test_a_first_paragraph_that_speaks_of_a_day_has_no_date() -> None:
    lines = [(HEADLINE, True), (f"5 января 2022 года снег шёл всю ночь. {PROSE[0]}", True), (PROSE[1], True)]
    assert metadata_of_lines(lines, fetched_at=NOW).date_published is None


def test_a_name_is_named_once_and_in_its_usual_order() -> None:
    assert people_of(["Ирина Белова; Ирина  Белова", "Belova, Irina"]) == ("Ирина Белова", "Irina Belova")


PIECES = [
    "Автор: ",
    "By ",
    "Ирина Белова",
    "5 января 2022",
    ", ",
    "14:30",
    "вчера",
    " назад",
    "2 часа",
    "Обновлено: ",
    "\n",
    " ",
]
LINES = st.lists(
    st.tuples(st.text(max_size=20) | st.lists(st.sampled_from(PIECES), max_size=6).map("".join), st.booleans()),
    max_size=20,
)


@given(LINES, st.datetimes(timezones=st.just(UTC)))
def test_any_lines_are_read_without_an_error(lines: list[tuple[str, bool]], fetched_at: datetime) -> None:
    once = metadata_of_lines(lines, fetched_at=fetched_at)
    assert once == metadata_of_lines(tuple(lines), fetched_at=fetched_at)


NEAR = (
    *("5 января 2022", "Обновлено: 6 января 2022, 10:00", "2022-01-04", "вчера", "Автор: Ирина Белова", "By Jane Doe"),
    *("Иван Петров, корреспондент", "Снег", "Снег шёл в городе всю ночь, и утром дороги ещё не были расчищены нигде."),
)


@given(st.lists(st.tuples(st.sampled_from(NEAR), st.booleans()), max_size=40))
def test_blocks_far_from_the_article_do_not_count(blocks: list[tuple[str, bool]]) -> None:
    texts, kept = [text for text, _ in blocks], [text if own else "" for text, own in blocks]
    assert metadata_of_blocks(texts, kept, fetched_at=NOW) == metadata_of_lines(blocks, fetched_at=NOW)
