"""The watch list is read strictly, and each mistake is one line."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.watch.watchlist import WatchlistError, load_watchlist
from pipeline.listing.watchlist import Mistakes, Watch, read_watchlist

ROOT = Path(__file__).parents[3]
FEED = '[[watch]]\nfeed = "https://sosny.example/feed"\n'


def mistakes(text: str) -> tuple[str, ...]:
    found = read_watchlist(text)
    assert isinstance(found, Mistakes), found
    return found.lines


def test_entries_are_read_with_the_defaults_under_them() -> None:
    found = read_watchlist(
        '[defaults]\nmin_interval = "10m"\npriority = 3\n'
        + FEED
        + 'priority = 9\n[[watch]]\nsitemap = "HTTPS://Sosny.example:443/s.xml?b=1&a=2"\nupdates = true\nmax_age = "36h"\n'
        '[[watch]]\nsite = "https://sosny.example"\nbacklog = 0\nmax_interval = "1d"\n'
    )
    assert found == (
        Watch(url="https://sosny.example/feed", kind="feed", min_interval=600, priority=9),
        Watch(
            url="https://sosny.example/s.xml?b=1&a=2",
            kind="sitemap",
            min_interval=600,
            priority=3,
            updates=True,
            max_age=36 * 3600,
        ),
        Watch(url="https://sosny.example/", kind="site", min_interval=600, priority=3, backlog=0, max_interval=86400),
    )


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", ['the list is empty: add [[watch]] with feed = "https://…", sitemap = or site =']),
        ("[watch]\nfeed = 1", ["watch: expected tables, [[watch]]"]),
        ("watch = [1]", ["watch: expected tables, [[watch]]"]),
        ("defaults = 1\n" + FEED, ["defaults: expected a table, [defaults]"]),
        ("[[watches]]\n" + FEED, ["unknown field 'watches'; the fields are defaults, watch"]),
        ("[[watch]]\nfeed = 'sosny.example/feed'", ["watch 1: feed: 'sosny.example/feed' is not an http(s) URL: write https://sosny.example/feed"]),
        ("[[watch]]\nfeed = 'file:///etc/passwd'", ["watch 1: feed: 'file:///etc/passwd' is not an http(s) URL"]),
        ("[[watch]]\nfeed = 7", ["watch 1: feed: expected a URL in quotes"]),
        ("[[watch]]\npriority = 3", ["watch 1: expected one of feed, sitemap and site"]),
        (FEED + "site = 'https://sosny.example/'", ["watch 1: expected one of feed, sitemap and site, not feed and site"]),
        (FEED + FEED.replace("https://sosny", "HTTPS://SOSNY"), ["watch 2: https://sosny.example/feed is listed twice"]),
        (FEED + 'min_interval = "5 minutes"', ["watch 1: min_interval = '5 minutes': expected a span from 30 seconds to 90 days, such as \"15m\", \"6h\", \"7d\""]),
        (FEED + 'min_interval = "1s"', ["watch 1: min_interval = '1s': expected a span from 30 seconds to 90 days, such as \"15m\", \"6h\", \"7d\""]),
        (FEED + "max_age = 7", ['watch 1: max_age = 7: expected a span such as "36h" or "7d"']),
        (FEED + "priority = 10", ["watch 1: priority = 10: expected a whole number from 0 to 9"]),
        (FEED + "priority = true", ["watch 1: priority = True: expected a whole number from 0 to 9"]),
        (FEED + "backlog = -1", ["watch 1: backlog = -1: expected a whole number from 0 to 50000"]),
        (FEED + "updates = 1", ["watch 1: updates = 1: expected true or false"]),
        (FEED + 'min_interval = "7h"', ["watch 1: min_interval is longer than max_interval (25200 s, 21600 s)"]),
        ("[defaults]\npriority = 'x'\n" + FEED, ["defaults: priority = 'x': expected a whole number from 0 to 9"]),
        ("[defaults]\nfeed = 'x'\n" + FEED, ["defaults: unknown field 'feed'; the fields are backlog, max_age, max_interval, min_interval, priority, updates"]),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line(text: str, lines: list[str]) -> None:
    assert list(mistakes(text)) == lines


def test_all_mistakes_are_named_at_once() -> None:
    text = "[defaults]\npriorty = 3\n" + FEED + 'priority = 11\nurl = "x"\n[[watch]]\nsite = "nowhere"\n[[watch]]\n'
    assert [line.split(":")[0] for line in mistakes(text)] == ["defaults", "watch 1", "watch 1", "watch 2", "watch 3"]


@pytest.mark.parametrize("text", ["[[watch]\n", "a = = 1", "\x00", "a = " + "[" * 5000])
def test_text_that_is_not_toml_gives_one_line(text: str) -> None:
    (line,) = mistakes(text)
    assert line.startswith("not TOML: ")
    assert "\n" not in line


@given(st.text(max_size=60))
def test_any_text_is_a_list_or_mistakes(text: str) -> None:
    assert isinstance(read_watchlist(text), tuple | Mistakes)
    assert isinstance(read_watchlist(FEED + text), tuple | Mistakes)


def test_the_example_is_a_list_and_says_the_defaults() -> None:
    found = load_watchlist(str(ROOT / "deploy" / "watches.example.toml"))
    assert [watch.kind for watch in found] == ["feed", "sitemap", "site"]
    assert found[1] == Watch(url="https://news.example/sitemap-news.xml", kind="sitemap")


def test_a_list_that_cannot_be_read_names_the_file(tmp_path: Path) -> None:
    for name, raw, says in (("none.toml", None, "no such file"), ("bytes.toml", b"\xff", "not UTF-8 (byte 0xff at 0)")):
        path = tmp_path / name
        if raw is not None:
            path.write_bytes(raw)
        with pytest.raises(WatchlistError) as caught:
            load_watchlist(str(path))
        assert caught.value.lines == (f"{path}: {says}",)
    with pytest.raises(WatchlistError, match=r"^nothing to watch: name a file, or set CHISTOVIK_WATCHES$"):
        load_watchlist("")
