"""What a command loads before it does its work: a quick one loads what it needs, and nothing else."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PAGES = Path(__file__).parents[3] / "deploy" / "demo" / "pages"
HTML, PLAIN = str(PAGES / "09_ru_article.html"), str(PAGES / "01_ru_numbered_menu.txt")
# Clients of Kafka, stages, telemetry, the pool, the other extractor, and what only the cleaning process needs.
STAGES = {"aiokafka", "aiohttp", "confluent_kafka", "faust", "opentelemetry", "prometheus_client", "jinja2", "uvloop"}
CLEANING = {"trafilatura", "htmldate", "justext", "py3langid", "lxml", "selectolax", "pipeline.document.clean"}
HEAVY = STAGES | CLEANING | {"pebble", "structlog"}
RUN = f"""
import sys
from agents.cli import main
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
print("LOADED", *sorted({HEAVY | {"rich", "numpy", "pydantic"}!r} & set(sys.modules)), file=sys.stderr)
"""


def loaded(*arguments: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", RUN, *arguments], capture_output=True, text=True, check=False, env=os.environ
    )
    assert done.returncode == 0, done.stderr
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("LOADED")]
    return set(line.split()[1:])


@pytest.mark.parametrize("page", [HTML, PLAIN])
def test_the_parent_of_the_cleaning_loads_what_it_needs(page: str):
    assert loaded("clean", page) & (HEAVY | {"rich"}) == set()


def test_the_parent_of_an_explanation_loads_what_it_needs():
    assert loaded("explain", HTML) & (HEAVY - {"pipeline.document.clean", "selectolax"}) == set()


def test_the_version_and_the_help_load_no_library_of_a_stage():
    assert loaded("--version") & (HEAVY | {"rich"}) == set()
    assert loaded("--help") & (HEAVY | {"numpy", "pydantic"}) == set()


def test_many_pages_have_a_pool():
    assert "pebble" in loaded("clean", HTML, PLAIN)
