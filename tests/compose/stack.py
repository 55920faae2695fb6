"""`docker compose` on the project's own file, under a project name and on a port of its own. Not a test."""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.support.patience import SECONDS, wait_until

ROOT = Path(__file__).resolve().parents[2]
OUTCOMES = ("articles", "duplicates", "discarded", "dead-letters")
PAGES = 13  # of deploy/demo/pages: one repeats another, one has no article
UP_SECONDS = 600  # an image is built from nothing
NO_ANSWER = 3  # exit code: a machine under load has a Kafka that takes longer than the command waits
needs_docker = (
    pytest.mark.compose,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(os.environ.get("CHISTOVIK_COMPOSE") != "1", reason="CHISTOVIK_COMPOSE=1 is not set"),
)


@dataclass(frozen=True)
class Compose:
    """`docker compose` on the file of the repository, under a project name and on a port of its own."""

    env: dict[str, str] = field(repr=False)

    def __call__(self, *arguments: str, seconds: float = SECONDS) -> str:
        """Run a subcommand, and return what it printed; a failure shows what it said."""
        done = self.tried(*arguments, seconds=seconds)
        assert done.returncode == 0, f"compose {' '.join(arguments)}: {done.returncode}\n{done.stderr[-4000:]}"
        return done.stdout

    def tried(self, *arguments: str, seconds: float = SECONDS) -> subprocess.CompletedProcess[str]:
        """Run a subcommand, whatever becomes of it."""
        return subprocess.run(
            ["docker", "compose", "--env-file", os.devnull, *arguments],
            cwd=ROOT,
            env=self.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds,
        )

    def up(self, *arguments: str) -> None:
        """Bring all services up, and wait until they are healthy."""
        self("up", "-d", "--wait", *arguments, seconds=UP_SECONDS)

    def chistovik(self, *arguments: str) -> str:
        """Run the command in a container, as the README says."""
        return self("run", "--rm", "cli", *arguments)

    def outcomes(self) -> dict[str, list[dict[str, Any]]]:
        """Read everything that is in the outcome topics now, in one container; less where Kafka is too busy."""
        read = f"for topic in {' '.join(OUTCOMES)}; do echo $topic; chistovik subscribe $topic --from-beginning; done"
        found: dict[str, list[dict[str, Any]]] = {topic: [] for topic in OUTCOMES}
        said = self.tried("run", "--rm", "--entrypoint", "sh", "cli", "-ec", read)
        assert said.returncode in {0, NO_ANSWER}, said.stderr[-4000:]
        for line in said.stdout.splitlines():
            if line in OUTCOMES:
                here = found[line]
            else:
                here.append(json.loads(line))
        return found

    def outcomes_of(self, pages: int) -> dict[str, list[dict[str, Any]]]:
        """Wait until as many pages have their outcome."""
        found: dict[str, list[dict[str, Any]]] = {}

        def are_there() -> bool:
            found.update(self.outcomes())
            return sum(map(len, found.values())) >= pages

        wait_until(are_there, said=lambda: {topic: len(events) for topic, events in found.items()})
        return found

    def story(self) -> str:
        """Tell what its containers do and what they said."""
        return self("ps", "-a") + self("logs", "--no-color", "--tail", "60")

    def said(self, container: str) -> str:
        """Give the log of one container since it was last started."""
        started = self.docker("inspect", "-f", "{{.State.StartedAt}}", container).strip()
        return re.sub(r"\x1b\[[0-9;]*m", "", self.docker("logs", "--since", started, container))

    def docker(self, *arguments: str) -> str:
        """Run `docker`, and return what it printed, on either stream."""
        done = subprocess.run(
            ["docker", *arguments],
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
            stdin=subprocess.DEVNULL,
        )
        assert done.returncode == 0, f"docker {' '.join(arguments)}: {done.returncode}\n{done.stderr[-4000:]}"
        return done.stdout + done.stderr

    def containers(self, service: str) -> list[str]:
        """Give the ids of a service's containers."""
        return self("ps", "-q", service).split()
