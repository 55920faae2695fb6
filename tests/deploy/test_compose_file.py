"""docker-compose.yml hands every setting on; whether it runs is tests/compose's business."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from agents.settings import Settings

COMPOSE = (Path(__file__).parents[2] / "docker-compose.yml").read_text(encoding="utf-8")
ITS_OWN = {  # of containers
    *("CHISTOVIK_BROKERS", "CHISTOVIK_HTTP_HOST", "CHISTOVIK_HTTP_PORT", "CHISTOVIK_DATA_DIR"),
    *("CHISTOVIK_SERVICE_HOST", "CHISTOVIK_SERVICE_PORT", "CHISTOVIK_WATCHES", "CHISTOVIK_UI_HOST"),
}
NAMES = [one.metadata["name"] for one in fields(Settings)]


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ITS_OWN])
def test_a_setting_of_the_environment_reaches_the_containers(name: str):
    assert re.search(rf"^    {name}: \$\{{{name}:-", COMPOSE, re.MULTILINE), f"docker-compose.yml does not pass {name}"


def test_what_is_passed_when_nothing_is_set_is_usable():
    passed = dict(re.findall(r"^    (CHISTOVIK_\w+): \$\{\1:-([^}]*)\}", COMPOSE, re.MULTILINE))

    settings = Settings.from_env(passed)

    assert settings.security == "plaintext"
    assert not settings.sasl_password
    assert (settings.page_timeout, settings.max_page_bytes) == (Settings().page_timeout, Settings().max_page_bytes)


def service(name: str) -> str:
    found = re.search(rf"^  {name}:\n((?:    .*\n|\n)*)", COMPOSE, re.MULTILINE)
    assert found, f"docker-compose.yml has no service {name}"
    return found[1]


def test_the_http_service_is_published_to_this_machine_alone():
    assert re.findall(r'- "(.*)"', service("serve")) == ["127.0.0.1:${CHISTOVIK_SERVICE_PORT:-8081}:8081"]
    assert "CHISTOVIK_SERVICE_PORT: 8081" in COMPOSE
    assert "CHISTOVIK_HTTP_PORT: 8080" in COMPOSE  # /metrics, which is published to nobody
    assert "CHISTOVIK_SERVICE_HOST: 0.0.0.0" in COMPOSE


@pytest.mark.parametrize("name", ["watch", "serve", "fetch", "ui", "kafka-ui"])
def test_what_needs_to_be_told_something_is_only_started_when_asked_for(name: str):
    assert f"profiles: [{name}]" in service(name)


def test_the_live_page_is_published_to_this_machine_alone_at_the_port_that_its_link_names():
    port = "${CHISTOVIK_UI_PORT:-8082}"
    assert re.findall(r'- "(127.*)"', service("ui")) == [f"127.0.0.1:{port}:{port}"]
    assert f"CHISTOVIK_UI_PORT: {port}" in COMPOSE
    assert "CHISTOVIK_UI_HOST: 0.0.0.0" in COMPOSE


def test_what_shows_all_of_kafka_is_read_only_and_published_to_this_machine_alone():
    assert 'READONLY: "true"' in service("kafka-ui")
    assert re.findall(r'- "(.*):8080"', service("kafka-ui")) == ["127.0.0.1:${CHISTOVIK_KAFKA_UI_PORT:-8083}"]
    assert re.search(r"image: \S+:v[\d.]+\n", service("kafka-ui")), "a version, not `latest`"


def test_the_list_of_watches_is_mounted_where_the_settings_say():
    assert re.search(r"\$\{CHISTOVIK_WATCHES:-(.*)\}:/etc/chistovik/watches.toml:ro", service("watch"))
    assert "CHISTOVIK_WATCHES: /etc/chistovik/watches.toml" in COMPOSE
    assert (Path(__file__).parents[2] / "deploy" / "watches.example.toml").exists()


@pytest.mark.parametrize("name", ["prometheus", "grafana"])
def test_what_watches_is_asked_for_and_shown_to_this_machine_alone(name: str):
    assert "profiles: [observe]" in service(name)
    assert re.findall(r'- "([0-9.]+):\$\{CHISTOVIK_\w+_PORT:-(?:9090|3000)\}:(?:9090|3000)"', service(name)) == [
        "127.0.0.1"
    ]
    assert "read_only: true" in service(name)
    assert re.search(r'user: "[1-9][0-9]*:', service(name))
    assert "mem_limit:" in service(name)
    assert "cap_drop: [ALL]" in service(name)


def test_every_stage_is_scraped():
    config = (Path(__file__).parents[2] / "deploy" / "observe" / "prometheus.yml").read_text(encoding="utf-8")
    (names,) = re.findall(r"names: \[(.*)\]", config)
    staged = re.findall(r"^  (\w+):\n    <<: \*stage", COMPOSE, re.MULTILINE)
    # The live page is started like a stage, but only reads: it has no metrics.
    assert sorted([*names.split(", "), "ui"]) == sorted(staged)
    assert "port: 8080" in config
