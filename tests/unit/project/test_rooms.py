"""Rooms stay small, and the tests stand in rooms like those of the code."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
MOST_FILES = 18  # of a room; a larger one is two rooms
TESTS = {"pipeline": ROOT / "tests" / "unit", "agents": ROOT / "tests" / "wiring"}
ELSEWHERE = {
    "agents/cli/show": "tests/wiring/cli runs the commands that print",
    "agents/ui/handlers": "tests/wiring/ui asks for the pages",
}


def rooms(package: str) -> set[Path]:
    """Return the folders of code below a package, relative to it."""
    top = ROOT / package
    return {path.parent.relative_to(top) for path in top.rglob("__init__.py")} - {Path()}


def folders(package: str) -> set[Path]:
    """Return the folders of tests that mirror a package, relative to their top; those of the project itself apart."""
    top = TESTS[package]
    return {path.parent.relative_to(top) for path in top.rglob("test_*.py")} - {Path(), Path("project")}


@pytest.mark.parametrize("package", TESTS)
def test_every_folder_of_tests_bears_the_name_of_a_room(package: str):
    assert folders(package) <= rooms(package)


@pytest.mark.parametrize("package", TESTS)
def test_every_room_has_tests_of_its_own(package: str):
    without = {f"{package}/{room.as_posix()}" for room in rooms(package) - folders(package)}

    assert without == {room for room in ELSEWHERE if room.startswith(package)}


@pytest.mark.parametrize("package", TESTS)
def test_no_room_is_crowded(package: str):
    sizes = {room: len(list((ROOT / package / room).glob("*.py"))) for room in rooms(package)}

    assert {room: size for room, size in sizes.items() if size > MOST_FILES} == {}
