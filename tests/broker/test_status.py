"""`chistovik status` on a real Kafka: workers, what waits for which stage, and what retention took."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import RecordsToDelete

from tests.support.kafka import commit
from tests.support.patience import wait_until
from tests.support.ports import nobody

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.command import Chistovik
    from tests.support.kafka import Kafka

pytestmark = pytest.mark.broker
PAGES = 6


def status(chistovik: Chistovik, *arguments: str, code: int | None = 0) -> dict[str, Any]:
    said = orjson.loads(chistovik("status", *arguments, code=code).stdout)
    return {one["stage"]: one for one in said["stages"]} | {"outcomes": said["outcomes"], "says": said["says"]}


def feed(chistovik: Chistovik, folder: Path) -> None:
    text = "В посёлке номер {} открыли новую пекарню, сообщила районная газета. Хлеб там пекут с шести утра.\n"
    rows = [{"url": f"https://o.example/{number}", "text": text.format(number) * 3} for number in range(PAGES)]
    (folder / "rows.jsonl").write_bytes(b"\n".join(map(orjson.dumps, rows)))
    chistovik("feed", "--jsonl", str(folder / "rows.jsonl"))


def test_each_stage_has_what_waits_for_it_and_not_for_those_before_it(chistovik: Chistovik, tmp_path: Path):
    feed(chistovik, tmp_path)

    none = settled(chistovik, lambda said: said["clean"]["waiting"] == PAGES, code=1)
    assert (none["clean"]["waiting"], none["clean"]["workers"], none["clean"]["condition"]) == (PAGES, 0, "no-worker")
    assert none["clean"]["oldest_seconds"] >= 0
    assert none["says"] == f"clean: {PAGES} records wait and no worker is running: chistovik worker clean"
    assert {none[name]["condition"] for name in ("fetch", "dedupe", "publish")} == {"off"}

    with chistovik.worker("clean"):
        cleaned = settled(chistovik, lambda said: said["dedupe"]["waiting"] == PAGES and not said["clean"]["waiting"])
        assert (cleaned["clean"]["workers"], cleaned["clean"]["condition"]) == (1, "idle")
        assert (cleaned["dedupe"]["condition"], cleaned["publish"]["waiting"]) == ("no-worker", 0)
        assert cleaned["publish"]["condition"] == "off", "what is not judged is not publish's to do"
    with chistovik.worker("dedupe"):
        judged = settled(chistovik, lambda said: said["publish"]["waiting"] == PAGES and not said["dedupe"]["waiting"])
        assert judged["publish"]["condition"] == "no-worker"
    with chistovik.worker("publish"):
        done = settled(chistovik, lambda said: not said["publish"]["waiting"] and events_in(said) == PAGES)
        assert (done["publish"]["workers"], done["publish"]["condition"]) == (1, "idle")
        assert sum(one["last_minute"] for one in done["outcomes"].values()) <= PAGES


def events_in(said: dict[str, Any]) -> int:
    return sum(one["events"] for one in said["outcomes"].values())


def settled(chistovik: Chistovik, is_so: Callable[[dict[str, Any]], bool], code: int | None = None) -> dict[str, Any]:
    """Look until it is so, and nothing is unknown because Kafka took longer for an answer than a look waits."""

    def looked() -> dict[str, Any] | None:
        said = status(chistovik, code=code)
        stages = [one for one in said.values() if isinstance(one, dict) and "workers" in one]
        known = all(
            one["workers"] is not None and (one["oldest_seconds"] is not None or not one["waiting"]) for one in stages
        )
        return said if known and is_so(said) else None

    found = wait_until(looked)
    assert found is not None
    return found


def test_what_retention_took_unread_is_lost(kafka: Kafka, chistovik: Chistovik, prefix: str):
    tp = TopicPartition(prefix + "pages", 0)
    commit(kafka, prefix + "clean", tp, 1)

    async def fill() -> None:
        async with AIOKafkaProducer(bootstrap_servers=kafka.brokers) as producer:
            for _ in range(5):
                await producer.send_and_wait(tp.topic, b"{}", partition=0)

    asyncio.run(fill())
    kafka.ask(lambda admin: admin.delete_records({tp: RecordsToDelete(before_offset=3)}))

    clean = settled(chistovik, lambda said: said["clean"]["lost"] > 0, code=1)["clean"]

    assert (clean["lost"], clean["waiting"], clean["condition"]) == (2, 2, "lost")
    assert clean["says"] == "retention deleted 2 records of `pages` before they were read"


def test_no_topics_and_no_broker_are_a_line_each_and_exit_code_3(kafka: Kafka, chistovik: Chistovik):
    for command in ("status", "ui"):
        missing = chistovik(command, code=3, CHISTOVIK_PREFIX="none.").stderr.decode()
        assert "chistovik topics apply" in missing
        silent = chistovik(command, code=3, CHISTOVIK_BROKERS=nobody()).stderr.decode()
        assert f"no Kafka answers at {nobody()}" in silent
        assert (missing.count("\n"), silent.count("\n")) == (1, 1)
