"""The pure parts of fetching: robots, answers, codings, offsets; and the frontier."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import brotli
import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st

from agents.fetch.frontier import Frontier, Item
from agents.fetch.guard import Guard
from agents.fetch.pace import Hosts
from pipeline.page.media_types import content_type
from pipeline.page.unpacking import TooMuchError, Unpacker, UnpackingError
from pipeline.records.reason import Reason
from pipeline.records.target import Target
from pipeline.topics.offsets import MOST_AHEAD, Mark, Window, mark_of
from pipeline.url.answers import LONGEST_WAIT, backoff, fresh_for, meaning_of, retry_after
from pipeline.url.robots import LARGEST, RobotsStatus, product_token, robots_of

if TYPE_CHECKING:
    from collections.abc import Callable

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
URL = "https://sosny.example"


# — robots —


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (200, RobotsStatus.RULES),
        (404, RobotsStatus.NONE),
        (403, RobotsStatus.NONE),
        (429, RobotsStatus.UNREACHABLE),
        (503, "unreachable"),
    ],
)
def test_what_an_answer_to_robots_means(status: int, expected: str) -> None:
    robots = robots_of(status, b"User-agent: *\nDisallow: /a", agent="Bot")
    assert robots.status == expected
    assert robots.allows(URL + "/a") == (expected == "none")
    assert robots.allows(URL + "/b") == (expected != "unreachable")


@pytest.mark.parametrize(
    ("rules", "delay"),
    [
        (b"User-agent: *\nCrawl-delay: 3", 3.0),
        (b"User-agent: *\nCrawl-delay: 0.5", 0.5),
        (b"User-agent: *\nCrawl-delay: 86400", 60.0),
        (b"User-agent: *\nCrawl-delay: -1", 0.0),
        (b"User-agent: *\nCrawl-delay: soon", 0.0),
        (b"User-agent: *\nRequest-rate: 1/10", 10.0),
        (b"User-agent: Other\nCrawl-delay: 3", 0.0),
        (b"\xef\xbb\xbfUser-agent: bot\nCrawl-delay: 3", 3.0),
        (b"\xff\xfe\0\0", 0.0),
    ],
)
def test_a_crawl_delay_has_a_ceiling(rules: bytes, delay: float) -> None:
    assert robots_of(200, rules, agent="Bot").delay == delay


def test_only_the_first_500_kib_count() -> None:
    rules = b"User-agent: *\nDisallow: /a\n".ljust(LARGEST, b"#") + b"\nDisallow: /b\n"
    robots = robots_of(200, rules, agent="Bot")
    assert (robots.allows(URL + "/a"), robots.allows(URL + "/b")) == (False, True)


@pytest.mark.parametrize("agent", ["MyBot/1.0 (+https://example.org)", "MyBot (bot@example.org)", " MyBot "])
def test_the_name_of_a_bot_is_its_product_token(agent: str) -> None:
    assert product_token(agent) == "MyBot"


@given(st.binary(max_size=300))
def test_no_robots_raises(body: bytes) -> None:
    robots = robots_of(200, body, agent="Bot")
    assert isinstance(robots.allows(URL + "/a"), bool)
    assert 0 <= robots.delay <= 60


# — answers —


def test_every_status_means_something() -> None:
    found = {status: meaning_of(status) for status in range(200, 600)}
    assert (found[200], found[301], found[308], found[500], found[429]) == (
        "page",
        "redirect",
        "redirect",
        "again",
        "again",
    )
    assert (found[304], found[404], found[410]) == (Reason.NOT_MODIFIED, Reason.NOT_FOUND, Reason.GONE)
    assert {found[status] for status in (401, 403, 451, 418, 501, 399)} == {Reason.REFUSED}


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("120", 120.0),
        ("0", 0.0),
        ("99999999999999", LONGEST_WAIT),
        ("Mon, 02 Mar 2026 09:31:00 GMT", 60.0),
        ("Mon, 02 Mar 2026 09:29:00 GMT", 0.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_WAIT),
        ("", None),
        (None, None),
        ("-1", None),
        ("1.5", None),
        ("soon", None),
        ("٣", None),
    ],
)
def test_retry_after_is_seconds_or_a_date_and_bounded(said: str | None, seconds: float | None) -> None:
    assert retry_after(said, AT) == seconds


@given(st.text())
def test_no_retry_after_raises(said: str) -> None:
    found = retry_after(said, AT)
    assert found is None or 0 <= found <= LONGEST_WAIT


@given(st.text(max_size=50))
def test_no_content_type_raises(header: str) -> None:
    assert content_type(header).media_type.isascii()


@pytest.mark.parametrize(
    ("header", "media_type", "charset"),
    [
        ("text/html; charset=UTF-8", "text/html", "UTF-8"),
        ('Text/HTML;x=1;CHARSET="windows-1251"', "text/html", "windows-1251"),
        ("text/html;charset=", "text/html", None),
        (None, "", None),
    ],
)
def test_a_content_type_is_a_media_type_and_a_charset(header: str | None, media_type: str, charset: str | None) -> None:
    found = content_type(header)
    assert (found.media_type, found.charset) == (media_type, charset)


def test_backoff_grows_is_bounded_and_the_same_on_a_replay() -> None:
    waits = [backoff(attempt, base=60, name="urls/3/17") for attempt in range(1, 9)]
    assert waits == [backoff(attempt, base=60, name="urls/3/17") for attempt in range(1, 9)]
    assert all(30 * 4**index <= wait <= 60 * 4**index for index, wait in enumerate(waits[:4]))
    assert max(waits) <= LONGEST_WAIT
    assert len({backoff(1, base=60, name=f"urls/3/{offset}") for offset in range(50)}) == 50


# — codings —

CODINGS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstd.compress,
    "": bytes,
}


@pytest.mark.parametrize("coding", CODINGS)
@given(data=st.binary(max_size=5000), step=st.integers(1, 2000), times=st.integers(1, 40))
def test_a_body_comes_out_as_it_went_in_however_it_is_cut(coding: str, data: bytes, step: int, times: int) -> None:
    body = data * times
    packed, unpacker = CODINGS[coding](body), Unpacker(coding, 1 << 20)
    pieces = [piece for at in range(0, len(packed), step) for piece in unpacker.take(packed[at : at + step])]
    unpacker.end()
    assert b"".join(pieces) == body


@pytest.mark.parametrize("padding", [b"", bytes(20), b"\x1f"])
def test_members_of_gzip_come_out_on_end_however_they_are_cut(padding: bytes) -> None:
    packed = b"".join(map(gzip.compress, (b"a" * 300, b"", b"", b"b"))) + padding
    for cut in range(len(packed)):
        unpacker = Unpacker("gzip", 1 << 20)
        pieces = [*unpacker.take(packed[:cut]), *unpacker.take(packed[cut:])]
        unpacker.end()
        assert b"".join(pieces) == b"a" * 300 + b"b"


def test_a_gzip_of_very_many_members_is_no_page() -> None:
    with pytest.raises(UnpackingError, match="more than 1000 gzip members"):
        Unpacker("gzip", 1 << 20).take(gzip.compress(b"") * 100_000)


@given(data=st.binary(max_size=400), times=st.integers(0, 30), at=st.integers(0, 1 << 20), other=st.integers(1, 255))
def test_gzip_that_was_damaged_is_an_error_or_another_body_and_never_more(
    data: bytes, times: int, at: int, other: int
) -> None:
    packed = bytearray(gzip.compress(data * times))
    packed[at % len(packed)] ^= other
    unpacker = Unpacker("gzip", 1 << 16)
    try:
        pieces = unpacker.take(bytes(packed))
        unpacker.end()
    except (UnpackingError, TooMuchError):
        return
    assert b"".join(pieces) == data * times  # what was hit is the header's time, or the like


@pytest.mark.parametrize("coding", [one for one in CODINGS if one])
def test_a_body_that_breaks_off_is_an_error(coding: str) -> None:
    unpacker = Unpacker(coding, 1 << 20)
    with pytest.raises(UnpackingError):  # noqa: PT012 — some notice at once, some at the end
        unpacker.take(CODINGS[coding](bytes(range(256)) * 20)[:-7])
        unpacker.end()


@pytest.mark.parametrize("coding", [one for one in CODINGS if one])
def test_a_bomb_goes_off_small(coding: str) -> None:
    unpacker = Unpacker(coding, 1 << 30)
    with pytest.raises(TooMuchError, match="a bomb"):
        unpacker.take(CODINGS[coding](bytes(64 << 20)))


@pytest.mark.parametrize("coding", CODINGS)
def test_more_than_the_limit_is_too_much(coding: str) -> None:
    with pytest.raises(TooMuchError, match="more than 1000 bytes"):
        Unpacker(coding, 1000).take(CODINGS[coding](bytes(range(250)) * 5))


@pytest.mark.parametrize("coding", ["gzip, gzip", "compress", "br, zstd"])
def test_a_coding_that_was_not_asked_for_is_not_undone(coding: str) -> None:
    with pytest.raises(UnpackingError):
        Unpacker(coding, 1000)


@given(st.sampled_from([one for one in CODINGS if one]), st.binary(max_size=300))
def test_bytes_that_are_not_packed_raise_what_they_should(coding: str, data: bytes) -> None:
    with suppress(UnpackingError, TooMuchError):
        Unpacker(coding, 1000).take(data)


# — offsets —


@given(
    start=st.integers(0, 1000),
    finished=st.sets(st.integers(0, 400)),
    floors=st.none() | st.tuples(st.integers(0, 1 << 40), st.integers(0, 1 << 40)),
)
def test_a_mark_comes_back_from_its_metadata(start: int, finished: set[int], floors: tuple[int, int] | None) -> None:
    mark = Mark(start, frozenset(start + one for one in finished), floors)
    assert mark_of(start, mark.metadata) == mark


def test_the_largest_mark_fits_what_kafka_keeps() -> None:
    finished = frozenset(range(5, 5 + MOST_AHEAD))
    assert len(Mark(5, finished, (1 << 62, 1 << 62)).metadata) <= 4096


@pytest.mark.parametrize("metadata", ["", "x", "1:0:0:=", "2:0:0:", '{"fence": 3}', "1:-1:-1:"])
def test_metadata_of_others_says_that_nothing_beyond_is_finished(metadata: str) -> None:
    assert mark_of(7, metadata) == Mark(7)


@given(st.permutations(range(12)), st.integers(0, 12), st.sets(st.integers(0, 11)))
def test_no_unfinished_record_is_ever_below_the_mark(order: list[int], many: int, without: set[int]) -> None:
    """`without` are offsets that have no record: markers, or what compaction took."""
    window = Window(0)
    for offset in range(12):
        assert offset in without or window.take(offset)
    done = [offset for offset in order if offset not in without][:many]
    for offset in done:
        window.finish(offset)
    mark = window.mark(None)
    unfinished = set(range(12)) - without - set(done)
    assert mark.offset <= min(unfinished, default=12)
    assert not mark.finished & unfinished
    again = Window(mark.offset, finished=set(mark.finished))
    assert {offset for offset in range(mark.offset, 12) if offset not in without and again.take(offset)} == unfinished


def test_what_was_finished_before_it_was_read_is_not_taken() -> None:
    window = Window(3, finished={5})
    window.finish(3)
    assert [offset for offset in range(3, 7) if window.take(offset)] == [4, 6]
    window.finish(4)
    assert window.advance() == 6


# — frontier —


def item(host: str, number: int, *, priority: int = 5) -> Item:
    url = f"https://{host}/{number}"
    return Item(
        topic="urls",
        partition=0,
        offset=number,
        target=Target(url=url, submitted_at=AT, priority=priority),
        url=url,
        name="",
        host=host,
        origin=f"urls/0/{number}",
        attempt=1,
    )


async def test_a_host_is_asked_for_one_url_at_a_time_and_holds_no_other_up() -> None:
    frontier = Frontier(Hosts(delay=0.0, parallel=1))
    for number in range(1000):
        frontier.push(item("slow.example", number), due=0.0)
    frontier.push(item("quick.example", 1000), due=0.0)
    first, second = await frontier.next(), await frontier.next()
    assert {first.host, second.host} == {"slow.example", "quick.example"}
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.02):
            await frontier.next()
    frontier.done("slow.example")
    assert (await frontier.next()).offset == 1


async def test_the_urgent_urls_of_a_host_come_first() -> None:
    frontier = Frontier(Hosts(delay=0.0, parallel=1))
    for number, priority in enumerate((0, 5, 9, 5)):
        frontier.push(item("a.example", number, priority=priority), due=0.0)
    found = []
    for _ in range(4):
        found.append((await frontier.next()).offset)
        frontier.done("a.example")
    assert found == [2, 1, 3, 0]


async def test_a_url_that_waits_comes_when_it_is_due() -> None:
    frontier = Frontier(Hosts(delay=0.0, parallel=1))
    loop = asyncio.get_running_loop()
    due = loop.time() + 0.05
    frontier.push(item("a.example", 1), due=due)
    assert (await frontier.next()).offset == 1
    assert loop.time() >= due
    assert frontier.waiting == 0


async def test_a_host_that_rests_is_not_asked() -> None:
    hosts = Hosts(delay=0.0, parallel=1)
    frontier, loop = Frontier(hosts), asyncio.get_running_loop()
    hosts["a.example"].rests_until = until = loop.time() + 0.05
    frontier.push(item("a.example", 1), due=0.0)
    assert (await frontier.next()).offset == 1
    assert loop.time() >= until


async def test_what_is_drained_or_dropped_is_gone() -> None:
    frontier = Frontier(Hosts(delay=0.0, parallel=1))
    for number in range(4):
        frontier.push(item("a.example", number), due=0.0)
        frontier.push(item("b.example", number), due=0.0)
    assert [one.offset for one in frontier.drain("a.example")] == [0, 1, 2, 3]
    frontier.drop(lambda one: one.offset < 3)
    assert frontier.waiting == 1
    assert (await frontier.next()).offset == 3


async def test_a_long_queue_of_a_slow_host_has_no_room() -> None:
    hosts = Hosts(delay=1.0, parallel=1)
    frontier = Frontier(hosts)
    for number in range(300):
        assert frontier.room_for("a.example")
        frontier.push(item("a.example", number), due=0.0)
    assert not frontier.room_for("a.example")
    assert frontier.room_for("b.example")


@pytest.mark.parametrize(
    ("cache_control", "age", "seconds"),
    [
        ("max-age=600", None, 600.0),
        ("public, MAX-AGE = 600 , must-revalidate", "100", 500.0),
        ('max-age="600"', "700", 0.0),
        ("max-age=600, no-cache", None, 0.0),
        ("no-store", None, 0.0),
        ('no-cache="Set-Cookie", max-age=5', None, 0.0),
        ("s-maxage=600", None, None),
        ("max-age=-1", None, None),
        ("max-age=x", None, None),
        ("max-age=600", "x", 600.0),
        ("private", None, None),
        ("", None, None),
        (None, None, None),
        ("max-age=" + "9" * 5000, None, 999_999_999.0),
    ],
)
def test_how_long_an_answer_holds_is_read(cache_control: str | None, age: str | None, seconds: float | None) -> None:
    assert fresh_for(cache_control, age) == seconds


@given(st.text(), st.text())
def test_no_cache_control_breaks_the_reader(cache_control: str, age: str) -> None:
    assert (fresh_for(cache_control, age) or 0.0) >= 0.0


SPELLED = st.lists(st.sampled_from([*"aZ0.-_/:?#@[]%&=\\ \t\n", ":22", "127.1", "10.0.0.1", "//", "ж"]), max_size=10)


@given(st.sampled_from(["http://", "https://", "HTTP://", "http:/", "ftp://", ""]), SPELLED, SPELLED)
def test_the_verdict_on_a_site_is_the_verdict_on_each_of_its_urls(
    scheme: str, site: list[str], path: list[str]
) -> None:
    url, guard = f"{scheme}{''.join(site)}/{''.join(path)}", Guard()
    assert guard.why_not(url) == guard.why_not(url) == guard._why_not(url)


async def test_a_url_that_failed_comes_behind_others_of_its_host_and_a_shuffle_keeps_it_there() -> None:
    frontier = Frontier(Hosts(delay=0.0, parallel=1))
    for number in range(20):
        frontier.push(replace(item("a.example", number), attempt=2 if number < 5 else 1), due=0.0)
    frontier.push(item("a.example", 20, priority=9), due=0.0)
    frontier.shuffle("a.example")
    assert frontier.waiting == 21
    found = []
    for _ in range(21):
        found.append((await frontier.next()).offset)
        frontier.done("a.example")
    assert found[0] == 20
    assert set(found[-5:]) == set(range(5))
    assert found[1:16] != list(range(5, 20))


async def test_a_due_url_of_a_host_that_rests_long_is_handed_out_to_be_held() -> None:
    hosts = Hosts(delay=0.0, parallel=1)
    frontier, loop = Frontier(hosts, longest_rest=1.0), asyncio.get_running_loop()
    frontier.push(item("a.example", 1), due=loop.time() + 0.02)
    hosts["a.example"].rests_until = loop.time() + 3600
    assert (await frontier.next()).offset == 1
    assert frontier.rests("a.example")
    assert frontier.waiting == 0
