"""The stage `watch` on a real Kafka: shared by instances, taken over, and begun again after a kill."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agents.kafka import Connection
from agents.watch import stage as stage_file
from pipeline.topics import WATCHES
from tests.support.fed import serving
from tests.support.patience import until
from tests.support.watching import Site, fed, quickly, rss, settings_of, watching

if TYPE_CHECKING:
    from tests.support.command import Chistovik

pytestmark = pytest.mark.broker
FEEDS = 20  # so many that each of two instances surely has some


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage_file, "LOOK_SECONDS", 0.05)


async def test_two_instances_share_the_list_and_one_takes_over_from_the_other(chistovik: Chistovik):
    connection, prefix = Connection(brokers=chistovik.brokers), chistovik.prefix
    site = Site({f"/feed{n}": rss(f"a{n}") for n in range(FEEDS)})
    async with serving(site.answer) as host:
        watches = [quickly(f"http://{host}/feed{n}") for n in range(FEEDS)]
        async with watching(connection, settings_of(host, prefix), *watches):
            await fed(connection, prefix, at_least=FEEDS)
            async with watching(connection, settings_of(host, prefix), *watches) as other:
                await until(lambda: bool(other._open))
                for n in range(FEEDS):
                    site.files[f"/feed{n}"] = rss(f"b{n}", f"a{n}")
                await fed(connection, prefix, at_least=2 * FEEDS)
                await until(lambda: other._polls > 0)  # counted when its state is written, behind what it fed
                assert len(other._open) < WATCHES.partitions
            for n in range(FEEDS):
                site.files[f"/feed{n}"] = rss(f"c{n}", f"b{n}", f"a{n}")
            await fed(connection, prefix, at_least=3 * FEEDS)
        assert sorted(await fed(connection, prefix)) == sorted(f"{name}{n}" for name in "abc" for n in range(FEEDS))
