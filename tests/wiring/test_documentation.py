"""The commands of README, CONTRIBUTING and docs/ are run as they are written: here, or by the test that is named here."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest
import typer

from agents.cli import app
from agents.settings import Settings
from tests.support.documented import PAGES, README, ROOT, blocks, commands, documented, typed

VENV = Path(sys.prefix)  # stands in for the one that `make demo` and `make setup` make
MAKE = f"make --no-print-directory --assume-old={VENV}/.runtime --assume-old={VENV}/.ready VENV={VENV}"
EVENTS = (*documented("chistovik clean "), *documented("chistovik run "))
EXPLAINED = tuple(documented("chistovik explain "))
TARGETS = tuple(line for line in commands() if re.match(r"(?:[A-Z_]+=\S+ )*make ", line))
# Where the other commands are run: how they begin, the test, and what in it runs them.
ELSEWHERE = (
    ("git clone ", "tests/compose/test_walkthrough.py", "git clone"),
    ("docker compose --profile observe up ", "tests/compose/test_observe.py", '"--profile", "observe", "up"'),
    ("docker compose ", "tests/compose/test_walkthrough.py", "docker compose up"),
    ("chistovik topics apply", "tests/broker/conftest.py", '"topics", "apply"'),
    ("export CHISTOVIK_USER_AGENT=", "tests/broker/test_ways_in.py", 'documented("export CHISTOVIK_USER_AGENT")'),
    ("chistovik worker ", "tests/broker/test_ways_in.py", 'documented("chistovik worker")'),
    ("chistovik feed ", "tests/broker/test_ways_in.py", 'documented("chistovik feed")'),
    ("chistovik trace ", "tests/broker/test_ways_in.py", 'documented("chistovik trace")'),
    ("chistovik watch --check ", "tests/broker/test_ways_in.py", 'documented("chistovik watch --check")'),
    ("curl ", "tests/broker/test_ways_in.py", 'documented("curl")'),
    ("chistovik subscribe ", "tests/broker/test_ways_in.py", 'documented("chistovik subscribe")'),
    ("chistovik status", "tests/broker/test_status.py", '"status"'),
    ("chistovik ui", "tests/broker/test_status.py", '"ui"'),
)


def test_every_command_is_run_here_or_by_the_test_that_is_named():
    here = {*EVENTS, *EXPLAINED, *TARGETS, *documented(". .venv/bin/activate"), *documented(".venv/bin/")}
    elsewhere = tuple(start for start, _, _ in ELSEWHERE)

    assert [line for line in commands() if line not in here and not line.startswith(elsewhere)] == []


@pytest.mark.parametrize(("start", "test", "runs"), ELSEWHERE, ids=[start for start, _, _ in ELSEWHERE])
def test_what_is_run_elsewhere_is_written_somewhere_and_run_there(start: str, test: str, runs: str):
    assert documented(start), "no page has it any more"
    assert runs in (ROOT / test).read_text(encoding="utf-8")


@pytest.mark.parametrize("command", EVENTS)
def test_a_command_that_needs_no_broker_prints_events(command: str):
    done = typed(command)

    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout.splitlines()
    assert all(orjson.loads(line) for line in done.stdout.splitlines())


@pytest.mark.parametrize("command", EXPLAINED)
def test_an_explanation_names_rules(command: str):
    done = typed(command)

    assert done.returncode == 0, done.stderr.decode()
    assert "far-from-article" in done.stdout.decode()


@pytest.mark.parametrize("command", TARGETS)
def test_make_knows_its_targets(command: str):
    done = typed(re.sub(r"\bmake ", f"{MAKE} --dry-run ", command, count=1))

    assert done.returncode == 0, done.stderr.decode()


@pytest.mark.parametrize("command", documented(". .venv/bin/activate"))
def test_the_environment_can_be_entered(command: str):
    done = typed(f"{command.replace('.venv', str(VENV))} && command -v chistovik")

    assert (done.returncode, done.stdout.decode()) == (0, f"{VENV}/bin/chistovik\n")


@pytest.mark.parametrize("command", documented(".venv/bin/"))
def test_what_is_run_of_the_tests_is_there(command: str):
    """Either test files and folders, or a module of theirs."""
    program, *words = command.split()
    assert program in {".venv/bin/pytest", ".venv/bin/python"}
    paths = words if program.endswith("pytest") else [words[1].replace(".", "/") + ".py"]

    assert [path for path in paths if not (ROOT / path).exists()] == []


@pytest.fixture(scope="module")
def demo() -> list[dict[str, Any]]:
    """Run `make demo`; give its events."""
    done = typed(f"{MAKE} demo")
    assert done.returncode == 0, done.stderr.decode()
    return [orjson.loads(line) for line in done.stdout.splitlines()]


def test_make_demo_prints_articles_and_ends_by_itself(demo: list[dict[str, Any]]):
    assert [event["event"] for event in demo].count("created") == 11


def shortened(shown: Any, real: Any) -> bool:
    """Say whether something is what is shown of it: fields and items may be left out, and texts end in an ellipsis."""
    if isinstance(shown, dict) and isinstance(real, dict):
        return all(name in real and shortened(value, real[name]) for name, value in shown.items())
    if isinstance(shown, list) and isinstance(real, list):
        return all(any(shortened(one, other) for other in real) for one in shown if one != "…")
    if isinstance(shown, str) and shown.endswith("…"):
        return isinstance(real, str) and real.startswith(shown.removesuffix("…"))
    return bool(shown == real)


def test_the_event_of_the_readme_is_one_of_the_demo(demo: list[dict[str, Any]]):
    (block,) = blocks(README, "json")
    shown = orjson.loads(block)
    (real,) = [event for event in demo if event["url"] == shown["url"]]

    assert {name: real.get(name) for name, value in shown.items() if not shortened(value, real.get(name))} == {}


def test_the_compose_test_runs_the_commands_of_the_readme():
    compose = (ROOT / "tests" / "compose" / "test_walkthrough.py").read_text(encoding="utf-8")

    assert [line for line in commands(README) if line.startswith("docker compose ")]
    assert "README" in compose, "tests/compose reads its commands from README.md"


def examples() -> list[tuple[str, str]]:
    return [(page.relative_to(ROOT).as_posix(), block) for page in PAGES for block in blocks(page, "python")]


@pytest.mark.parametrize(("page", "example"), examples(), ids=[page for page, _ in examples()])
def test_a_python_example_is_valid_and_its_names_exist(page: str, example: str):
    indented = "".join(f"    {line}\n" for line in example.splitlines())
    compile(f"async def example():\n{indented}", page, "exec")
    imports = "\n".join(line for line in example.splitlines() if line.startswith(("from", "import")))

    exec(compile(imports, page, "exec"), {})


# Also what stands in a sentence or a table: `chistovik feed --pages dump/`, `CHISTOVIK_PREFIX=news2. chistovik feed`.
MENTIONED = {
    line: page.relative_to(ROOT).as_posix()
    for page in PAGES
    for line in (*commands(page), *re.findall(r"`([^`\n]+)`", page.read_text(encoding="utf-8")))
    if re.match(r"(?:CHISTOVIK_[A-Z_]+=\S+ )*chistovik [a-z]", line)
}


@pytest.mark.parametrize("line", MENTIONED)
def test_a_command_that_is_mentioned_has_its_subcommand_and_its_options(line: str):
    words = re.sub(r"^(?:CHISTOVIK_[A-Z_]+=\S+ )*chistovik ", "", line).split(" | ")[0].split()
    command: Any = typer.main.get_command(app)
    while hasattr(command, "commands") and words:
        name, *words = words
        assert name in command.commands, f"{MENTIONED[line]}: {line}"
        command = command.commands[name]
    options = {option for one in command.params for option in one.opts}

    assert {word for word in words if word.startswith("--")} <= options | {"--help"}, f"{MENTIONED[line]}: {line}"


def settings(path: Path) -> set[str]:
    """Find the names of settings; `CHISTOVIK_FETCH_*` is none."""
    return set(re.findall(r"\bCHISTOVIK_[A-Z_]*[A-Z]\b", path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_a_setting_that_is_named_is_one(page: Path):
    of_workers = {str(one.metadata["name"]) for one in Settings.__dataclass_fields__.values()}
    others = {name for file in ("docker-compose.yml", ".ci/run") for name in settings(ROOT / file)}

    assert settings(page) <= of_workers | others
