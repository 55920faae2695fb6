"""The package can be installed without a clone: by its wheel, by its source distribution, and by its address."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import venv
from pathlib import Path

import orjson
import pytest

ROOT = Path(__file__).parent.parent.parent
LONGEST = 600  # seconds of one command, on a machine that does much else
LEFT_OUT = shutil.ignore_patterns(".*", "build", "*.egg-info", "__pycache__", "*.so", "tests")
BUILD = "import sys; from setuptools import build_meta; print(build_meta.build_{}(sys.argv[1]))"
# Runs the command, then says where its modules come from.
TRACED = """
import sys
from agents.cli import main
sys.argv = ["chistovik", "clean", sys.argv[1]]
try:
    main()
finally:
    files = sorted({str(getattr(module, "__file__", None) or "") for module in list(sys.modules.values())})
    print(*files, sep="\\n", file=sys.stderr)
"""

pytestmark = pytest.mark.timeout(1800)


def run(*command: str | Path, cwd: Path) -> str:
    return told(*command, cwd=cwd).stdout


def told(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a command with nothing of this checkout in its surroundings."""
    surroundings = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=surroundings,
        capture_output=True,
        text=True,
        timeout=LONGEST,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return done


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(ROOT / "deploy/demo/pages", tmp_path_factory.mktemp("demo") / "pages"))


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("sdist")
    source = Path(shutil.copytree(ROOT, made / "checkout", ignore=LEFT_OUT))
    name = run(sys.executable, "-c", BUILD.format("sdist"), made, cwd=source).split()[-1]
    shutil.rmtree(source)
    return made / name


@pytest.fixture(scope="module")
def wheel(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("wheel")
    with tarfile.open(sdist) as archive:
        archive.extractall(made, filter="data")
    source = made / sdist.name.removesuffix(".tar.gz")
    name = run(sys.executable, "-c", BUILD.format("wheel"), made, cwd=source).split()[-1]
    shutil.rmtree(source)
    return made / name


def environment(place: Path) -> tuple[Path, list[str | Path]]:
    """Make an environment with nothing in it; return its Python, and how to install into it."""
    uv = shutil.which("uv")
    venv.create(place, with_pip=uv is None, symlinks=True)
    python = place / "bin" / "python"
    if uv is not None:
        return python, [uv, "pip", "install", "--quiet", "--python", python]
    return python, [python, "-m", "pip", "install", "--quiet", "--no-compile"]


def check(python: Path, pages: Path) -> None:
    """See to it that the installed commands work, compiled, and come from their own environment alone."""
    home, command = python.parent.parent, python.parent / "chistovik"
    has_compiler = shutil.which("cc") is not None
    assert ("not compiled" not in run(command, "--version", cwd=pages)) == has_compiler
    traced = told(python, "-c", TRACED, pages, cwd=pages)
    files = traced.stderr.splitlines()
    assert {orjson.loads(line)["url"] for line in traced.stdout.splitlines()}
    own = [file for file in files if re.search(r"/(pipeline|agents)/.*\.(py|so)$", file)]
    assert len(own) > 50
    assert all(Path(file).is_relative_to(home) for file in own)
    assert not [file for file in files if file.startswith(f"{ROOT}/") and "site-packages" not in file]
    ran = run(command, "run", pages, cwd=pages)
    assert [orjson.loads(line)["event"] for line in ran.splitlines()].count("created") > 5


def test_the_wheel_runs_in_an_empty_environment(wheel: Path, pages: Path, tmp_path: Path) -> None:
    python, install = environment(tmp_path / "env")
    locked = re.findall(
        r"^[\w.-]+==[^\s;\\]+(?: *;[^\\\n]*)?", (ROOT / "requirements.lock").read_text("utf-8"), re.MULTILINE
    )
    (tmp_path / "versions.txt").write_text("\n".join(locked), "utf-8")
    run(*install, wheel, "--constraint", tmp_path / "versions.txt", cwd=tmp_path)
    check(python, pages)


def test_the_source_distribution_is_compiled_and_runs(sdist: Path, pages: Path, tmp_path: Path) -> None:
    """The libraries are those of the tests; a path file in a folder that one names is not read, so no editable install."""
    python, install = environment(tmp_path / "env")
    (site,) = (tmp_path / "env" / "lib").glob("python*/site-packages")
    libraries = [path for path in sys.path if path.endswith(("site-packages", "dist-packages"))]
    (site / "libraries.pth").write_text("\n".join(libraries), "utf-8")
    missing = "import importlib.util as u; assert not u.find_spec('pipeline') and not u.find_spec('agents')"
    run(python, "-c", missing, cwd=tmp_path)
    # The editable install is among the libraries, as a name and a version.
    again = ["--reinstall" if "uv" in Path(install[0]).name else "--ignore-installed"]
    run(*install, "--no-deps", *again, sdist, cwd=tmp_path)
    check(python, pages)


@pytest.mark.skipif(shutil.which("uvx") is None, reason="uv is not on this machine")
def test_one_command_runs_it_without_a_clone(pages: Path) -> None:
    ran = run("uvx", "--from", f"git+file://{ROOT}", "chistovik", "clean", pages, cwd=pages)
    assert {orjson.loads(line)["url"] for line in ran.splitlines()}
