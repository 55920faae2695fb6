"""The dates of listings: every form that sites write, and how much later the instant may be."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.listing.dates import ANY_TIME, ANY_ZONE, Said, said
from pipeline.listing.entries import Entry, Kind, target_of_entry

EXACT = timedelta(0)


def at(day: int, hour: int = 0, minute: int = 0, *, month: int = 11, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("Sun, 29 Nov 2026 10:00:00 EST", at(29, 15)),
        ("Sun, 29 Nov 2026 10:00:00 CST", at(29, 16)),  # RFC 822
        ("Sun, 29 Nov 2026 10:00:00 UT", at(29, 10)),
        ("Sun, 29 Nov 2026 10:00:00 GMT+7", at(29, 3)),
        ("Sun, 29 Nov 2026 10:00:00 GMT+03:00", at(29, 7)),
        ("Sun, 29 Nov 2026 10:00:00 UTC-5", at(29, 15)),
        ("Sun, 29 Nov 2026 10:00:00 +3", at(29, 7)),
        ("Sun, 29 Nov 2026 10:00:00 (MSK)", at(29, 7)),
        ("Sun, 29 Nov 2026 10:00:00 AEST", at(29, 0)),
        ("Sun, 29 Nov 2026 10:00:00 MEZ", at(29, 9)),
        ("Sun,29 Nov 2026 9:05 GMT", at(29, 9, 5)),
        ("Sunday, 29-Nov-26 10:00:00 GMT", at(29, 10)),
        ("Sun, 29 Nov 2026 10:00:00 +0000 UTC", at(29, 10)),
        ("2026-11-29T10:00:00.123456789+03:00", at(29, 7)),
        ("2026-11-29T10:00+03", at(29, 7)),
        ("20261129T100000Z", at(29, 10)),
        ("Nov 29, 2026 10:00 AM EST", at(29, 15)),
        ("Sat, 28 Nov 2026 24:00:00 GMT", at(29)),
        ("2026-12-31T24:00:00Z", at(1, month=1, year=2027)),
        ("Tue, 31 Dec 2026 24:00:00 +0300", at(31, 21, month=12)),
        ("1795946400", at(29, 10)),
    ],
)
def test_an_instant_is_read_in_any_form(text: str, instant: datetime) -> None:
    assert said(text) == Said(instant)


@pytest.mark.parametrize(
    ("text", "month"),
    [
        ("dom, 02 ott 2022 18:55:00 GMT", 10),
        ("mer., 02 févr. 2022 18:55:00 GMT", 2),
        ("lun, 02 ene 2022 18:55:00 GMT", 1),
        ("seg, 02 out 2022 18:55:00 GMT", 10),
        ("02 de noviembre de 2022 18:55:00 GMT", 11),
        ("So, 02 Okt 2022 18:55:00 GMT", 10),
        ("Mi, 02 März 2022 18:55:00 GMT", 3),
        ("śr., 02 paź 2022 18:55:00 GMT", 10),
        ("po, 02 říj 2022 18:55:00 GMT", 10),
        ("ma, 02 mrt 2022 18:55:00 GMT", 3),
        ("mån, 02 maj 2022 18:55:00 GMT", 5),
        ("Pzt, 02 Eki 2022 18:55:00 GMT", 10),
        ("Вс, 02 окт 2022 18:55:00 GMT", 10),
        ("нд, 02 жов 2022 18:55:00 GMT", 10),
        ("ср, 02 кас 2022 18:55:00 GMT", 10),
        ("Дс, 02 қар 2022 18:55:00 GMT", 11),
    ],
)
def test_months_are_read_in_the_languages_of_servers(text: str, month: int) -> None:
    assert said(text) == Said(at(2, 18, 55, month=month, year=2022))


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-29 14:13", "2026-11-29T14:13:00", "Sun, 29 Nov 2026 14:13:00", "29.11.2026 14:13", "11/29/2026 02:13 PM",
        "Sun, 29 Nov 2026 14:13:00 BST", "Sun, 29 Nov 2026 14:13:00 IST", "Sun, 29 Nov 2026 14:13:00 America/New_York",
    ],
)  # fmt: skip
def test_without_a_zone_the_time_is_kept_and_may_be_half_a_day_later(text: str) -> None:
    assert said(text) == Said(at(29, 14, 13), ANY_ZONE)


@pytest.mark.parametrize("text", ["2026-11-29", "29 Nov 2026", "29 ноября 2026", "Sun, 29 Nov 2026 25:00:00 GMT"])
def test_a_day_is_no_instant(text: str) -> None:
    assert said(text) == Said(at(29), ANY_TIME)


@pytest.mark.parametrize(
    "text",
    [
        "Thu, 01 Jan 1970 00:00:00 +0000", "1970-01-01", "1970-01-01T03:00:00+03:00", "0001-01-01T00:00:00Z",
        "0000-00-00 00:00:00", "Wed, 30 Nov -0001 00:00:00 +0000", "1980-01-01T00:00:00Z", "0", "-1", "", "soon", "2026",
    ],
)  # fmt: skip
def test_a_date_before_the_web_is_none(text: str) -> None:
    assert said(text) is None


@pytest.mark.parametrize(
    ("within", "written"), [(EXACT, "2026-11-29T14:13:00Z"), (ANY_ZONE, "2026-11-29"), (ANY_TIME, "2026-11-29")]
)
def test_a_target_gets_an_instant_only_if_it_is_known(within: timedelta, written: str) -> None:
    entry = Entry(url="https://sosny.example/a", number=1, published=at(29, 14, 13), published_within=within)
    target = target_of_entry(entry, Kind.RSS, referrer=None, source="rss", now=at(30))
    assert target.date_published == written
    assert entry.latest == at(29, 14, 13) + within


@given(st.text(max_size=60))
def test_any_text_is_a_date_or_none(text: str) -> None:
    found = said(text)
    assert found is None or found.at.tzinfo is UTC


@given(st.from_regex(r"[0-3]?[0-9][ -](янв|feb|ott|out|[a-zа-я]{3})[ -][0-9]{2,4} [0-9]{1,2}:[0-9]{2} [A-Z+0-9]{1,5}"))
def test_anything_like_a_date_is_one_or_none(text: str) -> None:
    assert said(text) is None or isinstance(said(text), Said)
