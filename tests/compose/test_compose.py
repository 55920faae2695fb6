"""The project's docker-compose.yml, for real: built, fed, read, scaled, taken down again.

Not part of `make test`: it needs a Docker engine with compose. CHISTOVIK_COMPOSE=1 runs it.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import subprocess
import sys
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from tests.kafka import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
STAGES = ("clean", "dedupe", "publish")
OUTCOMES = ("articles", "duplicates", "discarded", "dead-letters")
PAGES = 13  # of deploy/demo/pages: one repeats another, one has no article
UP_SECONDS = 600  # an image is built from nothing
OUTCOME_SECONDS = 120

pytestmark = [
    pytest.mark.compose,
    pytest.mark.timeout(900),
    pytest.mark.skipif(os.environ.get("CHISTOVIK_COMPOSE") != "1", reason="CHISTOVIK_COMPOSE=1 is not set"),
]


@dataclass(frozen=True)
class Compose:
    """`docker compose` on the file of the repository, under a project name and on a port of its own."""

    env: dict[str, str] = field(repr=False)

    def __call__(self, *arguments: str, seconds: float = 120) -> str:
        """Run a subcommand, and return what it printed; a failure shows what it said."""
        done = subprocess.run(
            ["docker", "compose", "--env-file", os.devnull, *arguments],
            cwd=ROOT,
            env=self.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds,
        )
        assert done.returncode == 0, f"compose {' '.join(arguments)}: {done.returncode}\n{done.stderr[-4000:]}"
        return done.stdout

    def up(self, *arguments: str) -> None:
        """Bring all services up, and wait until they are healthy."""
        self("up", "-d", "--wait", *arguments, seconds=UP_SECONDS)

    def chistovik(self, *arguments: str) -> str:
        """Run the command in a container, as the README says."""
        return self("run", "--rm", "cli", *arguments)

    def outcomes(self) -> dict[str, list[dict[str, Any]]]:
        """Read everything that is in the outcome topics now."""
        return {
            topic: [json.loads(line) for line in self.chistovik("subscribe", topic, "--from-beginning").splitlines()]
            for topic in OUTCOMES
        }

    def outcomes_of(self, pages: int) -> dict[str, list[dict[str, Any]]]:
        """Wait until as many pages have their outcome."""
        deadline = time.monotonic() + OUTCOME_SECONDS
        while time.monotonic() < deadline:
            found = self.outcomes()
            if sum(map(len, found.values())) >= pages:
                return found
        pytest.fail(f"of {pages} pages, after {OUTCOME_SECONDS} s: { {t: len(e) for t, e in found.items()} }")

    def story(self) -> str:
        """Tell what its containers do and what they said."""
        return self("ps", "-a") + self("logs", "--no-color", "--tail", "60")

    def containers(self, service: str) -> list[str]:
        """Give the ids of a service's containers."""
        return self("ps", "-q", service).split()


def pages_of(events: list[dict[str, Any]]) -> list[str]:
    """Give the ids of the pages that the events are about."""
    return sorted(one["page_id"] for one in events)


@pytest.fixture(scope="module")
def compose(request: pytest.FixtureRequest) -> Iterator[Compose]:
    own = {
        "COMPOSE_PROJECT_NAME": f"chistovik-t{secrets.token_hex(3)}",
        "CHISTOVIK_KAFKA_PORT": str(free_port()),
    }
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("CHISTOVIK_", "COMPOSE_"))}
    run = Compose({**ours, **own})
    failed_before = request.session.testsfailed
    capture = request.config.pluginmanager.getplugin("capturemanager")

    def show_if_failed(kind: type[BaseException] | None, *_: object) -> None:
        if kind or request.session.testsfailed > failed_before:
            with capture.global_and_fixture_disabled():
                sys.stderr.write(f"\n{run.story()}")

    with ExitStack() as ending:
        ending.callback(run, "--profile", "*", "down", "-v", "--remove-orphans", "--timeout", "20")
        ending.push(show_if_failed)
        run.up("--build")
        yield run


@pytest.fixture(scope="module")
def fed(compose: Compose) -> dict[str, list[dict[str, Any]]]:
    """Feed the demo pages once, and give their outcomes."""
    compose.chistovik("feed", "--pages", "deploy/demo/pages")
    return compose.outcomes_of(PAGES)


def test_the_demo_pages_become_articles(fed: dict[str, list[dict[str, Any]]]):
    assert Counter(one["event"] for events in fed.values() for one in events) == {
        "created": 11,
        "duplicate": 1,
        "discarded": 1,
    }
    assert len({one["article_id"] for one in fed["articles"]}) == 11


def test_pages_fed_again_to_more_cleaners_are_redelivered_and_make_no_article(
    compose: Compose, fed: dict[str, list[dict[str, Any]]]
):
    compose.up("--scale", "clean=3")
    assert len(compose.containers("clean")) == 3

    compose.chistovik("feed", "--pages", "deploy/demo/pages")

    after = compose.outcomes_of(2 * PAGES)
    assert pages_of(after["articles"]) == pages_of(fed["articles"])
    assert not after["dead-letters"]
    redelivered = [one for one in after["duplicates"] if one["kind"] == "redelivered"]
    assert pages_of(redelivered) == pages_of([*fed["articles"], *fed["duplicates"]])
    assert pages_of(after["discarded"]) == pages_of(fed["discarded"] * 2)


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_runs_without_privileges_and_writes_only_its_own_state(compose: Compose, stage: str):
    places = "/var/lib/chistovik/try /tmp/try /try /opt/chistovik/try /etc/try"
    written = compose("exec", "-T", stage, "sh", "-c", f"for f in {places}; do touch $f && echo $f; done; true")

    assert compose("exec", "-T", stage, "id", "-u").strip() == "10001"
    assert written.split() == ["/var/lib/chistovik/try", "/tmp/try"]


@pytest.mark.parametrize("stage", STAGES)
def test_a_stopped_stage_leaves_in_good_order(compose: Compose, stage: str):
    compose("stop", stage)
    ended = compose("ps", "-a", "--format", "{{.ExitCode}}", stage).split()
    compose("start", stage)

    assert set(ended) == {"0"}


async def test_kafka_answers_on_this_machine_and_to_nobody_else(compose: Compose):
    port = compose.env["CHISTOVIK_KAFKA_PORT"]
    admin = AIOKafkaAdminClient(bootstrap_servers=f"localhost:{port}")
    await admin.start()
    try:
        assert "news.pages" in await admin.list_topics()
    finally:
        await admin.close()

    assert compose("port", "kafka", "9092").strip() == f"127.0.0.1:{port}"


def readme_commands() -> list[str]:
    """Give the lines of README's block that brings the services up."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", readme, re.DOTALL)
    (block,) = [one for one in blocks if "docker compose up" in one]
    return block.splitlines()


def test_the_commands_of_the_readme_do_what_it_says(compose: Compose):
    """Comes last: README ends with `down`."""
    said = {}
    for command in readme_commands():
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=ROOT,
            env=compose.env,
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
