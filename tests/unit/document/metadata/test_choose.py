"""What is believed of what an HTML page declares, and from which source."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from pipeline.document.metadata.choose import Metadata, metadata_of
from pipeline.document.metadata.head import Declared, Head, read_head
from pipeline.text.plain import plain

URL = "https://www.sosny.example/news/sneg"
NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


def head_of(head: str = "", body: str = "", *, url: str | None = URL, html: str = "<html>") -> Head:
    page = f"<!doctype html>{html}<head>{head}</head><body>{body}</body></html>"
    return read_head(LexborHTMLParser(page), url=url)


def read(head: str = "", body: str = "", *, url: str | None = URL, html: str = "<html>") -> Metadata:
    return metadata_of(head_of(head, body, url=url, html=html), fetched_at=NOW)


def jsonld(**values: object) -> str:
    text = json.dumps({"@context": "https://schema.org", "@type": "NewsArticle", **values}, ensure_ascii=False)
    return f'<script type="application/ld+json">{text}</script>'


def meta(**values: str) -> str:
    return "".join(f'<meta property="{name.replace("__", ":")}" content="{value}">' for name, value in values.items())


FULL = jsonld(
    headline="Снег убрали",
    description="Улицы расчистили за ночь",
    author={"@type": "Person", "name": "Ирина Белова"},
    datePublished="2026-03-02T10:00:00+03:00",
    dateModified="2026-03-02T12:00:00+03:00",
    inLanguage="ru",
    image={"@type": "ImageObject", "url": "/a.jpg"},
    publisher={"@type": "Organization", "name": "Сосны сегодня", "logo": {"url": "/l.png"}},
    url=URL,
)
OPEN_GRAPH = meta(
    og__title="Снег на улицах",
    og__description="Коротко о снеге на улицах",
    og__site_name="Сосны",
    og__image="https://img.example/sneg.jpg",
    og__url="https://www.sosny.example/og",
    article__published_time="2026-03-01T10:00:00+03:00",
    article__author="Пётр Сосновский",
)


def test_json_ld_comes_before_meta_tags_and_each_piece_names_its_source() -> None:
    found = read(FULL + OPEN_GRAPH, "<h1>Другое</h1>")
    assert found == Metadata(
        headline="Снег убрали",
        description="Улицы расчистили за ночь",
        author=("Ирина Белова",),
        date_published="2026-03-02T10:00:00+03:00",
        date_modified="2026-03-02T12:00:00+03:00",
        language="ru",
        canonical_url="https://www.sosny.example/og",
        image="https://www.sosny.example/a.jpg",
        publisher="Сосны сегодня",
        sources=found.sources,
    )
    assert {found.sources.headline, found.sources.author, found.sources.date_modified} == {"json-ld"}
    assert found.sources.canonical_url == "opengraph"


def test_open_graph_is_asked_where_there_is_no_json_ld() -> None:
    found = read(OPEN_GRAPH)
    assert (found.headline, found.author, found.publisher) == ("Снег на улицах", ("Пётр Сосновский",), "Сосны")
    assert (found.date_published, found.image) == ("2026-03-01T10:00:00+03:00", "https://img.example/sneg.jpg")
    assert found.sources.headline == found.sources.date_published == "opengraph"


def test_a_page_that_declares_nothing_has_no_metadata() -> None:
    assert read() == Metadata()
    assert read("", "<p>Снег убрали.</p>", url=None) == Metadata()


def test_markup_is_asked_last() -> None:
    body = (
        '<header><h1>Снег убрали с главной улицы</h1><time datetime="2026-03-02T10:00:00+03:00">2 марта</time>'
        '<a rel="author" href="/b">Ирина Белова</a></header>'
    )
    found = read(
        '<title>Снег убрали с главной улицы | Сосны</title><link rel="canonical" href="/c">',
        body,
        html='<html lang="ru-ru">',
    )
    assert (found.headline, found.author) == ("Снег убрали с главной улицы", ("Ирина Белова",))
    assert (found.date_published, found.language) == ("2026-03-02T10:00:00+03:00", "ru-RU")
    assert found.canonical_url == "https://www.sosny.example/c"
    assert {found.sources.headline, found.sources.date_published, found.sources.author} == {"markup"}


def test_microdata_of_the_article_is_read_and_that_of_a_comment_is_not() -> None:
    def item(kind: str, author: str, day: str) -> str:
        return (
            f'<div itemscope itemtype="https://schema.org/{kind}"><meta itemprop="datePublished" content="{day}">'
            f'<span itemprop="author" itemscope itemtype="https://schema.org/Person"><b itemprop="name">{author}</b></span></div>'
        )

    comment = item("Comment", "Вася Пупкин", "2026-04-02")
    found = read("", comment + item("NewsArticle", "Ирина Белова", "2026-03-02"))
    assert (found.author, found.date_published, found.sources.author) == (("Ирина Белова",), "2026-03-02", "microdata")
    assert read("", comment) == Metadata()


def test_microdata_of_several_articles_is_that_of_teasers() -> None:
    teaser = '<div itemscope itemtype="https://schema.org/Article"><time itemprop="datePublished" datetime="2026-03-02"></time></div>'
    assert read("", teaser * 2).date_published is None


def test_a_time_far_from_the_headline_is_not_its_date() -> None:
    far = '<div><div><h1>Снег убрали с улиц</h1></div></div><div><time datetime="2026-03-02"></time></div>'
    assert read("", f"<main>{far}</main>").date_published == "2026-03-02"
    assert read("", f"<main>{far}{'<time datetime=2026-03-01></time>' * 4}</main>").date_published is None
    assert read("", far).date_published is None


@pytest.mark.parametrize(
    "around",
    [
        "<aside>{}</aside>",
        '<ul><li>{} <a href="/b">Открыли каток</a></li></ul>',
        '<div class="related-news">{}</div>',
        '<section id="comments">{}</section>',
    ],
)
def test_a_time_of_another_article_or_of_a_comment_is_not_its_date(around: str) -> None:
    other = around.format('<time datetime="2026-03-01"></time>')
    assert read("", f"<main><h1>Снег убрали с улиц</h1>{other}</main>").date_published is None
    own = '<p><time datetime="2026-03-02"></time></p>'
    assert read("", f"<main><h1>Снег убрали с улиц</h1>{other}{own}</main>").date_published == "2026-03-02"


def test_an_instant_in_utc_gets_the_offset_with_which_the_page_shows_it() -> None:
    declared = '<meta property="article:published_time" content="2026-03-01T22:30:00Z">'
    shown = '<main><h1>Снег</h1><p><time datetime="2026-03-02T01:30:00+03:00"></time></p></main>'
    other = '<main><h1>Снег</h1><p><time datetime="2026-03-02T02:30:00+03:00"></time></p></main>'
    assert read(declared, shown).date_published == "2026-03-02T01:30:00+03:00"
    assert read(declared, other).date_published == "2026-03-01T22:30:00Z"


def test_authors_of_the_page_count_where_no_article_is_described() -> None:
    graph = [
        {"@type": "WebPage", "author": {"@id": "#a"}},
        {"@type": "Person", "@id": "#a", "name": "Анна Белая @annabelaya"},
    ]
    found = read(f'<script type="application/ld+json">{json.dumps({"@graph": graph})}</script>')
    assert (found.author, found.sources.author) == (("Анна Белая",), "json-ld")


def test_the_day_in_the_address_is_the_last_resort() -> None:
    found = read(url="https://sosny.example/2026/03/02/sneg")
    assert (found.date_published, found.sources.date_published) == ("2026-03-02", "url")
    assert read(url="https://sosny.example/2026/33/02/sneg").date_published is None


@pytest.mark.parametrize(
    "author",
    [
        "https://www.facebook.com/sosny",
        "admin",
        "Редакция",
        "Сосны сегодня",
        "РИА Новости",
        {"@type": "Organization", "name": "Зелёные Сосны"},
        {"@type": "Person", "name": "sosny.example"},
        {"@type": "Person", "name": ""},
        7,
    ],
)
def test_who_is_no_person_is_no_author(author: object) -> None:
    assert read(jsonld(headline="Снег", author=author, publisher={"name": "Сосны сегодня"})).author == ()


@pytest.mark.parametrize(
    "author",
    [
        "Ирина Белова, Пётр Сосновский",
        ["Ирина Белова", {"@type": "Person", "name": "Пётр Сосновский"}],
        [[{"name": "Ирина Белова"}], {"name": "Пётр Сосновский"}, {"name": "Ирина Белова"}],
        [{"givenName": "Ирина", "familyName": "Белова"}, "Пётр Сосновский"],
    ],
)
def test_authors_are_read_however_they_are_nested(author: object) -> None:
    assert read(jsonld(headline="Снег", author=author)).author == ("Ирина Белова", "Пётр Сосновский")


def test_one_word_is_a_name_only_where_it_is_said_to_be_a_person_s() -> None:
    assert read(jsonld(author={"@type": "Person", "name": "Ирина"}, headline="Снег")).author == ("Ирина",)
    assert read(jsonld(author="Ирина", headline="Снег")).author == ()


@pytest.mark.parametrize(
    ("published", "expected"),
    [
        ("2026-05-02T12:00:00Z", "2026-05-02T12:00:00Z"),
        ("2026-05-03T00:00:00Z", None),
        ("1970-01-01T00:00:00Z", None),
        ("2026-03-02T10:00:00", "2026-03-02"),
        ("вчера", None),
        ("", None),
    ],
)
def test_a_date_is_believed_between_the_web_s_beginning_and_the_fetch(published: str, expected: str | None) -> None:
    assert read(jsonld(headline="Снег", datePublished=published)).date_published == expected


def test_a_source_that_is_not_believed_leaves_the_word_to_the_next() -> None:
    found = read(jsonld(headline="Снег", datePublished="2036-01-01") + OPEN_GRAPH)
    assert (found.date_published, found.sources.date_published) == ("2026-03-01T10:00:00+03:00", "opengraph")


def test_a_change_before_the_publication_is_dropped() -> None:
    found = read(jsonld(headline="Снег", datePublished="2026-03-02", dateModified="2026-02-27"))
    assert (found.date_published, found.date_modified, found.sources.date_modified) == ("2026-03-02", None, None)


@pytest.mark.parametrize(
    ("title", "site", "expected"),
    [
        ("Снег убрали - Сосны", "Сосны", "Снег убрали"),
        ("Снег убрали | СОСНЫ!", "Сосны", "Снег убрали"),
        ("Сосны :: Снег убрали", "Сосны", "Снег убрали"),
        ("Снег убрали — sosny.example", "", "Снег убрали"),
        ("Снег — убрали", "Сосны", "Снег — убрали"),
        ("Снег убрали - Общество", "Сосны", "Снег убрали - Общество"),
        ("The snow | The Pines", "Pines", "The snow"),
        ("Сосны", "Сосны", None),
        ("www.sosny.example", "", None),
        (" - ", "", None),
    ],
)
def test_a_headline_is_without_the_site_s_name(title: str, site: str, expected: str | None) -> None:
    assert read(meta(og__title=title, og__site_name=site)).headline == expected


def test_a_headline_s_unknown_suffix_goes_where_a_heading_shows_that_it_is_one() -> None:
    title = "<title>Снег убрали с главной улицы » Город и область</title>"
    assert read(title).headline == "Снег убрали с главной улицы » Город и область"
    assert read(title, "<h1>Новости</h1><h2>Снег убрали с главной улицы</h2>").headline == "Снег убрали с главной улицы"


@pytest.mark.parametrize(
    ("headline", "suffix"),
    [
        ("Снег убрали", " - Город и область"),
        ("Łoś na rynku", " | Głos Doliny"),
        ("Der Bach", " — Oberländer Bote"),
        ("عودة اللقالق", " - صوت الوادي"),
        ("白鹳回来了", "_青石日报"),
        ("Көпір", " :: Дала үні"),
    ],
)
def test_the_only_h1_is_the_headline_however_short(headline: str, suffix: str) -> None:
    title = f"<title>{headline}{suffix}</title>"
    assert read(title, f"<h1>{headline}</h1>").headline == headline
    assert (
        read(title, f"<h1>{headline}</h1><h2>{suffix[3:]}</h2><h1>{suffix[3:]}</h1>").headline == f"{headline}{suffix}"
    )
    assert read(f"<title>{headline} - {'a b c d e f'}</title>", f"<h1>{headline}</h1>").headline != headline


def test_a_headline_that_was_cut_is_completed() -> None:
    found = read(jsonld(headline="Снег убрали с…") + meta(og__title="Снег убрали с главной улицы"))
    assert found.headline == "Снег убрали с главной улицы"


def test_the_heading_that_leads_to_the_front_page_is_no_headline() -> None:
    assert read("", '<h1><a href="/">Новости города и области</a></h1>').headline is None


def test_texts_are_unescaped_and_tidied() -> None:
    found = read(jsonld(headline="Снег &amp;amp; лёд\n  в&nbsp;«Соснах» <b>сегодня</b>"))
    assert found.headline == "Снег & лёд в «Соснах» сегодня"
    assert plain("a\u00adb\u200b \x00 1 < 2 > 1 </p>") == "ab 1 < 2 > 1"


def test_a_slogan_that_is_the_site_s_name_is_no_description() -> None:
    assert read(meta(og__description="Сосны сегодня", og__site_name="Сосны сегодня")).description is None


@pytest.mark.parametrize(
    "image",
    [
        "/logo.png",
        "/img/site-logo.png?v=2",
        "/default.jpg",
        "/placeholder.png",
        "/no-image.jpg",
        "/og-image.png",
        "/share.jpg",
        "/a.svg",
        "data:image/png;base64,AAAA",
        "/brand.png",
        "javascript:void(0)",
    ],
)
def test_a_logo_or_a_placeholder_is_no_image(image: str) -> None:
    head = jsonld(headline="Снег", image=image, publisher={"name": "Сосны", "logo": {"url": "/brand.png"}})
    assert read(head).image is None


@pytest.mark.parametrize(
    "image",
    ["/a.jpg", "https://www.sosny.example/a.jpg", ["/a.jpg", "/b.jpg"], {"url": "/a.jpg"}, [{"contentUrl": "/a.jpg"}]],
)
def test_an_image_is_an_absolute_address(image: object) -> None:
    assert read(jsonld(headline="Снег", image=image)).image == "https://www.sosny.example/a.jpg"


def test_a_picture_of_a_logo_s_unveiling_is_an_image() -> None:
    assert read(meta(og__image="https://i.example/2026/logopedy-sneg.jpg")).image is not None


@pytest.mark.parametrize("canonical", ["http://[bad", "mailto:a@b.example", "javascript:x", "", "http://localhost/"])
def test_what_is_no_address_of_the_web_is_no_canonical_url(canonical: str) -> None:
    assert read(f'<link rel="canonical" href="{canonical}">').canonical_url is None


def test_a_language_is_a_language_tag() -> None:
    tags = ["ru", "RU_ru", "sr-latn-rs", "русский", "english", "x", ""]
    assert [read(html=f'<html lang="{tag}">').language for tag in tags] == [
        "ru",
        "ru-RU",
        "sr-Latn-RS",
        None,
        None,
        None,
        None,
    ]


def test_the_declared_texts_are_there_without_markup_for_the_classifier() -> None:
    head = head_of(jsonld(headline="Снег", description="Коротко", articleBody="<p>Снег убрали.</p>\n<p>Всё.</p>"))
    assert head.texts == Declared(title="Снег", description="Коротко", body="Снег убрали. Всё.")
    assert head_of().texts == Declared(title="", description="", body="")


def test_what_one_reading_lacks_is_filled_from_another_with_its_source() -> None:
    lines = read(meta(article__published_time="2026-03-01", article__author="Пётр Сосновский", og__title="Снег"))
    found = read(jsonld(headline="Лёд", dateModified="2026-03-02")).filled(lines)
    assert (found.headline, found.date_published, found.author) == ("Лёд", "2026-03-01", ("Пётр Сосновский",))
    assert (found.sources.headline, found.sources.date_published) == ("json-ld", "opengraph")


def test_a_date_that_contradicts_what_is_known_is_not_filled_in() -> None:
    published, changed = (
        read(meta(article__published_time="2026-03-02")),
        read(meta(article__modified_time="2026-02-27")),
    )
    assert (published.filled(changed).date_modified, published.filled(changed).sources.date_modified) == (None, None)
    assert changed.filled(published).date_published is None


def test_nested_headings_cost_no_more_than_their_text() -> None:
    deep = "<h1><div>" * 3_000 + "Снег " * 50_000
    assert read("", deep).headline is None


TAGS = [
    "<h1>", "<h2>", "</h1>", "<title>", "<article itemscope itemtype='x/NewsArticle'>", "<meta itemprop=datePublished content=2026-03-02>",
    "<meta property='og:title' content='Снег - Сосны'>", "<meta name=author content='By Ирина Белова'>", "<time datetime=x>",
    "<link rel=canonical href='//['>", "<base href='http://[::1'>", "<script type=application/ld+json>", "</script>",
    '{"@type":"Article","headline":', '["a",{"@id":[]}]', '"x"}', "<a rel=author>", "<meta property content>", "<html lang>", "<h1><a href>",
    "<svg><title>", "&amp;#0;", "\ud83d", "\x00", "<meta name=date content='1641393000'>", "<meta property=og:image content='http://[x'>",
]  # fmt: skip


@settings(max_examples=300)
@given(
    st.lists(st.sampled_from(TAGS) | st.text(max_size=10), max_size=40).map("".join),
    st.none() | st.sampled_from([URL, "", "file:x", "http://[", "//"]),
    st.datetimes(timezones=st.just(UTC)),
)
def test_any_markup_is_read_without_an_error_and_always_the_same(
    html: str, url: str | None, fetched_at: datetime
) -> None:
    tree = LexborHTMLParser(html.encode("utf-8", "replace"))
    head = read_head(tree, url=url)
    assert metadata_of(head, fetched_at=fetched_at) == metadata_of(read_head(tree, url=url), fetched_at=fetched_at)
    assert isinstance(head.texts.body, str)


@pytest.mark.parametrize(
    ("head", "body", "expected"),
    [
        # what readers see comes before what search engines see
        (meta(og__title="Снег в Соснах: что известно"), "<h1>Снег убрали с улиц Сосен за ночь</h1>", "Снег убрали с улиц Сосен за ночь"),
        # the first of several articles
        (meta(og__title="Снег убрали"), "<h1>Снег убрали с улиц Сосен</h1><h1>Каток открыли у моста</h1>", "Снег убрали с улиц Сосен"),
        # a section's name stands in the heading too
        (meta(og__title="Снег убрали с улиц Сосен"), "<h1>Город Снег убрали с улиц Сосен</h1>", "Снег убрали с улиц Сосен"),
        # a heading that was never closed
        (meta(og__title="Снег убрали с улиц Сосен"), f"<h1>Снег убрали с улиц Сосен<p>{'Снег шёл всю ночь. ' * 9}", "Снег убрали с улиц Сосен"),
        # another text than the declared one
        (meta(og__title="Снег убрали с улиц Сосен"), "<h1>Выпуск газеты за март, номер 9</h1>", "Снег убрали с улиц Сосен"),
    ],
)  # fmt: skip
def test_the_headline_that_is_shown_counts_if_it_is_of_the_declared_article(
    head: str, body: str, expected: str
) -> None:
    assert read(head, body).headline == expected


@pytest.mark.parametrize(
    "title", ["Наш край: Снег убрали с улиц Сосен", "Снег убрали с улиц Сосен - «Наш край» газета"]
)
def test_a_part_of_the_title_that_is_a_block_of_the_page_is_the_headline(title: str) -> None:
    found = metadata_of(
        head_of(f"<title>{title}</title>"), fetched_at=NOW, blocks=("Архив", "Снег убрали с улиц Сосен", "Наш край")
    )
    assert found.headline == "Снег убрали с улиц Сосен"
    assert read(f"<title>{title}</title>").headline == title


@pytest.mark.parametrize("link", ['<a href="/">Наш край</a>', '<a href="/"><img src="/l.png" alt="Наш край"></a>'])
def test_a_link_to_the_front_page_names_the_site(link: str) -> None:
    assert read("<title>Снег убрали - Наш край</title>", link).headline == "Снег убрали"
    assert read("<title>Снег убрали - Главная</title>", '<a href="/">Главная</a>').headline == "Снег убрали - Главная"


def test_a_date_whose_name_says_nothing_of_it_counts_after_one_that_does() -> None:
    metas = '<meta name="date" content="2026-04-09"><meta name="published-date" content="2026-03-02">'
    assert read(metas).date_published == "2026-03-02"
    assert read(metas[: metas.index(">") + 1]).date_published == "2026-04-09"
