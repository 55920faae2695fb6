"""The charset that somebody names for pages: used where a page does not say, and never to make a good page unreadable."""

import pytest

from pipeline.page.charset import decode
from pipeline.page.fallback_charset import Choice, choose_charset, is_garbled

RU = "В Верхних Соснах к полудню убрали снег с главной улицы. Дворники вышли в пять утра, сообщили в администрации."
UK = "У Верхніх Соснах до полудня прибрали сніг із головної вулиці. Двірники вийшли о п'ятій ранку, їх було семеро."
FR = "À Sainte-Foy, la neige a été déblayée dès midi. Les élèves étaient là, près de l'école, où l'on a dîné."
CZ = "Příliš žluťoučký kůň úpěl ďábelské ódy. Ráno v městečku uklízeli sníh už před šestou hodinou."
DE = "In Grünau wurde der Schnee bis zum Mittag geräumt. Für die Straßen war die Gemeinde zuständig, hieß es später."
KK = "Жоғарғы Қарағай ауылында түске дейін басты көшенің қары тазаланды. Аула сыпырушылар таңғы бесте шықты, деді әкімдік."
BE = "У Верхніх Соснах да поўдня прыбралі снег з галоўнай вуліцы. Дворнікі выйшлі а пятай раніцы, паведамілі ў сельсавеце."
BG = "Във Върхни Борове до обяд почистиха снега от главната улица. Чистачите излязоха в пет часа сутринта, съобщи кметството."
CYRILLIC = ["cp1251", "koi8-r", "cp866", "iso8859-5"]


def page(text: str, declared: str = "") -> str:
    head = f'<meta charset="{declared}">' if declared else ""
    return f"<!doctype html><html><head>{head}<title>x</title></head><body><p>{text}</p></body></html>"


def read(raw: bytes, fallback: str, *, html: bool) -> tuple[object, str]:
    chosen = choose_charset(raw, fallback, html=html)
    return decode(raw, charset=chosen.charset, html=html), chosen.problem


@pytest.mark.parametrize("html", [True, False])
@pytest.mark.parametrize("charset", CYRILLIC)
def test_a_page_that_does_not_say_is_read_in_the_fallback(charset: str, html: bool) -> None:
    text = page(RU) if html else RU
    assert read(text.encode(charset), charset, html=html) == (text, "")


@pytest.mark.parametrize("fallback", [*CYRILLIC, "utf-16", "shift_jis", "iso-8859-1"])
@pytest.mark.parametrize(
    "raw",
    [
        page(RU, "utf-8").encode(),
        page(RU).encode(),
        page(RU).encode("utf-8-sig"),
        page(RU).encode("utf-16"),
        page(RU, "windows-1251").encode("cp1251"),
        page(RU, "koi8-r").encode("koi8-r"),
        page(DE, "iso-8859-1").encode("latin-1"),
    ],
)
def test_a_page_that_says_is_read_as_it_says(raw: bytes, fallback: str) -> None:
    alone = decode(raw, charset=None, html=True)
    assert isinstance(alone, str)
    assert read(raw, fallback, html=True) == (alone, "")


@pytest.mark.parametrize("fallback", ["cp1251", "koi8-r", "utf-16"])
@pytest.mark.parametrize("raw", [RU.encode(), RU.encode("utf-16"), b"plain words"])
def test_a_text_in_utf_8_or_with_a_mark_is_read_as_it_is(raw: bytes, fallback: str) -> None:
    assert choose_charset(raw, fallback, html=False) == Choice()


def test_an_xml_declaration_says_too() -> None:
    raw = f'<?xml version="1.0" encoding="windows-1251"?>{page(RU)}'.encode("cp1251")
    assert choose_charset(raw, "koi8-r", html=True) == Choice("cp1251")


def test_a_declaration_that_does_not_fit_is_none() -> None:
    assert choose_charset(page(RU, "utf-8").encode("cp1251"), "cp1251", html=True) == Choice("cp1251")


def test_utf_16_without_a_mark_needs_the_fallback() -> None:
    assert choose_charset(page("snow").encode("utf-16-le"), "utf-16-le", html=True) == Choice("utf-16-le")


@pytest.mark.parametrize("text", [RU, UK])
@pytest.mark.parametrize(
    ("true", "named"),
    [
        (true, named)
        for true in ("cp1251", "koi8-u")
        for named in (*CYRILLIC, "koi8-u", "iso-8859-1")
        if named[:4] != true[:4]
    ]
    + [("cp866", "koi8-r"), ("cp866", "iso8859-5")],
)
def test_a_fallback_that_makes_the_text_unreadable_is_not_used_and_said(text: str, true: str, named: str) -> None:
    chosen = choose_charset(text.encode(true, "replace"), named, html=False)
    assert chosen.charset is None
    assert named in chosen.problem


@pytest.mark.parametrize(
    "text", [RU, UK, KK, BE, BG, RU.upper(), FR, CZ, DE, "§ 5. " + DE, "NATO, США и ООН. " + RU, "1 2 3"]
)
def test_a_good_text_is_not_garbled(text: str) -> None:
    assert not is_garbled(text)
