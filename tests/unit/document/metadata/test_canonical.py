"""The canonical URL that a page declares: when it is believed, and what is said where it is not."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.document.clean import clean
from pipeline.document.metadata.canonical import identity_of
from pipeline.records.document import Document
from pipeline.records.identity import IdentityReason
from pipeline.records.page import Page
from pipeline.records.url import web_url

OWN = "https://sosny.example/news/sneg"
BODY = "".join(
    f"<p>{line}</p>"
    for line in (
        "Der Markt am alten Hafen hat nach zwei Jahren wieder geöffnet, und schon am ersten Morgen kamen Hunderte.",
        "Die Händler verkaufen Fisch, Käse und Blumen; am Wochenende sollen auch Musikanten auftreten, sagt Ida Brandt.",
        "Die Stadt hat das Dach erneuert und die Stände neu vermessen, was länger gedauert hat als geplant.",
    )
)


def canonical_of(url: str, declared: str | None) -> str | None:
    return identity_of(url, declared)[0]


def declaring(head: str, *, url: str = OWN, body: str = "") -> Document:
    html = f"<html><head><title>Markt am Hafen</title>{head}</head><body><article><h1>Markt am Hafen</h1>{BODY}{body}"
    page = Page(url=url, fetched_at=datetime(2026, 3, 2, tzinfo=UTC), media_type="text/html", body=html)
    found = clean(page, topic="pages", partition=0, offset=0)
    assert isinstance(found, Document)
    return found


def said(found: Document) -> tuple[str | None, str | None]:
    return found.canonical_url, found.identity.reason.value if found.identity else None


def link(href: str) -> str:
    return f'<link rel="canonical" href="{href}">'


def test_a_page_without_a_declaration_is_its_own_canonical() -> None:
    assert canonical_of(OWN + "?utm_source=x", None) == OWN


@pytest.mark.parametrize(
    "declared",
    [
        "https://sosny.example/news/2026/sneg",
        "https://www.sosny.example/news/2026/sneg",
        "https://m.sosny.example/news/2026/sneg",
        "http://amp.sosny.example/news/2026/sneg",
    ],
)
def test_a_declared_url_of_the_same_site_counts(declared: str) -> None:
    assert canonical_of(OWN, declared) == declared


def test_a_mobile_page_names_its_desktop_page() -> None:
    assert canonical_of("https://m.sosny.example/news/sneg", OWN) == OWN


@pytest.mark.parametrize("front", ["https://sosny.example", "https://sosny.example/", "https://www.sosny.example/#top"])
def test_a_front_page_is_not_the_canonical_url_of_an_article(front: str) -> None:
    assert canonical_of(OWN, front) == OWN


def test_a_front_page_is_not_canonical_for_articles_that_differ_in_the_query() -> None:
    assert canonical_of("https://sosny.example/?p=17", "https://sosny.example/") == "https://sosny.example/?p=17"


def test_a_front_page_is_not_canonical_for_a_page_from_a_file() -> None:
    assert canonical_of("file:17.html", "https://sosny.example/") is None


def test_the_front_page_may_be_its_own_canonical_url() -> None:
    assert canonical_of("https://www.sosny.example/", "https://sosny.example/") == "https://sosny.example/"


@pytest.mark.parametrize(
    "declared", ["https://drugoy.example/news/sneg", "https://sosny.example.evil.example/a", "/news/x", "javascript:0"]
)
def test_a_url_of_another_site_or_of_none_does_not_count(declared: str) -> None:
    assert canonical_of(OWN, declared) == OWN


def test_a_page_from_a_file_takes_the_url_that_it_declares() -> None:
    assert canonical_of("file:sneg.html", OWN + "#top") == OWN


def test_a_page_from_a_file_has_no_canonical_url_of_its_own() -> None:
    assert canonical_of("file:sneg.html", None) is None


@given(st.text() | st.text().map("http://{}".format), st.text().map("https://{}/a".format))
def test_no_declared_url_raises(url: str, declared: str) -> None:
    assert canonical_of(url, declared) in {web_url(url), web_url(declared)}


@pytest.mark.parametrize(
    ("href", "reason"),
    [
        ("sosny.example/news/sneg", "broken"),
        ("www.sosny.example/news/sneg", "broken"),
        ("/sosny.example/news/sneg", "broken"),
        ("drugoy.example/x", "broken"),
        ("{{url}}", "broken"),
        ("/{{ page.url }}", "broken"),
        ("https://sosny.example/${slug}", "broken"),
        ("https://sosny.example/%7B%7Burl%7D%7D", "broken"),
        ("https://sosny.example/%%URL%%", "broken"),
        ("<%= url %>", "broken"),
        ("[permalink]", "broken"),
        ("https://sosny.example/news/:slug", "broken"),
        ("undefined", "broken"),
        ("null", "broken"),
        ("/undefined", "broken"),
        ("https://sosny.example/news/null", "broken"),
        ("javascript:void(0)", "broken"),
        ("http:///news", "broken"),
        ("https://https://sosny.example/news/sneg", "broken"),
        ("https://sosny.example/https://sosny.example/news/sneg", "broken"),
        (".", "broken"),
        ("..", "broken"),
        ("news/sneg", "broken"),
        ("/", "front-page"),
        ("https://www.sosny.example", "front-page"),
        ("https://sosny.example/news/", "section"),
        ("/news", "section"),
        ("https://agentstvo.example/7", "other-site"),
        ("//agentstvo.example/7", "other-site"),
    ],
)
def test_a_url_that_cannot_be_that_of_the_article_is_not_believed(href: str, reason: str) -> None:
    found = declaring(link(href))
    assert said(found) == (OWN, reason)
    assert found.sources.canonical_url == "url"
    assert found.identity is not None
    assert found.identity.believed == "url"
    assert found.identity.canonical_url


@pytest.mark.parametrize(
    "href", [OWN, f"{OWN}?utm_source=rss", f"  {OWN}\n", f"{OWN}#top", "#", "sneg", "//sosny.example/news/sneg", ""]
)
def test_a_page_that_declares_its_own_url_needs_no_word_on_it(href: str) -> None:
    assert said(declaring(link(href))) == (OWN, None)


@pytest.mark.parametrize(
    ("url", "href"),
    [
        ("https://sosny.example/amp/sneg", OWN),
        (f"{OWN}/amp/", OWN),
        (f"{OWN}/index.html", f"{OWN}/"),
        (f"{OWN}?print=1", OWN),
        ("https://m.sosny.example/news/sneg", OWN),
        (OWN, "http://www.sosny.example/news/sneg"),
        (OWN, "https://sosny.example/2026/sneg-v-gorode"),
    ],
)
def test_another_form_of_a_page_declares_the_page(url: str, href: str) -> None:
    assert said(declaring(link(href), url=url)) == (href, "declared")


def test_a_later_page_of_an_article_is_not_its_first_page() -> None:
    assert said(declaring(link(OWN), url=f"{OWN}/2")) == (f"{OWN}/2", "section")


def test_canonical_links_that_contradict_each_other_are_not_believed() -> None:
    assert said(declaring(link("https://sosny.example/a") + link("https://sosny.example/b"))) == (OWN, "several")


def test_canonical_links_in_two_spellings_agree() -> None:
    found = declaring(link("https://sosny.example/a") + link("http://www.sosny.example/a/"))
    assert said(found) == ("https://sosny.example/a", "declared")


def test_a_link_in_the_text_of_an_article_is_not_the_pages_declaration() -> None:
    assert said(declaring("", body=f"<div>{link('https://sosny.example/other')}</div>")) == (OWN, None)


def test_a_link_that_the_parser_moved_from_a_broken_head_counts() -> None:
    found = declaring("<img src=x>" + link("https://sosny.example/2026/sneg"))
    assert said(found) == ("https://sosny.example/2026/sneg", "declared")


def test_a_wrong_url_to_share_does_not_matter_beside_a_right_canonical_url() -> None:
    shared = '<meta property="og:url" content="https://sosny.example/news/">'
    assert said(declaring(link(OWN) + shared)) == (OWN, None)


@pytest.mark.parametrize("url", ["https://sosny.example/news", "https://sosny.example/"])
def test_a_url_to_share_and_one_of_json_ld_are_checked_alike(url: str) -> None:
    json = f'{{"@type":"NewsArticle","headline":"Markt am Hafen","url":"{url}","mainEntityOfPage":{{"@id":"{url}"}}}}'
    for head in (
        f'<meta property="og:url" content="{url}">',
        f'<script type="application/ld+json">{json}</script>',
    ):
        assert declaring(head).canonical_url == OWN


def test_a_value_that_is_broken_gives_way_to_the_next_source() -> None:
    shared = '<meta property="og:url" content="https://sosny.example/2026/sneg">'
    assert said(declaring(link("{{url}}") + shared)) == ("https://sosny.example/2026/sneg", "declared")


def test_of_a_page_from_a_file_the_text_is_believed_instead() -> None:
    found = declaring(link("{{url}}"), url="file:sneg.html")
    assert found.identity is not None
    assert (found.canonical_url, found.identity.believed) == (None, "text")
    assert found.identity.reason is IdentityReason.BROKEN
