"""`chistovik dead-letters` where it ends before a broker answers."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from agents.cli import app
from agents.settings import Settings
from tests.support.ports import nobody


def dead_letters(*arguments: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["dead-letters", *arguments], obj=Settings(brokers=nobody()))
    return done.exit_code, done.stdout, done.stderr


@pytest.mark.parametrize("command", ["ls", "show", "replay", "drop"])
def test_help_shows_an_example(command: str):
    code, said, _ = dead_letters(command, "--help")

    assert code == 0
    assert f"Example: chistovik dead-letters {command}" in said


@pytest.mark.parametrize(
    "arguments",
    [
        ("replay",),
        ("drop",),
        ("replay", "--all", "3f9a"),
        ("drop", "3f9a", "--grep", "x"),
        ("drop", ""),
        ("show", "3f9a", "--raw", "--body"),
    ],
)
def test_one_says_which_letters_are_meant(arguments: tuple[str, ...]):
    code, _, complaint = dead_letters(*arguments)

    assert code == 2
    assert len(complaint.splitlines()) == 1


@pytest.mark.parametrize("arguments", [("ls",), ("show", "3f9a"), ("replay", "--all"), ("drop", "3f9a")])
def test_a_broker_that_is_not_there_is_one_line(arguments: tuple[str, ...]):
    code, _, complaint = dead_letters(*arguments)

    assert code == 3
    assert complaint.startswith(f"chistovik: no Kafka answers at {nobody()}")
    assert len(complaint.splitlines()) == 1
