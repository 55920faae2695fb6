"""A stage that is stuck says so, one that is idle or slow does not."""

from __future__ import annotations

from agents.stage.progress import STUCK_SECONDS, Progress

LATER = STUCK_SECONDS + 1


def test_records_that_wait_while_nothing_is_committed_are_a_problem() -> None:
    progress = Progress()
    assert progress.problem(lag=7, finished=100, now=0.0) is None
    assert progress.problem(lag=7, finished=100, now=STUCK_SECONDS - 1) is None
    assert (
        progress.problem(lag=9, finished=100, now=LATER) == "stuck: 9 records wait and nothing was committed for 46 s"
    )


def test_a_commit_ends_the_problem() -> None:
    progress = Progress()
    progress.problem(lag=7, finished=100, now=0.0)
    assert progress.problem(lag=7, finished=100, now=LATER) is not None
    assert progress.problem(lag=6, finished=101, now=LATER + 1) is None


def test_a_stage_with_nothing_to_do_is_well() -> None:
    progress = Progress()
    progress.problem(lag=0, finished=100, now=0.0)
    assert progress.problem(lag=0, finished=100, now=10 * LATER) is None
    assert progress.problem(lag=1, finished=100, now=10 * LATER + 1) is None
