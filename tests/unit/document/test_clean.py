"""From a raw page to a document or a refusal."""

import textwrap
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from pipeline.document.blocks.lines import lines_of
from pipeline.document.blocks.tree import layout_of
from pipeline.document.classifier.model import model_for
from pipeline.document.clean import clean
from pipeline.page.forms.read import read_form
from pipeline.records.document import Cleaning, Document, Refusal
from pipeline.records.page import Page, page_id, page_of
from pipeline.records.reason import Reason
from pipeline.records.route import Route
from pipeline.records.wire import encode
from pipeline.text.fingerprint import text_hash

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
URL = "https://sosny.example/news/sneg?utm_source=telegram"
HEADLINE = "Верхние Сосны расчищают после снегопада"
PARAGRAPHS = (
    "Жители посёлка Верхние Сосны во вторник вышли на расчистку дороги после сильного снегопада.",
    "По словам главы поселения Ирины Беловой, за ночь выпало около сорока сантиметров снега; школы закрыты.",
    "«Мы справимся сами, техника уже в пути», — сказала Белова в среду утром на встрече с жителями.",
    "Синоптики обещают, что к концу недели потеплеет, но ночью возможны новые метели и гололёд на трассах.",
)
MENU = ("Главная | Новости | Спорт | Погода", "Подписывайтесь на наш канал!", "1 2 3 ... 17 Далее")
KAZAKH = (
    "Жоғарғы Қарағай ауылының тұрғындары сейсенбі күні түнімен жауған қалың қардан кейін жол тазалауға шықты.\n"
    "Ауыл әкімінің айтуынша, түнде қырық сантиметрге жуық қар түскен, автобустар аудан орталығына қатынамайды.\n"
)


def cleaned(raw: bytes | str, *, url: str = URL, **said: str) -> Document | Refusal:
    page = page_of(url, raw.encode() if isinstance(raw, str) else raw, fetched_at=AT, **said)
    return clean(page, topic="pages", partition=3, offset=141)


def document(raw: bytes | str, **said: str) -> Document:
    found = cleaned(raw, **said)
    assert isinstance(found, Document)
    return found


def refusal(raw: bytes | str, **said: str) -> Refusal:
    found = cleaned(raw, **said)
    assert isinstance(found, Refusal)
    return found


def html(head: str = "", paragraphs: tuple[str, ...] = PARAGRAPHS) -> str:
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return (
        f"<!DOCTYPE html><html><head>{head}<title>{HEADLINE}</title></head><body><nav><a href='/'>Главная</a></nav>"
        f"<article><h1>{HEADLINE}</h1>{body}</article><footer>Все права защищены</footer></body></html>"
    )


def removed(cleaning: Cleaning | None) -> int:
    assert cleaning is not None
    return sum(one.characters for one in cleaning.removed)


def test_an_html_page_becomes_a_document_with_its_paragraphs() -> None:
    body = document(html(), media_type="text/html").article_body
    assert all(paragraph in body for paragraph in PARAGRAPHS)
    assert "Все права защищены" not in body


def test_an_html_page_gives_its_headline_and_says_where_it_was_found() -> None:
    found = document(html())
    assert (found.headline, found.sources.headline) == (HEADLINE, "markup")


def test_a_canonical_url_that_the_page_declares_is_taken_with_its_source() -> None:
    found = document(html('<link rel="canonical" href="https://sosny.example/news/2026/sneg">'))
    assert found.canonical_url == "https://sosny.example/news/2026/sneg"
    assert found.sources.canonical_url == "markup"


def test_without_a_declaration_the_canonical_url_is_the_pages_own() -> None:
    found = document(html())
    assert (found.canonical_url, found.sources.canonical_url) == ("https://sosny.example/news/sneg", "url")


@pytest.mark.parametrize("as_html", [True, False])
def test_the_text_has_no_entities_and_no_soft_hyphens(as_html: bool) -> None:
    odd = (
        "&laquo;Мы спра\u00adвимся сами&raquo;,&nbsp;&mdash; сказала глава посе\u200bления Ирина Белова в среду утром.",
    )
    page = html(paragraphs=(*PARAGRAPHS, odd[0].replace("&", "&amp;"))) if as_html else "\n".join(PARAGRAPHS + odd)
    body = document(page).article_body
    assert body.endswith("\n«Мы справимся сами»,\u00a0— сказала глава поселения Ирина Белова в среду утром.")


def test_a_page_from_a_file_has_no_canonical_url() -> None:
    found = document("\n".join(PARAGRAPHS), url="file:sneg.txt")
    assert (found.canonical_url, found.sources.canonical_url) == (None, None)


def test_an_html_page_in_cp1251_is_read_by_its_own_declaration() -> None:
    found = document(html('<meta charset="windows-1251">').encode("cp1251"))
    assert PARAGRAPHS[0] in found.article_body


def test_the_charset_of_the_media_type_counts() -> None:
    found = document(PARAGRAPHS[0].encode("koi8-r"), media_type='text/plain; charset="KOI8-R"')
    assert found.article_body == PARAGRAPHS[0]


def test_plain_text_loses_its_menu_and_keeps_its_paragraphs() -> None:
    found = document("\n".join([*MENU[:2], *PARAGRAPHS, MENU[2]]))
    assert found.article_body.split("\n") == list(PARAGRAPHS)


def test_a_headline_above_plain_text_is_found_and_stays_in_the_body() -> None:
    found = document("\n".join([HEADLINE, *PARAGRAPHS]), media_type="text/plain")
    assert (found.headline, found.sources.headline) == (HEADLINE, "line")
    assert found.article_body.startswith(HEADLINE)


def test_labelled_fields_above_plain_text_are_metadata_and_no_text() -> None:
    labels = f"Заголовок: {HEADLINE}\nАвтор: Ирина Белова\nДата: 27.02.2026\nРубрика: Погода\n\n"
    found = document(labels + "\n\n".join(PARAGRAPHS))
    assert found.article_body.split("\n") == [HEADLINE, *PARAGRAPHS]
    assert (found.headline, found.author, found.date_published) == (HEADLINE, ("Ирина Белова",), "2026-02-27")
    assert (found.sources.headline, found.sources.author, found.sources.date_published) == ("field",) * 3
    assert [one.lines for one in found.cleaning.removed if one.rule == "form"] == [4]


def test_wrapped_lines_are_paragraphs_before_anything_judges_them() -> None:
    wrapped = "\n\n".join(textwrap.fill(paragraph, 60) for paragraph in PARAGRAPHS)
    assert document(f"{MENU[0]}\n\n{wrapped}\n\n{MENU[2]}").article_body.split("\n") == list(PARAGRAPHS)


def test_a_text_that_begins_with_a_sentence_has_no_headline() -> None:
    found = document("\n".join(PARAGRAPHS))
    assert (found.headline, found.sources.headline) == (None, None)


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    found = document("\ufeff" + "\n".join(PARAGRAPHS))
    assert found.article_body.split("\n") == list(PARAGRAPHS)


def test_html_fed_without_a_media_type_is_known_by_its_head() -> None:
    assert document(html()).provenance.extractor == f"blocks/html-{model_for('html').version}"
    assert document("\n".join(PARAGRAPHS)).provenance.extractor == f"blocks/plain-{model_for('plain').version}"


def test_the_language_of_the_text_is_named_with_its_source() -> None:
    found = document(KAZAKH)
    assert (found.in_language, found.sources.in_language) == ("kk", "text")


def test_the_language_of_a_short_text_is_not_guessed() -> None:
    found = document("Пострадавших нет.")
    assert (found.in_language, found.sources.in_language) == ("und", None)


def test_the_hash_of_a_document_is_that_of_its_body() -> None:
    found = document("\n".join(PARAGRAPHS))
    assert found.text_hash == text_hash(found.article_body)


def test_the_same_article_in_html_and_in_plain_text_is_one_text() -> None:
    as_text = document("\n".join([HEADLINE, *PARAGRAPHS]))
    assert document(html()).text_hash == as_text.text_hash


def test_markup_around_an_article_does_not_change_its_route() -> None:
    assert document(html("<script>" + "push(arguments);" * 500 + "</script>")).route is Route.CYRILLIC


@pytest.mark.parametrize(
    ("raw", "detail"),
    [(b"", "0 bytes"), (b" \r\n\t", "no characters but white space")],
)
def test_an_empty_page_is_refused(raw: bytes, detail: str) -> None:
    found = refusal(raw)
    assert (found.reason, found.detail, found.cleaning) == (Reason.EMPTY, detail, None)


@pytest.mark.parametrize(
    ("raw", "detail"),
    [
        (b"%PDF-1.7\n%\xe2\xe3", "a PDF"),
        (b"\x89PNG\r\n\x1a\n", "a PNG image"),
        (b"\x1f\x8b\x08\x00", "gzip data"),
        (b"abc\0\0\0", "3 NUL bytes, the first at offset 3"),
        (b"\0" * 5, "5 NUL bytes, the first at offset 0"),
    ],
)
def test_a_binary_page_is_refused_with_what_shows_it(raw: bytes, detail: str) -> None:
    found = refusal(raw)
    assert (found.reason, found.detail) == (Reason.BINARY, detail)


def test_a_single_nul_in_a_long_text_is_dropped() -> None:
    text = "\n".join(PARAGRAPHS * 3)
    assert document(text.replace("Синоптики", "Сино\0птики", 1)).article_body == document(text).article_body


def test_a_utf_16_text_with_its_mark_is_no_binary() -> None:
    assert document("\n".join(PARAGRAPHS).encode("utf-16")).article_body.split("\n") == list(PARAGRAPHS)


def test_plain_text_that_is_not_utf_8_is_refused_with_the_byte() -> None:
    found = refusal("Снег".encode("cp1251"))
    assert found.reason is Reason.UNDECODABLE
    assert found.detail == "not UTF-8 (byte 0xd1 at offset 0) and no charset is named"


@pytest.mark.parametrize("media_type", ["application/pdf", "image/jpeg", "Application/JSON; charset=utf-8"])
def test_an_unsupported_media_type_is_refused_by_name(media_type: str) -> None:
    found = refusal(html(), media_type=media_type)
    assert (found.reason, found.detail) == (Reason.MEDIA_TYPE, media_type.partition(";")[0].lower())


@pytest.mark.parametrize(
    "raw",
    [
        "<html><head><title>Пусто</title></head><body><div></div><br></body></html>",
        "<html>",
        "<!-- -->",
        "<html><body><script>var a = 1;</script></body></html>",
        "\n".join(["Новости", "Спорт", *(f"  {n}. Депутаты обсудили проект дороги номер {n}" for n in range(1, 12))]),
        "—\n***\n",
    ],
)
def test_a_page_without_words_of_its_own_has_no_article(raw: str) -> None:
    assert refusal(raw).reason is Reason.NO_ARTICLE


def test_a_page_without_an_article_keeps_its_route_and_says_what_was_removed() -> None:
    menu = "\n".join(f"  {n}. Депутаты обсудили проект дороги номер {n}" for n in range(1, 12))
    found = refusal(menu)
    assert found.route is Route.CYRILLIC
    assert removed(found.cleaning) == sum(len(line.strip()) for line in menu.split("\n"))


def test_a_page_that_its_feeder_refused_stays_refused() -> None:
    page = Page(url=URL, fetched_at=AT, refused=Reason.TOO_LARGE, detail="9 MB")
    found = clean(page, topic="pages", partition=0, offset=0)
    assert isinstance(found, Refusal)
    assert (found.reason, found.detail, found.route) == (Reason.TOO_LARGE, "9 MB", Route.OTHER)


@pytest.mark.parametrize("raw", ["\n".join(PARAGRAPHS), html(), "", "<html>"])
def test_every_result_says_which_page_it_is_of_and_where_it_lies(raw: str) -> None:
    found = cleaned(raw)
    source = found.provenance
    assert (source.topic, source.partition, source.offset) == ("pages", 3, 141)
    assert source.page_id == page_id(page_of(URL, raw.encode(), fetched_at=AT))
    assert (found.url, source.fetched_at) == (URL, AT)


@settings(deadline=None)  # a busy machine is no failure
@given(st.lists(st.sampled_from([*PARAGRAPHS, *MENU, HEADLINE, "", " \u200b", "\ufeff"]) | st.text(max_size=40)))
def test_what_is_kept_and_what_is_removed_cover_a_plain_text(lines: list[str]) -> None:
    raw = "Снег.\n" + "\n".join(lines)
    found = cleaned(raw, media_type="text/plain; charset=utf-8")
    if found.cleaning is None or not found.provenance.extractor.startswith("blocks/plain"):
        return
    text = raw.replace("\0", "")
    lines = lines_of(text).texts
    counted = found.cleaning.kept_characters + removed(found.cleaning)
    if read_form(text).text != text:  # lines that are joined to a paragraph have spaces between them
        assert counted >= sum(map(len, lines))
        return
    assert counted == sum(map(len, lines))
    assert found.cleaning.kept_lines + sum(one.lines for one in found.cleaning.removed) == len(lines)


@pytest.mark.parametrize("menu", [0, 1, 40])
def test_what_is_kept_and_what_is_removed_cover_an_html_page(menu: int) -> None:
    raw = html(paragraphs=PARAGRAPHS).replace("</nav>", "<p>Реклама на сайте</p>" * menu + "</nav>")
    cleaning = document(raw).cleaning
    blocks = layout_of(LexborHTMLParser(raw)).texts
    assert cleaning.kept_characters + removed(cleaning) == sum(map(len, blocks))


def test_the_kept_characters_are_those_of_the_body() -> None:
    found = document("\n".join([*MENU, *PARAGRAPHS]))
    assert found.cleaning.kept_characters == len(found.article_body.replace("\n", ""))
    assert found.cleaning.kept_lines == len(found.article_body.split("\n"))


@pytest.mark.parametrize("raw", ["\n".join([*MENU, *PARAGRAPHS]), html(), "", "<html>", KAZAKH])
def test_cleaning_twice_gives_the_same_record(raw: str) -> None:
    assert encode(cleaned(raw)) == encode(cleaned(raw))


def test_cleaning_other_pages_in_between_changes_nothing() -> None:
    first = encode(cleaned(html()))
    for n in range(4):
        cleaned(html(paragraphs=(*PARAGRAPHS, f"Пожарная часть номер {n} тоже помогала с расчисткой.")))
    assert encode(cleaned(html())) == first


def test_the_time_of_the_fetch_does_not_change_the_text() -> None:
    page = page_of(URL, html().encode(), fetched_at=AT)
    later = replace(page, fetched_at=AT.replace(year=2031))
    one, other = (clean(each, topic="pages", partition=0, offset=0) for each in (page, later))
    assert isinstance(one, Document)
    assert isinstance(other, Document)
    assert (one.article_body, one.text_hash, one.date_published) == (
        other.article_body,
        other.text_hash,
        other.date_published,
    )


@pytest.mark.parametrize("year", [1, 1970, 9999])
def test_no_time_of_a_fetch_is_too_odd(year: int) -> None:
    page = page_of(URL, html().encode(), fetched_at=datetime(year, 1, 1, tzinfo=UTC))
    assert isinstance(clean(page, topic="pages", partition=0, offset=0), Document)


@settings(deadline=None)  # a busy machine is no failure
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_every_page_is_a_document_or_a_refusal_that_can_be_written(raw: bytes) -> None:
    assert encode(cleaned(raw, media_type="text/plain")).startswith(b'{"kind":')


def test_what_the_feed_said_counts_where_the_page_says_nothing():
    body = (
        "<html><body><article>"
        + "".join(f"<p>{SENTENCE_OF_LISTING * 3} {n}.</p>" for n in range(5))
        + "</article></body></html>"
    )
    said = {"title": "Снег  убрали", "date_published": "Mon, 02 Mar 2026 09:30:00 +0300"}
    at = datetime(2026, 3, 3, tzinfo=UTC)
    page = Page(url="https://sosny.example/a", fetched_at=at, media_type="text/html", body=body, **said)
    document = clean(page, topic="pages", partition=0, offset=0)
    assert isinstance(document, Document)
    assert (document.date_published, document.sources.date_published) == ("2026-03-02T09:30:00+03:00", "feed")
    assert (document.headline, document.sources.headline) == ("Снег убрали", "feed")
    own = replace(
        page,
        body=body.replace("<body>", '<head><meta property="article:published_time" content="2026-03-01"></head><body>'),
    )
    document = clean(own, topic="pages", partition=0, offset=0)
    assert isinstance(document, Document)
    assert document.date_published == "2026-03-01"
    assert document.sources.date_published != "feed"
    future = clean(replace(page, date_published="2031-01-01"), topic="pages", partition=0, offset=0)
    assert isinstance(future, Document)
    assert future.date_published is None


SENTENCE_OF_LISTING = (
    "К полудню дворники убрали снег с главной улицы, сообщили в администрации города и поблагодарили всех."
)
