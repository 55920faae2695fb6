"""The pace of a host: the delays that its sites ask for, and its rests."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from agents.fetch import pace
from agents.fetch.answer import Failed
from agents.fetch.pace import Hosts

if TYPE_CHECKING:
    import pytest

HTTP, HTTPS = "http://sosny.example", "https://sosny.example"
NAME = "sosny.example"


def busy(wait: float | None = None) -> Failed:
    return Failed(url=HTTP, problem="HTTP 503", of_host=True, is_busy=True, wait=wait)


async def test_the_longest_delay_of_a_hosts_sites_is_kept() -> None:
    hosts = Hosts(delay=1.0, parallel=4)
    hosts.slow_down(NAME, 20.0, site=HTTP)
    hosts.slow_down(NAME, 0.0, site=HTTPS)
    assert (hosts[NAME].delay, hosts[NAME].parallel) == (20.0, 1)
    hosts.slow_down(NAME, 5.0, site=HTTPS)
    assert hosts[NAME].delay == 20.0
    hosts.slow_down(NAME, 0.0, site=HTTP)  # a day later its robots.txt asks for no delay
    assert hosts[NAME].delay == 5.0
    hosts.slow_down(NAME, 0.5, site=HTTPS)
    assert hosts[NAME].delay == 1.0


async def test_a_delay_is_not_forgotten_with_idle_hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "MOST_IDLE", 10)
    hosts = Hosts(delay=0.0, parallel=1)
    hosts.slow_down(NAME, 0.001, site=HTTP)
    await asyncio.sleep(0.002)
    for number in range(50):
        assert hosts[f"other-{number}.example"].delay == 0.0
    assert hosts[NAME].delay == 0.001


async def test_requests_that_fail_together_are_one_failure() -> None:
    hosts = Hosts(delay=0.0, parallel=8, backoff=60.0)
    began = asyncio.get_running_loop().time()
    for _ in range(8):
        hosts.failed(NAME, busy(), began=began)
    assert hosts[NAME].failures == 1
    assert 29 < hosts[NAME].rest <= 60


async def test_an_answer_ends_the_count_and_not_the_rest() -> None:
    hosts = Hosts(delay=0.0, parallel=1, backoff=60.0)
    hosts.failed(NAME, busy(120.0), began=asyncio.get_running_loop().time())
    hosts.answered(NAME)
    assert hosts[NAME].failures == 0
    assert hosts[NAME].rest > 119


async def test_no_host_rests_where_the_caller_has_its_own_schedule() -> None:
    hosts = Hosts(delay=0.0, parallel=1)
    hosts.failed(NAME, busy(120.0), began=asyncio.get_running_loop().time())
    assert hosts[NAME].rest == 0.0
