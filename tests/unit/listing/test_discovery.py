"""The feeds that a home page links to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.listing.discovery import MOST_FEEDS, feeds_of

URL = "https://sosny.example/ru/"


def page(*links: str, head: str = "") -> bytes:
    return f"<!doctype html><html><head>{head}{''.join(links)}</head><body>x</body></html>".encode()


def link(href: str, kind: str = "application/rss+xml", rel: str = "alternate", title: str = "") -> str:
    return f'<link rel="{rel}" type="{kind}" title="{title}" href="{href}">'


def test_feeds_are_found_in_their_order_and_resolved() -> None:
    found = feeds_of(
        page(
            link("/feed"),
            link("atom.xml", "application/atom+xml"),
            link("//o.example/j", "APPLICATION/feed+json; charset=utf-8"),
            link("/feed"),
        ),
        URL,
    )
    assert found == ("https://sosny.example/feed", "https://sosny.example/ru/atom.xml", "https://o.example/j")


def test_the_base_of_the_page_counts() -> None:
    assert feeds_of(page(link("feed"), head='<base href="https://b.example/x/">'), URL) == ("https://b.example/x/feed",)
    assert feeds_of(page(link("feed"), head='<base href="javascript:0">'), URL) == ("https://sosny.example/ru/feed",)


@pytest.mark.parametrize(
    "one",
    [
        link("/f", "text/css", "stylesheet"),
        link("/f", "text/html"),
        link("/f", rel="canonical"),
        link("javascript:alert(1)"),
        link("/comments/feed/"),
        link("/f", title="Сосны » Лента комментариев"),
        link("/f", title="News » Comments Feed"),
        "<link rel='alternate' type='application/rss+xml'>",
        "<link rel type href='/f'>",
    ],
)
def test_a_link_that_is_not_a_feed_of_articles_is_ignored(one: str) -> None:
    assert feeds_of(page(one, link("/good")), URL) == ("https://sosny.example/good",)


@pytest.mark.parametrize(
    "one",
    [
        link("/good", "text/xml"),
        link("/good", "application/xml"),
        link("/good", "application/json", title="JSON Feed"),
        link("/good", "application/rss"),
        link("/good", "text/atom+xml"),
        link("/good", "application/x-rss+xml"),
        '<link rel="feed" href="/good">',
        '<link rel="alternate feed" type="text/html" href="/good">',
        '<a rel="alternate" type="application/rss+xml" href="/good">RSS</a>',
        '<meta http-equiv="Refresh" content="0; URL=/good">',
        '<meta http-equiv="refresh" content="0;url=\'/good\'">',
        '<meta http-equiv=refresh content="5 ; /good">',
    ],
)
def test_a_feed_is_found_by_other_types_and_by_links(one: str) -> None:
    assert feeds_of(page("<link rel=stylesheet href=/s.css>", one, '<a href="/news">x</a>'), URL) == (
        "https://sosny.example/good",
    )


@pytest.mark.parametrize(
    "path", ["/feed", "/feed/", "/rss.xml", "/atom.xml", "/news.rss", "/ru/rss/", "/index.rdf", "/feeds/all.xml"]
)
def test_a_link_that_looks_like_a_feed_is_the_last_resort(path: str) -> None:
    anchors = f'<a href="/">x</a><a href="{path}">RSS</a><a href="/comments/feed/">x</a><a href="/feedback">x</a>'
    assert feeds_of(page(anchors), URL) == (f"https://sosny.example{path}",)
    assert feeds_of(page(anchors, link("/sure")), URL) == ("https://sosny.example/sure",)


@pytest.mark.parametrize(
    "one",
    [
        link("/wp-json/wp/v2/pages/2", "application/json"),
        link("/wp-json/oembed/1.0/embed?format=xml", "text/xml+oembed"),
        link("/oembed?format=json", "application/json+oembed"),
        link("/search.xml", "application/opensearchdescription+xml", "search"),
        link("/sitemap.xml", "application/xml", "sitemap"),
        link("https://sosny.example/ru/"),
        '<meta http-equiv="refresh" content="300">',
        '<meta http-equiv="refresh" content="0; url=https://sosny.example/ru/">',
        '<meta http-equiv="refresh" content="0; url=javascript:0">',
    ],
)
def test_other_machine_readable_links_are_no_feeds(one: str) -> None:
    assert feeds_of(page(one), URL) == ()


def test_there_are_not_too_many() -> None:
    assert len(feeds_of(page(*(link(f"/f{n}") for n in range(1000))), URL)) == MOST_FEEDS


def test_a_page_of_another_charset_is_read() -> None:
    assert feeds_of(page(link("/лента")).decode().encode("cp1251"), URL, charset="windows-1251") == (
        "https://sosny.example/лента",
    )


@given(st.binary(max_size=200))
def test_any_bytes_name_feeds_or_none(raw: bytes) -> None:
    assert isinstance(feeds_of(raw + page(link("/f")), URL), tuple)
