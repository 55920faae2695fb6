"""Records gather while they come in a flow, and never while a stage is idle."""

from __future__ import annotations

import pytest

from agents.stage import pace as module
from agents.stage.pace import PER_RECORD, Pace


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    return now


def test_the_first_record_does_not_wait(clock: list[float]) -> None:
    assert Pace().wait() == 0


def test_the_more_records_come_the_longer_the_next_ones_gather(clock: list[float]) -> None:
    pace = Pace(longest=1.0)
    pace.took(1)
    assert pace.wait() == pytest.approx(PER_RECORD)
    pace.took(10)
    assert pace.wait() == pytest.approx(10 * PER_RECORD)
    pace.took(1000)
    assert pace.wait() == pytest.approx(1.0)


def test_a_page_that_comes_alone_does_not_wait_once_the_last_one_is_through(clock: list[float]) -> None:
    pace = Pace()
    pace.took(1)
    clock[0] += PER_RECORD
    assert pace.wait() == 0


def test_the_time_of_the_work_counts(clock: list[float]) -> None:
    pace = Pace(longest=1.0)
    clock[0] += 0.75  # a batch that took so long
    pace.took(1000, since=100.0)
    assert pace.wait() == pytest.approx(0.25)


def test_a_backlog_does_not_wait(clock: list[float]) -> None:
    pace = Pace()
    pace.took(1000)
    pace.took(1000, more=True)
    assert pace.wait() == 0


def test_nothing_taken_is_no_flow(clock: list[float]) -> None:
    pace = Pace()
    pace.took(0)
    assert pace.wait() == 0
