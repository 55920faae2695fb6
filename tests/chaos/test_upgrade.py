"""Two versions of the pipeline share the groups while pages flow: a rolling upgrade, and back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.chaos.upgrade import BEFORE, HERE, checkout, run
from tests.support.kafka import why_not
from tests.support.patience import SECONDS

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.broker, pytest.mark.timeout(1800)]
PAGES = HERE / "deploy" / "demo" / "pages"


@pytest.fixture
def before(tmp_path: Path) -> Path:
    try:
        return checkout(BEFORE, tmp_path / "before")
    except LookupError as error:
        pytest.skip(f"a clone without the history of the version before: {error}")


def ids(root: Path) -> dict[str, str]:
    """Return the article of each demo page, by URL, as the code in a folder decides."""
    command = [sys.executable, "-m", "agents.cli", "run", str(PAGES), "--topics", "articles,duplicates"]
    done = subprocess.run(
        command, cwd=root, env=os.environ | {"PYTHONPATH": str(root)}, capture_output=True, timeout=SECONDS, check=True
    )
    events = [json.loads(line) for line in done.stdout.splitlines()]
    return {event["url"]: event["article_id"] for event in events}


def test_a_rolling_upgrade_and_downgrade_lose_nothing_and_repeat_nothing(before: Path, tmp_path: Path):
    if (reason := why_not()) and os.environ.get("CHISTOVIK_REQUIRE_KAFKA") != "1":
        pytest.skip(f"no real Kafka: {reason}")

    figures = run(before=before, pages=900, folder=tmp_path / "run")

    assert (figures["lost"], figures["twice"], figures["wrong"]) == (0, 0, 0), figures
    assert figures["strikes"] == {"upgrade": 6, "downgrade": 6}


def test_articles_keep_their_ids(before: Path):
    found = ids(HERE)

    assert len(found) == 12
    assert found == ids(before)
