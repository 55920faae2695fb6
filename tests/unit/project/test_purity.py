"""What pipeline/ may not know, and whose names the packages are."""

import ast
import importlib.metadata
import pkgutil
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import agents
import pipeline

ROOT = Path(__file__).parents[3]
SHELL = ("faust", "aiokafka", "confluent_kafka", "aiohttp", "structlog", "typer", "agents")
FILES = sorted((ROOT / "pipeline").rglob("*.py"))
FEWEST = 100  # modules of pipeline/: fewer looked at means that a test here lost sight of a folder


def fail(name: str) -> None:
    """Raise what went wrong: `walk_packages` by itself leaves out a package that it cannot import, without a word."""
    raise ImportError(f"{name} cannot be imported")


# Compiled modules are among them where they are built.
MODULES = [module.name for module in pkgutil.walk_packages(pipeline.__path__, "pipeline.", onerror=fail)]
LOADED = f"""
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
print(*sorted(set({SHELL!r}) & set(sys.modules)))
"""


def run(*command: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *command], cwd=folder, capture_output=True, text=True, check=False)


def banned(folder: Path) -> subprocess.CompletedProcess[str]:
    return run("-m", "ruff", "check", "--no-cache", "pipeline", "agents", "--select", "TID251", folder=folder)


def test_importing_the_pipeline_brings_nothing_of_the_shell() -> None:
    done = run("-c", LOADED, *MODULES)
    assert (done.stdout.strip(), done.stderr) == ("", "")


def test_no_module_of_the_pipeline_is_passed_over() -> None:
    """A folder without `__init__.py` is none to `walk_packages`, and would be looked at by nobody."""
    names = {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in FILES}
    assert names - {"pipeline"} <= set(MODULES)
    assert len(MODULES) >= FEWEST
    assert len(FILES) >= FEWEST


def test_the_way_to_find_the_shell_finds_it() -> None:
    assert run("-c", LOADED, "agents.stage.ending").stdout.split() == ["agents", "aiokafka", "structlog"]


def test_the_pipeline_uses_nothing_that_is_banned_in_it() -> None:
    done = banned(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for package in ("pipeline", "agents"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__", "*.so"))
    return tmp_path


@pytest.mark.parametrize("place", ["impure.py", "native/impure.py", "room/corner/impure.py"])
@pytest.mark.parametrize(
    "line",
    [
        "import faust",
        "from agents.settings import Settings",
        "import asyncio",
        "from datetime import datetime\n\nnow = datetime.now()",
        "import os\n\nhome = os.environ",
    ],
)
def test_the_ban_holds_in_the_pipeline_and_in_its_folders(copied: Path, line: str, place: str) -> None:
    impure = copied / "pipeline" / place
    impure.parent.mkdir(parents=True, exist_ok=True)
    impure.write_text(line + "\n", encoding="utf-8")
    done = banned(copied)
    assert done.returncode == 1
    assert "TID251" in done.stdout
    assert f"pipeline/{place}" in done.stdout


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT / "pipeline").as_posix())
def test_no_module_of_the_pipeline_opens_files(path: Path) -> None:
    """Ruff's TID251 does not see built-in names, whatever is banned."""
    names = {node.id for node in ast.walk(ast.parse(path.read_bytes())) if isinstance(node, ast.Name)}
    assert not names & {"open", "input", "print", "exec", "eval", "__import__"}


def test_the_ban_does_not_hold_in_the_shell(copied: Path) -> None:
    (copied / "agents/worldly.py").write_text("import asyncio\nimport faust\n", encoding="utf-8")
    assert banned(copied).returncode == 0


def test_no_folder_of_tests_is_a_package() -> None:
    """`tests/agents/__init__.py` would make `agents` mean the tests."""
    assert list((ROOT / "tests").rglob("__init__.py")) == []


@pytest.mark.parametrize("package", [agents, pipeline], ids=lambda package: package.__name__)
def test_a_package_is_the_one_of_this_project(package: object) -> None:
    assert Path(str(getattr(package, "__file__", ""))).parent.parent == ROOT


def test_openai_agents_which_owns_the_same_name_is_not_installed() -> None:
    with pytest.raises(importlib.metadata.PackageNotFoundError):
        importlib.metadata.distribution("openai-agents")
