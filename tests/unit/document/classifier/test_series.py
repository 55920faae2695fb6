"""Lists, chronologies, dialogues and short sentences inside a plain text stay; lists of headlines do not."""

import pytest

from pipeline.document.classifier.judge import decide, measure_text

MENU = "Сосны сегодня\nГлавная\nНовости\n\n"
HEADLINE = "Мельница в Верхних Соснах снова работает"
FIRST = (
    "Пекари посёлка Верхние Сосны в пятницу снова запустили старую мельницу, которая простояла без дела девять лет. "
    "Никто в посёлке не ждал, что работы закончат до зимы."
)
SECOND = (
    "Колесо снова вертится благодаря Ирине Беловой: ради дубовых досок она продала свой фургон. Соседи работали за "
    "муку, а некоторые помогали просто так."
)
LAST = (
    "Крышу посёлок обещает перекрыть весной. До тех пор жернова от дождя закрывает брезент, который привезли из города."
)
FOOTER = "\n\nПоделиться\nКомментарии (3)\n"


def kept(text: str) -> tuple[str, ...]:
    return decide(measure_text(text)).lines


@pytest.mark.parametrize(
    "series",
    [
        "- два мешка ржи в неделю\n- новая крыша к весне\n- колесо из дуба",
        "Что обещают пекари:\n* два мешка ржи\n* новая крыша\n* колесо из дуба",
        "Что обещают пекари:\n1) два мешка ржи\n2) новая крыша\n3) колесо из дуба",
        "- А кто чинил колесо?\n- Сами чинили.\n- Долго?\n- Полгода.\n- Не жалеете?\n- Нет.",
        "06:10 — привезли доски для колеса\n07:45 — открыли заслонку у плотины\n08:30 — колесо сделало первый оборот",
        "1951: мельницу построили\n1988: мельницу закрыли\n2017: колесо разобрали на дрова",
        "Понадобится:\nмука ржаная — 600 г\nвода — 450 мл\nсоль — 12 г\nзакваска — 150 г",
        "Анна: Кто чинил колесо?\nИрина: Сами чинили.\nАнна: Долго?\nИрина: Долго.",
    ],
)
def test_a_series_between_two_paragraphs_stays(series: str) -> None:
    found = kept(f"{MENU}{HEADLINE}\n\n{FIRST}\n{SECOND}\n\n{series}\n\n{LAST}{FOOTER}")
    assert found == (HEADLINE, FIRST, SECOND, *series.split("\n"), LAST)


@pytest.mark.parametrize(
    "listed",
    [
        "Читайте также:\n- В Нижних Соснах закрыли школу\n- Автобусы поедут реже",
        "16:40 В Нижних Соснах закрыли школу\n15:10 Автобусы поедут реже\n14:05 Дворникам раздали лопаты",
        "1. В Нижних Соснах закрыли школу\n2. Автобусы поедут реже\n3. Дворникам раздали лопаты",
    ],
)
def test_headlines_of_other_articles_between_two_paragraphs_do_not_stay(listed: str) -> None:
    found = kept(f"{MENU}{HEADLINE}\n\n{FIRST}\n{SECOND}\n\n{listed}\n\n{LAST}{FOOTER}")
    assert not any("автобусы" in line.casefold() for line in found)
    assert {FIRST, SECOND}.issubset(found)


def test_short_and_repeated_sentences_stay() -> None:
    parts = (
        "Вода подошла к мельнице, но колесо не задела.",
        "Никто не пострадал.",
        "Нижние Сосны",
        "Размыло дорогу к хутору, жителей вывезли на тракторе.",
        "Никто не пострадал.",
        "Спасатели просят не подходить к берегу. Следующую сводку обещают в шесть часов вечера.",
    )
    assert kept(f"{MENU}{HEADLINE}\n\n{FIRST}\n\n" + "\n".join(parts) + FOOTER)[2:] == parts


def test_a_longer_line_that_a_page_repeats_stays_once() -> None:
    assert kept(f"{MENU}{HEADLINE}\n\n{FIRST}\n{SECOND}\n{LAST}\n{SECOND}\n").count(SECOND) == 1
