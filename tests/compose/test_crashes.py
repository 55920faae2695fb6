"""Workers are killed under load, and everything is taken down and up again: nothing is lost, twice or read anew."""

from __future__ import annotations

import json
import random
import re
import subprocess
import time
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import pytest

from tests.chaos.workload import Workload, is_right
from tests.compose.stack import NO_ANSWER, ROOT, needs_docker
from tests.support.patience import SECONDS, wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.compose.stack import Compose

SEED = 11
LOAD = 4000  # pages
KILLS = ("clean", "dedupe", "publish", "clean", "dedupe")
BETWEEN_SECONDS = 3.0

pytestmark = list(needs_docker)


def load(folder: Path) -> Workload:
    """Write a load, the same for a seed, as rows of JSON: texts twice, near copies, next states of pages."""
    made = Workload.of(LOAD, random.Random(SEED))
    rows = [
        {"url": url, "text": text, "fetched_at": made.at(number).isoformat()}
        for number, (url, text) in enumerate(made.pages)
    ]
    folder.chmod(0o755)
    (folder / "load.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return made


def feeding(compose: Compose, folder: Path) -> subprocess.Popen[str]:
    """Start to feed a load, at the rate that the broker takes it."""
    command = ["run", "--rm", "-v", f"{folder}:/load:ro", "cli", "feed", "--jsonl", "/load/load.jsonl"]
    return subprocess.Popen(
        ["docker", "compose", "--env-file", "/dev/null", *command],
        cwd=ROOT,
        env=compose.env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def crash(compose: Compose, container: str) -> None:
    """Kill the worker in a container, once it is there: unlike after `docker kill`, the engine starts it again."""
    asked = ["docker", "exec", container, "sh", "-c", 'test -n "$(cat /proc/1/task/1/children)"']
    wait_until(lambda: subprocess.run(asked, capture_output=True, check=False).returncode == 0, every=0.3)
    compose.docker("exec", container, "sh", "-c", "kill -9 $(cat /proc/1/task/1/children)")


def restarts(compose: Compose, container: str) -> int:
    return int(compose.docker("inspect", "-f", "{{.RestartCount}}", container))


def audit(compose: Compose) -> tuple[int, list[dict[str, Any]], str]:
    """Run `chistovik audit --settled`: its exit code, its rows, its summary."""
    done = compose.tried("run", "--rm", "cli", "audit", "--settled")
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def settle(compose: Compose) -> list[dict[str, Any]]:
    """Wait until every page has its outcome; an audit that finds one missing or twice fails at once."""

    def settled() -> list[dict[str, Any]] | None:
        code, rows, said = audit(compose)
        assert code in {0, 1, NO_ANSWER}, said
        assert not any(row["twice_pages"] or row["missing_pages"] or row["fell_out_pages"] for row in rows), said
        return rows if code == 0 else None

    return wait_until(settled, every=2, said=lambda: audit(compose)[2]) or []


def healthy(compose: Compose) -> None:
    """Wait until every container is healthy again."""

    def is_healthy() -> bool:
        states = compose("ps", "--format", "{{.Health}}").split()
        return states == ["healthy"] * len(states)

    wait_until(is_healthy, every=1, said=lambda: compose("ps"))


def by_text(outcomes: dict[str, list[dict[str, Any]]]) -> dict[int, list[dict[str, Any]]]:
    """Sort the outcomes of the load by the text that their page was made of: its URL ends with the number."""
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for events in outcomes.values():
        for event in events:
            if match := re.fullmatch(r"https://\S*outlet\d+\.example/[ab]/(\d+)", event["url"]):
                found[int(match[1])].append(event)
    return found


@pytest.fixture(scope="module")
def survived(compose: Compose, fed: object, tmp_path_factory: pytest.TempPathFactory) -> Workload:
    """Feed a load to three cleaners and two that tell duplicates, and kill some of them meanwhile."""
    folder = tmp_path_factory.mktemp("load")
    workload, dice = load(folder), random.Random(SEED)
    compose.up("--scale", "clean=3", "--scale", "dedupe=2")
    assert [len(compose.containers(stage)) for stage in ("clean", "dedupe")] == [3, 2]
    killed = []
    with feeding(compose, folder) as feeder:
        time.sleep(BETWEEN_SECONDS)
        for stage in KILLS:
            killed.append(dice.choice(sorted(compose.containers(stage))))
            crash(compose, killed[-1])
            time.sleep(BETWEEN_SECONDS)
        _, said = feeder.communicate(timeout=SECONDS)
    assert f"{LOAD} pages fed" in said
    assert feeder.returncode == 0
    healthy(compose)
    for container in [one for stage in sorted(set(KILLS)) for one in compose.containers(stage)]:
        said = compose.docker("logs", "--tail", "100", container)
        assert restarts(compose, container) == killed.count(container), said
    return workload


def test_a_load_survives_the_crashes_and_the_audit_is_clean(compose: Compose, survived: Workload):
    rows = settle(compose)

    assert sum(row["pages"] for row in rows) >= LOAD
    for row in rows:
        assert sum(row[one] for one in ("articles", "duplicates", "discarded", "dead_letters")) == row["pages"]
    found = by_text(compose.outcomes_of(sum(row["pages"] for row in rows)))
    assert sum(map(len, found.values())) == LOAD
    assert [number for number in set(survived.group) if not is_right(number, found[number])] == []


def test_each_replica_has_a_state_folder_of_its_own(compose: Compose, survived: Workload):
    folders = [re.findall(r"state +folder=(\S+)", compose.said(one))[-1] for one in compose.containers("dedupe")]

    assert sorted(folders) == ["/var/lib/chistovik/dedupe-1", "/var/lib/chistovik/dedupe-2"]


def test_down_and_up_keep_what_kafka_has_and_the_state_of_dedupe(compose: Compose, survived: Workload):
    before = settle(compose)
    compose("down")
    assert not compose("ps", "-a", "-q").split()

    compose.up()

    (container,) = compose.containers("dedupe")
    opened = re.findall(r"verdicts read +(.*)", compose.said(container))
    assert len(opened) == 4
    judged = {line: int(re.findall(r"judged=(\d+)", line)[0]) for line in opened}
    assert all("begun=snapshot" in line for line, count in judged.items() if count)  # of no verdicts there is none
    assert sum(judged.values()) >= sum(row["pages"] for row in before) >= LOAD  # some were cleaned twice
    assert settle(compose) == before
