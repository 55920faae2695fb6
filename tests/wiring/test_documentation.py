"""README's commands are run as they are written; those that need Docker are run by tests/compose."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from tests.patience import SECONDS

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def commands() -> list[str]:
    return [line for block in blocks("sh") for line in block.splitlines()]


def run(command: str) -> subprocess.CompletedProcess[bytes]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-c", command],
        cwd=ROOT,
        env=os.environ | {"PATH": path},
        capture_output=True,
        timeout=SECONDS,
        check=False,
    )


@pytest.mark.parametrize(
    "command", [line for line in commands() if line.startswith(("chistovik clean", "chistovik run"))]
)
def test_a_command_that_needs_no_broker_prints_events(command: str):
    done = run(command)

    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout.splitlines()
    assert all(orjson.loads(line) for line in done.stdout.splitlines())


def test_make_demo_prints_articles_and_ends_by_itself():
    # The environment of the tests stands in for the one that `make setup` makes.
    venv = Path(sys.prefix)
    done = run(f"make --no-print-directory --assume-old={venv}/.ready VENV={venv} demo")

    assert done.returncode == 0, done.stderr.decode()
    events = [orjson.loads(line) for line in done.stdout.splitlines()]
    assert [event["event"] for event in events].count("created") == 11


def test_every_other_command_is_known_to_the_compose_or_the_broker_tests():
    elsewhere = (
        *(
            "git clone",
            "docker compose",
            "make demo",
            ". .venv/bin/activate",
            "chistovik topics apply",
            "chistovik worker",
        ),
        # tests/broker/test_ways_in.py
        *("chistovik feed", "chistovik watch --check", "chistovik trace", "curl", "export CHISTOVIK_USER_AGENT"),
        *("chistovik status", "chistovik ui"),  # tests/broker/test_status.py, tests/wiring/test_ui.py
    )
    here = ("chistovik clean", "chistovik run")

    assert [line for line in commands() if not line.startswith((*elsewhere, *here))] == []


def test_the_compose_test_runs_the_commands_of_the_readme():
    compose = (ROOT / "tests" / "compose" / "test_walkthrough.py").read_text(encoding="utf-8")
    ours = [line.removeprefix("docker compose ") for line in commands() if line.startswith("docker compose")]

    assert ours
    assert "README" in compose, "tests/compose reads its commands from README.md"


def test_the_python_example_is_valid_and_its_names_exist():
    (example,) = blocks("python")
    indented = "".join(f"    {line}\n" for line in example.splitlines())
    compile(f"async def example():\n{indented}", "README.md", "exec")
    imports = "\n".join(line for line in example.splitlines() if line.startswith("from"))

    exec(compile(imports, "README.md", "exec"), {})
