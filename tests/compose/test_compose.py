"""The project's docker-compose.yml, for real: built, fed, read, scaled.

Not part of `make test`: it needs a Docker engine with compose. CHISTOVIK_COMPOSE=1 runs it.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from tests.compose.stack import PAGES, needs_docker

if TYPE_CHECKING:
    from tests.compose.stack import Compose

STAGES = ("clean", "dedupe", "publish")
LAPTOP = 3600 << 20  # bytes: 4 GB without what the system itself needs

pytestmark = list(needs_docker)


def pages_of(events: list[dict[str, Any]]) -> list[str]:
    """Give the ids of the pages that the events are about."""
    return sorted(one["page_id"] for one in events)


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
    ended = [one.split() for one in compose("ps", "-a", "--format", "{{.Name}} {{.ExitCode}}", stage).splitlines()]
    said = compose("logs", "--no-color", "--no-log-prefix", stage)
    last = [f"{name}: {code}\n{compose.docker('logs', '--tail', '30', name)}" for name, code in ended if code != "0"]
    compose("start", stage)

    assert {code for _, code in ended} == {"0"}, "\n".join(last)
    assert "Crashed" not in said


async def test_kafka_answers_on_this_machine_and_to_nobody_else(compose: Compose):
    port = compose.env["CHISTOVIK_KAFKA_PORT"]
    admin = AIOKafkaAdminClient(bootstrap_servers=f"localhost:{port}")
    await admin.start()
    try:
        assert "news.pages" in await admin.list_topics()
    finally:
        await admin.close()

    assert compose("port", "kafka", "9092").strip() == f"127.0.0.1:{port}"


def test_what_all_services_may_take_fits_a_laptop_of_4_gb(compose: Compose):
    one_of_each = [compose.containers(service)[0] for service in ("kafka", *STAGES)]
    limits = [int(compose.docker("inspect", "-f", "{{.HostConfig.Memory}}", one)) for one in one_of_each]

    assert all(limits)
    assert sum(limits) <= LAPTOP


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_cannot_write_to_its_image(compose: Compose, stage: str):
    container, *_ = compose.containers(stage)
    said = compose.docker("inspect", "-f", "{{.HostConfig.ReadonlyRootfs}} {{.Config.User}}", container)

    assert said.split() == ["true", "10001:10001"]
