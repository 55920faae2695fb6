"""Dates on pages are read as a day or an instant; ambiguous and invalid dates are not read."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.text.calendar.dates import Moment, believed, dates_in, in_order, moment_of, relative_in

NOW = datetime(2026, 5, 1, 12, 0, 7, tzinfo=UTC)


def read(text: str) -> str | None:
    moment = moment_of(text)
    return None if moment is None else str(moment)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2022-01-05T14:30:00+03:00", "2022-01-05T14:30:00+03:00"),
        ("2022-01-05T14:30:00.123456Z", "2022-01-05T14:30:00Z"),
        ("2022-01-05 14:30:00 +0300", "2022-01-05T14:30:00+03:00"),
        ("2022-01-05T01:30+03", "2022-01-05T01:30:00+03:00"),
        ("20220105T143000Z", "2022-01-05T14:30:00Z"),
        ("Wed, 05 Jan 2022 14:30:00 GMT", "2022-01-05T14:30:00Z"),
        ("Wed Jan 05 2022 14:30:00 GMT+0300 (MSK)", "2022-01-05T14:30:00+03:00"),
        ("Jan 5, 2022 2:30 PM EST", "2022-01-05T14:30:00-05:00"),
        ("5 января 2022 г. в 14:30 МСК", "2022-01-05T14:30:00+03:00"),
        ("1641393000", "2022-01-05T14:30:00Z"),
        ("1641393000123", "2022-01-05T14:30:00Z"),
    ],
)
def test_a_time_with_its_zone_is_an_instant_with_the_offset_of_the_page(text: str, expected: str) -> None:
    assert read(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "2022-01-05",
        "2022-01-05T14:30:00",
        "2022/01/05",
        "20220105",
        "05.01.2022 14:30",
        "05.01.22",
        "[14:30/05.01.2022]",
        "5 января 2022, 14:30",
        "5 января 2022 года в 14:30",
        "5 січня 2022 року",
        "5 студзеня 2022",
        "2022 ж. 5 қаңтар",
        "2022 жылғы 5 қаңтар",
        "5 қаңтар 2022, 14:30",
        "January 5, 2022",
        "Jan. 5, 2022 at 2:30 p.m.",
        "5th of January 2022",
        "5 stycznia 2022",
        "5. Januar 2022",
        "2022年1月5日 14:30",
        "5 януари 2022 г.",
        "5. јануар 2022.",
        "5. januara 2022. u 14:30",
        "5 de enero de 2022",
        "5 ianuarie 2022",
        "5 janvier 2022",
        "2022. január 5.",
        "2022 m. sausio 5 d.",
        "2022. gada 5. janvāris",
        "5. tammikuuta 2022",
        "5. siječnja 2022.",
        "5 Ocak 2022",
        "5 yanvar 2022",
        "2022-yil 5-yanvar",
        "5 јануари 2022",
        "5. ledna 2022",
        "5 gennaio 2022",
        "5 januari 2022",
        "05-Jan-2022",
    ],
)
def test_a_date_without_a_zone_is_the_day_alone(text: str) -> None:
    assert read(text) == "2022-01-05"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0000-00-00",
        "2022-13-45",
        "31.02.2022",
        "14:30",
        "192.168.10.2012",
        "5 января",
        "May 2022",
        "2022",
        "tel. 05-01-22",
        "1 2 3 4",
        "http://host/2022/01/05/news",
    ],
)
def test_an_incomplete_date_is_not_read(text: str) -> None:
    assert read(text) is None


def test_an_ambiguous_date_is_not_read() -> None:
    assert [read(text) for text in ("03/04/2022", "13/04/2022", "04/13/2022", "04/04/2022", "03.04.2022")] == [
        None,
        "2022-04-13",
        "2022-04-13",
        "2022-04-04",
        "2022-04-03",
    ]


def test_moscow_time_is_known_only_since_it_stopped_changing() -> None:
    assert [read("5 января 2012, 14:30 МСК"), read("5 января 2015, 14:30 МСК")] == [
        "2012-01-05",
        "2015-01-05T14:30:00+03:00",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("сегодня, 14:30", "2026-05-01"),
        ("Вчера", "2026-04-30"),
        ("сьогодні о 12:10", "2026-05-01"),
        ("учора", "2026-04-30"),
        ("сёння", "2026-05-01"),
        ("бүгін", "2026-05-01"),
        ("кеше", "2026-04-30"),
        ("today", "2026-05-01"),
        ("Yesterday at 5:00 pm", "2026-04-30"),
        ("today, 10:00 UTC", "2026-05-01T10:00:00Z"),
        ("2 часа назад", "2026-05-01T10:00:00Z"),
        ("час назад", "2026-05-01T11:00:00Z"),
        ("годину тому", "2026-05-01T11:00:00Z"),
        ("3 hours ago", "2026-05-01T09:00:00Z"),
        ("5 минут назад", "2026-05-01T11:55:00Z"),
        ("2 күн бұрын", "2026-04-29"),
    ],
)
def test_a_relative_date_is_counted_from_the_fetch(text: str, expected: str) -> None:
    found = relative_in(text, NOW)
    assert found is not None
    assert str(found.moment) == expected


def test_a_relative_day_is_one_of_utc_wherever_the_page_was_fetched() -> None:
    local = NOW.astimezone(timezone(timedelta(hours=14)))
    found = relative_in("сегодня", local)
    assert found is not None
    assert str(found.moment) == "2026-05-01"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-05-01", True),
        ("2026-05-02", True),
        ("2026-05-03", False),
        ("2026-05-02T12:00:00Z", True),
        ("2026-05-02T12:01:00Z", False),
        ("1990-01-01", True),
        ("1989-12-31", False),
        ("1970-01-01T00:00:00Z", False),
    ],
)
def test_a_date_before_the_web_or_after_the_fetch_is_not_believed(text: str, expected: bool) -> None:
    assert (believed(moment_of(text), NOW) is not None) is expected


def test_a_change_is_not_before_its_publication() -> None:
    def order(published: str, modified: str) -> bool:
        first, second = moment_of(published), moment_of(modified)
        return first is not None and second is not None and in_order(first, second)

    assert order("2022-01-05T10:00:00Z", "2022-01-05T10:00:00Z")
    assert not order("2022-01-05T10:00:00Z", "2022-01-05T09:59:59Z")
    assert not order("2022-01-05", "2022-01-04")
    assert order("2022-01-05", "2022-01-04T22:00:00Z")  # the day of an unknown zone


def test_the_span_of_a_date_covers_its_time() -> None:
    text = "Опубликовано: 5 января 2022 г., 14:30 | Общество"
    [found] = dates_in(text)
    assert text[found.start : found.end] == "5 января 2022 г., 14:30"


@given(st.text(alphabet="0123456789 .:/-+TZ,январямаяJan年月日", max_size=80), st.datetimes(timezones=st.just(UTC)))
def test_any_text_is_read_without_an_error(text: str, fetched_at: datetime) -> None:
    relative_in(f"{text} 3 hours ago", fetched_at)
    moment = believed(moment_of(text), fetched_at)
    assert moment is None or moment.day >= date(1990, 1, 1)


@given(st.datetimes(min_value=datetime(1990, 1, 2), max_value=datetime(2090, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_a_date_that_was_written_is_read_back(at: datetime) -> None:
    moment = Moment(at.date(), at.replace(microsecond=0))
    assert moment_of(str(moment)) == moment


@pytest.mark.parametrize(
    "text", ["5 sıe 2021", "Jun. ſept 5, 2021", "2021, 5 sıe", "2 hourſ ago", "yeſterday", "3 mın ago"]
)
def test_a_word_with_another_letter_that_a_pattern_takes_for_its_own_is_no_date(text: str) -> None:
    """Ignoring case, "ı" fits "i" and "ſ" fits "s": each of these was a KeyError."""
    assert next(dates_in(text), None) is None
    assert relative_in(text, NOW) is None
