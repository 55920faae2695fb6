"""The names that other programs may import; all other rooms keep their names to themselves."""

from __future__ import annotations

import ast
import inspect
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PUBLIC = {
    "agents.kafka": ["BrokerError", "Connection", "answering", "connect"],
    "agents.subscribe": ["Event", "EventError", "Replays", "Subscription", "subscribe", "until_stopped"],
    "pipeline.topics": [
        "ARTICLES",
        "DAY_MS",
        "DEAD_LETTERS",
        "DEAD_LETTER_NOTES",
        "DISCARDED",
        "DOCUMENTS",
        "DUPLICATES",
        "LARGE",
        "LARGEST_VALUE",
        "OUTCOMES",
        "PAGES",
        "PROFILES",
        "SMALL",
        "STAGES",
        "TOPICS",
        "Topic",
        "URLS",
        "URLS_LATER",
        "VERDICTS",
        "VISITS",
        "WATCHES",
        "WORKER_STAGES",
        "group_of",
    ],
}
SINGLE = [("agents.settings", "Settings"), ("agents.errors", "SettingsError"), ("pipeline.page.packed", "read_page")]
# Rooms whose `__init__.py` has code, and why
WITH_CODE = {
    "agents/cli": "the application of the command",
    "agents/ui/handlers": "the table of routes",
    "pipeline/native": "says whether the compiled modules are there",
    **{name.replace(".", "/"): "public names" for name in PUBLIC},
}
INITS = sorted(path for half in ("pipeline", "agents") for path in (ROOT / half).rglob("__init__.py"))


@pytest.mark.parametrize("module", PUBLIC)
def test_the_public_names_of_a_room_are_these_and_exist(module: str) -> None:
    room = import_module(module)
    assert sorted(room.__all__) == PUBLIC[module]
    assert all(hasattr(room, name) for name in PUBLIC[module])


@pytest.mark.parametrize(("module", "name"), SINGLE)
def test_a_public_name_of_a_module_exists(module: str, name: str) -> None:
    assert hasattr(import_module(module), name)


def test_subscribe_takes_these_arguments() -> None:
    from agents.subscribe import subscribe  # noqa: PLC0415 — as a user's program does

    taken = ["connection", "topics", "group", "from_beginning", "follow", "timeout", "already"]
    assert list(inspect.signature(subscribe).parameters) == taken


def test_all_rooms_are_looked_at() -> None:
    assert len(INITS) > 30
    assert WITH_CODE.keys() <= {path.parent.relative_to(ROOT).as_posix() for path in INITS}


@pytest.mark.parametrize("path", INITS, ids=lambda path: path.parent.relative_to(ROOT).as_posix())
def test_a_room_says_in_at_most_five_lines_what_belongs_in_it(path: Path) -> None:
    room = path.parent.relative_to(ROOT).as_posix()
    module = ast.parse(path.read_text(encoding="utf-8"))
    docstring = ast.get_docstring(module, clean=False)
    assert docstring, f"{room}: no docstring"
    assert docstring.count("\n") < 5, f"{room}: more than five lines"
    assert len(module.body) == 1 or room in WITH_CODE, f"{room}: code in __init__.py; put it into a module"
