"""The clock of one worker jumps, in short."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.chaos.clock import ANY_TIME, JUMPS, STAGES, run, why_not_here
from tests.support.kafka import why_not

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.broker, pytest.mark.timeout(1800)]


@pytest.mark.parametrize("settings", [ANY_TIME, {}], ids=["any-time", "an-hour-ahead"])
def test_a_clock_that_jumps_loses_nothing_and_decides_nothing_wrong(settings: dict[str, str], tmp_path: Path):
    if reason := why_not_here():
        pytest.skip(reason)
    if (reason := why_not()) and os.environ.get("CHISTOVIK_REQUIRE_KAFKA") != "1":
        pytest.skip(f"no real Kafka: {reason}")

    figures = run(seed=5, pages=400, folder=tmp_path, settings=settings)

    assert (figures["lost"], figures["twice"], figures["wrong"]) == (0, 0, 0), figures
    assert all(figures["jumps"][f"{stage} {jump:+d}"] == 1 for stage in STAGES for jump in JUMPS), figures
    assert figures["tracebacks"] == [], figures
