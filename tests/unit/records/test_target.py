"""A URL to fetch, its id and its key."""

from datetime import UTC, datetime

import pytest

from pipeline.records.target import Target, host_key, target_id
from pipeline.records.wire import Malformed, decode, encode

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def test_a_producer_must_set_only_url_and_time() -> None:
    target = decode(Target, b'{"url": "https://sosny.example/a", "submitted_at": "2026-03-02T09:30:00Z"}')
    assert target == Target(url="https://sosny.example/a", submitted_at=AT)


def test_all_spellings_have_one_name_and_one_key() -> None:
    one = Target(url="https://Сосны.рф/а?utm_source=x#top", submitted_at=AT)
    other = Target(url="https://xn--m1abib5c.xn--p1ai/%D0%B0", submitted_at=AT)
    assert (one.id, one.key) == (other.id, other.key)
    assert one.key == b"xn--m1abib5c.xn--p1ai"


@pytest.mark.parametrize("url", ["ftp://sosny.example/a", "", "\udcff", "http://"])
def test_a_url_that_is_not_http_still_has_an_id_and_a_key(url: str) -> None:
    assert len(target_id(url)) == 32
    assert host_key(url) == target_id(url).encode()


def test_a_target_travels_whole() -> None:
    target = Target(
        url="https://sosny.example/a", submitted_at=AT, source="rss", priority=9, refetch=True, title="Снег"
    )
    assert decode(Target, encode(target)) == target


@pytest.mark.parametrize("field", ['"priority": 10', '"title": 7', '"referrer": ""', '"source": null'])
def test_a_field_that_is_not_as_it_must_be_is_refused(field: str) -> None:
    value = f'{{"url": "https://sosny.example/", "submitted_at": "2026-03-02T09:30:00Z", {field}}}'
    assert isinstance(decode(Target, value.encode()), Malformed)
