"""The profile `observe` for real: every replica is scraped, every panel shows something, an alert fires.

Not part of `make test`, as its neighbour. Grafana itself is asked only where its image is a real one.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
from typing import TYPE_CHECKING, Any
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest

from agents.observe.dashboards import DASHBOARDS
from tests.compose.stack import Compose
from tests.support.panels import query, shown
from tests.support.patience import SECONDS, wait_until
from tests.support.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PAGES = 13  # of deploy/demo/pages
STAGES = ("clean", "dedupe", "publish", "fetch", "watch", "serve")
TOKEN = "t" * 24
UP_SECONDS = 600

pytestmark = [
    pytest.mark.compose,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(os.environ.get("CHISTOVIK_COMPOSE") != "1", reason="CHISTOVIK_COMPOSE=1 is not set"),
]


def until(ask: Callable[[], Any], holds: Callable[[Any], bool]) -> Any:
    """Ask until the answer is what is waited for."""
    found: list[Any] = []

    def asked() -> bool:
        found[:] = [ask()]
        return holds(found[0])

    wait_until(asked, every=2, said=lambda: found)
    return found[0]


@pytest.fixture(scope="module")
def compose() -> Iterator[Compose]:
    name = f"chistovik-o{secrets.token_hex(3)}"
    own = {
        "COMPOSE_PROJECT_NAME": name,
        "CHISTOVIK_KAFKA_PORT": str(free_port()),
        "CHISTOVIK_PROMETHEUS_PORT": str(free_port()),
        "CHISTOVIK_GRAFANA_PORT": str(free_port()),
        "CHISTOVIK_SERVICE_PORT": str(free_port()),
        "CHISTOVIK_SERVICE_TOKEN": TOKEN,
        "CHISTOVIK_IMAGE": f"{name}:tried",  # built of what is tried, whatever was built here before
        "CHISTOVIK_USER_AGENT": "TestBot/1.0 (+https://bot.example/)",
    }
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("CHISTOVIK_", "COMPOSE_"))}
    run = Compose(ours | own)
    profiles = [part for name in ("observe", "fetch", "watch", "serve") for part in ("--profile", name)]
    try:
        run("up", "-d", "--wait", "kafka", "prometheus", seconds=UP_SECONDS)
        run(*profiles, "up", "-d", "--wait", "--build", "--scale", "clean=2", "prometheus", *STAGES, seconds=UP_SECONDS)
        yield run
    finally:
        run("--profile", "*", "down", "-v", "--remove-orphans", "--timeout", "20")
        run.docker("image", "rm", own["CHISTOVIK_IMAGE"])


@pytest.fixture(scope="module")
def server(compose: Compose) -> str:
    return f"http://127.0.0.1:{compose.env['CHISTOVIK_PROMETHEUS_PORT']}"


@pytest.fixture(scope="module")
def fed(compose: Compose, server: str) -> None:
    """Feed the demo pages, some by HTTP, and URLs that lead nowhere."""
    until(
        lambda: query(server, "sum(chistovik_stage_up)"), lambda found: bool(found) and found[0][1] == len(STAGES) + 1
    )
    compose.chistovik("feed", "--pages", "deploy/demo/pages")
    rows = json.dumps({"urls": ["http://127.0.0.1/inside", "https://nowhere.invalid/a"]}).encode()
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    service = f"http://127.0.0.1:{compose.env['CHISTOVIK_SERVICE_PORT']}/feed"
    with urlopen(Request(service, rows, headers), timeout=SECONDS) as answer:
        assert answer.status == 202


def outcomes(server: str) -> float:
    return sum(value for _, value in query(server, "chistovik_outcomes_total"))


def test_every_replica_of_every_stage_is_scraped(fed: None, server: str):
    found = {
        labels["service"]: value for labels, value in query(server, 'count by (service) (up{job="chistovik"} == 1)')
    }

    assert found == dict.fromkeys(STAGES, 1) | {"clean": 2}


def test_each_page_is_counted_once_by_its_outcome(compose: Compose, fed: None, server: str):
    until(lambda: outcomes(server), lambda found: found == PAGES + 2)
    events = compose.outcomes_of(PAGES + 2)

    by_topic = {labels["topic"]: value for labels, value in query(server, "sum by (topic) (chistovik_outcomes_total)")}
    assert by_topic == {topic: len(found) for topic, found in events.items()}
    assert query(server, "sum(chistovik_clean_pages_total)")[0][1] == PAGES + 2


def test_every_panel_shows_something(fed: None, server: str):
    until(lambda: outcomes(server), lambda found: found == PAGES + 2)
    found = until(lambda: shown(server), lambda every: not any(one.is_empty for one in every))

    assert {one.board for one in found} == {board.name for board in DASHBOARDS}


def test_all_rules_are_loaded_and_none_fails(server: str):
    with urlopen(f"{server}/api/v1/rules", timeout=SECONDS) as answer:
        groups: Any = json.load(answer)["data"]["groups"]

    assert {one["health"] for group in groups for one in group["rules"]} == {"ok"}


def test_a_stage_that_is_gone_raises_an_alert(compose: Compose, server: str):
    compose("stop", "publish")
    firing = 'ALERTS{alertname="ChistovikStageMissing",stage="publish",alertstate=~"pending|firing"}'

    assert until(lambda: query(server, firing), bool)
    compose("start", "publish")
    until(lambda: query(server, 'chistovik_stage_up{stage="publish"} == 1'), bool)


def test_prometheus_can_write_nothing_but_its_data(compose: Compose):
    written = compose(
        "exec", "-T", "prometheus", "sh", "-c", "for f in /try /etc/prometheus/try; do touch $f && echo $f; done; true"
    )

    assert written == ""
    assert compose("exec", "-T", "prometheus", "id", "-u").strip() != "0"


def test_grafana_shows_the_dashboards(compose: Compose):
    image = compose("config", "--images", "grafana").strip()
    asked = ["docker", "image", "inspect", "--format", "{{json .Config.Labels}}{{json .Config.Entrypoint}}", image]
    what = subprocess.run(asked, capture_output=True, text=True, check=False)
    if what.returncode or "stand-in" in what.stdout or "run.sh" not in what.stdout:
        pytest.skip(f"no real {image} is here")
    compose("--profile", "observe", "up", "-d", "--wait", "grafana", seconds=300)
    address = f"http://127.0.0.1:{compose.env['CHISTOVIK_GRAFANA_PORT']}"
    for board in DASHBOARDS:
        try:
            with urlopen(f"{address}/api/dashboards/uid/chistovik-{board.name}", timeout=SECONDS) as answer:
                found = json.load(answer)
        except URLError as error:
            pytest.fail(f"{board.name}: {error}")
        assert len(found["dashboard"]["panels"]) == len(board.panels)
