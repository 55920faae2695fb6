"""What is made from the tables is what lies in the repository."""

from pathlib import Path

import pytest

from agents.generate import ROOT, generated
from pipeline.asyncapi import record_names

GENERATED = {path.relative_to(ROOT).as_posix(): content for path, content in generated().items()}


@pytest.mark.parametrize("name", sorted(GENERATED))
def test_a_generated_file_is_what_the_tables_say(name: str) -> None:
    path = ROOT / name
    found = path.read_text(encoding="utf-8") if path.exists() else None
    if found != GENERATED[name]:
        pytest.fail(f"{name} is not what the tables say: run `make generate`")


def test_every_record_and_every_table_has_its_file() -> None:
    schemas = {f"deploy/schemas/{name}.json" for name in record_names()}
    assert set(GENERATED) == schemas | {"deploy/asyncapi.json", "deploy/openapi.json", ".env.example", "README.md"}


def test_no_schema_is_left_of_a_record_that_is_gone() -> None:
    lying = {path.relative_to(ROOT).as_posix() for path in Path(ROOT / "deploy/schemas").iterdir()}
    assert lying <= set(GENERATED)
