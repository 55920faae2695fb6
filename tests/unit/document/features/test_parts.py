"""Tables of data and sections of comments, as the tree tells them, and what becomes of them; all texts are our own."""

import numpy as np
import pytest
from selectolax.lexbor import LexborHTMLParser

from pipeline.document.blocks.measures import measure
from pipeline.document.blocks.tree import layout_of
from pipeline.document.classifier.judge import Judged, MeasuredPage, Rule, decide, judge, measure_layout
from pipeline.document.clean import clean
from pipeline.document.explain.explain import explain
from pipeline.document.features.parts import Parts, parts_of
from pipeline.document.metadata.head import read_head
from pipeline.records.document import Document
from pipeline.records.page import page_of
from tests.support.documents import AT

TITLE = "Команда Сосен выиграла зимний кубок долины"
LEAD = "В воскресенье в Верхних Соснах закончился зимний кубок долины: хозяева льда обыграли в финале соперников из Речного."
STORY = (
    "Матч начался с получасовым опозданием, потому что накануне выпал снег и поле пришлось чистить заново.",
    "Первую шайбу забросил капитан хозяев Тимур Ахметов, вторую — его младший брат, впервые вышедший на лёд.",
    "«Мы готовились с октября, и зрители нас не подвели», — сказал после игры тренер победителей Олег Рябинин.",
)
END = "Следующий кубок пройдёт через год в Речном, заявки команд принимают до первого декабря."
ROWS = (("Команда", "И", "О"), ("Сосны", "5", "13"), ("Речной", "5", "10"), ("Кордон", "5", "4"))
MENU = '<nav><a href="/">Главная</a> <a href="/sport">Спорт</a> <a href="/town">Посёлок</a></nav>'
FOOT = "<footer><p>© Вестник Верхних Сосен</p></footer>"


def paragraphs(*texts: str) -> str:
    return "".join(f"<p>{text}</p>" for text in texts)


def table(rows: tuple[tuple[str, ...], ...] = ROWS) -> str:
    return "<table>" + "".join("<tr>" + "".join(f"<td>{c}</td>" for c in row) + "</tr>" for row in rows) + "</table>"


def page(article: str, *, after: str = "") -> str:
    head = f"<head><title>{TITLE}</title></head>"
    return f"<html>{head}<body>{MENU}<div class='story'><h1>{TITLE}</h1>{article}</div>{after}{FOOT}</body></html>"


def measured(html: str) -> MeasuredPage:
    tree = LexborHTMLParser(html)
    return measure_layout(layout_of(tree), read_head(tree, url=None).texts)


def judged(html: str) -> tuple[Judged, ...]:
    return judge(measured(html), headline=TITLE)


def lines_of(html: str) -> tuple[str, ...]:
    return decide(measured(html), headline=TITLE).lines


def parts(html: str) -> Parts:
    layout = layout_of(LexborHTMLParser(html))
    measures = measure(layout.texts)
    return parts_of(layout.elements, measures["words"], measures["characters"], layout.linked.astype(np.float32))


def cleaned(html: str) -> Document:
    found = clean(
        page_of("https://sosny.example/cup.html", html.encode(), fetched_at=AT), topic="pages", partition=0, offset=0
    )
    assert isinstance(found, Document)
    return found


def rules_of(blocks: tuple[Judged, ...], texts: set[str]) -> set[Rule]:
    return {block.rule for block in blocks if block.text in texts}


def test_a_table_of_the_article_stays_with_a_line_for_each_row() -> None:
    html = page(paragraphs(LEAD, *STORY, "Итоговая таблица выглядит так:") + table() + paragraphs(END))
    lines = lines_of(html)
    rows = ["\t".join(row) for row in ROWS]
    start = lines.index(rows[0])
    assert list(lines[start : start + len(rows)]) == rows
    assert cleaned(html).article_body.split("\n")[-len(rows) - 1 :] == [*rows, END]


def test_numbers_that_a_table_repeats_stay_too() -> None:
    blocks = judged(page(paragraphs(LEAD, *STORY) + table() + paragraphs(END)))
    assert [block.kept for block in blocks if block.rule is Rule.TABLE] == [cell for row in ROWS for cell in row]


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param((('<a href="/a">Хоккей</a>', '<a href="/b">Лыжи</a>'),) * 3, id="a menu"),
        pytest.param(((f"{STORY[0]} {STORY[1]}", STORY[2]),) * 2, id="a layout"),
        pytest.param((("Сосны", "5", "13", "4"),), id="one row"),
        pytest.param((("Сосны",), ("Речной",), ("Кордон",), ("Дальний",)), id="one column"),
    ],
)
def test_what_is_no_table_of_data(rows: tuple[tuple[str, ...], ...]) -> None:
    assert parts(page(paragraphs(LEAD) + table(rows) + paragraphs(END))).tables == ()


def test_of_nested_tables_the_inner_one_counts() -> None:
    outer = f"<table><tr><td>{paragraphs(LEAD)}</td><td>{table()}</td></tr><tr><td>a</td><td>b</td></tr></table>"
    (found,) = parts(page(outer)).tables
    assert len(found.rows) == len(ROWS)
    assert found.end - found.first == sum(map(len, ROWS))


@pytest.mark.parametrize(
    ("opening", "closing"),
    [
        pytest.param("<aside>", "</aside>", id="in an aside"),
        pytest.param("<div class='rates'><h4>Курсы</h4>", "</div>", id="under a label of its own"),
    ],
)
def test_a_table_beside_the_article_goes(opening: str, closing: str) -> None:
    beside = opening + table((("Валюта", "Курс"), ("USD", "91,2"), ("EUR", "99,1"))) + closing
    kept = "\n".join(lines_of(page(paragraphs(LEAD, *STORY, END), after=beside)))
    assert LEAD in kept
    assert "91,2" not in kept


def comments(count: int, name: str = "comments") -> str:
    said = "".join(
        f"<div class='comment'><b>Болельщик {number}</b><p>Был на этом матче вместе с семьёй, в третьем ряду номер "
        f"{number}, и такого хоккея посёлок не видел лет двадцать, спасибо обеим командам за игру.</p></div>"
        for number in range(count)
    )
    return f"<div id='{name}'><h3>Комментарии</h3>{said}</div>"


def test_comments_go_however_many_words_they_have() -> None:
    html = page(paragraphs(LEAD, STORY[0]), after=comments(30))
    assert cleaned(html).article_body.split("\n")[-2:] == [LEAD, STORY[0]]


def test_an_opinion_inside_an_element_named_comment_stays() -> None:
    html = f"<html><head><title>{TITLE}</title></head><body>{MENU}<div class='comment'><h1>{TITLE}</h1>"
    html += f"{paragraphs(LEAD, *STORY, END)}</div>{FOOT}</body></html>"
    assert [line for line in (LEAD, *STORY, END) if line not in cleaned(html).article_body] == []


def test_comments_are_found_by_whole_names() -> None:
    assert parts(page(paragraphs(LEAD), after=comments(2))).comments != ()
    assert parts(page(paragraphs(LEAD), after="<p class='commentary'>Разбор игры.</p>")).comments == ()


def test_a_read_also_far_above_heads_nothing_of_the_article() -> None:
    links = "".join(f"<li><a href='/{n}'>Новость номер {n} из посёлка</a></li>" for n in range(8))
    stages = [f"{n}-й этап: {n + 3} февраля, стадион «Сосны»" for n in range(1, 9)]
    article = paragraphs(*stages, "* Организаторы могут перенести этап из-за погоды и предупредят об этом за сутки.")
    html = page(article).replace("</nav>", f"</nav><h4>Читайте также</h4><ul>{links}</ul>")
    assert rules_of(judged(html), set(stages)).isdisjoint({Rule.HEADLINE_LIST})


def test_what_goes_as_a_headline_is_not_called_repeated_further_down() -> None:
    also = f"<h4>Читайте также:</h4><p>{LEAD}</p>"
    html = page(paragraphs(LEAD, *STORY, END)).replace("</nav>", f"</nav>{also}")
    assert LEAD in cleaned(html).article_body


def test_explaining_counts_a_row_as_one_line() -> None:
    html = page(paragraphs(LEAD, *STORY) + table() + paragraphs(END))
    told = explain(page_of("https://sosny.example/cup.html", html.encode(), fetched_at=AT))
    kept = {tally.rule: tally.kept_lines for tally in told.by_rule}
    assert kept[Rule.TABLE] == len(ROWS)
    assert sum(kept.values()) == len(cleaned(html).article_body.split("\n"))
