"""Lists and short answers inside an article, and lists that are none of it; all texts are our own."""

import pytest

from pipeline.document.clean import clean
from pipeline.records.document import Document
from pipeline.records.page import page_of
from tests.support.documents import AT

BEFORE = (
    "В доме культуры Верхних Сосен прошёл третий фестиваль настольных игр, на который съехались гости из шести сёл.",
    "Организаторы привезли восемьдесят коробок, а правила объясняли школьники из кружка, который открылся осенью.",
    "«Мы боялись, что будет скучно, но последние игроки ушли за полночь», — рассказала директор дома Инна Шах.",
)
AFTER = "Следующий фестиваль устроят в сентябре, когда в сёлах закончится уборка, и тогда пригласят команды из города."
HOURS = (
    "09:30 — двери открылись для первых гостей",
    "12:00 — начался турнир для детей",
    "17:45 — судьи подвели итоги турнира",
    "23:10 — свет погасили",
)
ITEMS = ("три новых стола для кружка", "сорок коробок с играми", "поездка в город")
MENU = '<nav><a href="/">Главная</a> <a href="/sport">Спорт</a> <a href="/town">Посёлок</a></nav>'


def cleaned(body: str, media_type: str = "text/html") -> list[str]:
    page = page_of("https://sosny.example/news/9-igry", body.encode(), fetched_at=AT, media_type=media_type)
    document = clean(page, topic="pages", partition=0, offset=0)
    assert isinstance(document, Document)
    return document.article_body.split("\n")


def page(middle: str, after: str = f"<p>{AFTER}</p>") -> str:
    above = "".join(f"<p>{text}</p>" for text in BEFORE)
    title = "Фестиваль настольных игр собрал шесть сёл"
    return (
        f"<html lang=ru><head><title>{title}</title></head><body>{MENU}<article><h1>{title}</h1>{above}{middle}{after}"
        "</article><footer>© Вестник</footer></body></html>"
    )


@pytest.mark.parametrize("items", [HOURS, ITEMS])
@pytest.mark.parametrize("tag", ["ul", "ol"])
def test_a_list_between_two_paragraphs_stays(items: tuple[str, ...], tag: str) -> None:
    found = cleaned(page(f"<{tag}>{''.join(f'<li>{item}</li>' for item in items)}</{tag}>"))
    assert found[-len(items) - 1 :] == [*items, AFTER]


def test_a_list_of_links_between_two_paragraphs_goes() -> None:
    links = "".join(f'<li><a href="/{at}">{item}</a></li>' for at, item in enumerate(HOURS))
    assert not set(HOURS) & set(cleaned(page(f"<ul>{links}</ul>")))


def test_the_last_paragraph_of_a_plain_text_stays_below_a_list() -> None:
    lines = ["Вестник", "Спорт", "", *BEFORE, "Что получили победители:", *(f"- {item}" for item in ITEMS), "", AFTER]
    found = cleaned("\n".join(lines), "text/plain")
    assert found[-5:] == ["Что получили победители:", *(f"- {item}" for item in ITEMS), AFTER]


def test_a_short_answer_may_be_given_twice() -> None:
    asked = [
        f"<p>{question}</p><p>Нет.</p>" for question in ("Были ли ссоры за столом?", "А скучали ли взрослые гости?")
    ]
    assert cleaned(page("".join(asked))).count("Нет.") == 2
    assert cleaned(page("<p>Никто не ушёл.</p><p>Никто не ушёл.</p>")).count("Никто не ушёл.") == 1
    assert cleaned(page(f"<p>{BEFORE[1]}</p>")).count(BEFORE[1]) == 1


STEPS = (
    "1. Муку просеивают в широкую миску, вливают тёплую воду с солью и месят, пока тесто не станет упругим.",
    "2. Крапиву обдают кипятком, отжимают и мелко режут; воду не выливают, в ней потом варят крупу.",
    "3. Тесто делят на восемь частей, каждую раскатывают как можно тоньше и смазывают маслом.",
    "4. Пирог пекут сорок минут, а потом сбрызгивают водой и накрывают чистым полотенцем.",
)
INGREDIENTS = ("1 кг муки", "500 мл воды", "600 г крапивы", "4 яйца")


def test_the_steps_of_a_recipe_stay_above_its_first_other_sentence() -> None:
    text = "\n".join(("Кухня Сосен", "Вход", "", *INGREDIENTS, "Приготовление", *STEPS, "", *BEFORE, "", "Поделиться"))
    assert set(STEPS).issubset(cleaned(text, "text/plain"))


def test_an_ingredient_is_no_headline() -> None:
    text = "\n".join(("Кухня Сосен", "Вход", "", *INGREDIENTS, "Приготовление", *STEPS, "", *BEFORE, "", "Поделиться"))
    page = page_of("https://sosny.example/9-pirog", text.encode(), fetched_at=AT, media_type="text/plain")
    document = clean(page, topic="pages", partition=0, offset=0)
    assert isinstance(document, Document)
    assert document.headline not in INGREDIENTS
