"""Which stages there are, and that no other name makes one."""

from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from agents.kafka import connect, rights
from agents.observe import metrics
from agents.run.app import CLEANING, MAKERS, create_stage
from agents.settings import Settings
from pipeline.reports.lag import SOURCES
from pipeline.topics import STAGES, WORKER_STAGES


@pytest.mark.parametrize("name", ["dedup", "", "Publish", "serve"])
async def test_a_name_of_no_stage_is_refused(name: str) -> None:
    settings = Settings()
    async with AsyncExitStack() as resources:
        with pytest.raises(
            ValueError, match=f"^no stage '{name}'; the stages are fetch, clean, dedupe, publish, watch$"
        ):
            await create_stage(name, settings, connect(settings), data_dir=Path(), resources=resources)


def test_the_names_of_the_stages_are_the_same_everywhere() -> None:
    assert list(WORKER_STAGES) == list(SOURCES) == ["fetch", "clean", "dedupe", "publish"]
    assert list(MAKERS) == [*WORKER_STAGES, "watch"]
    assert list(STAGES) == [*MAKERS, "serve"]
    assert CLEANING == ("clean", "dedupe", "publish")
    assert metrics.Metrics().stages == tuple(STAGES)
    assert set(MAKERS) <= set(rights.NEEDS)
