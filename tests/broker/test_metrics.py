"""Outcomes are counted once over the restarts of a worker, on a real Kafka: the counters of all its lives are the events."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

import orjson
import pytest

from tests.support.command import Chistovik
from tests.support.observed import Scrape
from tests.support.patience import SECONDS, wait_until
from tests.support.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.broker
STAGES = ("clean", "dedupe", "publish")
SENTENCE = "Вечером {} на площади у старой мельницы открыли мост, сообщили в районной администрации. "


def rows(first: int, count: int) -> bytes:
    pages = [
        {
            "url": f"https://outlet.example/{number}",
            "text": "\n".join(SENTENCE.format(f"{number} {one}") * 2 for one in range(4)),
        }
        for number in range(first, first + count)
    ]
    return b"".join(orjson.dumps(page, option=orjson.OPT_APPEND_NEWLINE) for page in pages)


def feed(chistovik: Chistovik, first: int, count: int) -> None:
    file = chistovik.folder / f"rows-{first}.jsonl"
    file.write_bytes(rows(first, count))
    chistovik("feed", "--pages", str(file))


@dataclass(kw_only=True)
class Listening(Chistovik):
    """The command, with its figures on a port that is known."""

    port: int

    @property
    def env(self) -> dict[str, str]:
        """The environment of the processes."""
        return super().env | {"CHISTOVIK_HTTP_PORT": str(self.port), "CHISTOVIK_LOG_FORMAT": "json"}


@contextmanager
def watched(chistovik: Chistovik) -> Iterator[Callable[[int], Scrape]]:
    """Run a worker; gives what waits until so many events were counted by it, and returns its figures."""
    port = free_port()

    def counted(events: int) -> Scrape:
        def scraped() -> Scrape | None:
            with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=SECONDS) as answer:
                found = Scrape(answer.read().decode())
            return found if found.value("chistovik_outcomes_total") >= events else None

        found = wait_until(scraped, every=0.2)
        assert found is not None
        assert found.value("chistovik_outcomes_total") == events
        return found

    listening = Listening(brokers=chistovik.brokers, prefix=chistovik.prefix, folder=chistovik.folder, port=port)
    with listening.worker(*STAGES) as worker:
        yield counted
    lines = [orjson.loads(line) for line in worker.said().splitlines()]  # it has ended: none is half written
    assert all({"timestamp", "level", "event"} <= line.keys() for line in lines)


def test_the_counters_of_all_lives_of_a_worker_are_the_events(chistovik: Chistovik):
    chistovik("topics", "apply")
    total: Counter[Any] = Counter()
    feed(chistovik, 0, 30)
    with watched(chistovik) as counted:
        first = counted(30)
        total.update(first.series("chistovik_outcomes_total", "topic"))
    # The second life has nothing to do with what the first one has published, and reads its ledgers back
    feed(chistovik, 20, 30)
    with watched(chistovik) as counted:
        second = counted(30)
        total.update(second.series("chistovik_outcomes_total", "topic"))

    events = chistovik.outcomes(pages=60)
    assert total == Counter({topic: len(found) for topic, found in events.items() if found})
    assert total == {"articles": 50, "duplicates": 10}
    recovered = second.series("chistovik_dedupe_recovery_seconds_count", "source")
    assert sum(recovered.values()) == 4
    assert second.value("chistovik_dedupe_claims") == 60
    assert second.value("chistovik_memory_working_set_bytes") > 0
    assert second.value("process_resident_memory_bytes") > 0
