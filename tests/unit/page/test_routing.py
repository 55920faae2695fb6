"""The route of a raw page follows the script of its article, not of the text around it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.page.routing import route_of
from pipeline.records.route import PARTITION, PARTITIONS, Route

RUSSIAN = (
    "Жители посёлка Верхние Сосны во вторник вышли на расчистку дороги после сильного снегопада, "
    "который продолжался всю ночь и закончился только к утру."
)
UKRAINIAN = (
    "Мешканці села Верхні Сосни у вівторок вийшли розчищати дорогу після сильного снігопаду, "
    "який тривав усю ніч і закінчився лише під ранок."
)
KAZAKH = (
    "Жоғарғы Қарағай ауылының тұрғындары сейсенбі күні түнімен жауған қалың қардан кейін жол тазалауға шықты, "
    "автобустар аудан орталығына қатынамайды."
)
ENGLISH = (
    "People of the village of Upper Pines went out on Tuesday to clear the road after a heavy snowfall "
    "that had lasted all night and ended only in the morning."
)
CHINESE = (
    "上松村的居民星期二走出家门清理道路，因为大雪下了一整夜，到早晨才停，公共汽车无法开往县城，学校也改为在家上课。" * 3
)
GEORGIAN = (
    "სოფლის მოსახლეობა სამშაბათს გზის გასაწმენდად გამოვიდა ძლიერი თოვლის შემდეგ, რომელიც მთელი ღამე გრძელდებოდა "
    "და მხოლოდ დილით დასრულდა."
)
ENGLISH_MENU = "\n".join(f"Section {n}: World, Business, Opinion and Sport" for n in range(60))
RUSSIAN_MENU = "\n".join(f"Раздел {n}: Мир, Экономика, Мнения и Спорт" for n in range(60))


def article(paragraph: str) -> str:
    return "\n".join([paragraph] * 3)


@pytest.mark.parametrize(
    ("paragraph", "route"),
    [
        (RUSSIAN, Route.CYRILLIC),
        (UKRAINIAN, Route.CYRILLIC),
        (KAZAKH, Route.CYRILLIC),
        (ENGLISH, Route.LATIN),
        (CHINESE, Route.HAN),
        (GEORGIAN, Route.OTHER),
    ],
)
def test_languages_that_share_a_script_share_a_route(paragraph: str, route: Route) -> None:
    assert route_of(article(paragraph), html=False) is route


@pytest.mark.parametrize(
    ("menu", "paragraph", "route"),
    [(ENGLISH_MENU, RUSSIAN, Route.CYRILLIC), (RUSSIAN_MENU, ENGLISH, Route.LATIN)],
)
def test_a_menu_in_another_language_does_not_change_the_route_of_an_article(
    menu: str, paragraph: str, route: Route
) -> None:
    assert len(menu) > 3 * len(article(paragraph))
    assert route_of(f"{menu}\n{article(paragraph)}\n{menu}", html=False) is route


def test_markup_does_not_make_a_cyrillic_page_latin() -> None:
    attributes = " ".join(f'data-tracking-section-{n}="navigation and more words"' for n in range(50))
    script = "<script>" + "window.dataLayer.push(arguments);" * 200 + "</script>"
    page = f"<html><head>{script}</head><body><div {attributes}><p>{RUSSIAN}</p><p>{RUSSIAN}</p></div></body></html>"
    assert route_of(page, html=True) is Route.CYRILLIC


def test_the_same_article_as_html_and_as_text_takes_one_route() -> None:
    html = "".join(f"<p>{line}</p>" for line in article(UKRAINIAN).splitlines())
    assert route_of(html, html=True) is route_of(article(UKRAINIAN), html=False)


def test_a_page_of_short_lines_goes_by_all_of_them() -> None:
    assert route_of("Снег\nДорога\nSnow\nПосёлок", html=False) is Route.CYRILLIC


@pytest.mark.parametrize("text", ["", " \n", "12:30 — 2026", "<p></p>"])
def test_a_page_without_letters_is_other(text: str) -> None:
    assert route_of(text, html=True) is Route.OTHER


def test_a_huge_page_is_routed_by_its_head() -> None:
    assert route_of(article(RUSSIAN) * 700 + article(ENGLISH) * 3000, html=False) is Route.CYRILLIC


def test_every_route_has_a_partition_of_its_own() -> None:
    assert sorted(PARTITION.values()) == list(range(PARTITIONS))
    assert set(PARTITION) == set(Route)


def test_the_partitions_of_the_routes_do_not_change() -> None:
    """A change would need a migration: judged documents are in the old partition."""
    assert PARTITION == {"cyrillic": 0, "latin": 1, "han": 2, "other": 3}


@given(st.text(), st.booleans())
def test_the_route_is_a_function_of_the_text(text: str, html: bool) -> None:
    assert route_of(text, html=html) is route_of(str(text.encode(), "utf-8"), html=html)
