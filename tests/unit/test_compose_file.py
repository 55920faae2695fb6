"""docker-compose.yml hands every setting on; whether it runs is tests/compose's business."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from agents.settings import Settings

COMPOSE = (Path(__file__).parents[2] / "docker-compose.yml").read_text(encoding="utf-8")
ITS_OWN = {"CHISTOVIK_BROKERS", "CHISTOVIK_HTTP_HOST", "CHISTOVIK_HTTP_PORT", "CHISTOVIK_DATA_DIR"}  # of containers
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
