"""`topics apply` on topics that are there: what differs is set, what somebody else has set stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource

from pipeline.topics import PAGES
from tests.support.patience import SECONDS, wait_until

if TYPE_CHECKING:
    from tests.support.command import Chistovik
    from tests.support.kafka import Kafka

pytestmark = pytest.mark.broker


def set_on(kafka: Kafka, topic: str, **settings: str) -> None:
    entries = [
        ConfigEntry(name.replace("_", "."), value, incremental_operation=AlterConfigOpType.SET)
        for name, value in settings.items()
    ]
    wanted = ConfigResource(ConfigResource.Type.TOPIC, topic, incremental_configs=entries)
    client = AdminClient({"bootstrap.servers": kafka.brokers})
    client.incremental_alter_configs([wanted])[wanted].result(SECONDS)
    wanted_now = {name.replace("_", "."): value for name, value in settings.items()}
    wait_until(lambda: wanted_now.items() <= settings_of(kafka, topic).items())  # the broker hears of it later


def settings_of(kafka: Kafka, topic: str) -> dict[str, str]:
    asked = ConfigResource(ConfigResource.Type.TOPIC, topic)
    client = AdminClient({"bootstrap.servers": kafka.brokers})
    found = client.describe_configs([asked])[asked].result(SECONDS)
    return {name: entry.value for name, entry in found.items()}


def line_of(out: bytes, topic: str) -> str:
    (line,) = [one for one in out.decode().splitlines() if topic in one.split() or f'"{topic}"' in one]
    return line


def test_what_differs_is_set_and_what_somebody_else_has_set_stays(kafka: Kafka, chistovik: Chistovik, prefix: str):
    name = prefix + PAGES.name
    set_on(kafka, name, retention_ms="3600000", min_insync_replicas="1", compression_type="zstd")

    said = line_of(chistovik("topics", "apply").stdout, name)

    assert "retention.ms is 3600000, should be 604800000" in said
    wait_until(lambda: settings_of(kafka, name)["retention.ms"] == PAGES.config["retention.ms"])
    after = settings_of(kafka, name)
    assert (after["min.insync.replicas"], after["compression.type"]) == ("1", "zstd")
    assert "ok" in line_of(chistovik("topics", "apply").stdout, name)


def test_topics_with_fewer_copies_than_are_wanted_are_named(chistovik: Chistovik, prefix: str):
    said = chistovik("topics", "apply", CHISTOVIK_REPLICATION="3").stdout

    assert "ok, with 1 of 3 replicas" in line_of(said, prefix + PAGES.name)
