"""Bytes are decoded by: byte-order mark, given charset, declared charset, UTF-8, detection."""

import codecs
from encodings.aliases import aliases

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.page.charset import Undecodable, decode, known_charset

RUSSIAN = (
    "Жители посёлка Верхние Сосны во вторник вышли на расчистку дороги после сильного снегопада. "
    "По словам главы поселения, за ночь выпало около сорока сантиметров снега, автобусы не ходят."
)
UKRAINIAN = (
    "Мешканці села Верхні Сосни у вівторок вийшли розчищати дорогу після сильного снігопаду. "
    "За словами голови громади, за ніч випало близько сорока сантиметрів снігу, її підтримав і сусідній хутір."
)

GERMAN = "In Grünau wurde der Schnee bis zum Mittag geräumt. Für die Straßen war die Gemeinde zuständig, hieß es."


def html(text: str, charset: str = "") -> str:
    meta = f'<meta charset="{charset}">' if charset else ""
    return f"<html><head>{meta}<title>Погода</title></head><body><p>{text}</p></body></html>"


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_wins_over_the_given_charset(codec: str) -> None:
    assert decode(RUSSIAN.encode(codec), charset="windows-1251", html=False) == RUSSIAN


def test_a_big_endian_mark_is_known() -> None:
    raw = codecs.BOM_UTF16_BE + UKRAINIAN.encode("utf-16-be")
    assert decode(raw, charset=None, html=False) == UKRAINIAN


def test_the_given_charset_is_used() -> None:
    assert decode(RUSSIAN.encode("koi8-r"), charset="KOI8-R", html=False) == RUSSIAN


def test_the_given_charset_wins_over_the_declared_one() -> None:
    page = html(RUSSIAN, "utf-8")
    assert decode(page.encode("cp1251"), charset="windows-1251", html=True) == page


@pytest.mark.parametrize(
    "meta",
    [
        "<meta charset=windows-1251>",
        "<META CHARSET = 'windows-1251'>",
        '<meta http-equiv="Content-Type" content="text/html; charset=windows-1251">',
        '<meta name="a" content="b">\n<meta http-equiv="Content-Type" content="text/html;charset=win-1251" />',
    ],
)
def test_a_page_may_declare_its_charset(meta: str) -> None:
    page = f"<html><head>{meta}</head><body>{RUSSIAN}</body></html>"
    assert decode(page.encode("cp1251"), charset=None, html=True) == page


def test_a_plain_text_that_talks_about_meta_tags_declares_nothing() -> None:
    text = 'Пишите <meta charset="koi8-r"> в начале страницы.'
    assert decode(text.encode(), charset=None, html=False) == text


def test_an_unknown_declared_charset_is_ignored() -> None:
    page = html(RUSSIAN, "x-no-such-thing")
    assert decode(page.encode(), charset="neither-this", html=True) == page


def test_a_page_that_declares_utf_16_in_ascii_is_not_utf_16() -> None:
    """WHATWG: a declaration that is readable as ASCII was not written in UTF-16; it means UTF-8."""
    page = html(RUSSIAN + " " * (len(html(RUSSIAN, "utf-16").encode()) % 2), "utf-16")
    assert decode(page.encode(), charset=None, html=True) == page


def test_utf_8_needs_no_declaration() -> None:
    assert decode(UKRAINIAN.encode(), charset=None, html=False) == UKRAINIAN


def test_an_undeclared_html_page_in_cp1251_is_detected() -> None:
    page = html(RUSSIAN)
    assert decode(page.encode("cp1251"), charset=None, html=True) == page


def test_koi8_u_is_read_where_it_is_declared() -> None:
    page = html(UKRAINIAN, "koi8-u")
    assert decode(page.encode("koi8-u"), charset=None, html=True) == page


def test_an_undeclared_html_page_in_koi8_is_detected() -> None:
    page = html(RUSSIAN)
    assert decode(page.encode("koi8-r"), charset=None, html=True) == page


@pytest.mark.parametrize("charset", ["cp1251", "koi8-u"])
@pytest.mark.parametrize("text", [RUSSIAN, UKRAINIAN])
def test_plain_text_in_a_cyrillic_charset_is_detected(text: str, charset: str) -> None:
    assert decode(text.encode(charset), charset=None, html=False) == text


def test_plain_text_that_is_ascii_but_for_quotation_marks_is_detected() -> None:
    text = (
        "The town\u2019s council met on Tuesday \u2013 for the first time. \u201cWe are late,\u201d its chairman said."
    )
    assert decode(text.encode("cp1252"), charset=None, html=False) == text


@pytest.mark.parametrize("raw", [GERMAN.encode("cp1252"), bytes(range(1, 256)), "Снег.".encode("cp1251")])
def test_plain_text_is_not_guessed_at_where_detection_is_unsure(raw: bytes) -> None:
    assert isinstance(decode(raw, charset=None, html=False), Undecodable)


@pytest.mark.parametrize("html_or_not", [True, False])
@pytest.mark.parametrize("text", [RUSSIAN, UKRAINIAN])
def test_cyrillic_words_are_not_latin_1_whatever_is_said(text: str, html_or_not: bool) -> None:
    page = html(text, "iso-8859-1") if html_or_not else text
    assert decode(page.encode("cp1251"), charset="iso-8859-1", html=html_or_not) == page


def test_latin_1_that_is_said_and_true_is_read_as_such() -> None:
    assert decode(GERMAN.encode("cp1252"), charset="iso-8859-1", html=False) == GERMAN


@pytest.mark.parametrize("charset", ["windows-1251", "koi8-r", "iso-8859-1"])
def test_valid_utf_8_is_utf_8_whatever_single_byte_charset_is_said(charset: str) -> None:
    assert decode(RUSSIAN.encode(), charset=charset, html=False) == RUSSIAN
    page = html(GERMAN, charset)
    assert decode(page.encode(), charset=None, html=True) == page


@pytest.mark.parametrize("charset", [None, "utf-8"])
def test_a_few_bad_bytes_do_not_make_a_short_text_another_charset(charset: str | None) -> None:
    raw = RUSSIAN[:40].encode() + b"\xd0" + RUSSIAN[40:].encode()
    assert decode(raw, charset=charset, html=False) == RUSSIAN[:40] + "\ufffd" + RUSSIAN[40:]


@pytest.mark.parametrize("charset", [None, "utf-8"])
@pytest.mark.parametrize("text", [RUSSIAN[:-1], "Snow fell in Grünau, said Zoë", "The station is shut. 雪"])
def test_a_text_that_is_cut_inside_a_character_loses_only_that(text: str, charset: str | None) -> None:
    assert decode(text.encode()[:-1], charset=charset, html=False) == text[:-1]


def test_a_broken_and_cut_text_loses_no_more() -> None:
    raw = RUSSIAN[:40].encode() + b"\xff" + RUSSIAN[40:-1].encode()[:-1]
    assert decode(raw, charset=None, html=False) == RUSSIAN[:40] + "\ufffd" + RUSSIAN[40:-2]


def test_a_few_bad_bytes_do_not_make_a_named_charset_wrong() -> None:
    raw = (RUSSIAN * 20).encode() + b"\xff" + RUSSIAN.encode()
    assert decode(raw, charset="utf-8", html=False) == RUSSIAN * 20 + "\ufffd" + RUSSIAN


def test_many_bad_bytes_do() -> None:
    assert decode(RUSSIAN.encode("cp1251"), charset="utf-8", html=False) == RUSSIAN


def test_a_byte_order_mark_before_other_bytes_gives_an_error() -> None:
    found = decode(codecs.BOM_UTF8 + RUSSIAN.encode("cp1251"), charset=None, html=False)
    assert found == Undecodable("starts with the mark of utf-8-sig but is not")


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("UTF-8", "utf-8"),
        (" utf8\n", "utf-8"),
        ("Windows-1251", "cp1251"),
        ("win-1251", "cp1251"),
        ("x-cp1251", "cp1251"),
        ("koi8-u", "koi8-u"),
        ("iso-8859-1", "cp1252"),
        ("latin1", "cp1252"),
        ("us-ascii", "cp1252"),
    ],
)
def test_names_of_charsets_are_read_as_on_the_web(name: str, known: str) -> None:
    assert known_charset(name) == known


@pytest.mark.parametrize("name", [None, "", " ", "no-such", "\0", "utf-8\0x", "кои8", "\ud800", "../os", "a" * 10_000])
def test_an_unknown_name_is_no_charset(name: str | None) -> None:
    assert known_charset(name) is None


@pytest.mark.parametrize(
    "name",
    [*("hex", "base64", "zip", "rot13"), *("idna", "punycode", "unicode_escape", "raw_unicode_escape", "utf-7")],
)
def test_codecs_that_are_no_charsets_of_pages_are_refused(name: str) -> None:
    assert known_charset(name) is None


def test_latin_1_is_read_as_windows_1252() -> None:
    assert decode(b"\x93quoted\x94 \x96 text", charset="latin-1", html=False) == "“quoted” – text"


@settings(deadline=None)  # a busy machine is no failure
@given(
    st.binary() | st.text().map(lambda text: text.encode("cp1251", "replace")),
    st.none() | st.text(max_size=12) | st.sampled_from(sorted({*aliases, *aliases.values(), "idna", "punycode"})),
    st.booleans(),
)
def test_no_bytes_and_no_name_raise_or_give_text_that_cannot_be_written(
    raw: bytes, said: str | None, html: bool
) -> None:
    found = decode(raw, charset=said, html=html)
    assert isinstance(found, Undecodable) or found.encode("utf-8") is not None


@settings(deadline=None)  # a busy machine is no failure
@given(st.text())
def test_text_in_utf_8_comes_back_whole(text: str) -> None:
    assert decode(text.encode("utf-8-sig"), charset=None, html=False) == text
