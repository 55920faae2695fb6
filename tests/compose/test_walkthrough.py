"""README's way from a clone to the first article: four commands, run as they are written."""

from __future__ import annotations

import json
import re
import subprocess
from typing import TYPE_CHECKING

from tests.compose.stack import ROOT, UP_SECONDS, needs_docker

if TYPE_CHECKING:
    from tests.compose.stack import Compose

pytestmark = list(needs_docker)


def readme_commands() -> list[str]:
    """Give the lines of README's block that brings the services up."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", readme, re.DOTALL)
    (block,) = [one for one in blocks if "docker compose up" in one]
    return block.splitlines()


def test_the_first_article_is_printed_by_the_fourth_command_at_the_latest():
    """The first is `git clone`, with `cd`: it has been run where this test is."""
    after_the_clone = [line for line in readme_commands() if not line.startswith("git clone ")]

    assert [" subscribe " in line for line in after_the_clone].index(True) <= 2


def test_the_commands_of_the_readme_do_what_it_says(compose: Compose):
    """Comes last of all: README ends with `down`. Topics of its own stand for a Kafka that has none yet."""
    env = compose.env | {"CHISTOVIK_PREFIX": "walkthrough."}
    said = {}
    for command in readme_commands():
        if command.startswith("git clone "):
            continue
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=ROOT,
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=UP_SECONDS,
        )
        assert done.returncode == 0, f"{command}: {done.returncode}\n{done.stderr[-4000:]}"
        said[command] = done.stdout

    (events,) = [out for command, out in said.items() if " subscribe " in command]
    assert [json.loads(line)["event"] for line in events.splitlines()] == ["created"] * 11
    assert not compose.containers("kafka")
