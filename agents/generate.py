"""Write the files that are generated from tables. `tests/unit/project/test_drift.py` fails if a file differs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from agents.month_names import month_names
from agents.observe.dashboards import DASHBOARDS
from agents.observe.grafana import grafana
from agents.settings import Settings, example
from pipeline.topics.asyncapi import asyncapi, json_schema, record_names, topics_table
from pipeline.url.openapi import openapi

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parent.parent
READING = ROOT / "docs" / "reading.md"  # contains the table of topics between these two lines
BEGIN, END = "<!-- topics: made by `make generate` -->", "<!-- end of topics -->"


def generated() -> dict[Path, str]:
    """Return the content of every generated file, by path."""
    prefix = Settings().prefix
    files = {ROOT / f"deploy/schemas/{name}.json": _json(json_schema(kind)) for name, kind in record_names().items()}
    files[ROOT / "deploy/asyncapi.json"] = _json(asyncapi(_version(), prefix))
    files[ROOT / "deploy/openapi.json"] = _json(openapi(_version()))
    files[ROOT / ".env.example"] = example()
    files[ROOT / "pipeline/text/calendar/months.json"] = _json(month_names())
    files |= {ROOT / f"deploy/observe/dashboards/{board.name}.json": _json(grafana(board)) for board in DASHBOARDS}
    files[READING] = _with_table(READING.read_text(encoding="utf-8"), topics_table(prefix))
    return files


def _version() -> str:
    import tomllib  # noqa: PLC0415 — needed only here

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return str(project["project"]["version"])


def _json(value: Mapping[str, object]) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


def _with_table(text: str, table: str) -> str:
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table}{END}{after}"


def main() -> None:
    """Write the files that differ, and print their names."""
    for path, content in generated().items():
        if not path.exists() or path.read_text(encoding="utf-8") != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
            sys.stdout.write(f"{path.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
