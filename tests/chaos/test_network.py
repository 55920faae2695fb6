"""A network that is slow and cuts connections, in short."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.chaos.network import run
from tests.support.kafka import why_not

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.broker, pytest.mark.timeout(1800)]


def test_nothing_is_lost_twice_or_wrong_on_a_network_that_is_slow_and_cuts(tmp_path: Path):
    if (reason := why_not()) and os.environ.get("CHISTOVIK_REQUIRE_KAFKA") != "1":
        pytest.skip(f"no real Kafka: {reason}")

    figures = run(seed=3, pages=240, folder=tmp_path)

    assert (figures["lost"], figures["twice"], figures["wrong"]) == (0, 0, 0), figures
    assert figures["cuts"] >= 5, figures
    assert figures["tracebacks"] == [], figures
