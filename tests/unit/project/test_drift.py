"""What is made from the tables is what lies in the repository."""

from pathlib import Path

import pytest

from agents.generate import ROOT, generated
from agents.observe.dashboards import DASHBOARDS
from pipeline.topics.asyncapi import record_names

SCHEMAS = {f"deploy/schemas/{name}.json" for name in record_names()}
BOARDS = {f"deploy/observe/dashboards/{one.name}.json" for one in DASHBOARDS}
MADE = {"deploy/asyncapi.json", "deploy/openapi.json", ".env.example", "docs/reading.md"}
NAMES = SCHEMAS | BOARDS | MADE | {"pipeline/text/calendar/months.json"}


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    return {path.relative_to(ROOT).as_posix(): content for path, content in generated().items()}


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_generated_file_is_what_the_tables_say(made: dict[str, str], name: str) -> None:
    path = ROOT / name
    found = path.read_text(encoding="utf-8") if path.exists() else None
    if found != made[name]:
        pytest.fail(f"{name} is not what the tables say: run `make generate`")


def test_every_record_and_every_table_has_its_file(made: dict[str, str]) -> None:
    assert set(made) == NAMES


@pytest.mark.parametrize("folder", ["deploy/schemas", "deploy/observe/dashboards"])
def test_nothing_is_left_of_what_is_gone(folder: str) -> None:
    lying = {path.relative_to(ROOT).as_posix() for path in Path(ROOT / folder).iterdir()}
    assert lying <= NAMES
