"""The chaos run, in short; `make chaos` is the long one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.chaos.chaos import run
from tests.chaos.urls import run_urls
from tests.support.kafka import why_not

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.broker, pytest.mark.timeout(1800)]


def test_nothing_is_lost_twice_or_wrong_whatever_dies(tmp_path: Path):
    if (reason := why_not()) and os.environ.get("CHISTOVIK_REQUIRE_KAFKA") != "1":
        pytest.skip(f"no real Kafka: {reason}")

    figures = run(seed=7, pages=1200, kills=6, stops=2, folder=tmp_path)

    assert (figures["lost"], figures["twice"], figures["wrong"]) == (0, 0, 0), figures
    assert figures["ended hard"] >= 4, figures


def test_every_url_is_settled_once_whatever_dies(tmp_path: Path):
    if (reason := why_not()) and os.environ.get("CHISTOVIK_REQUIRE_KAFKA") != "1":
        pytest.skip(f"no real Kafka: {reason}")

    figures = run_urls(seed=7, urls=800, kills=4, folder=tmp_path)

    assert (figures["lost"], figures["twice"], figures["wrong"], figures["disallowed"]) == (0, 0, 0, 0), figures
    assert figures["audit"] == {"pages": 800, "missing_pages": 0, "twice_pages": 0}, figures
    assert figures["ended hard"] >= 3, figures
    assert figures["zombies ended"] >= 1, figures
