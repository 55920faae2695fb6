"""The entries of a sitemap that belong to its own site."""

import pytest

from pipeline.listing.entries import Listing
from pipeline.listing.own_site import keep_own
from pipeline.listing.reading import read_listing


def listed(*urls: str) -> Listing:
    found = read_listing("\n".join(urls).encode(), "https://sosny.example/sitemap.txt")
    assert isinstance(found, Listing)
    return found


@pytest.mark.parametrize(
    ("host", "url", "is_own"),
    [
        ("sosny.example", "https://sosny.example/a", True),
        ("sosny.example", "http://SOSNY.example:8080/a", True),
        ("sosny.example", "https://www.sosny.example/a", True),
        ("www.sosny.example", "https://sosny.example/a", True),
        ("www.sosny.example", "https://m.sosny.example/a", True),
        ("news.sosny.example", "https://sosny.example/a", False),
        ("news.sosny.example", "https://sport.sosny.example/a", False),
        ("sosny.example", "https://berezy.example/a", False),
        ("sosny.example", "https://nesosny.example/a", False),
        ("sosny.example", "https://sosny.example.evil.example/a", False),
        ("", "https://sosny.example/a", False),
    ],
)
def test_a_sitemap_may_list_urls_of_its_host_and_subdomains(host: str, url: str, is_own: bool) -> None:
    held, foreign = keep_own(listed(url), {host})
    assert (len(held.entries), foreign.total()) == ((1, 0) if is_own else (0, 1))


def test_dropped_entries_are_counted_by_host_and_the_others_keep_their_order() -> None:
    listing = listed(
        "https://sosny.example/2",
        "https://a.example/",
        "https://b.example/",
        "https://sosny.example/1",
        "https://b.example/2",
    )
    held, foreign = keep_own(listing, {"sosny.example"})
    assert [entry.url for entry in held.entries] == ["https://sosny.example/2", "https://sosny.example/1"]
    assert foreign == {"a.example": 1, "b.example": 2}
    assert keep_own(listing, {"sosny.example", "a.example", "b.example"})[0] is listing


def test_a_feed_may_link_anywhere() -> None:
    raw = b"<rss version='2.0'><channel><item><link>https://a.example/1</link></item></channel></rss>"
    feed = read_listing(raw, "https://sosny.example/feed")
    assert isinstance(feed, Listing)
    assert keep_own(feed, {"sosny.example"}) == (feed, {})
