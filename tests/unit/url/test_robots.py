"""Odd robots.txt files are obeyed: other encodings, packed bodies, other line ends, versions behind names."""

from __future__ import annotations

import codecs
import gzip
import zlib

import brotli
import pytest
from backports import zstd

from pipeline.page.codings import unpack_best_effort
from pipeline.url.robots import LARGEST, Robots, robots_of

SITE = "https://sosny.example"
RULES = "User-agent: *\r\nDisallow: /closed\r\n"


def read(body: bytes | str, *, coding: str = "", agent: str = "MyBot") -> Robots:
    raw = body.encode() if isinstance(body, str) else body
    return robots_of(200, unpack_best_effort(raw, coding, LARGEST), agent=agent)


def obeys(robots: Robots) -> bool:
    """Whether /closed is closed and /open is open."""
    return not robots.allows(SITE + "/closed") and robots.allows(SITE + "/open")


@pytest.mark.parametrize(
    "body",
    [
        codecs.BOM_UTF8 + RULES.encode(),
        codecs.BOM_UTF8 * 2 + RULES.encode(),
        RULES.encode("utf-16"),
        codecs.BOM_UTF16_LE + RULES.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + RULES.encode("utf-16-be"),
        RULES.encode("utf-16-le"),
        RULES.encode("utf-16-be"),
        RULES.encode("utf-32"),
        codecs.BOM_UTF32_BE + RULES.encode("utf-32-be"),
        RULES.encode("utf-16") + b"\n",  # half a character at the end
        ("# Разработка\n" + RULES).encode("utf-16"),
        ("# Разработка\n" + RULES).encode("cp1251"),
    ],
)
def test_rules_in_any_encoding_are_obeyed(body: bytes) -> None:
    assert obeys(read(body))


@pytest.mark.parametrize(
    ("body", "coding"),
    [
        (gzip.compress(RULES.encode(), mtime=0), ""),
        (gzip.compress(RULES.encode(), mtime=0), "gzip"),
        (gzip.compress(gzip.compress(RULES.encode(), mtime=0), mtime=0), "gzip"),
        (gzip.compress(RULES.encode(), mtime=0), "gzip, gzip"),
        (gzip.compress(RULES.encode(), mtime=0), "br"),
        (gzip.compress(RULES.encode("utf-16"), mtime=0), ""),
        (gzip.compress(RULES.encode() + b"#" * 3000, mtime=0)[:-6], "gzip"),  # it breaks off
        (zlib.compress(RULES.encode()), "deflate"),
        (brotli.compress(RULES.encode()), "br"),
        (zstd.compress(RULES.encode()), ""),
        (RULES.encode(), "gzip"),
        (RULES.encode(), "br"),
        (RULES.encode(), "deflate"),
        (RULES.encode(), "zstd"),
        (RULES.encode(), "utf-8"),
        (RULES.encode(), "none, identity"),
    ],
    ids=[
        "packed and not said",
        "gzip",
        "gzip twice",
        "gzip twice said",
        "not what is said",
        "utf-16, packed",
        "breaks off",
        "deflate",
        "br",
        "zstd and not said",
        "plain for gzip",
        "plain for br",
        "plain for deflate",
        "plain for zstd",
        "a charset",
        "no coding",
    ],
)
def test_rules_are_obeyed_however_they_are_packed_and_whatever_is_said_of_it(body: bytes, coding: str) -> None:
    assert obeys(read(body, coding=coding))


def test_a_bomb_is_read_up_to_the_limit() -> None:
    packed = gzip.compress(RULES.encode() + b"#" * (64 << 20))
    assert len(unpack_best_effort(packed, "gzip", LARGEST)) == LARGEST
    assert obeys(read(packed, coding="gzip"))


def test_rules_up_to_the_limit_count_in_a_packed_file_too() -> None:
    rules = b"User-agent: *\n".ljust(LARGEST - 30, b"#") + b"\nDisallow: /closed\n" + b"#" * 60 + b"\nDisallow: /open\n"
    assert obeys(read(rules))
    assert obeys(read(gzip.compress(rules), coding="gzip"))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\n\r", "\r\r\n"])
def test_lines_end_in_any_way(end: str) -> None:
    assert obeys(read(RULES.replace("\r\n", end)))


@pytest.mark.parametrize(
    "body",
    [
        "Sitemap: /sitemap.xml\n\ufeffUser-agent: *\nDisallow: /closed\n",
        "User-agent: *\n\ufeffDisallow: /closed\n",
        "\u200bUser-agent: *\nDisallow: /closed\u200b\n",
        "\0User-agent: *\nDisallow: /closed\n",
        "\xa0User-agent: *\n\xa0Disallow: /closed\n",
        "User-agent : *\nDisallow : /closed\n",
        "user-agent: *  # all\nDISALLOW: /closed # not this\n",
    ],
)
def test_invisible_characters_hide_no_rule(body: str) -> None:
    assert obeys(read(body))


OURS = ["MyBot", "mybot", "MYBOT", "MyBot/1.0", "MyBot/2.1 (+https://example.org/bot)", "MyBot 1.0", "MyBot*", "MyBot;"]
OTHERS = ["bot", "My", "MyBo", "MyBots", "MyBot-News", "My-Bot", "Other/1.0", "Bot/MyBot", "compatible; MyBot"]


@pytest.mark.parametrize("name", OURS)
def test_rules_for_our_name_are_for_us_in_any_version(name: str) -> None:
    rules = f"User-agent: {name}\nDisallow: /closed\nCrawl-delay: 7\n\nUser-agent: *\nDisallow: /open\n"
    assert obeys(read(rules))
    assert read(rules).delay == 7


@pytest.mark.parametrize("name", OTHERS)
def test_rules_for_another_name_are_not_for_us(name: str) -> None:
    rules = f"User-agent: {name}\nDisallow: /open\nCrawl-delay: 7\n\nUser-agent: *\nDisallow: /closed\n"
    assert obeys(read(rules))
    assert read(rules).delay == 0


@pytest.mark.parametrize("agent", ["Bot2", "news-bot", "news_bot"])
def test_a_name_may_have_digits_and_hyphens(agent: str) -> None:
    assert obeys(read(f"User-agent: {agent}/3\nDisallow: /closed\n\nUser-agent: *\nDisallow: /open\n", agent=agent))


def test_groups_of_several_agents_and_split_groups_count_as_one() -> None:
    rules = "User-agent: Other\nUser-agent: MyBot/1\nDisallow: /closed\n\nUser-agent: *\nDisallow: /open\n"
    assert obeys(read(rules))
    split = "User-agent: MyBot\nDisallow: /closed\nUser-agent: Other\nDisallow: /open\nUser-agent: mybot/2\nDisallow: /too\n"
    assert obeys(read(split))
    assert not read(split).allows(SITE + "/too")


@pytest.mark.parametrize(
    "body",
    [
        "<!doctype html><html><head><title>404</title></head><body><p>Not found</p></body></html>",
        "<html>\n<body>\nUser agent stylesheet\nDisallow everything\n</body></html>",
        "",
        "{}",
        "User-agent: * Disallow: /",  # all in one line: there is no rule, as Google reads it
        "x" * LARGEST,
        "/" + "*a" * (LARGEST // 2),
    ],
)
def test_what_is_no_robots_txt_forbids_nothing(body: str) -> None:
    assert read(body).allows(SITE + "/closed")


def test_a_very_long_line_is_cut_and_the_next_one_is_read() -> None:
    stars = "Disallow: /" + "*a" * 100_000
    robots = read(f"User-agent: *\n{stars}\nDisallow: /closed\n")
    assert obeys(robots)
    assert robots.allows(SITE + "/" + "a" * 2000)
