"""How far each stage is: what is counted as waiting, as lost, as fast, and what it is called."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.reports.lag import PACE_SECONDS, StageMonitor
from agents.stage.progress import STUCK_CLEANING_SECONDS, STUCK_SECONDS
from pipeline.reports.lag import SOURCES, Condition, Lag, Sample, StageLag, counted, in_words, paces, report_of

AT = datetime(2031, 1, 6, 9, 30, tzinfo=UTC)


def lag(**fields: object) -> Lag:
    return Lag(**({"topic": "pages", "partition": 0, "begin": 0, "end": 10, "committed": 4} | fields))  # type: ignore[arg-type]


def stage(*lags: Lag, name: str = "clean", workers: int | None = 1, later: int = 0) -> StageLag:
    return StageLag(name=name, lags=lags or (lag(),), workers=workers, later=later)


def look(clock: float, **done: int) -> Sample:
    """Make a sample of stages that have 1,000 records each."""
    stages = [
        StageLag(name=name, lags=(lag(end=1000, committed=done.get(name, 0), oldest=AT),), workers=1)
        for name in SOURCES
    ]
    return Sample(at=AT + timedelta(seconds=clock), clock=clock, stages=tuple(stages))


def test_what_is_committed_or_finished_beyond_it_does_not_wait():
    assert (lag().waiting, lag().done) == (6, 4)
    assert (lag(ahead=2).waiting, lag(ahead=2).done) == (4, 6)
    assert lag(end=3).waiting == 0, "publish may be further than dedupe has committed"


def test_what_was_never_committed_waits_from_the_begin_of_the_log():
    one = lag(begin=7, committed=None)
    assert (one.first, one.waiting, one.lost) == (7, 3, 0)


def test_what_retention_took_is_lost_and_does_not_wait():
    one = lag(begin=6)
    assert (one.first, one.waiting, one.lost) == (6, 4, 2)


@given(st.integers(0, 99), st.integers(0, 99), st.none() | st.integers(0, 99), st.integers(0, 9))
def test_no_figure_is_ever_negative(begin: int, more: int, committed: int | None, ahead: int):
    one = lag(begin=begin, end=begin + more, committed=committed, ahead=ahead)
    assert min(one.waiting, one.lost, one.done) >= 0
    assert one.waiting <= more


def test_the_oldest_is_that_of_the_partitions_in_which_something_waits():
    done = lag(partition=0, committed=10, oldest=AT)
    young, old = (
        lag(partition=1, oldest=AT + timedelta(hours=2)),
        lag(partition=2, oldest=AT + timedelta(hours=1)),
    )
    assert stage(done, young, old).oldest == AT + timedelta(hours=1)
    assert stage(done).oldest is None


@pytest.mark.parametrize(
    ("of", "age", "stuck", "condition", "says"),
    [
        (stage(lag(committed=10)), 0, None, Condition.IDLE, ""),
        (stage(lag(committed=10), workers=0), 0, None, Condition.OFF, "no worker is running"),
        (stage(), 5, None, Condition.WORKING, ""),
        (stage(workers=None), 5, None, Condition.WORKING, ""),
        (stage(), 601, None, Condition.BEHIND, "the oldest record of `pages` has waited for 10 min"),
        (stage(), 601, "stuck: 6 records wait", Condition.STUCK, "stuck: 6 records wait"),
        (stage(workers=0), 601, "stuck", Condition.NO_WORKER, "6 records wait and no worker is running: chistovik worker clean"),
        (stage(lag(committed=9), workers=0), 1, None, Condition.NO_WORKER, "1 record waits and no worker is running: chistovik worker clean"),
        (stage(lag(begin=6), workers=0), 5, None, Condition.LOST, "retention deleted 2 records of `pages` before they were read"),
    ],
)  # fmt: skip
def test_the_worst_that_is_true_of_a_stage_is_said(
    of: StageLag, age: float, stuck: str | None, condition: Condition, says: str
):
    dated = replace(of, lags=tuple(replace(one, oldest=AT) for one in of.lags))
    report = report_of(dated, at=AT + timedelta(seconds=age), pace=None, stuck=stuck)
    assert (report.condition, report.says) == (condition, says)
    assert report.condition.is_well == (condition in {Condition.IDLE, Condition.OFF, Condition.WORKING})


def test_a_record_from_the_future_has_waited_for_no_time():
    report = report_of(stage(lag(oldest=AT)), at=AT - timedelta(hours=1), pace=None)
    assert (report.age, report.condition) == (0, Condition.WORKING)


def test_the_pace_is_measured_between_the_first_and_the_last_look():
    looks = [look(0), look(1, clean=400), look(4, clean=800, publish=100)]
    measured = paces(looks)
    assert (measured["clean"].done, measured["publish"].done, measured["dedupe"].done) == (200, 25, 0)
    assert measured["clean"].arriving == 0
    assert measured["clean"].seconds == 4
    assert measured["clean"].catches_up(200) == 1
    assert measured["dedupe"].catches_up(1000) is None
    assert measured["clean"].catches_up(0) is None


def test_one_look_measures_nothing_and_a_group_moved_back_is_no_negative_pace():
    assert paces([look(0)]) == {}
    assert paces([]) == {}
    assert paces([look(0, clean=500), look(1, clean=100)])["clean"].done == 0


def test_the_pace_is_that_of_the_last_minute_however_long_somebody_looks():
    monitor = StageMonitor()
    for second in range(0, 600, 2):
        monitor.take(look(second, clean=second))
    (clean,) = [one for one in monitor.reports() if one.stage.name == "clean"]
    assert clean.pace is not None
    assert PACE_SECONDS <= clean.pace.seconds <= PACE_SECONDS + 2
    assert clean.pace.done == pytest.approx(1.0)


@pytest.mark.parametrize(("name", "limit"), [("dedupe", STUCK_SECONDS), ("clean", STUCK_CLEANING_SECONDS)])
def test_a_stage_that_commits_nothing_while_records_wait_is_stuck_after_a_while(name: str, limit: float):
    monitor = StageMonitor(behind=10_000)
    conditions = []
    for clock in (0, limit - 1, limit + 2):
        monitor.take(look(clock))
        conditions.append(next(one.condition for one in monitor.reports() if one.stage.name == name))
    assert conditions == [Condition.WORKING, Condition.WORKING, Condition.STUCK]


def test_fetch_is_not_called_stuck_because_its_hosts_may_ask_for_patience():
    monitor = StageMonitor(behind=10_000)
    for clock in (0, 1000):
        monitor.take(look(clock))
    assert next(one.condition for one in monitor.reports() if one.stage.name == "fetch") is Condition.WORKING


def test_nothing_is_said_before_a_first_look():
    assert StageMonitor().reports() == []


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0.0 s"), (1.24, "1.2 s"), (9.94, "9.9 s"), (9.96, "10 s"), (59.4, "59 s"), (59.6, "1 min"), (61, "1 min 1 s"),
        (600, "10 min"), (3599, "59 min"), (3600, "1 h"), (7500, "2 h 5 min"), (86_400, "1 d"), (93_600, "1 d 2 h"),
    ],
)  # fmt: skip
def test_a_length_of_time_is_written_in_the_units_that_say_something(seconds: float, words: str):
    assert in_words(seconds) == words


def test_what_is_counted_agrees_with_its_number():
    assert (counted(1, "page"), counted(0, "page"), counted(12_345, "page")) == ("1 page", "0 pages", "12,345 pages")
