"""What the documentation tells somebody to type: the commands in README, CONTRIBUTING and docs/. Not a test."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.patience import SECONDS

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
PAGES = (README, ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md")))


def blocks(page: Path, language: str) -> list[str]:
    """Read the code blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def commands(*pages: Path) -> list[str]:
    """Read the lines of the shell blocks of some pages, or of all; each once, in their order."""
    lines = (line for page in pages or PAGES for block in blocks(page, "sh") for line in block.splitlines())
    return list(dict.fromkeys(line for line in lines if line.strip()))


def documented(start: str) -> list[str]:
    """Read the commands of all pages that begin so."""
    return [line for line in commands() if line.startswith(start)]


def typed(command: str, env: Mapping[str, str] = os.environ) -> subprocess.CompletedProcess[bytes]:
    """Run a command as it is written, in the project's folder, with the environment of the tests in front."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-c", command],
        cwd=ROOT,
        env={**env, "PATH": path},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=SECONDS,
        check=False,
    )
