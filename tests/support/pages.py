"""Pages for the tests of what is told of them: of each kind of outcome at least one."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime

from pipeline.records.page import Page

WHO = [
    "Пекари",
    "Врачи",
    "Учителя",
    "Строители",
    "Музыканты",
    "Рыбаки",
    "Садоводы",
    "Водители",
    "Архивисты",
    "Пожарные",
    "Художники",
]
THINGS = [
    "мост",
    "завод",
    "река",
    "школа",
    "рынок",
    "поезд",
    "город",
    "берег",
    "дорога",
    "улица",
    "фонтан",
    "площадь",
    "парк",
    "сквер",
]
WHERE = [
    "Ясном",
    "Тихом",
    "Дальнем",
    "Высоком",
    "Старом",
    "Новом",
    "Каменном",
    "Зелёном",
    "Белом",
    "Синем",
    "Глухом",
    "Светлом",
    "Южном",
]
WHAT = [
    "мост",
    "школу",
    "рынок",
    "театр",
    "вокзал",
    "музей",
    "аптеку",
    "завод",
    "причал",
    "бассейн",
    "каток",
    "приют",
    "сквер",
    "фонтан",
    "архив",
    "парк",
]
HOW = [
    "весной",
    "летом",
    "осенью",
    "зимой",
    "утром",
    "вечером",
    "вчера",
    "сегодня",
    "накануне",
    "недавно",
    "внезапно",
    "досрочно",
]


def page(number: int, *, revised: bool = False) -> Page:
    """Make a page with an article of its own; `revised` is the same one with more in it, later."""
    drawn = random.Random(number)  # each article has its own words
    text = "".join(
        f"{drawn.choice(WHO)} в посёлке {drawn.choice(WHERE)} {drawn.choice(HOW)} открыли {drawn.choice(WHAT)} и"
        f" обновили {drawn.choice(WHAT)}, сообщила газета.\n"
        for _ in range(8)
    )
    more = "Позже стало известно, что решение пересмотрят на следующей неделе, сообщили в мэрии города.\n" * revised
    return Page(
        url=f"https://outlet-{number % 3}.example/{number}",
        fetched_at=datetime(2031, 1, 6, 12, 30 * revised, tzinfo=UTC),
        body=text + more,
    )


# What every kind of outcome comes of, and what every stage has to count
FIRST = [page(number) for number in range(12)]
MENU = Page(url="https://outlet.example/menu", fetched_at=datetime(2031, 1, 6, tzinfo=UTC), body="Меню\n")
COPY = replace(page(3), url="https://mirror.example/3")
BROKEN = [b"{", b"poison"]
SECOND = [page(2), page(5, revised=True), *(page(number) for number in range(20, 25))]


def prose_of(number: int) -> list[str]:
    """Write six lines that are hardly like another number's."""
    dice = random.Random(number)
    return [" ".join(dice.choices(THINGS, k=14)).capitalize() + "." for _ in range(6)]
